"""Atomic writes, and reads that neither block on a pipe nor end in a huge file."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from pltui.errors import LabError
from pltui.i18n import Phrase

PRIVATE, SHARED = 0o600, 0o666  # modes, before the user's umask
ANYBODY_WRITES = 0o222
ANOTHER = Phrase("name another file")


def write(path: str | Path, text: str, mode: int = SHARED) -> None:
    """Replace the file at `path` by `text` (UTF-8), atomically.

    The permissions of an existing file are kept, unless `mode` is PRIVATE.

    Raises:
        LabError: If it cannot be written (exit code 2).
    """
    try:
        place = Path(path)
        _refuse_odd(place)
        rights = place.stat().st_mode & 0o777 if mode == SHARED and place.exists() else None
        replace(place, encode_text(text), mode, rights)
    except OSError as error:
        raise _unwritable_error(path, error) from error


def replace(path: Path, content: bytes, mode: int = PRIVATE, rights: int | None = None) -> None:
    """Replace a file atomically: at every moment, also after a crash, `path` has the old content or the new, whole.

    `mode`: before the user's umask; `rights`: exact permissions instead. A link is replaced, not followed.

    Raises:
        OSError: If it cannot be written; an older file is then intact.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if rights is not None:
                os.fchmod(file.fileno(), rights)
            _write_through(file, content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write_through(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def create(path: str | Path, text: str) -> None:
    """Write a new file.

    Raises:
        FileExistsError: If the file exists, also if another process was faster.
        LabError: If it cannot be written (exit code 2).
    """
    place = Path(path)
    try:
        with place.open("xb") as file:
            try:
                _write_through(file, encode_text(text))
            except BaseException:
                place.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise
    except OSError as error:
        raise _unwritable_error(path, error) from error


def append(path: str | Path, text: str) -> None:
    """Append to a file in one write; create it if needed.

    Raises:
        LabError: If it cannot be written (exit code 2).
    """
    try:
        with Path(path).open("ab", buffering=0) as file:
            file.write(encode_text(text))
    except OSError as error:
        raise _unwritable_error(path, error) from error


def check(path: str | Path) -> None:
    """Raise if `write` would, so that an error comes before minutes of work rather than after.

    Raises:
        LabError: If the file cannot be written (exit code 2).
    """
    place = Path(path)
    try:
        _refuse_odd(place)
        if not place.parent.is_dir():
            raise OSError(errno.ENOENT, Phrase("there is no folder {parent}", parent=place.parent))
        if not os.access(place.parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, Phrase("the folder {parent} may not be written to", parent=place.parent))
    except OSError as error:
        raise _unwritable_error(path, error) from error


def check_all(paths: Sequence[str], spec: str | Path) -> None:
    """Check all paths as `check` does, and that none would overwrite the spec or another one.

    Raises:
        LabError: If a file cannot be written, is the `spec` itself, or is given twice (exit code 2).
    """
    for number, path in enumerate(paths):
        if same(path, spec):
            raise LabError(Phrase("{path} is the spec itself", path=path), ANOTHER, 2)
        for other in paths[:number]:
            if same(path, other):
                raise LabError(Phrase("{path} and {other} are one file", path=path, other=other), ANOTHER, 2)
        check(path)


def same(one: str | Path, other: str | Path) -> bool:
    """Return True if both paths name one file, which need not exist."""
    with contextlib.suppress(OSError):
        return Path(one).samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)


def _refuse_odd(path: Path) -> None:
    """Raise OSError for an existing path that is not a regular file, or is write-protected.

    A replaced file need not be writable, but a read-only mode means that it must be kept, for root too.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise OSError(errno.EINVAL, Phrase("it is not a regular file"))
    if path.exists() and not (path.stat().st_mode & ANYBODY_WRITES and os.access(path, os.W_OK)):
        raise OSError(errno.EACCES, Phrase("it is write-protected"))


def _unwritable_error(path: str | Path, error: OSError) -> LabError:
    return LabError(Phrase("{path} cannot be written: {strerror}", path=path, strerror=error.strerror or error), code=2)


def encode_text(text: str) -> bytes:
    """Encode as UTF-8; a lone surrogate, as from an undecodable byte of a file name, becomes a question mark."""
    return text.encode("utf-8", "replace")


# -- guarded reads ----------------------------------------------------------------------------------------------------


class NotRegularError(OSError):
    """The path is a pipe, a socket or a device."""


class TooLongError(OSError):
    """The file is longer than the limit; `size` is its length in bytes."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(errno.EFBIG, Phrase("it is longer than {most:,} bytes", most=most))
        self.size = size


@contextlib.contextmanager
def open_regular(path: str | Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading, without waiting: opening a pipe without a writer would block indefinitely.

    Raises:
        IsADirectoryError: If it is a directory.
        NotRegularError: If it is any other kind of file.
        OSError: If it is missing or cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(kind):
            raise NotRegularError(errno.EINVAL, Phrase("it is no regular file"))
    except BaseException:
        os.close(descriptor)
        raise
    with os.fdopen(descriptor, "rb") as file:
        yield file


def read(path: str | Path, most: int) -> bytes:
    """Return the content of a regular file of at most `most` bytes.

    Raises:
        TooLongError: If it is longer.
        OSError: If it cannot be read; see `opened`.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(most + 1) if size <= most else b""
    if max(size, len(content)) > most:
        raise TooLongError(max(size, len(content)), most)
    return content
