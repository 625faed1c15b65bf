"""The shell script that sends requests from inside a machine, and the lines it prints.

Session Manager's Run Command returns output only once a command has ended, so a stream consists of short scripts, each
a loop of requests on fresh connections with one line per answer (Systems Manager API reference, GetCommandInvocation).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

# curl's exit codes (curl man page): could not resolve, could not connect, timed out, no answer, broken off.
FAILURES = {6: "unresolved", 7: "refused", 28: "timeout", 52: "reset", 56: "reset"}

BODY = 2000  # bytes kept of an answer: a batch must fit the 24,000 characters that GetCommandInvocation returns

# One line per request: its time, curl's figures, and the body. %{{exitcode}} needs curl 7.75; Amazon Linux 2023 has 8.
# The body goes through a file, because a pipe that is closed early would cut off the figures. `printf` writes the line,
# because some shells' echo interprets backslashes.
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
    """A loop of `count` requests."""

    count: int
    timeout: float  # seconds per request
    url: str

    def text(self) -> str:
        """Return the shell script in one line."""
        return _SCRIPT.format(count=self.count, timeout=self.timeout, url=shlex.quote(self.url), body=BODY)


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """The result of one request: a status and a body, or curl's exit code."""

    sent: float  # seconds since the epoch, by the machine's clock
    status: int  # 0 if there was no answer
    seconds: float
    exit: int
    ip: str
    body: str

    def text(self) -> str:
        """Return the line as the script prints it."""
        return f"{self.sent:.9f} {self.status:03} {self.seconds:.6f} {self.exit} {self.ip} {self.body}"


def recognise(command: str) -> Script | None:
    """Return the Script that `command` is the text of, or None for any other command."""
    found = _RECOGNISED.fullmatch(command)
    if not found:
        return None
    try:
        script = Script(int(found[1]), float(found[2]), shlex.split(found[3])[0])
    except (ValueError, IndexError):
        return None
    return script if script.text() == command else None


def split_url(url: str) -> tuple[str, int, str]:
    """Return (host, port, path) of a script's URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 80, parts.path or "/"


def parse_output(output: str) -> Iterator[ScriptLine]:
    """Yield the lines of a script's output; malformed lines are skipped."""
    for line in output.split("\n"):  # a body may contain other line separators
        if found := _LINE.match(line):
            yield ScriptLine(
                sent=float(found["sent"]),
                status=int(found["status"]),
                seconds=float(found["seconds"]),
                exit=int(found["exit"]),
                ip=found["ip"],
                body=found["body"].strip(),
            )
