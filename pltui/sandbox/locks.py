"""Locks of files. The kernel releases one however the process that holds it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import BinaryIO

_POLL = 0.02  # seconds between two attempts


def acquire(path: Path, deadline: float = 0.0) -> BinaryIO:
    """Lock a file, created if needed, until it is closed; wait for it until `deadline` on the monotonic clock.

    Raises:
        BlockingIOError: If another process still has the lock.
        OSError: If the file cannot be opened or locked.
    """
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "rb")
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


def is_locked(path: Path) -> bool:
    """Return True if some process has the lock on `path`, which need not exist.

    Raises:
        OSError: If it cannot be told.
    """
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
