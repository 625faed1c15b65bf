"""Isolation of moto from this machine: its code opens no connection, starts no process and writes no file.

moto delivers to HTTP subscribers, event destinations and the like, runs functions in Docker, and writes a recording.
An audit hook (PEP 578) sees each of these attempts, from whichever library and thread.
"""

from __future__ import annotations

import inspect
import os
import sys
from types import FrameType

MESSAGE = "the pltui sandbox sends no requests, starts no processes and writes no files for a caller"

_OUTSIDE = frozenset({
    "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendmsg", "socket.sendto",
    "subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "pty.spawn",
    "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
})  # fmt: skip
"""Audit events of effects outside this process (Python's audit events table)."""

_OPEN = "open"
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_TRUSTED = ("pltui", "importlib", "logging", "tempfile")
"""Packages whose own effects are allowed when moto calls them: byte code, the log, and buffers of large bodies."""

_installed: list[bool] = []


class IsolationError(PermissionError):
    """An attempt of moto's code to have an effect outside this process."""


def install() -> None:
    """Install the hook. Python has no way to remove one, so it is installed once per process."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_check)


def is_cause_of(error: BaseException | None) -> bool:
    """True if a refused attempt led to `error`, directly or through the errors that it was translated to."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, IsolationError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _check(event: str, arguments: tuple[object, ...]) -> None:
    if event != _OPEN:
        if event not in _OUTSIDE:
            return
    elif not (isinstance(flags := arguments[2], int) and flags & _WRITING):
        return
    here = inspect.currentframe()
    if here is not None and _is_moto(here.f_back):
        raise IsolationError(MESSAGE)


def _is_moto(frame: FrameType | None) -> bool:
    """True if moto's code is responsible for what `frame` does: the innermost frame of a known package decides."""
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package == "moto":
            return True
        if package in _TRUSTED:
            return False
        frame = frame.f_back
    return False
