"""Wrapper scripts for curl, dig and nslookup, first on the PATH, that send traffic from a machine of the sandbox."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pltui.i18n import tr

_NOT_HERE = (
    *("ping", "ping6", "traceroute", "tracepath", "mtr", "tcpdump"),
    *("nc", "ncat", "netcat", "telnet", "ssh", "wget", "host"),
)
_NO_PACKETS = "the sandbox supports curl (TCP), dig and nslookup (DNS); {tool} would run from this computer instead"

# A later option wins, so a `--proxy` of the user's own takes precedence.
_CURL = 'exec {real} --proxy {proxy} --noproxy "" "$@"'
_DIG = """\
for word in "$@"; do case "$word" in @*) exec {real} "$@" ;; esac; done
exec {real} @{host} -p {port} "$@\""""
# nslookup [-option ...] [name | -] [server]
_NSLOOKUP = """\
words=0
for word in "$@"; do case "$word" in -?*) ;; *) words=$((words + 1)) ;; esac; done
case $words in
  0) exec {real} -port={port} "$@" - {host} ;;
  1) exec {real} -port={port} "$@" {host} ;;
  *) exec {real} "$@" ;;
esac"""

_BASHRC = """\
[ -r ~/.bashrc ] && . ~/.bashrc
PATH={path}:$PATH
PS1={prompt}$PS1
"""
_ZSHRC = """\
[ -r "${{PLTUI_ZDOTDIR:-$HOME}}/.zshrc" ] && . "${{PLTUI_ZDOTDIR:-$HOME}}/.zshrc"
path=({path} $path)
PROMPT={prompt}$PROMPT
ZDOTDIR=${{PLTUI_ZDOTDIR:-$HOME}}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A machine and the addresses that lead into its network."""

    machine: str  # instance id
    label: str  # display name; no control characters
    socks: str  # "127.0.0.1:PORT"
    dns: str  # "127.0.0.1:PORT"
    endpoint_url: str
    region: str


def install_tools(folder: Path, place: Place) -> None:
    """Write the scripts into `folder`, which must belong to the caller alone."""
    host, _, port = place.dns.rpartition(":")
    facts = {"proxy": f"socks5h://{place.machine}:-@{place.socks}", "host": host, "port": port}
    for tool, script in (("curl", _CURL), ("dig", _DIG), ("nslookup", _NSLOOKUP)):
        real = shutil.which(tool)
        if real is None:
            _write_script(
                folder / tool, _failing_script(tr("{tool} is not installed on this computer", tool=tool), 127)
            )
        else:
            _write_script(folder / tool, script.format(real=shlex.quote(real), **facts))
    for tool in _NOT_HERE:
        _write_script(folder / tool, _failing_script(tr(_NO_PACKETS, tool=tool), 1))
    prompt = shlex.quote(f"[{_in_prompt(place.label)}] ")
    path = shlex.quote(str(folder))
    (folder / "bashrc").write_text(_BASHRC.format(path=path, prompt=prompt))
    (folder / ".zshrc").write_text(_ZSHRC.format(path=path, prompt=prompt))


def environment(folder: Path, place: Place, given: Mapping[str, str]) -> dict[str, str]:
    """Return `given` with the tools first on the PATH, and with AWS tools and libraries pointed at the sandbox."""
    kept = {name: value for name, value in given.items() if not name.startswith("AWS_")}
    local = ",".join(filter(None, (given.get("NO_PROXY") or given.get("no_proxy"), "127.0.0.1,localhost")))
    return {
        **kept,
        "PATH": f"{folder}{os.pathsep}{given.get('PATH', os.defpath)}",
        "PS1": f"[{_in_prompt(place.label)}] $ ",
        "ZDOTDIR": str(folder),
        "PLTUI_ZDOTDIR": given.get("ZDOTDIR", ""),
        "PLTUI_MACHINE": place.machine,
        "NO_PROXY": local,
        "no_proxy": local,
        "AWS_ENDPOINT_URL": place.endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def shell_command(shell: str, folder: Path, command: str | None, *, interactive: bool) -> list[str]:
    """Return the command that starts the user's shell: for `command`, interactively, or reading stdin."""
    if command is not None:
        return [shell, "-c", command]
    if not interactive:
        return [shell]
    if Path(shell).name == "bash":
        return [shell, "--rcfile", str(folder / "bashrc"), "-i"]
    return [shell, "-i"]


def _in_prompt(label: str) -> str:
    """Replace characters that shells expand in a prompt, commands included; machine names are arbitrary text."""
    return re.sub(r"[^\w .:/@+-]", "?", label)


def _failing_script(text: str, code: int) -> str:
    return f"echo {shlex.quote('pltui: ' + text)} >&2\nexit {code}"


def _write_script(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
