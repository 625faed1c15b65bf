"""Web servers that a machine's user data sets up. It is parsed, never run.

It understands the common ways to set up a web server at first boot, in a shell script, in cloud-config, or in both as
parts of one MIME message: files written by `echo`, `printf`, here-documents and `write_files`; httpd's `Listen` and
nginx's `listen`, written or edited by sed; `python3 -m http.server` and `busybox httpd`, by hand or as a systemd unit.
Everything else is ignored.
"""

from __future__ import annotations

import base64
import binascii
import email
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pltui.emulator.user_data.boot import HTTPD_CONF, NGINX_CONF, Machine
from pltui.emulator.user_data.site import Blob, Site, Software

HTTPD_ROOT, NGINX_ROOT = "/var/www/html", "/usr/share/nginx/html"

_LISTEN = re.compile(r"^\s*Listen\s+(?:[\d.]+:|\[[\da-f:]*\]:)?(\d{1,5})\b", re.MULTILINE)
# One written by a command that was not understood; as sed's replacement follows its pattern, the last counts.
_LISTEN_SOMEWHERE = re.compile(r"\bListen\s+(?:[\d.]+:)?(\d{1,5})\b")
_NGINX_LISTEN = re.compile(r"^[^#\n]*\blisten\s+(?:[\d.]+:|\*:)?(\d{1,5})\b[^;\n]*;", re.MULTILINE)
_NGINX_ROOT = re.compile(r"^[^#\n]*\broot\s+([^\s;]+)\s*;", re.MULTILINE)


def sites(user_data: str, facts: Iterable[tuple[str, str]] = ()) -> tuple[Site, ...]:
    """Every site of the machine, sorted by port; empty if user data sets up no server.

    `facts` are the values of the instance metadata service, by path ("local-hostname", "instance-id", …).
    """
    machine = Machine(dict(facts))
    for part in _parts(user_data):
        if part.startswith("#cloud-config"):
            _cloud_config(machine, part)
        else:
            machine.run(part)
    for start in tuple(machine.units()):
        machine.run(start)
    found: dict[int, Site] = {}
    for site in (*_by_hand(machine), *_nginx(machine), *_httpd(machine, user_data)):
        if 0 < site.port < 65536:
            found.setdefault(site.port, site)  # the first server to listen gets the port
    return tuple(found[port] for port in sorted(found))


def _parts(user_data: str) -> Iterator[str]:
    """The text parts of a MIME message, as cloud-init reads them; any other text is its own only part."""
    if not re.match(r"(?i)(content-type|mime-version):", user_data):
        yield user_data
        return
    for part in email.message_from_string(user_data).walk():
        if part.get_content_maintype() == "text":
            yield cast(bytes, part.get_payload(decode=True) or b"").decode(errors="replace").lstrip()


def _cloud_config(machine: Machine, text: str) -> None:
    try:
        document: Any = YAML(typ="safe").load(text)
    except (YAMLError, ValueError, RecursionError):
        return
    if not isinstance(document, dict):
        return
    for entry in _list(document.get("write_files")):
        if isinstance(entry, dict):
            machine.write(str(entry.get("path")), _content(entry), append=bool(entry.get("append")))
    machine.packages.update(str(each) for each in _list(document.get("packages")))
    machine.run("\n".join(_line(each) for each in _list(document.get("runcmd"))))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _line(command: object) -> str:
    return shlex.join(map(str, command)) if isinstance(command, list) else str(command)


def _content(entry: Mapping[str, Any]) -> Blob:
    content = entry.get("content") or ""
    data = content if isinstance(content, bytes) else str(content).encode()
    if str(entry.get("encoding", "")).lower() in ("b64", "base64"):
        try:
            data = base64.b64decode(data)
        except binascii.Error:
            data = b""
    return Blob(data)


def _by_hand(machine: Machine) -> Iterator[Site]:
    for each in machine.serving:
        yield Site(each.port, machine.below(each.directory), cast(Software, each.software))


def _has_nginx(machine: Machine) -> bool:
    wanted = machine.packages | machine.started
    return any(word == "nginx" or re.fullmatch(r"nginx[\d.=-].*", word) for word in wanted)


def _nginx(machine: Machine) -> Iterator[Site]:
    """Sites of nginx, if it is installed or started, or its default folder is written to."""
    if not _has_nginx(machine) and not machine.below(NGINX_ROOT):
        return
    written = [path for path in machine.files if path.startswith("/etc/nginx/") and path not in NGINX_CONF]
    stock = NGINX_CONF[:1] if machine.below(NGINX_ROOT) else NGINX_CONF[1:]
    texts = [text for path in (*written, *stock) if (text := machine.text(path))]
    for text in texts:
        root = _NGINX_ROOT.search(text)
        for port in _NGINX_LISTEN.findall(text):
            yield Site(int(port), machine.below(root[1] if root else NGINX_ROOT), "nginx")


def _httpd(machine: Machine, user_data: str) -> Iterator[Site]:
    """Sites of httpd, if it is started, or its folder is written to and no other server serves it.

    Not every script installs it explicitly.
    """
    files = machine.below(HTTPD_ROOT)
    started = machine.started & {"httpd", "apache2"}
    if not started and (not files or _has_nginx(machine) or machine.serves(HTTPD_ROOT)):
        return
    folders = ("/etc/httpd/", "/etc/apache2/")
    touched = [path for path in machine.files if path.startswith(folders) and path not in HTTPD_CONF]
    stock = HTTPD_CONF[1] if "apache2" in machine.packages | machine.started else HTTPD_CONF[0]
    ports = [port for path in (stock, *touched) for port in _LISTEN.findall(machine.text(path))]
    if ports == ["80"]:
        ports = _LISTEN_SOMEWHERE.findall(user_data)[-1:] or ports
    for port in ports:
        yield Site(int(port), files, "httpd")
