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

BODY = 2000  # bytes kept of an answer: a batch has to fit the 24,000 characters that GetCommandInvocation gives

# One line a request: when it was sent, curl's figures, and the body on the same line. %{{exitcode}} needs curl 7.75;
# Amazon Linux 2023 has 8. The body goes through a file, as a pipe that is closed early would cut off the figures. Some
# shells' echo takes backslashes in it for line ends.
_SCRIPT = (
    "f=$(mktemp); for i in $(seq {count}); do : > $f; a=$(date +%s.%N); "
    "w=$(curl -s -m {timeout:g} -o $f -w '%{{http_code}} %{{time_total}} %{{exitcode}} %{{remote_ip}}' {url}); "
    "printf '%s\\n' \"$a $w $(head -c {body} $f | tr '\\n\\0' '  ')\"; done; rm -f $f"
)
_RECOGNISED = re.compile(
    r"f=\$\(mktemp\); for i in \$\(seq (\d{1,3})\); .*\(curl -s -m ([\d.]{1,9}) .*}' (\S+)\); printf .*"
)
_LINE = re.compile(
    r"(?P<sent>\d+\.\d+) (?P<status>\d{3}) (?P<seconds>[\d.]+) (?P<exit>\d+) (?P<ip>[\da-f.:]*) (?P<body>.*)"
)


@dataclass(frozen=True, slots=True)
class Script:
    count: int
    timeout: float  # seconds a request
    url: str

    def text(self) -> str:
        return _SCRIPT.format(count=self.count, timeout=self.timeout, url=shlex.quote(self.url), body=BODY)


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """The outcome of one request: a status and a body, or curl's exit code."""

    sent: float  # seconds since the epoch, by the machine's clock
    status: int  # 0 where there was no answer
    seconds: float
    exit: int
    ip: str
    body: str

    def text(self) -> str:
        return f"{self.sent:.9f} {self.status:03} {self.seconds:.6f} {self.exit} {self.ip} {self.body}"


def recognise(command: str) -> Script | None:
    """The Script whose text `command` is; None for any other command."""
    found = _RECOGNISED.fullmatch(command)
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


def read(output: str) -> Iterator[ScriptLine]:
    """The lines of a script's output; what is no such line is left out."""
    for line in output.split("\n"):  # a body may hold other ends of lines
        if found := _LINE.match(line):
            yield ScriptLine(
                sent=float(found["sent"]),
                status=int(found["status"]),
                seconds=float(found["seconds"]),
                exit=int(found["exit"]),
                ip=found["ip"],
                body=found["body"].strip(),
            )
