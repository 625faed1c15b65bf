"""Atomic writes of files named on the command line."""

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
        _replace_file(Path(path), text, mode)
    except OSError as error:
        raise _unwritable_error(path, error) from error


def _replace_file(path: Path, text: str, mode: int) -> None:
    """Replace a file. Raises OSError, also for anything but a regular file, such as /dev/null or a link."""
    _refuse_odd(path)
    rights = path.stat().st_mode & 0o777 if mode == SHARED and path.exists() else None
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        _write_new(temporary, file, text, rights)
    temporary.replace(path)


def _write_new(path: Path, file: BinaryIO, text: str, rights: int | None = None) -> None:
    """Write all of the text to the disk, or remove the file."""
    try:
        if rights is not None:
            os.fchmod(file.fileno(), rights)
        file.write(_encode_text(text))
        file.flush()
        os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def create(path: str | Path, text: str) -> None:
    """Write a new file.

    Raises:
        FileExistsError: If the file exists, also if another process was faster.
        LabError: If it cannot be written (exit code 2).
    """
    place = Path(path)
    try:
        with place.open("xb") as file:
            _write_new(place, file, text)
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
            file.write(_encode_text(text))
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


def _encode_text(text: str) -> bytes:
    """Encode as UTF-8; a lone surrogate, as from an undecodable byte of a file name, becomes a question mark."""
    return text.encode("utf-8", "replace")
