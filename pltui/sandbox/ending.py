"""End of the daemon: by request, or by signals to the process that has its lock."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import time
from collections.abc import Callable

from pltui.i18n import Phrase
from pltui.sandbox import locks
from pltui.sandbox.client import LauncherError, RejectedError, Sandbox
from pltui.sandbox.private_folder import PrivateFolder
from pltui.sandbox.runtime_folder import ALIVE, OWNER, RUNTIME, STARTING, find_running, is_alive, read_runtime_file

_POLL = 0.02  # seconds between two checks of another process
# Seconds for a daemon to end: it closes a few sockets, and may save its lab; one that takes longer is stuck.
_GRACE = 15.0
DISCARD = Phrase("`pltui sandbox down --discard` ends it without saving")


def end_daemon(where: PrivateFolder, discard: bool) -> bool:
    """End the daemon, whether or not it answers; return False if none was running.

    Raises:
        LauncherError: If its lab cannot be saved, unless `discard`; or if the process does not end.
    """
    if not is_alive(where):
        return False
    sandbox = find_running(where)
    kept = read_runtime_file(where).get("persist") if sandbox and not discard else None
    if not (sandbox and _end_by_request(where, sandbox, discard)):
        _end_by_signals(where, kept)
    with contextlib.suppress(BlockingIOError), locks.acquire(STARTING, dir_fd=where.descriptor):
        if not is_alive(where):  # another command may have started the next one
            where.remove(RUNTIME)
    return True


def _end_by_request(where: PrivateFolder, sandbox: Sandbox, discard: bool) -> bool:
    """Ask the daemon to save its lab and to end; return True if it does.

    Raises:
        LauncherError: If it cannot save its lab, and goes on.
    """
    try:
        sandbox.end(discard, timeout=_GRACE)
    except RejectedError as error:
        raise LauncherError(
            Phrase(
                "the sandbox is still running, because its lab could not be saved: {error}; {hint}",
                error=error,
                hint=DISCARD,
            )
        ) from error
    except LauncherError:  # it does not answer
        return False
    return poll_until(lambda: not is_alive(where), time.monotonic() + _GRACE)


def _end_by_signals(where: PrivateFolder, kept: object) -> None:
    """End the process that has the lock, also one that has not announced itself.

    `kept`: the file of a lab that may not be saved yet; such a process is not killed.

    Raises:
        LauncherError: If it does not end.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        if number is signal.SIGKILL and kept:
            raise LauncherError(
                Phrase(
                    "the sandbox does not answer, and its lab may not be saved in {file}; {hint}",
                    file=kept,
                    hint=DISCARD,
                )
            )
        _signal_owner(where, number)
        if poll_until(lambda: not is_alive(where), time.monotonic() + _GRACE):
            return
    raise LauncherError(Phrase("the sandbox (process {pid}) does not stop", pid=_owner(where)))


def _signal_owner(where: PrivateFolder, number: signal.Signals) -> None:
    """Send a signal to the process that has the lock; never to another that has got its id since.

    Raises:
        LauncherError: If that process is unknown.
    """
    poll_until(lambda: _owner(where) is not None or not is_alive(where), time.monotonic() + 1.0)
    pid = _owner(where)
    if pid is None:
        if is_alive(where):
            raise LauncherError(Phrase("the process that has locked {path} is unknown", path=where.path / ALIVE))
        return
    try:
        process = _open_process(pid)
        try:
            if _owner(where) != pid:
                return
            if process is None:
                os.kill(pid, number)
            else:
                signal.pidfd_send_signal(process, number)
        finally:
            if process is not None:
                os.close(process)
    except ProcessLookupError:
        return
    except OSError as error:
        raise LauncherError(
            Phrase("the sandbox (process {pid}) cannot be stopped: {error}", pid=pid, error=error.strerror)
        ) from error


def _open_process(pid: int) -> int | None:
    """Return a descriptor that names the process for good; None on macOS and old kernels. Raises OSError."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno == errno.ENOSYS:
            return None
        raise


def _owner(where: PrivateFolder) -> int | None:
    return locks.owner(OWNER, where.descriptor)


def poll_until(condition: Callable[[], object], deadline: float) -> bool:
    """Poll `condition`; return False if it is not true before `deadline`."""
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL)
    return True
