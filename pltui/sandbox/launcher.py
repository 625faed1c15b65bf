"""Starts, finds and stops the sandbox. All other packages know only its endpoint URL.

A daemon is alive exactly while it has a lock on `daemon.lock` in the runtime folder, which the kernel releases however
it ends: a process id reused by another process is never mistaken for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
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

RUNTIME_DIR = "PLTUI_RUNTIME_DIR"
DEFAULT_SPEED = 60.0

_POLL = 0.02  # seconds between two checks of another process
_LOG_TAIL = 20  # lines: the end of a traceback
# Seconds for a daemon to end: it closes a few sockets, and may save its lab; one that takes longer is stuck.
_GRACE = 15.0


@dataclass(frozen=True, slots=True)
class Files:
    """Paths in the runtime folder."""

    folder: Path

    @property
    def runtime(self) -> Path:
        """JSON file of the running daemon; see `Sandbox` for its keys."""
        return self.folder / "sandbox.json"

    @property
    def log(self) -> Path:
        """The daemon's log."""
        return self.folder / "sandbox.log"

    @property
    def alive(self) -> Path:
        """File that a running daemon has locked."""
        return self.folder / "daemon.lock"

    @property
    def starting(self) -> Path:
        """File locked while a command starts the daemon."""
        return self.folder / "start.lock"


def files() -> Files:
    """Return the runtime folder, created if needed.

    Raises:
        LauncherError: If it cannot be made private to this user.
    """
    if chosen := os.environ.get(RUNTIME_DIR):
        return Files(private_folder(Path(chosen)))
    import warnings

    import platformdirs

    # A session without XDG_RUNTIME_DIR gets a temporary folder; the warning would not help the user.
    with contextlib.suppress(LauncherError), warnings.catch_warnings(action="ignore"):
        return Files(private_folder(Path(platformdirs.user_runtime_dir("pltui"))))
    return Files(private_folder(Path(tempfile.gettempdir()) / f"pltui-{os.getuid()}"))


def private_folder(path: Path) -> Path:
    """Return `path` as a folder that only this user may enter, created if needed.

    Raises:
        LauncherError: If it belongs to another user, is no folder, or cannot be created.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = path.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid():
            raise LauncherError(Phrase("{path} is not a folder of this user's", path=path))
        if stat.S_IMODE(info.st_mode) != 0o700:
            path.chmod(0o700)
    except OSError as error:
        raise LauncherError(Phrase("no runtime folder: {error}", error=error)) from error
    return path.resolve()


def find() -> Sandbox | None:
    """Return the running sandbox, or None."""
    return _find_running(files())


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
    where, deadline = files(), time.monotonic() + timeout
    with _lock(where.starting, deadline):
        sandbox = _find_running(where)
        if sandbox is None:
            process = None if locks.is_locked(where.alive) else _spawn_process(where, _as_before(where, wish))
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
    document = _left_behind(files())
    if document is None:
        return ""
    kept = document.get("persist")
    fate = Phrase("its lab is in {kept}, and will be loaded", kept=kept) if kept else Phrase("its lab is lost")
    return Phrase("the previous sandbox (process {pid}) died: {fate}", pid=document.get("pid"), fate=fate)


def _left_behind(where: Files) -> dict[str, Any] | None:
    """Return the runtime file of a daemon that could not remove it."""
    with contextlib.suppress(OSError, ValueError):
        document = json.loads(where.runtime.read_text())
        if isinstance(document, dict) and not locks.is_locked(where.alive):
            return document
    return None


def _as_before(where: Files, wish: SandboxOptions) -> SandboxOptions:
    """Fill unset options from a daemon that died: clients may still expect it at its former address."""
    document = _left_behind(where) or {}
    kept, port = document.get("persist"), document.get("port")
    return SandboxOptions(
        wish.speed,
        port if wish.port is None and isinstance(port, int) else wish.port,
        Path(kept) if wish.persist is None and isinstance(kept, str) else wish.persist,
    )


def stop() -> bool:
    """End the sandbox with all its state; return False if none was running. Returns once its ports are closed.

    Raises:
        LauncherError: If the process does not end.
    """
    where = files()
    sandbox = _find_running(where)
    if sandbox is None:
        return False
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(sandbox.pid, ending)
        if _poll_until(lambda: not locks.is_locked(where.alive), time.monotonic() + _GRACE):
            where.runtime.unlink(missing_ok=True)
            return True
    raise LauncherError(Phrase("the sandbox (process {pid}) does not stop", pid=sandbox.pid))


def _find_running(where: Files) -> Sandbox | None:
    if not locks.is_locked(where.alive):
        return None
    try:
        document = json.loads(where.runtime.read_text())
        return Sandbox(**{name: document[name] for name in Sandbox.__slots__})
    except (OSError, ValueError, KeyError, TypeError):
        return None  # the daemon is starting or ending


# Daemons started by this process, which must reap a child that ends first.
_children: list[subprocess.Popen[bytes]] = []


def _spawn_process(where: Files, wish: SandboxOptions) -> subprocess.Popen[bytes]:
    where.runtime.unlink(missing_ok=True)
    options: dict[str, object] = {
        "--speed": speed_word(DEFAULT_SPEED if wish.speed is None else wish.speed),
        "--runtime-dir": where.folder,
        "--log": where.log,
        "--port": wish.port or 0,
    }
    if wish.persist is not None:
        options["--persist"] = wish.persist
    command = [sys.executable, "-m", "pltui.emulator", *(str(word) for option in options.items() for word in option)]
    # Start it from where this package was imported, installed or not.
    home = Path(__file__).resolve().parents[2]
    with os.fdopen(os.open(where.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600), "wb") as log:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _children.append(process)
    return process


def _wait_for_start(where: Files, process: subprocess.Popen[bytes] | None, deadline: float) -> Sandbox:
    """Wait for the runtime file, which is written once everything answers."""

    def over() -> bool:
        died = process.poll() is not None if process else not locks.is_locked(where.alive)
        return died or _find_running(where) is not None

    in_time = _poll_until(over, deadline)
    if sandbox := _find_running(where):
        return sandbox
    tail = "\n".join(where.log.read_text(errors="replace").splitlines()[-_LOG_TAIL:]) if where.log.exists() else ""
    if in_time:
        raise LauncherError(
            Phrase("the sandbox stopped while starting; the end of {log}:\n{tail}", log=where.log, tail=tail)
        )
    if process is not None:
        process.kill()
    raise LauncherError(
        Phrase("the sandbox took too long to start; the end of {log}:\n{tail}", log=where.log, tail=tail)
    )


def _lock(path: Path, deadline: float) -> BinaryIO:
    """Lock a file until it is closed. Raises LauncherError after `deadline`."""
    try:
        return locks.acquire(path, deadline)
    except BlockingIOError:
        raise LauncherError(Phrase("another command is still starting the sandbox ({path})", path=path)) from None


def _poll_until(condition: Any, deadline: float) -> bool:
    """Poll `condition`; return False if it is not true before `deadline`."""
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL)
    return True
