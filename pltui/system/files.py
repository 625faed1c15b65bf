"""Writing a file somebody named on the command line: it is there as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from pltui.errors import LabError
from pltui.i18n import Phrase

PRIVATE, SHARED = 0o600, 0o666  # as the user's umask leaves it
ANYBODY_WRITES = 0o222
ANOTHER = Phrase("name another file")


def write(path: str | Path, text: str, mode: int = SHARED) -> None:
    """Put `text` (UTF-8) in the place of the file at `path`, in one step. Raises LabError (2).

    The rights of one that is there are kept, unless `mode` is PRIVATE: what is to be so is so whatever was there.
    """
    try:
        _replace(Path(path), text, mode)
    except OSError as error:
        raise _unwritable(path, error) from error


def _replace(path: Path, text: str, mode: int) -> None:
    """Raises OSError, also for what is there and is no file, such as /dev/null or a link: it must not be replaced."""
    _refuse_odd(path)
    rights = path.stat().st_mode & 0o777 if mode == SHARED and path.exists() else None
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        _write_new(temporary, file, text, rights)
    temporary.replace(path)


def _write_new(path: Path, file: BinaryIO, text: str, rights: int | None = None) -> None:
    """All of it on the disk, or no file."""
    try:
        if rights is not None:
            os.fchmod(file.fileno(), rights)
        file.write(_encoded(text))
        file.flush()
        os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def create(path: str | Path, text: str) -> None:
    """A new file. Raises FileExistsError, also where another process was quicker, and LabError (2)."""
    place = Path(path)
    try:
        with place.open("xb") as file:
            _write_new(place, file, text)
    except FileExistsError:
        raise
    except OSError as error:
        raise _unwritable(path, error) from error


def append(path: str | Path, text: str) -> None:
    """Add to the end of a file, as one write; it is made where there is none. Raises LabError (2)."""
    try:
        with Path(path).open("ab", buffering=0) as file:
            file.write(_encoded(text))
    except OSError as error:
        raise _unwritable(path, error) from error


def check(path: str | Path) -> None:
    """Raises LabError (2) where `write` would: it is better known before minutes of work than after them."""
    place = Path(path)
    try:
        _refuse_odd(place)
        if not place.parent.is_dir():
            raise OSError(errno.ENOENT, Phrase("there is no folder {parent}", parent=place.parent))
        if not os.access(place.parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, Phrase("the folder {parent} may not be written to", parent=place.parent))
    except OSError as error:
        raise _unwritable(path, error) from error


def check_all(paths: Sequence[str], spec: str | Path) -> None:
    """As `check`. Raises LabError (2) also where one is the `spec` itself, or two are one file: one would be lost."""
    for number, path in enumerate(paths):
        if same(path, spec):
            raise LabError(Phrase("{path} is the spec itself", path=path), ANOTHER, 2)
        for other in paths[:number]:
            if same(path, other):
                raise LabError(Phrase("{path} and {other} are one file", path=path, other=other), ANOTHER, 2)
        check(path)


def same(one: str | Path, other: str | Path) -> bool:
    """Whether both name one file, which need not exist."""
    with contextlib.suppress(OSError):
        return Path(one).samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)


def _refuse_odd(path: Path) -> None:
    """Raises OSError for what is there and is not a regular file, or not to be written to.

    A file that is replaced need not be writable, but who made it read-only meant it to stay. That holds for root, too.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise OSError(errno.EINVAL, Phrase("it is not a regular file"))
    if path.exists() and not (path.stat().st_mode & ANYBODY_WRITES and os.access(path, os.W_OK)):
        raise OSError(errno.EACCES, Phrase("it is write-protected"))


def _unwritable(path: str | Path, error: OSError) -> LabError:
    return LabError(Phrase("{path} cannot be written: {strerror}", path=path, strerror=error.strerror or error), code=2)


def _encoded(text: str) -> bytes:
    """UTF-8; a lone surrogate, as a file name's odd byte leaves one, cannot be written and becomes a question mark."""
    return text.encode("utf-8", "replace")
