"""The sandbox process: API threads beside the network's event loop, until a signal or the idle limit ends it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import resource
import secrets
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from pltui import __version__
from pltui.emulator import private_file
from pltui.emulator.control import Control
from pltui.emulator.front import Front
from pltui.emulator.service import SandboxService, ServiceError
from pltui.sandbox import locks
from pltui.sandbox.launcher import DEFAULT_SPEED, LauncherError, parse_speed, speed_word
from pltui.sandbox.private_folder import PrivateFolder, open_private
from pltui.sandbox.runtime_folder import ALIVE, OWNER, RUNTIME, open_runtime_folder

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
# Real seconds without a call or a connection after which the daemon ends.
IDLE_LIMIT = 30 * 60.0
# Maximum bytes of a log file before it is rotated; one older file is kept.
LARGEST_LOG = 2**20
# Real seconds. A launcher holds the lock for an instant while it checks for a running daemon.
_LOCK_PATIENCE = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM, SIGINT or `--idle` seconds without use; return 1 if it cannot start, else 0."""
    parser = argparse.ArgumentParser(prog="python -m pltui.emulator", description="The local AWS, in the foreground.")
    parser.add_argument("--speed", type=parse_speed, default=DEFAULT_SPEED, help="AWS seconds a second, real, instant")
    parser.add_argument("--port", type=int, default=0, help="of the API; 0: any free one")
    parser.add_argument("--runtime-dir", type=Path, help="where the runtime file goes")
    parser.add_argument("--idle", type=float, default=IDLE_LIMIT, help="seconds without use after which it ends")
    parser.add_argument("--persist", type=Path, metavar="FILE", help="go on from this file, and keep the state in it")
    parser.add_argument("--log", type=Path, metavar="FILE", help="write the log there instead of to stderr")
    options = parser.parse_args(arguments)
    options.persist = options.persist and options.persist.absolute()
    options.log = options.log and options.log.absolute()
    _write_log(None)
    _leave_aws_alone()
    try:
        with open_private(options.runtime_dir) if options.runtime_dir else open_runtime_folder() as where:
            os.fchdir(where.descriptor)  # its files are opened by their names alone; nothing is written elsewhere
            with _alone(where):
                _raise_file_limit()
                _write_log(_relative(options.log, where))
                with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                    runner.run(_Daemon(options).run())
    except (LauncherError, ServiceError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


def _write_log(path: Path | None) -> None:
    """Configure logging to stderr, or to a file that is rotated."""
    handler: logging.Handler = logging.StreamHandler()
    if path is not None:
        handler = file = RotatingFileHandler(path, maxBytes=LARGEST_LOG, backupCount=1, delay=True)
        file.baseFilename = str(path)  # not made absolute
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=[handler], force=True)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("botocore").setLevel(logging.WARNING)


def _relative(path: Path | None, where: PrivateFolder) -> Path | None:
    """Return the path of a log in the runtime folder, which is the working directory, by its name alone."""
    return Path(path.name) if path and path.parent == where.path else path


class _Daemon:
    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._service = SandboxService(options.speed)
        self._loop: asyncio.AbstractEventLoop
        self._front: Front
        self._end = asyncio.Event()
        self._discard = False
        self._token = secrets.token_urlsafe(32)
        self._started = datetime.now(UTC).isoformat(timespec="seconds")

    async def run(self) -> None:
        """Serve until a signal or the idle limit, with the runtime file in place."""
        self._loop, service = asyncio.get_running_loop(), self._service
        for wish in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(wish, self._end.set)
        server = await asyncio.to_thread(self._make_server)
        front = self._front
        if self._options.persist:
            front.shut()  # until it has resumed, callers would see an empty sandbox
        threading.Thread(target=server.serve_forever, name="api", daemon=True).start()
        await service.open(f"http://{HOST}:{server.port}")
        try:
            if self._options.persist:
                await asyncio.to_thread(service.resume, self._options.persist)
                front.open()
            with self._keep_runtime_file():
                log.info("the sandbox is at %s, SOCKS at %s", service.endpoint_url, service.socks)
                await self._wait()
        finally:
            front.shut()  # a call answered after the last save would be lost
            await asyncio.to_thread(server.shutdown)
            await service.close(save=not self._discard)

    def _make_server(self) -> Any:
        from pltui.emulator.api import serve

        gc.disable()  # imported objects stay alive: collecting during the import would double its time
        app = self._service.load_api()
        gc.freeze()
        gc.enable()
        about = {"pid": os.getpid(), "version": __version__}
        control = Control(self._service, self._token, about, kept=self._write_runtime_file, end=self._end_by_request)
        self._front = Front(app, control, self._service.activity)
        try:
            return serve(self._front, HOST, self._options.port)
        except OSError as error:
            raise LauncherError(f"port {self._options.port} cannot be had: {error.strerror}") from error

    def _end_by_request(self, discard: bool) -> None:
        """End, in the thread of a request. Raises ServiceError if the state cannot be saved; then it goes on."""
        if not discard:
            self._save_for_end()
        self._discard = discard
        self._loop.call_soon_threadsafe(self._end.set)

    def _save_for_end(self) -> None:
        """Save while no call is answered. Raises ServiceError if that fails; calls are then answered again."""
        self._front.shut()
        try:
            self._service.save_for_end()
        except BaseException:
            self._front.open()
            raise

    async def _wait(self) -> None:
        """Return after a signal, a request to end, or the idle limit, unless the state cannot be saved then."""
        activity = self._service.activity
        while not self._end.is_set():
            if self._service.busy:
                activity.touch()
            left = self._options.idle - activity.idle
            if left > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await self._end.wait()
                continue
            try:
                await asyncio.to_thread(self._save_for_end)
            except ServiceError as error:
                log.error("unused for %g s, and not ended: %s", self._options.idle, error)
                activity.touch()
            else:
                log.info("unused for %g s: this is the end", self._options.idle)
                return

    @contextlib.contextmanager
    def _keep_runtime_file(self) -> Iterator[None]:
        """Keep the runtime file for as long as the block lasts."""
        self._write_runtime_file(self._options.persist)
        try:
            yield
        finally:
            Path(RUNTIME).unlink(missing_ok=True)

    def _write_runtime_file(self, persist: Path | None) -> None:
        """Write the runtime file atomically, into the working directory."""
        document = {
            "pid": os.getpid(),
            "endpoint_url": self._service.endpoint_url,
            "socks": self._service.socks,
            "speed": speed_word(self._service.speed),
            "started": self._started,
            "version": __version__,
            "token": self._token,
            "persist": str(persist) if persist else None,
            "port": self._options.port,
        }
        private_file.replace(Path(RUNTIME), json.dumps(document).encode())


def _alone(where: PrivateFolder) -> contextlib.ExitStack:
    """Take the locks of a running daemon in this folder; they last until the result is closed.

    Raises:
        LauncherError: If another daemon has them.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locks.acquire(ALIVE, time.monotonic() + _LOCK_PATIENCE, where.descriptor))
            held.enter_context(locks.own(OWNER, where.descriptor))
        except BlockingIOError:
            raise LauncherError(f"a sandbox is running already: {where.path / RUNTIME}") from None
        return held.pop_all()


def _raise_file_limit() -> None:
    """Raise the limit of open files to the hard limit: each connection of the network takes several."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS reports no limit, and refuses it
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _leave_aws_alone() -> None:
    """Remove the user's own AWS settings: their profile, region or endpoint does not apply here."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
