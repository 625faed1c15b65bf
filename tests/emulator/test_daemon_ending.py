"""The end of a daemon by `down`: saved, refused, discarded, and of one that does not answer."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pltui.cli.main import main
from pltui.sandbox import ending, launcher
from pltui.sandbox.ending import poll_until
from pltui.sandbox.launcher import LauncherError, SandboxOptions
from pltui.sandbox.runtime_folder import RUNTIME
from tests.emulator.test_daemon_state import ec2, vpcs

# A process that has the daemon's locks and has not announced itself, as one that hangs while it loads a file.
STUCK = """
import os, signal, sys, time
from pathlib import Path
from pltui.emulator.daemon import _alone
from pltui.sandbox.private_folder import open_private
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open_private(Path(sys.argv[1])) as where, _alone(where):
    print("locked", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def stuck(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    monkeypatch.setattr(ending, "_GRACE", 0.5)
    process = subprocess.Popen([sys.executable, "-c", STUCK, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"locked\n"
    yield process
    process.kill()
    process.wait()


def test_down_ends_a_process_that_has_the_lock_and_has_not_announced_itself(
    folder: Path, stuck: subprocess.Popen[bytes]
) -> None:
    assert launcher.is_unannounced()
    assert launcher.stop() is True
    assert stuck.wait(60) == -signal.SIGKILL
    assert launcher.stop() is False


def test_commands_say_that_a_sandbox_is_stuck(
    folder: Path, stuck: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", "reset"]) == 1
    assert "`pltui sandbox down` ends it" in capsys.readouterr().err
    assert main(["sandbox", "status"]) == 1
    assert "`pltui sandbox down` ends it" in capsys.readouterr().out
    with pytest.raises(LauncherError, match="`pltui sandbox down` ends it"):
        launcher.ensure(timeout=0.1)


def test_down_signals_the_process_that_has_the_lock_and_not_the_one_in_the_file(
    folder: Path, stuck: subprocess.Popen[bytes]
) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        lie = f'{{"pid": {bystander.pid}, "endpoint_url": "http://127.0.0.1:9", "socks": "127.0.0.1:9",'
        (folder / RUNTIME).write_text(lie + ' "token": "x", "started": "", "version": ""}')
        assert launcher.stop() is True
        assert bystander.poll() is None
        assert stuck.wait(60) == -signal.SIGKILL
        assert not (folder / RUNTIME).exists()
    finally:
        bystander.kill()
        bystander.wait()


def test_a_lock_whose_process_is_unknown_is_not_answered_by_a_signal(folder: Path) -> None:
    launcher.find()
    with (folder / "daemon.lock").open("w") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        with pytest.raises(LauncherError, match="is unknown"):
            launcher.stop()


@contextlib.contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """A folder in which no file can be created, also not by root: there is another file of that name."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.touch()
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


def test_down_fails_and_names_the_file_if_the_lab_cannot_be_saved_and_the_sandbox_goes_on(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "disk").mkdir()
    file = tmp_path / "disk" / "kept.snapshot"
    sandbox = launcher.ensure(wish=SandboxOptions(persist=file))
    with unwritable(tmp_path / "disk"):
        made = ec2(sandbox).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        assert main(["sandbox", "down"]) == 1
        complaint = capsys.readouterr().err
        assert str(file) in complaint
        assert "--discard" in complaint
        assert made in vpcs(sandbox)
    assert main(["sandbox", "down"]) == 0
    assert made in file.read_text()


def test_down_discard_ends_it_without_saving(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    file = tmp_path / "disk" / "kept.snapshot"
    launcher.ensure(wish=SandboxOptions(persist=file))
    with unwritable(tmp_path / "disk"):
        assert main(["sandbox", "down", "--discard"]) == 0
        assert launcher.find() is None


def test_a_stopped_sandbox_with_a_persisted_lab_is_not_killed_unless_that_is_asked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_GRACE", 0.5)
    file = tmp_path / "kept.snapshot"
    sandbox = launcher.ensure()
    sandbox.keep_in(str(file))  # after its start
    os.kill(sandbox.pid, signal.SIGSTOP)
    try:
        with pytest.raises(LauncherError, match=r"kept\.snapshot; .*--discard"):
            launcher.stop()
        assert launcher.find() == sandbox
        assert launcher.stop(discard=True) is True
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(sandbox.pid, signal.SIGCONT)


def test_one_that_is_kept_from_now_on_is_announced_as_such(folder: Path, tmp_path: Path) -> None:
    sandbox = launcher.ensure()
    sandbox.keep_in(str(tmp_path / "kept.snapshot"))
    os.kill(sandbox.pid, signal.SIGKILL)
    assert poll_until(lambda: launcher.find() is None, time.monotonic() + 60)
    assert "kept.snapshot, and will be loaded" in launcher.crash_notice()
