"""The process that holds the sandbox: API threads beside the network's event loop, until told to end or left alone."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pltui import __version__
from pltui.launcher import DEFAULT_SPEED, Files, LauncherError, files, parse_speed, private_folder, speed_word, try_lock
from pltui.sandbox.clock import Clock
from pltui.sandbox.faults import FaultBoard
from pltui.sandbox.front import Activity, Front, account_of_call, region_of_call
from pltui.sandbox.health import HealthBoard
from pltui.sandbox.network.network import Network

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
# Real seconds without a call or a connection, after which nobody is thought to come back.
IDLE_LIMIT = 30 * 60.0
# A launcher looking whether somebody lives here holds the lock for an instant.
_LOCK_PATIENCE = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or `--idle` seconds of silence. 0 after an orderly end, 1 if it could not start."""
    parser = argparse.ArgumentParser(prog="python -m pltui.sandbox", description="The local AWS, in the foreground.")
    parser.add_argument("--speed", type=parse_speed, default=DEFAULT_SPEED, help="AWS seconds a second, real, instant")
    parser.add_argument("--port", type=int, default=0, help="of the API; 0: any free one")
    parser.add_argument("--runtime-dir", type=Path, help="where the runtime file goes")
    parser.add_argument("--idle", type=float, default=IDLE_LIMIT, help="seconds without use after which it ends")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    _leave_aws_alone()
    try:
        where = Files(private_folder(options.runtime_dir)) if options.runtime_dir else files()
        with _alone(where), asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_Daemon(options.speed, options.port, options.idle, where).run())
    except (LauncherError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


class _Daemon:
    def __init__(self, speed: float, port: int, idle_limit: float, where: Files) -> None:
        self._port = port
        self._idle_limit = idle_limit
        self._where = where
        self._clock = Clock(speed)
        self._health = HealthBoard()
        self._faults = FaultBoard()
        self._activity = Activity()
        self._network = Network(self._clock, self._health, self._activity.touch, self._faults)
        self._token = secrets.token_urlsafe(32)
        self._began = time.monotonic()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._endpoint_url = ""

    async def run(self) -> None:
        end = asyncio.Event()
        for wish in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(wish, end.set)
        await self._network.open()
        server = await asyncio.to_thread(self._make_server)
        self._endpoint_url = f"http://{HOST}:{server.port}"
        threading.Thread(target=server.serve_forever, name="api", daemon=True).start()
        try:
            with self._announced():
                log.info("the sandbox is at %s, SOCKS at %s", self._endpoint_url, self._network.socks)
                self._network.attach(self._endpoint_url)
                await self._wait(end)
        finally:
            await asyncio.to_thread(server.shutdown)
            await self._network.close()

    def _make_server(self) -> Any:
        # moto takes seconds to import: the door is open before.
        from pltui.sandbox.api import make_app, serve

        gc.disable()  # what is imported stays: looking through it again and again would double the time it takes
        app = make_app(self._clock, self._health, self._written, self._run_command, self._faults)
        gc.freeze()
        gc.enable()
        return serve(Front(app, self._activity, self._token, self._status, self._set_speed), HOST, self._port)

    def _run_command(self, instance_id: str, commands: list[str], timeout_s: float) -> tuple[int, str, str] | None:
        from pltui.probe.sandbox import Door
        from pltui.sandbox.network.commands import run

        def door(machine: str) -> Door | None:
            instance = self._network.world.instances.get(machine)
            resolver = self._network.dns.get(instance.vpc) if instance else None
            return Door(self._network.socks, resolver, machine) if resolver else None

        return run(door, instance_id, commands, timeout_s)

    def _written(self, service: str, action: str) -> None:
        self._network.wake(region_of_call.get(), service, action, account_of_call.get())

    def _set_speed(self, speed: float) -> None:
        self._clock.set_speed(speed)
        self._network.speed_changed()

    def _status(self) -> dict[str, Any]:
        return {
            "endpoint_url": self._endpoint_url,
            "socks": self._network.socks,
            "dns": dict(self._network.dns),
            "speed": speed_word(self._clock.speed),
            "uptime_s": round(time.monotonic() - self._began, 3),
            "pid": os.getpid(),
            "calls": self._activity.calls,
            "version": __version__,
        }

    async def _wait(self, end: asyncio.Event) -> None:
        while not end.is_set():
            if self._network.connections:
                self._activity.touch()
            left = self._idle_limit - self._activity.idle
            if left <= 0:
                log.info("unused for %g s: this is the end", self._idle_limit)
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await end.wait()

    @contextlib.contextmanager
    def _announced(self) -> Iterator[None]:
        """The runtime file, for as long as the block lasts; it appears whole or not at all."""
        document = {
            "pid": os.getpid(),
            "endpoint_url": self._endpoint_url,
            "socks": self._network.socks,
            "speed": speed_word(self._clock.speed),
            "started": self._started,
            "version": __version__,
            "token": self._token,
        }
        draft = self._where.folder / f"sandbox.{os.getpid()}.tmp"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(document, file)
        draft.replace(self._where.runtime)
        try:
            yield
        finally:
            self._where.runtime.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(where: Files) -> Iterator[None]:
    """Hold the lock that says a daemon lives in this folder."""
    deadline = time.monotonic() + _LOCK_PATIENCE
    with os.fdopen(os.open(where.alive, os.O_RDWR | os.O_CREAT, 0o600), "rb") as file:
        while not try_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise LauncherError(f"a sandbox is running already: {where.runtime}")
            time.sleep(0.02)
        yield


def _leave_aws_alone() -> None:
    """Keep the user's own AWS settings out: a profile, a region or an endpoint of theirs means nothing here."""
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
