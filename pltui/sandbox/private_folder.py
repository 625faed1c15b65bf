"""Folders that only this user may enter, used through a descriptor: an exchange of the folder has no effect."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pltui.i18n import Phrase
from pltui.sandbox.client import LauncherError

MODE = 0o700


class FolderError(LauncherError):
    """A folder that was named or configured cannot be used."""

    code = 2


class ForeignFolderError(FolderError):
    """A folder that another user has created, or no folder."""


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """An open folder. `descriptor` is closed by `close` or at the end of a `with` block."""

    path: Path
    descriptor: int

    def __enter__(self) -> PrivateFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.descriptor)

    def open(self, name: str, flags: int) -> int:
        """Open a file of the folder, private to this user if created; return its descriptor. A link is not followed.

        Raises:
            OSError: If it cannot be opened.
        """
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=self.descriptor)

    def remove(self, name: str) -> None:
        """Remove a file, which need not exist."""
        try:
            os.unlink(name, dir_fd=self.descriptor)
        except FileNotFoundError:
            return


def open_private(path: Path) -> PrivateFolder:
    """Open a folder, created with its parents if needed: with mode 0700, whatever the umask.

    An existing folder is not modified.

    Raises:
        ForeignFolderError: If it belongs to another user, or is no folder.
        FolderError: If it has another mode, or cannot be created.
    """
    path = path.absolute()
    try:
        create_private(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP, errno.EEXIST) or _is_foreign(path):
            raise _foreign(path) from error
        raise FolderError(Phrase("no private folder {path}: {error}", path=path, error=error.strerror)) from error
    try:
        _check(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return PrivateFolder(path, descriptor)


def open_state_folder(path: Path) -> PrivateFolder:
    """Open a folder as `open_private` does, for callers that report any OSError.

    Raises:
        OSError: If it cannot be created, belongs to another user or has another mode; `strerror` is the reason.
    """
    try:
        return open_private(path)
    except FolderError as error:
        raise OSError(errno.EACCES, error.args[0]) from error


def create_private(path: Path) -> None:
    """Create a folder and its missing parents with mode 0700, whatever the umask; an existing one is not modified.

    Raises:
        OSError: If it cannot be created.
    """
    missing = [path]
    while not os.path.lexists(missing[-1].parent):
        missing.append(missing[-1].parent)
    for each in reversed(missing):
        try:
            each.mkdir(MODE)
        except FileExistsError:
            continue
        if stat.S_IMODE(each.lstat().st_mode) & 0o777 != MODE:  # a umask that takes rights from the owner
            each.chmod(MODE)


def _check(path: Path, info: os.stat_result) -> None:
    if info.st_uid != os.getuid():
        raise _foreign(path)
    mode = stat.S_IMODE(info.st_mode) & 0o777
    if mode != MODE:
        raise FolderError(
            Phrase(
                "{path} has mode {mode} instead of 0700: name a folder that does not exist yet, or one with mode 0700",
                path=path,
                mode=f"{mode:04o}",
            )
        )


def _is_foreign(path: Path) -> bool:
    try:
        return path.lstat().st_uid != os.getuid()
    except OSError:
        return False


def _foreign(path: Path) -> ForeignFolderError:
    return ForeignFolderError(Phrase("{path} is not a folder of this user's", path=path))
