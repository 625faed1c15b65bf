"""What keeps a sandbox's state: soon after a change, once for many, and whatever becomes of the file."""

import threading
from pathlib import Path

import pytest

from pltui.emulator.persistence import Autosave, StateLock

FILE = Path("/the/file")


class Disk:
    """Counts what is saved, and is full when told."""

    def __init__(self) -> None:
        self.saved: list[Path] = []
        self.full = False
        self.tried = threading.Event()

    def __call__(self, path: Path) -> None:
        try:
            if self.full:
                raise OSError("No space left on device")
            self.saved.append(path)
        finally:
            self.tried.set()

    def wait(self) -> None:
        assert self.tried.wait(60)
        self.tried.clear()


def test_nothing_is_written_while_nothing_changes_and_once_at_the_end() -> None:
    disk = Disk()
    keeper = Autosave(FILE, disk, quiet=0.01)
    assert keeper.status() == {"file": str(FILE), "saved": None, "error": None}
    keeper.close()
    assert disk.saved == [FILE]


def test_a_change_is_written_without_being_asked_for() -> None:
    disk = Disk()
    keeper = Autosave(FILE, disk, quiet=0.01)
    keeper.touch()
    disk.wait()
    assert disk.saved == [FILE]
    keeper.touch()
    disk.wait()
    assert len(disk.saved) == 2
    keeper.close()


def test_many_changes_at_once_are_one_write() -> None:
    disk = Disk()
    keeper = Autosave(FILE, disk, quiet=60)
    for _ in range(1000):
        keeper.touch()
    keeper.close()  # does not wait for them to calm down
    assert disk.saved == [FILE]


def test_a_disk_that_is_full_is_told_until_it_no_longer_is() -> None:
    disk = Disk()
    keeper = Autosave(FILE, disk, quiet=0.01)
    disk.full = True
    keeper.touch()
    disk.wait()
    keeper.close()
    assert keeper.status()["error"] == "No space left on device"
    again = Autosave(FILE, disk, quiet=0.01)
    disk.full = False
    again.close()
    assert again.status()["error"] is None
    assert again.status()["saved"]


def test_a_file_is_claimed_by_one_alone_and_free_again_once_released(tmp_path: Path) -> None:
    first = StateLock(tmp_path / "lab")
    with pytest.raises(BlockingIOError):
        StateLock(tmp_path / "lab")
    StateLock(tmp_path / "another").release()
    first.release()
    assert list(tmp_path.iterdir()) == []
    StateLock(tmp_path / "lab").release()


def test_what_a_killed_save_has_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    kept = ["lab", ".lab.0123456", ".lab.0123456789", ".other.01234567", "lab.01234567"]
    for name in (*kept, ".lab.01234567", ".lab.89abcdef"):
        (tmp_path / name).touch()
    StateLock(tmp_path / "lab").release()
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(kept)


def test_a_failed_save_is_tried_again_without_another_change() -> None:
    disk = Disk()
    disk.full = True
    keeper = Autosave(FILE, disk, quiet=0.01, retry=0.05)
    keeper.touch()
    disk.wait()
    disk.full = False
    disk.wait()
    assert disk.saved == [FILE]
    keeper.close(save=False)


def test_a_save_on_request_returns_its_error() -> None:
    disk = Disk()
    keeper = Autosave(FILE, disk)
    assert keeper.save_now() == ""
    disk.full = True
    assert keeper.save_now() == "No space left on device"
    keeper.close(save=False)
    assert disk.saved == [FILE]
