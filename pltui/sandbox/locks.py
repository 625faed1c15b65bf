"""Locks of files. The kernel releases one however the process that holds it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import sys
import time
from pathlib import Path
from typing import BinaryIO

_POLL = 0.02  # seconds between two attempts


def acquire(path: str | Path, deadline: float = 0.0, dir_fd: int | None = None) -> BinaryIO:
    """Lock a file, created if needed, until it is closed; wait for it until `deadline` on the monotonic clock.

    `dir_fd`: descriptor of the folder that `path` is relative to.

    Raises:
        BlockingIOError: If another process still has the lock.
        OSError: If the file cannot be opened or locked.
    """
    file = _create(path, dir_fd)
    try:
        while True:
            try:
                lock(file.fileno())
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_POLL)
            else:
                return file
    except BaseException:
        file.close()
        raise


def lock(descriptor: int) -> None:
    """Lock an open file until it is closed.

    Raises:
        BlockingIOError: If another process has the lock.
        OSError: If the file system has no locks.
    """
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_locked(path: str | Path, dir_fd: int | None = None) -> bool:
    """Return True if some process has the lock on `path`, which need not exist.

    Raises:
        OSError: If the file cannot be opened.
    """
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=dir_fd)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def own(path: str | Path, dir_fd: int | None = None) -> BinaryIO:
    """Lock a file, created if needed, so that `owner` names this process, until it is closed.

    The process must not open the file again: closing any descriptor of it would release the lock (POSIX, fcntl).

    Raises:
        BlockingIOError: If another process has the lock.
        OSError: If the file cannot be opened or locked.
    """
    file = _create(path, dir_fd)
    try:
        fcntl.lockf(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file


def owner(path: str | Path, dir_fd: int | None = None) -> int | None:
    """Return the id of the process that `own` has given the lock to, by the kernel; None if there is none."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=dir_fd)
    except FileNotFoundError:
        return None
    try:
        kind, pid = _find_lock(descriptor)
    finally:
        os.close(descriptor)
    return pid if kind != fcntl.F_UNLCK and pid > 1 else None


def _create(path: str | Path, dir_fd: int | None) -> BinaryIO:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600, dir_fd=dir_fd), "r+b")


def _find_lock(descriptor: int) -> tuple[int, int]:
    """Return the kind and the process of a lock that excludes ours: `struct flock` of fcntl(2)."""
    if sys.platform == "darwin":
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, struct.pack("@qqihh", 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET))
        _, _, pid, kind, _ = struct.unpack("@qqihh", answer)
    else:
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, struct.pack("@hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        kind, _, _, _, pid = struct.unpack("@hhqqi4x", answer)
    return kind, pid
