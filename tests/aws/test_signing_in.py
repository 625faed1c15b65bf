"""Commands for AWS with an MFA profile, on a terminal of their own and without one."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.aws.server import answering, error
from tests.aws.test_credentials import KEYS, MFA, assumed, stamp

PATIENCE = 60.0
NOT_CALLED = "http://127.0.0.1:9"
SPEC = "specs/privatelink.yaml"
QUESTION = f"Enter MFA code for {MFA}"
CONFIG = f"""\
[profile keys]
{KEYS}
[profile lab]
role_arn = arn:aws:iam::123456789012:role/lab
source_profile = keys
mfa_serial = {MFA}
"""
NO_MORE = error("AuthFailure", "AWS was not able to validate the provided access credentials", status=401)
ALTERNATE_SCREEN = b"\x1b[?1049h"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of a user whose profile needs a code, with an STS of the test's own."""
    (tmp_path / "config").write_text(CONFIG)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with answering(assumed(stamp(hours=1))) as (sts, _):
        yield {
            **clean,
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_STS": sts,
            "TERM": "xterm-256color",
        }


class Terminal:
    """A process with a terminal of its own."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        command = [sys.executable, "-m", "pltui", *words]
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.output = b""

    def read_until(self, text: bytes) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.output:
            assert time.monotonic() < deadline, self.output[-2000:]
            assert self._read(), self.output[-2000:]

    def type(self, text: bytes) -> None:
        os.write(self._master, text)

    def end(self) -> int:
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._master)

    def _read(self) -> bool:
        """Whether there is more to come."""
        ready, _, _ = select.select([self._master], [], [], PATIENCE)
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:  # what a terminal says once the other side is closed
            data = b""
        self.output += data
        return bool(data)


@contextmanager
def terminal(words: list[str], environment: dict[str, str]) -> Iterator[Terminal]:
    shown = Terminal(words, environment)
    try:
        yield shown
    finally:
        shown.close()


def test_the_code_is_asked_for_first_and_only_by_the_first_command(environment: dict[str, str]) -> None:
    with answering(NO_MORE) as (url, calls):
        words = ["plan", SPEC, "--target", "aws", "--profile", "lab", "--endpoint-url", url]
        with terminal(words, environment) as first:
            first.read_until(QUESTION.encode())
            assert not calls
            first.type(b"987654\n")
            assert first.end() == 4  # the endpoint rejects the credentials
        second = subprocess.run(
            [sys.executable, "-m", "pltui", *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False,
        )  # fmt: skip
    assert b"987654" not in first.output
    assert b"Traceback" not in first.output
    assert second.returncode == 4
    assert "MFA" not in second.stderr
    assert "AuthFailure" in second.stderr


def test_the_app_asks_before_its_screen_is_drawn(environment: dict[str, str]) -> None:
    with answering(NO_MORE) as (url, _):
        words = ["app", SPEC, "--target", "aws", "--profile", "lab", "--endpoint-url", url]
        with terminal(words, environment) as app:
            app.read_until(QUESTION.encode())
            assert ALTERNATE_SCREEN not in app.output
            app.type(b"987654\n")
            app.read_until(ALTERNATE_SCREEN)
            app.read_until(b"REAL AWS")
            app.type(b"q")
            assert app.end() == 0
    assert app.output.count(QUESTION.encode()) == 1
    assert b"Traceback" not in app.output


@pytest.mark.slow
def test_ctrl_c_at_the_question_is_an_interrupt(environment: dict[str, str]) -> None:
    words = ["plan", SPEC, "--target", "aws", "--profile", "lab", "--endpoint-url", NOT_CALLED]
    with terminal(words, environment) as asked:
        asked.read_until(QUESTION.encode())
        asked.process.send_signal(2)
        assert asked.end() == 130
    assert b"Traceback" not in asked.output


def test_without_a_terminal_it_is_refused_with_the_command_to_run(environment: dict[str, str]) -> None:
    words = ["plan", SPEC, "--target", "aws", "--profile", "lab", "--endpoint-url", NOT_CALLED]
    done = subprocess.run(
        [sys.executable, "-m", "pltui", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert "MFA code" in done.stderr
    assert "`aws sts get-caller-identity --profile lab`" in done.stderr
    assert len(done.stderr.splitlines()) == 2
