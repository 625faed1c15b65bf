"""Starts, finds and stops the sandbox. All other packages know only its endpoint URL.

A daemon is alive exactly while it has a lock on `daemon.lock` in the runtime folder, which the kernel releases however
it ends: a process id reused by another process is never mistaken for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from pltui.i18n import Phrase
from pltui.sandbox import locks
from pltui.sandbox.client import LauncherError as LauncherError
from pltui.sandbox.client import Sandbox as Sandbox
from pltui.sandbox.client import parse_speed as parse_speed
from pltui.sandbox.client import speed_word as speed_word
from pltui.sandbox.ending import end_daemon, poll_until
from pltui.sandbox.private_folder import PrivateFolder
from pltui.sandbox.runtime_folder import LOG as LOG
from pltui.sandbox.runtime_folder import RUNTIME, STARTING, find_running, is_alive, read_runtime_file
from pltui.sandbox.runtime_folder import RUNTIME_DIR as RUNTIME_DIR
from pltui.sandbox.runtime_folder import open_runtime_folder as open_runtime_folder

DEFAULT_SPEED = 60.0

_LOG_TAIL = 20  # lines: the end of a traceback
_LOG_BYTES = 16384  # bytes read for them


def find() -> Sandbox | None:
    """Return the running sandbox, or None."""
    with open_runtime_folder() as where:
        return find_running(where)


def is_unannounced() -> bool:
    """Return True if a daemon runs that is starting, ending or stuck, and thus cannot be asked."""
    with open_runtime_folder() as where:
        return is_alive(where) and find_running(where) is None


def status() -> dict[str, Any] | None:
    """Return the running sandbox's status, see `Sandbox.status`; None if none runs."""
    sandbox = find()
    return sandbox.status() if sandbox else None


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Desired settings of a sandbox. None: unchanged, if one runs."""

    speed: float | None = None
    port: int | None = None  # port of the API
    persist: Path | None = None  # file in which its state is persisted


def ensure(speed: float | None = None, timeout: float = 60, *, wish: SandboxOptions | None = None) -> Sandbox:
    """Return the running sandbox, started if there is none; its API and its SOCKS server answer.

    A given `speed` is set on a running one; otherwise a new one starts at `DEFAULT_SPEED`, with the port and the file
    of one that died. Commands that call this at the same time share one sandbox.

    Raises:
        LauncherError: If it does not start, with the end of the daemon's log, or a running one does not fit the
            options.
    """
    wish = replace(wish or SandboxOptions(), speed=speed if wish is None else wish.speed)
    deadline = time.monotonic() + timeout
    with open_runtime_folder() as where, _lock(where, deadline):
        sandbox = find_running(where)
        if sandbox is None:
            process = None if is_alive(where) else _spawn_process(where, _as_before(where, wish))
            sandbox = _wait_for_start(where, process, deadline)
            if process is not None:
                return sandbox
    _adjust_options(sandbox, wish)
    return sandbox


def _adjust_options(sandbox: Sandbox, wish: SandboxOptions) -> None:
    if wish.port is not None and not sandbox.endpoint_url.endswith(f":{wish.port}"):
        hint = Phrase("`pltui sandbox down` stops it")
        raise LauncherError(
            Phrase(
                "a sandbox is running already, at {endpoint_url} and not on port {port}: {hint}",
                endpoint_url=sandbox.endpoint_url,
                port=wish.port,
                hint=hint,
            )
        )
    if wish.speed is not None and sandbox.status()["speed"] != speed_word(wish.speed):
        sandbox.set_speed(wish.speed)
    if wish.persist is not None:
        sandbox.keep_in(str(wish.persist))


def crash_notice() -> str:
    """Return a sentence about a sandbox that ended unexpectedly; empty if none did."""
    with open_runtime_folder() as where:
        document = _left_behind(where)
    if not document:
        return ""
    kept = document.get("persist")
    fate = Phrase("its lab is in {kept}, and will be loaded", kept=kept) if kept else Phrase("its lab is lost")
    return Phrase("the previous sandbox (process {pid}) died: {fate}", pid=document.get("pid"), fate=fate)


def _left_behind(where: PrivateFolder) -> dict[str, Any]:
    """Return the runtime file of a daemon that could not remove it; empty if there is none."""
    return {} if is_alive(where) else read_runtime_file(where)


def _as_before(where: PrivateFolder, wish: SandboxOptions) -> SandboxOptions:
    """Fill unset options from a daemon that died: clients may still expect it at its former address."""
    document = _left_behind(where)
    kept, port = document.get("persist"), document.get("port")
    return SandboxOptions(
        wish.speed,
        port if wish.port is None and isinstance(port, int) else wish.port,
        Path(kept) if wish.persist is None and isinstance(kept, str) else wish.persist,
    )


def stop(discard: bool = False) -> bool:
    """End the sandbox with all its state; return False if none was running. Returns once its ports are closed.

    Raises:
        LauncherError: If the process does not end, or if its lab cannot be saved, which `discard` leaves out.
    """
    with open_runtime_folder() as where:
        return end_daemon(where, discard)


# Daemons started by this process, which must reap a child that ends first.
_children: list[subprocess.Popen[bytes]] = []


def _spawn_process(where: PrivateFolder, wish: SandboxOptions) -> subprocess.Popen[bytes]:
    where.remove(RUNTIME)
    options: dict[str, object] = {
        "--speed": speed_word(DEFAULT_SPEED if wish.speed is None else wish.speed),
        "--runtime-dir": where.path,
        "--log": where.path / LOG,
        "--port": wish.port or 0,
    }
    if wish.persist is not None:
        options["--persist"] = wish.persist
    command = [sys.executable, "-m", "pltui.emulator", *(str(word) for option in options.items() for word in option)]
    # Start it from where this package was imported, installed or not.
    home = Path(__file__).resolve().parents[2]
    with os.fdopen(where.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND), "wb") as log:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _children.append(process)
    return process


def _wait_for_start(where: PrivateFolder, process: subprocess.Popen[bytes] | None, deadline: float) -> Sandbox:
    """Wait for the runtime file, which is written once everything answers."""

    def over() -> bool:
        died = process.poll() is not None if process else not is_alive(where)
        return died or find_running(where) is not None

    in_time = poll_until(over, deadline)
    if sandbox := find_running(where):
        return sandbox
    end = {"log": where.path / LOG, "tail": _log_tail(where)}
    if in_time:
        raise LauncherError(Phrase("the sandbox stopped while starting; the end of {log}:\n{tail}", **end))
    if process is not None:
        process.kill()
        raise LauncherError(Phrase("the sandbox took too long to start; the end of {log}:\n{tail}", **end))
    raise LauncherError(
        Phrase("a sandbox runs and does not answer; `pltui sandbox down` ends it; the end of {log}:\n{tail}", **end)
    )


def _log_tail(where: PrivateFolder) -> str:
    """Return the last lines of the log, or the reason why there is none, such as a full disk."""
    try:
        with os.fdopen(where.open(LOG, os.O_RDONLY | os.O_NONBLOCK), "rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - _LOG_BYTES))
            lines = log.read(_LOG_BYTES).decode(errors="replace").splitlines()[-_LOG_TAIL:]
        if not lines:
            with os.fdopen(where.open(LOG, os.O_WRONLY | os.O_APPEND), "wb") as log:
                log.write(b"\n")  # raises on a full disk, where the daemon's own message is lost
    except OSError as error:
        return error.strerror or str(error)
    return "\n".join(lines)


def _lock(where: PrivateFolder, deadline: float) -> BinaryIO:
    """Lock the file of starting commands until it is closed. Raises LauncherError after `deadline`."""
    try:
        return locks.acquire(STARTING, deadline, where.descriptor)
    except BlockingIOError:
        path = where.path / STARTING
        raise LauncherError(Phrase("another command is still starting the sandbox ({path})", path=path)) from None
