"""The app as a user has it: a process on a terminal of its own, timed from outside."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass

import psutil

SIZE = (40, 120)  # rows, columns
PATIENCE = 90.0  # seconds for the lab to converge and answer
ANSWER = re.compile(rb"Subnet \d.* ms")


@dataclass(frozen=True)
class Watched:
    first_frame: float  # seconds from the start of the process
    first_answer: float
    resident: int  # bytes, once it answers


def bare_interpreter() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - begun


def resident(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


def watch(spec: str) -> Watched:
    """Open the app, wait for its first frame and for the first answer of its probe, and leave."""
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "pltui", spec], stdin=inside, stdout=inside, stderr=inside, env=environment
    ) as app:
        os.close(inside)
        try:
            drawn = bytearray()
            first_frame = _until(outside, drawn, re.compile(b"provider")) - begun
            first_answer = _until(outside, drawn, ANSWER) - begun
            observed = Watched(first_frame, first_answer, resident(app.pid))
            os.write(outside, b"q")
            _drain(outside, app)
        finally:
            app.kill()
            os.close(outside)
    return observed


def _until(terminal: int, drawn: bytearray, wanted: re.Pattern[bytes]) -> float:
    """The moment at which what was drawn held `wanted`."""
    deadline = time.perf_counter() + PATIENCE
    while not wanted.search(drawn):
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.perf_counter()))
        if not ready:
            raise RuntimeError(f"the app never drew {wanted.pattern!r}; the last it drew: {bytes(drawn[-500:])!r}")
        drawn += os.read(terminal, 65536)
    return time.perf_counter()


def _drain(terminal: int, app: subprocess.Popen[bytes]) -> None:
    """Read what it draws until it has ended: a full terminal would hold it up."""
    while app.poll() is None:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:  # Linux says so when the other end has closed
                break
    app.wait(PATIENCE)
