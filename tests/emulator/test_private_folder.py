"""Folders that only their user may enter: created so, refused otherwise, and never changed."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from pltui.cli.main import main
from pltui.sandbox import launcher, runtime_folder
from pltui.sandbox.private_folder import FolderError, ForeignFolderError, open_private
from pltui.sandbox.runtime_folder import RUNTIME_DIR, open_runtime_folder
from tests.emulator.test_snapshot_file import full_disk

root_only = pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_a_new_folder_and_its_parents_are_private_whatever_the_umask(tmp_path: Path, umask: None) -> None:
    with open_private(tmp_path / "a" / "b") as where:
        os.close(where.open("file", os.O_CREAT | os.O_WRONLY))
    assert (mode(tmp_path / "a"), mode(tmp_path / "a" / "b")) == (0o700, 0o700)


@pytest.mark.parametrize("rights", [0o755, 0o777, 0o710, 0o500])
def test_a_folder_with_another_mode_is_refused_and_not_modified(
    tmp_path: Path, rights: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(rights)
    with pytest.raises(FolderError, match=f"folder has mode 0{rights:o} instead of 0700"):
        open_private(folder)
    monkeypatch.setenv(RUNTIME_DIR, str(folder))
    assert main(["sandbox", "status"]) == 2
    assert f"{folder} has mode" in capsys.readouterr().err
    assert main(["status", "specs/privatelink.yaml"]) == 2
    assert mode(folder) == rights
    folder.chmod(0o700)


@root_only
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 12345, 12345)
    with pytest.raises(ForeignFolderError):
        open_private(tmp_path / "theirs")


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "broken").symlink_to("nowhere")
    for name in ("file", "link", "broken", "file/below"):
        with pytest.raises(FolderError):
            open_private(tmp_path / name)


@root_only
def test_a_default_folder_that_another_user_has_planted_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(RUNTIME_DIR, raising=False)
    planted = [tmp_path / "run" / "pltui", tmp_path / f"pltui-{os.getuid()}"]
    for each in planted:
        each.mkdir(parents=True)
        os.chown(each, 12345, 12345)
    monkeypatch.setattr(platformdirs, "user_runtime_dir", lambda _: str(planted[0]))
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda _: str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    with open_runtime_folder() as where:
        assert where.path == tmp_path / "cache" / "run"


def test_a_runtime_folder_that_cannot_be_determined_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> str:
        raise PermissionError("another user owns it")

    monkeypatch.delenv(RUNTIME_DIR, raising=False)
    monkeypatch.setattr(platformdirs, "user_runtime_dir", refuse)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    with open_runtime_folder() as where:
        assert where.path.parent == tmp_path


def test_a_folder_that_is_exchanged_while_it_is_used_is_not_followed(tmp_path: Path) -> None:
    with open_private(tmp_path / "mine") as where:
        (tmp_path / "mine").rename(tmp_path / "aside")
        (tmp_path / "mine").mkdir(mode=0o700)
        (tmp_path / "mine" / runtime_folder.RUNTIME).write_text('{"pid": 1}')
        assert runtime_folder.read_runtime_file(where) == {}


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("{}")
    with open_private(tmp_path / "mine") as where:
        (tmp_path / "mine" / "link").symlink_to(tmp_path / "target")
        with pytest.raises(OSError, match="symbolic"):
            where.open("link", os.O_RDONLY)


def test_a_full_disk_is_the_reason_for_an_empty_log(tmp_path: Path) -> None:
    with open_private(tmp_path / "run") as where:
        os.close(where.open(launcher.LOG, os.O_CREAT | os.O_WRONLY))
        with full_disk(0):
            assert launcher._log_tail(where) == "File too large"
        (tmp_path / "run" / launcher.LOG).write_text("a\nb\n")
        assert launcher._log_tail(where) == "a\nb"
