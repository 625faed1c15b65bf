"""The sandbox as a whole: API, network, time and faults, and the operations on all of them."""

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
from pltui.emulator.health_board import TargetHealthBoard
from pltui.emulator.persistence import Autosave, StateLock
from pltui.emulator.subjects import SubjectError, describe, resolve
from pltui.reachability.world import Fault, FaultKind, NetworkModel
from pltui.sandbox.client import speed_word
from pltui.text import clean

if TYPE_CHECKING:
    from pltui.emulator.api.app import Api
    from pltui.emulator.network.network import Network

log = logging.getLogger(__name__)

# Real seconds within which a coroutine on the network's loop, such as reopening the network, must end.
_PATIENCE = 30.0

T = TypeVar("T")


class ServiceError(Exception):
    """An operation cannot be done; the message gives the reason."""


class SandboxService:
    """The sandbox. `open` and `close` run on the event loop; everything else on any other thread.

    The API may answer before `open`. A reset, which comes through the API, waits for it; all other operations need the
    network.
    """

    def __init__(self, speed: float) -> None:
        self.activity = Activity()
        self._clock = Clock(speed)
        self._health = TargetHealthBoard()
        self._faults = FaultRegistry(self._faults_changed)
        self._network: Network
        self._early: list[tuple[str, str, str, str]] | None = []  # write calls before the network existed
        self._hearing = threading.Lock()
        self._opened = threading.Event()
        self._began = time.monotonic()
        self._keeper: Autosave | None = None
        self._claim: StateLock | None = None
        self._replacing = threading.Lock()
        self._loop: asyncio.AbstractEventLoop
        self.endpoint_url = ""
        self.api: Api

    # -- start and end

    async def open(self, endpoint_url: str) -> None:
        """Open the network, and let it read the API, which answers at `endpoint_url`."""
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
        """Import and build the API. moto takes most of a second to import, so call it in a thread."""
        from pltui.emulator.api import make_app

        self.api = make_app(
            self._clock, self._health, self._on_write, self._run_command, self._faults, on_reset=self.reset
        )
        return self.api

    def save_for_end(self) -> None:
        """Save a persisted state, so that the sandbox may end.

        Raises:
            ServiceError: If it cannot be saved; the message names the file.
        """
        if self._keeper is not None and (error := self._keeper.save_now()):
            file = str(self._keeper.path)
            raise ServiceError(error if file in error else f"{file} cannot be written: {error}")

    async def close(self, save: bool = True) -> None:
        """Save the state for the last time, unless not wanted, and close the network."""
        await asyncio.to_thread(self._keep_no_more, save)
        await self._network.close()

    # -- status

    @property
    def socks(self) -> str:
        """The SOCKS proxy's address, `host:port`."""
        return self._network.socks

    @property
    def speed(self) -> float:
        """AWS seconds per real second; `inf` for instant."""
        return self._clock.speed

    @property
    def busy(self) -> bool:
        """True if connections are open."""
        return self._network.connections > 0

    def status(self) -> dict[str, Any]:
        """The status as JSON; times are real seconds, `lab_time_s` is AWS seconds."""
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
            "open_connections": network.established_connections,
            "connections": self.activity.connections,
            "lagging": network.lagging,
            "user_data_problems": {key: clean(problem) for key, problem in network.user_data_problems.items()},
        }

    def machines(self) -> list[dict[str, Any]]:
        """`id, name, vpc, state, address, dns` of each machine, once the network has processed every call."""
        self._wait(self._network.catch_up())
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
        """Change the speed of the lab time.

        Raises:
            ValueError: If the speed is not positive.
        """
        self._clock.set_speed(speed)
        self._network.speed_changed()
        self._touch()

    def faults(self) -> list[dict[str, Any]]:
        """`id, kind, subject, amount, error` of each fault, its sentence as `text`, and the parts of that as `said`."""
        world = self._network.world
        return [_fault_document(world, each) for each in self._faults.faults]

    def break_(self, kind: FaultKind, subject: str, amount: float, error: str = "") -> dict[str, Any]:
        """Add a fault on the object that `subject` names; return the fault.

        Raises:
            ServiceError: If there is no such object, or several.
        """
        self._wait(self._network.catch_up())
        world = self._network.world
        try:
            fault = self._faults.add(kind, resolve(world, kind, subject), amount, error)
        except SubjectError as error:
            raise ServiceError(str(error)) from error
        return _fault_document(world, fault)

    def clear_fault(self, fault_id: str | None) -> list[dict[str, Any]]:
        """Remove a fault, or all; return those removed.

        Raises:
            ServiceError: If no fault has this id.
        """
        world = self._network.world
        cleared = self._faults.clear(fault_id)
        if fault_id is not None and not cleared:
            there = ", ".join(each.id for each in self._faults.faults) or "none"
            raise ServiceError(f"there is no fault {fault_id!r}; active faults: {there}")
        return [_fault_document(world, each) for each in cleared]

    # -- state

    def save(self, path: Path) -> dict[str, Any]:
        """Write a snapshot; return its file, its size in bytes and the services left out of it.

        Raises:
            ServiceError: If the state cannot be saved, or the file cannot be written.
        """
        from pltui.emulator.api.object_graph import GraphError

        try:
            with self.api.lock:
                content = self._content()
            size = snapshot.write(path, content)
        except (GraphError, snapshot.SnapshotError) as error:
            raise ServiceError(str(error)) from error
        return {"file": str(path), "bytes": size, "left_out": content["api"]["left_out"]}

    def load(self, path: Path) -> dict[str, Any]:
        """Replace the whole state by a snapshot.

        Raises:
            ServiceError: If the snapshot cannot be loaded; the state is then unchanged.
        """
        from pltui.emulator.api.object_graph import GraphError

        try:
            content = snapshot.read(path)
            told = snapshot.parse(content)
            with self._renewed_network() as start_over:
                self.api.restore(content.get("api", {}))
                self._clock.set(told.clock)
                self._clock.set_speed(told.speed)
                self._health.replace(told.health)
                self._faults.replace(told.faults)
                start_over(told.places)
        except (snapshot.SnapshotError, GraphError) as error:
            reason = str(error)
            raise ServiceError(reason if str(path) in reason else f"{path} cannot be loaded: {reason}") from error
        self._wait(self._network.catch_up())
        self._touch()
        return {"file": str(path), "left_out": [str(name) for name in content["api"].get("left_out") or ()]}

    def reset(self) -> None:
        """Remove all state; ports, speed and process stay."""
        self._opened.wait()
        with self._renewed_network() as start_over:
            self.api.reset()
            self._health.replace()
            self._faults.replace(())
            start_over([])
        self._touch()

    def keep_in(self, path: Path) -> None:
        """Persist the state in `path` from now on.

        Raises:
            ServiceError: If the file exists, or another sandbox uses it.
        """
        if self._keeper is not None and self._keeper.path == path:
            return
        if path.exists():
            raise ServiceError(f"{path} holds a saved sandbox: end this one first, or load it into this one")
        self._keep_in(path, _claim(path))
        self._touch()

    def resume(self, path: Path) -> None:
        """Load the state from `path` if it exists, and persist it there from now on.

        A damaged file is set aside.

        Raises:
            ServiceError: If another sandbox uses the file.
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

    def _keep_no_more(self, save: bool = True) -> None:
        if self._keeper is not None and self._claim is not None:
            self._keeper.close(save)
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
        """Replace the network by an empty one; the block replaces the state behind the API.

        The block calls the yielded function with the (account, region) pairs to read. The old network is closed first,
        because it follows a clock and an API that are about to jump.
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

        return Network(self._clock, self._health, self.activity.count_connection, self._faults)

    # -- callbacks

    def _on_write(self, service: str, action: str) -> None:
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

        def find_route(machine: str) -> ProbeRoute | None:
            instance = self._network.world.instances.get(machine)
            resolver = self._network.dns.get(instance.vpc) if instance else None
            return ProbeRoute(self._network.socks, resolver, machine) if resolver else None

        return run(find_route, instance_id, commands, timeout_s)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop, and return its result."""
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
