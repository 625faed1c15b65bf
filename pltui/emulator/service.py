"""The sandbox as one thing: API, network, time and faults, and what is done to all of them at once."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pltui.emulator import snapshot
from pltui.emulator.activity import RECENT, Activity
from pltui.emulator.clock import Clock
from pltui.emulator.faults import FaultRegistry
from pltui.emulator.front import account_of_call, region_of_call
from pltui.emulator.health import TargetHealthBoard
from pltui.emulator.persistence import Autosave, StateLock
from pltui.emulator.subjects import SubjectError, describe, resolve
from pltui.reachability.world import Fault, FaultKind, NetworkModel
from pltui.sandbox.client import speed_word
from pltui.text import clean

if TYPE_CHECKING:
    from pltui.emulator.api.app import Api
    from pltui.emulator.network.network import Network

log = logging.getLogger(__name__)

# Real seconds in which the network is let go of and opened again.
_PATIENCE = 30.0

T = TypeVar("T")


class ServiceError(Exception):
    """It cannot be done; the message says why."""


class SandboxService:
    """`open` and `close` on the event loop; everything else from any thread but the loop's.

    The API may answer before `open`, and a reset, which comes through it, waits; all else wants the network.
    """

    def __init__(self, speed: float) -> None:
        self.activity = Activity()
        self._clock = Clock(speed)
        self._health = TargetHealthBoard()
        self._faults = FaultRegistry(self._faults_changed)
        self._network: Network
        self._early: list[tuple[str, str, str, str]] | None = []  # what was written before the network was there
        self._hearing = threading.Lock()
        self._opened = threading.Event()
        self._began = time.monotonic()
        self._keeper: Autosave | None = None
        self._claim: StateLock | None = None
        self._replacing = threading.Lock()
        self._loop: asyncio.AbstractEventLoop
        self.endpoint_url = ""
        self.api: Api

    # -- beginning and end

    async def open(self, endpoint_url: str) -> None:
        """Open the network, and let it learn from the API, which answers at `endpoint_url`."""
        self._loop = asyncio.get_running_loop()
        self.endpoint_url = endpoint_url
        self._network = self._make_network()
        await self._network.open()
        self._network.attach(endpoint_url)
        with self._hearing:
            early, self._early = self._early or [], None
        for call in early:
            self._network.wake(*call)
        self._opened.set()

    def load_api(self) -> Api:
        """moto takes most of a second to import: in a thread."""
        from pltui.emulator.api import make_app

        self.api = make_app(
            self._clock, self._health, self._written, self._run_command, self._faults, on_reset=self.reset
        )
        return self.api

    async def close(self) -> None:
        await asyncio.to_thread(self._keep_no_more)
        await self._network.close()

    # -- what it is doing

    @property
    def socks(self) -> str:
        return self._network.socks

    @property
    def speed(self) -> float:
        return self._clock.speed

    @property
    def busy(self) -> bool:
        """Whether connections are open."""
        return self._network.connections > 0

    def status(self) -> dict[str, Any]:
        network, activity = self._network, self.activity
        return {
            "endpoint_url": self.endpoint_url,
            "socks": network.socks,
            "dns": dict(network.dns),
            "speed": speed_word(self._clock.speed),
            "uptime_s": round(time.monotonic() - self._began, 3),
            "lab_time_s": round(self._clock.now(), 3),
            "calls": activity.calls,
            "calls_a_second": round(activity.recent / RECENT, 3),
            "throttled": activity.throttled,
            "network": self._network_status(network),
            "faults": self.faults(),
            "persistence": self._keeper.status() if self._keeper else None,
        }

    def _network_status(self, network: Network) -> dict[str, Any]:
        running = [each for each in network.world.instances.values() if each.running]
        health = dict(network.health)
        return {
            "vpcs": len(network.world.vpcs),
            "machines": len(running),
            "servers": network.servers,
            "targets": len(health),
            "healthy": sum(state == "healthy" for state in health.values()),
            "open_connections": network.established,
            "connections": self.activity.connections,
            "lagging": network.lagging,
        }

    def machines(self) -> list[dict[str, Any]]:
        """`id, name, vpc, state, address, dns` of each, as the network knows them once it has heard of every call."""
        self._wait(self._network.settled())
        dns = self._network.dns
        return [
            {
                "id": each.id,
                "name": clean(each.name),
                "vpc": each.vpc,
                "state": each.state,
                "address": str(each.address),
                "dns": dns.get(each.vpc),
            }
            for each in self._network.world.instances.values()
        ]

    # -- time and faults

    def set_speed(self, speed: float) -> None:
        """Raises ValueError unless it is positive."""
        self._clock.set_speed(speed)
        self._network.speed_changed()
        self._touch()

    def faults(self) -> list[dict[str, Any]]:
        """`id, kind, subject, amount` of each, what it means as `text`, and what that is made of as `said`."""
        world = self._network.world
        return [_fault_document(world, each) for each in self._faults.faults]

    def break_(self, kind: FaultKind, subject: str, amount: float, error: str = "") -> dict[str, Any]:
        """Put a fault on what `subject` names; the fault. Raises ServiceError for what is not there."""
        self._wait(self._network.settled())
        world = self._network.world
        try:
            fault = self._faults.add(kind, resolve(world, kind, subject), amount, error)
        except SubjectError as error:
            raise ServiceError(str(error)) from error
        return _fault_document(world, fault)

    def mend(self, fault_id: str | None) -> list[dict[str, Any]]:
        """Those that were mended. Raises ServiceError for an id that no fault has."""
        world = self._network.world
        mended = self._faults.clear(fault_id)
        if fault_id is not None and not mended:
            there = ", ".join(each.id for each in self._faults.faults) or "none"
            raise ServiceError(f"there is no fault {fault_id!r}; in force: {there}")
        return [_fault_document(world, each) for each in mended]

    # -- its state as a whole

    def save(self, path: Path) -> dict[str, Any]:
        """Write a snapshot: its size, and the services that are not in it. Raises ServiceError."""
        from pltui.emulator.api.graph import GraphError

        try:
            with self.api.lock:
                content = self._content()
            size = snapshot.write(path, content)
        except (GraphError, snapshot.SnapshotError) as error:
            raise ServiceError(str(error)) from error
        return {"file": str(path), "bytes": size, "left_out": content["api"]["left_out"]}

    def load(self, path: Path) -> dict[str, Any]:
        """Put a snapshot in the place of all there is. Raises ServiceError, with all there was still there."""
        from pltui.emulator.api.graph import GraphError

        try:
            content = snapshot.read(path)
            told = snapshot.parse(content)
            with self._renewed_network() as start_over:
                self.api.restore(content["api"])
                self._clock.set(told.clock)
                self._clock.set_speed(told.speed)
                self._health.replace(told.health)
                self._faults.replace(told.faults)
                start_over(told.places)
        except (snapshot.SnapshotError, GraphError) as error:
            raise ServiceError(str(error)) from error
        except (LookupError, TypeError, ValueError) as error:
            raise ServiceError(f"{path} is damaged: {type(error).__name__} {error}") from error
        self._wait(self._network.settled())
        self._touch()
        return {"file": str(path), "left_out": content["api"].get("left_out", [])}

    def reset(self) -> None:
        """Hold nothing; ports, speed and process stay."""
        self._opened.wait()
        with self._renewed_network() as start_over:
            self.api.reset()
            self._health.replace()
            self._faults.replace(())
            start_over([])
        self._touch()

    def keep_in(self, path: Path) -> None:
        """Keep the state in `path` from now on. Raises ServiceError where that would write over something else."""
        if self._keeper is not None and self._keeper.path == path:
            return
        if path.exists():
            raise ServiceError(f"{path} holds a saved sandbox: end this one first, or load it into this one")
        self._keep_in(path, _claim(path))
        self._touch()

    def resume(self, path: Path) -> None:
        """Go on from what was kept in `path`, if anything was, and keep the state there.

        Raises ServiceError where another sandbox does so.
        """
        claim = _claim(path)
        if path.exists():
            try:
                self.load(path)
                log.info("going on from %s", path)
            except ServiceError as error:
                log.error("%s; it is set aside as %s", error, snapshot.set_aside(path))
        self._keep_in(path, claim)

    def _keep_in(self, path: Path, claim: StateLock) -> None:
        self._keep_no_more()
        self._keeper, self._claim = Autosave(path, self.save), claim

    def _keep_no_more(self) -> None:
        if self._keeper is not None and self._claim is not None:
            self._keeper.close()
            self._claim.release()

    def _content(self) -> dict[str, Any]:
        return {
            "clock": self._clock.now(),
            "speed": str(self._clock.speed),
            "health": [[*key, *word] for key, word in self._health.rows.items()],
            "faults": [asdict(each) for each in self._faults.faults],
            "places": [list(each) for each in self._network.places],
            "api": self.api.state(),
        }

    @contextmanager
    def _renewed_network(self) -> Iterator[Any]:
        """A network that knows nothing yet, in the old one's place; the block puts something else behind the API.

        What it is given says which (account, region) to look at. The old one is gone before, as it lives by a clock
        and an API that are to jump.
        """
        from pltui.emulator.network.changes import Location

        with self._replacing, self.api.lock:
            places = self._network.places
            self._wait(self._renew())

            def start_over(rows: list[tuple[str, str]]) -> None:
                nonlocal places
                places = tuple(Location(*row) for row in rows)

            try:
                yield start_over
            finally:
                self._network.start_over(places)

    async def _renew(self) -> None:
        port, dns_ports = int(self._network.socks.rpartition(":")[2]), self._network.dns_ports
        await self._network.close()
        self._network = self._make_network()
        await self._network.open(port, dns_ports)
        self._network.attach(self.endpoint_url)

    def _make_network(self) -> Network:
        from pltui.emulator.network.network import Network

        return Network(self._clock, self._health, self.activity.connected, self._faults)

    # -- what API and board tell

    def _written(self, service: str, action: str) -> None:
        call = (region_of_call.get(), service, action, account_of_call.get())
        with self._hearing:
            if self._early is not None:
                self._early.append(call)
                return
        self._network.wake(*call)
        self._touch()

    def _faults_changed(self) -> None:
        self._network.faults_changed()
        self._touch()

    def _touch(self) -> None:
        if self._keeper is not None:
            self._keeper.touch()

    def _run_command(self, instance_id: str, commands: list[str], timeout_s: float) -> tuple[int, str, str] | None:
        from pltui.emulator.network.commands import run
        from pltui.probe.sandbox import ProbeRoute

        def door(machine: str) -> ProbeRoute | None:
            instance = self._network.world.instances.get(machine)
            resolver = self._network.dns.get(instance.vpc) if instance else None
            return ProbeRoute(self._network.socks, resolver, machine) if resolver else None

        return run(door, instance_id, commands, timeout_s)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)


def _claim(path: Path) -> StateLock:
    try:
        return StateLock(path)
    except BlockingIOError as error:
        raise ServiceError(f"another sandbox keeps its lab in {path}") from error
    except OSError as error:
        raise ServiceError(f"nothing can be kept in {path}: {error.strerror}") from error


def _fault_document(world: NetworkModel, fault: Fault) -> dict[str, Any]:
    said = describe(world, fault)
    return {**asdict(fault), "text": clean(said), "said": said.document()}
