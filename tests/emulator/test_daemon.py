"""The daemon's life, as its launcher sees it: real processes in a runtime folder of the test's own."""

import asyncio
import json
import math
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pltui.sandbox import client, launcher
from pltui.sandbox.ending import poll_until

HERE = Path(__file__).resolve().parents[2]
START = "from pltui.sandbox import launcher; print(launcher.ensure().pid)"


def connects(address: str) -> bool:
    host, _, port = address.removeprefix("http://").rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def test_it_starts_answers_and_ends_leaving_nothing(folder: Path) -> None:
    assert launcher.find() is None
    assert launcher.status() is None
    sandbox = launcher.ensure()
    assert connects(sandbox.endpoint_url)
    assert connects(sandbox.socks)
    status = sandbox.status()
    assert status["endpoint_url"] == sandbox.endpoint_url
    assert status["socks"] == sandbox.socks
    assert (status["pid"], status["speed"], status["dns"]) == (sandbox.pid, launcher.DEFAULT_SPEED, {})
    assert launcher.ensure() == sandbox == launcher.find()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "sandbox.json").stat().st_mode) == 0o600
    assert launcher.stop() is True
    assert not connects(sandbox.endpoint_url)
    assert not connects(sandbox.socks)
    assert not (folder / "sandbox.json").exists()
    assert launcher.stop() is False


def test_commands_that_start_it_at_once_share_one(folder: Path) -> None:
    environment = {**os.environ, launcher.RUNTIME_DIR: str(folder), "PYTHONPATH": str(HERE)}
    starters = [
        subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, env=environment) for _ in range(3)
    ]
    pids = {starter.communicate(timeout=90)[0].strip() for starter in starters}
    assert [starter.returncode for starter in starters] == [0, 0, 0]
    sandbox = launcher.find()
    assert sandbox is not None
    assert pids == {str(sandbox.pid).encode()}


async def test_a_speed_asked_for_changes_the_one_that_runs(folder: Path) -> None:
    first = await asyncio.to_thread(launcher.ensure, speed=120)
    assert first.status()["speed"] == 120
    assert launcher.ensure().status()["speed"] == 120
    again = await asyncio.to_thread(launcher.ensure, speed=math.inf)
    assert again.pid == first.pid
    assert again.status()["speed"] == "instant"
    with pytest.raises(launcher.LauncherError, match="speed"):
        await asyncio.to_thread(again.set_speed, -1)


def test_what_a_killed_one_left_behind_is_cleaned_up(folder: Path) -> None:
    first = launcher.ensure()
    os.kill(first.pid, signal.SIGKILL)
    poll_until(lambda: launcher.find() is None, float("inf"))
    assert (folder / "sandbox.json").exists()
    second = launcher.ensure()
    assert second.pid != first.pid
    assert second.status()["pid"] == second.pid


def test_a_file_that_names_another_process_is_not_believed(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    lie = {
        "pid": os.getpid(),
        "endpoint_url": "http://127.0.0.1:9",
        "socks": "127.0.0.1:9",
        "token": "x",
        "started": "2026-01-01T00:00:00Z",
        "version": "0",
    }
    (folder / "sandbox.json").write_text(json.dumps(lie))
    assert launcher.find() is None
    assert launcher.stop() is False  # this very process would be gone otherwise
    assert launcher.ensure().pid != os.getpid()


def test_one_that_dies_as_it_starts_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(folder / "broken"))
    (folder / "broken" / "asyncio").mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    (folder / "broken" / "asyncio" / "__init__.py").write_text("raise RuntimeError('the disk is on fire')")
    with pytest.raises(launcher.LauncherError, match="the disk is on fire"):
        launcher.ensure()


def test_it_ends_by_itself_when_nobody_uses_it(folder: Path) -> None:
    command = [sys.executable, "-m", "pltui.emulator", "--idle", "0.5", "--runtime-dir", str(folder)]
    daemon = subprocess.run(command, cwd=HERE, capture_output=True, timeout=60, check=False)
    assert daemon.returncode == 0
    assert b"unused" in daemon.stderr
    assert not (folder / "sandbox.json").exists()


def test_a_second_one_in_the_same_folder_refuses(folder: Path) -> None:
    launcher.ensure()
    command = [sys.executable, "-m", "pltui.emulator", "--runtime-dir", str(folder)]
    second = subprocess.run(command, cwd=HERE, capture_output=True, timeout=60, check=False)
    assert second.returncode == 1
    assert b"running already" in second.stderr


def test_control_needs_the_token_of_the_runtime_file(folder: Path) -> None:
    sandbox = launcher.ensure()
    for path in (client.STATUS_PATH, client.SPEED_PATH, client.SAVE_PATH, "/_pltui/other"):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(sandbox.endpoint_url + path, timeout=10)
        assert refusal.value.code == 403


def test_a_folder_of_somebody_elses_or_no_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    for path in (file, link):
        monkeypatch.setenv(launcher.RUNTIME_DIR, str(path))
        with pytest.raises(launcher.LauncherError):
            launcher.ensure()


@pytest.mark.parametrize(("text", "speed"), [("60", 60.0), ("real", 1.0), ("instant", math.inf), ("0.5", 0.5)])
def test_speeds_have_words(text: str, speed: float) -> None:
    assert launcher.parse_speed(text) == speed


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "nan", "inf"])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="speed"):
        launcher.parse_speed(text)
