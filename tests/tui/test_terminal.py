"""A real terminal is given back as it was, whichever way the app ends."""

import fcntl
import os
import pty
import random
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
SHOWN = b"\x1b[?1049h"  # the alternate screen (xterm control sequences)
GIVEN_BACK = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l")  # screen, cursor, mouse, pasting


class Terminal:
    """The demonstration lab in a terminal of 100 by 30."""

    def __init__(self, tmp_path: Path, *words: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        self.output = b""
        environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PLTUI_STATE_DIR": str(tmp_path)}
        environ["PYTHONPATH"] = str(ROOT)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.tui.demo", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ,
            cwd=tmp_path,  # where pictures of the screen go
            start_new_session=True,
        )

    def read(self, seconds: float = 0.05) -> None:
        while select.select([self._master], [], [], seconds)[0]:
            self.output += os.read(self._master, 65536)

    def wait_for(self, what: bytes) -> None:
        deadline = time.monotonic() + PATIENCE
        while what not in self.output:
            assert time.monotonic() < deadline, f"never shown: {what!r}; the end of what was: {self.output[-500:]!r}"
            self.read()

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            self.read()
        self.read()
        return self.process.returncode

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def is_given_back(self) -> bool:
        after = self.output.rpartition(SHOWN)[2]
        return all(sequence in after for sequence in GIVEN_BACK) and termios.tcgetattr(self._slave) == self.before

    def close(self) -> None:
        self.process.kill()  # of one that has ended it is nothing
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    shown = Terminal(tmp_path)
    try:
        shown.wait_for(b"provider-nlb")
        yield shown
    finally:
        shown.close()


def test_q_leaves(terminal: Terminal) -> None:
    terminal.type(b"q")
    assert terminal.ended() == 0
    assert terminal.is_given_back()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_in_order(terminal: Terminal, number: signal.Signals) -> None:
    terminal.process.send_signal(number)
    assert terminal.ended() == 0
    assert terminal.is_given_back()
    assert b"Traceback" not in terminal.output


def test_a_fault_in_a_widget_is_told_in_a_line_and_its_traceback_is_in_a_file(tmp_path: Path) -> None:
    shown = Terminal(tmp_path, "fault")
    try:
        assert shown.ended() == 1
        assert shown.is_given_back()
        assert b"Traceback" not in shown.output
        farewell = shown.output.rpartition(GIVEN_BACK[0])[2].decode()
        assert "pltui crashed: ZeroDivisionError" in farewell
        assert "Traceback" in (tmp_path / "crash.log").read_text()
    finally:
        shown.close()


def test_a_terminal_that_is_closed_leaves_no_process_behind(terminal: Terminal) -> None:
    os.close(terminal._master)
    terminal._master = os.open(os.devnull, os.O_RDWR)
    terminal.process.send_signal(signal.SIGHUP)  # what a terminal sends as it is closed
    terminal.process.wait(PATIENCE)


def test_a_terminal_that_is_closed_while_answers_come_leaves_no_process_behind(terminal: Terminal) -> None:
    """What draws finds nobody to draw for, and must not wait for them."""
    terminal.wait_for(b"Subnet 1")
    os.close(terminal._master)
    terminal._master = os.open(os.devnull, os.O_RDWR)
    time.sleep(1.0)  # so that more is drawn than anybody takes
    terminal.process.send_signal(signal.SIGHUP)
    terminal.process.wait(PATIENCE)


def test_a_tiny_terminal_and_back(terminal: Terminal) -> None:
    for columns, rows in ((20, 5), (1, 1), (200, 60), (100, 30)):
        fcntl.ioctl(terminal._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        terminal.process.send_signal(signal.SIGWINCH)
        terminal.read(0.2)
    terminal.output = SHOWN
    terminal.wait_for(b"privatelink")  # the whole is drawn anew, header included
    terminal.type(b"q")
    assert terminal.ended() == 0
    assert terminal.is_given_back()


KEYS = [
    *(bytes([code]) for code in range(0x20, 0x7F)),
    *(b"\r", b"\t", b"\x1b", b"\x7f", b"\x10", b"\x14", b"\x06", b"\x0b"),
    *(b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~", b"\x1b[H", b"\x1b[F", b"\x1bOP"),
    *(b"\x1b[<%d;%d;%dM" % (button, x, y) for button in (0, 64, 65) for x in (3, 40, 90) for y in (2, 9, 25, 30)),
    "あ".encode(),
]


def _mash(tmp_path: Path, seconds: float, seed: int) -> None:
    """Whatever is typed: it lives on, or has left in order because that was what was typed."""
    typist, until = random.Random(seed), time.monotonic() + seconds
    sizes = ((20, 5), (80, 24), (120, 40), (200, 60), (100, 30))
    while time.monotonic() < until:
        shown = Terminal(tmp_path)
        try:
            shown.wait_for(b"provider-nlb")
            while time.monotonic() < until and shown.process.poll() is None:
                shown.type(b"".join(typist.choices(KEYS, k=typist.randint(1, 12))))
                if typist.random() < 0.05:
                    columns, rows = typist.choice(sizes)
                    fcntl.ioctl(shown._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                    shown.process.send_signal(signal.SIGWINCH)
                shown.read(0.02)
            shown.process.send_signal(signal.SIGTERM)
            assert shown.ended() == 0, shown.output[-2000:]
            assert shown.is_given_back()
            assert b"Traceback" not in shown.output
            assert not (tmp_path / "crash.log").exists(), (tmp_path / "crash.log").read_text()
            assert b"Internal error" not in shown.output
        finally:
            shown.close()


def test_mashing_all_keys(tmp_path: Path) -> None:
    _mash(tmp_path, 4.0, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 5))
def test_mashing_all_keys_for_a_minute(tmp_path: Path, seed: int) -> None:
    _mash(tmp_path, 60.0, seed)
