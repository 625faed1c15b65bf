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
from typing import Any, BinaryIO

from pltui import __version__
from pltui.emulator import private_file
from pltui.emulator.control import Control
from pltui.emulator.front import Front
from pltui.emulator.service import SandboxService, ServiceError
from pltui.sandbox import locks
from pltui.sandbox.launcher import (
    DEFAULT_SPEED,
    Files,
    LauncherError,
    files,
    parse_speed,
    private_folder,
    speed_word,
)

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
    _write_log(options.log)
    _leave_aws_alone()
    try:
        where = Files(private_folder(options.runtime_dir)) if options.runtime_dir else files()
        with _alone(where), asyncio.Runner(loop_factory=_loop_factory()) as runner:
            _raise_file_limit()
            os.chdir(where.folder)  # nothing is written to where pltui is installed or was started
            runner.run(_Daemon(options, where).run())
    except (LauncherError, ServiceError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


def _write_log(path: Path | None) -> None:
    """Configure logging to stderr, or to a file that is rotated."""
    handler: logging.Handler = logging.StreamHandler()
    if path is not None:
        handler = RotatingFileHandler(path, maxBytes=LARGEST_LOG, backupCount=1)
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=[handler])
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("botocore").setLevel(logging.WARNING)


class _Daemon:
    def __init__(self, options: argparse.Namespace, where: Files) -> None:
        self._options, self._where = options, where
        self._service = SandboxService(options.speed)
        self._token = secrets.token_urlsafe(32)

    async def run(self) -> None:
        """Serve until a signal or the idle limit, with the runtime file in place."""
        end, service = asyncio.Event(), self._service
        for wish in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(wish, end.set)
        front, server = await asyncio.to_thread(self._make_server)
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
                await self._wait(end)
        finally:
            front.shut()  # a call answered after the last save would be lost
            await asyncio.to_thread(server.shutdown)
            await service.close()

    def _make_server(self) -> tuple[Front, Any]:
        from pltui.emulator.api import serve

        gc.disable()  # imported objects stay alive: collecting during the import would double its time
        app = self._service.load_api()
        gc.freeze()
        gc.enable()
        control = Control(self._service, self._token, {"pid": os.getpid(), "version": __version__})
        try:
            front = Front(app, control, self._service.activity)
            return front, serve(front, HOST, self._options.port)
        except OSError as error:
            raise LauncherError(f"port {self._options.port} cannot be had: {error.strerror}") from error

    async def _wait(self, end: asyncio.Event) -> None:
        while not end.is_set():
            activity = self._service.activity
            if self._service.busy:
                activity.touch()
            left = self._options.idle - activity.idle
            if left <= 0:
                log.info("unused for %g s: this is the end", self._options.idle)
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await end.wait()

    @contextlib.contextmanager
    def _keep_runtime_file(self) -> Iterator[None]:
        """Keep the runtime file for as long as the block lasts. It is written atomically."""
        document = {
            "pid": os.getpid(),
            "endpoint_url": self._service.endpoint_url,
            "socks": self._service.socks,
            "speed": speed_word(self._service.speed),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
            "token": self._token,
            "persist": str(self._options.persist) if self._options.persist else None,
            "port": self._options.port,
        }
        private_file.replace(self._where.runtime, json.dumps(document).encode())
        try:
            yield
        finally:
            self._where.runtime.unlink(missing_ok=True)


def _alone(where: Files) -> BinaryIO:
    """Take the lock of a running daemon in this folder; it lasts until the file is closed.

    Raises:
        LauncherError: If another daemon has it.
    """
    try:
        return locks.acquire(where.alive, time.monotonic() + _LOCK_PATIENCE)
    except BlockingIOError:
        raise LauncherError(f"a sandbox is running already: {where.runtime}") from None


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
