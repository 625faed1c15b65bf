"""Files that are replaced whole, read only if they are what they should be, and locked by one process at a time."""

import os
import stat
import time
from pathlib import Path

import pytest

from pltui.sandbox import locks
from pltui.system import files
from pltui.tui import runtime
from pltui.tui.user_settings.view_state_file import ViewStateFile


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("rights", "expected"), [(None, 0o600), (0o640, 0o640)])
def test_a_replaced_file_has_its_content_and_its_mode(tmp_path: Path, rights: int | None, expected: int) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    files.replace(path, b"after", rights=rights)
    assert (path.read_bytes(), mode(path)) == (b"after", expected)
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_of_a_replacement_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    (path / "file").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        files.replace(path, b"after")
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert files.read(path, 5) == b"12345"
    with pytest.raises(files.TooLongError, match="longer than 4 bytes") as caught:
        files.read(path, 4)
    assert caught.value.size == 5


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(files.NotRegularError):
            files.read(path, 5)
    with pytest.raises(IsADirectoryError):
        files.read(tmp_path, 5)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_the_app_keeps_is_for_its_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = ViewStateFile("lab", "sandbox", tmp_path)
    memory.write({"theme": "nord"})
    monkeypatch.setenv("PLTUI_STATE_DIR", str(tmp_path))
    crash = Path(runtime.write_crash_file(ValueError("a lone surrogate: \udcff")))
    assert (mode(memory.path), mode(crash)) == (0o600, 0o600)
    assert "ValueError: a lone surrogate" in crash.read_text()


def test_a_lock_is_held_by_one_until_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not locks.is_locked(path)
    with locks.acquire(path):
        assert locks.is_locked(path)
        begun = time.monotonic()
        with pytest.raises(BlockingIOError):
            locks.acquire(path, begun + 0.1)
        assert time.monotonic() >= begun + 0.1
    assert not locks.is_locked(path)
    assert mode(path) == 0o600
