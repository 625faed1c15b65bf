"""The shell script that asks from inside a machine, and the lines it prints.

Session Manager's Run Command gives output only once a command has ended, so a stream is made of short scripts, each a
loop of requests on fresh connections with one line an answer (Systems Manager API reference, GetCommandInvocation).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

# curl's exit codes (curl man page): could not resolve, could not connect, timed out, no answer, broken off.
FAILURES = {6: "unresolved", 7: "refused", 28: "timeout", 52: "reset", 56: "reset"}

# %{exitcode} needs curl 7.75; Amazon Linux 2023 has 8. A body is cut, and put on one line with the figures after it.
_SCRIPT = (
    "for i in $(seq {count}); do "
    "curl -s -m {timeout:g} -w ' %{{http_code}} %{{time_total}} %{{remote_ip}} %{{exitcode}}' {url} "
    "| head -c 4096 | tr '\\n' ' '; echo; done"
)
_LINE = re.compile(r"^(?P<body>.*) (?P<status>\d{3}) (?P<seconds>[\d.]+) (?P<ip>[\d.]*) (?P<exit>\d+)\s*$")


@dataclass(frozen=True, slots=True)
class Script:
    count: int
    timeout: float  # seconds a request
    url: str

    def text(self) -> str:
        return _SCRIPT.format(count=self.count, timeout=self.timeout, url=shlex.quote(self.url))


@dataclass(frozen=True, slots=True)
class Line:
    """What one request came to: a body and its status, or curl's exit code."""

    body: str
    status: int  # 0 where there was no answer
    seconds: float
    ip: str
    exit: int

    def text(self) -> str:
        return f"{self.body} {self.status:03} {self.seconds:.6f} {self.ip} {self.exit}"


def recognise(command: str) -> Script | None:
    """The Script whose text `command` is; None for any other command."""
    found = re.fullmatch(r"for i in \$\(seq (\d{1,3})\); do curl -s -m ([\d.]+) .* (\S+|'[^']*') \| head .*", command)
    if not found:
        return None
    try:
        script = Script(int(found[1]), float(found[2]), shlex.split(found[3])[0])
    except (ValueError, IndexError):
        return None
    return script if script.text() == command else None


def split_url(url: str) -> tuple[str, int, str]:
    """(host, port, path) of a script's URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 80, parts.path or "/"


def read(output: str) -> Iterator[Line]:
    """The lines of a script's output; what is no such line is left out."""
    for line in output.splitlines():
        if found := _LINE.match(line):
            yield Line(
                found["body"].strip(), int(found["status"]), float(found["seconds"]), found["ip"], int(found["exit"])
            )
