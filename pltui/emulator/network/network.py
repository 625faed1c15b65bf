"""The sandbox's network as a whole: reads the model, updates the roles, and opens the SOCKS proxy and DNS servers."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address

from pltui.emulator.clock import Clock
from pltui.emulator.faults import FaultRegistry
from pltui.emulator.health_board import TargetHealthBoard
from pltui.emulator.network.changes import Location
from pltui.emulator.network.connections import Registry
from pltui.emulator.network.fabric import LOOPBACK, LoopbackFabric
from pltui.emulator.network.health_checks import Checker
from pltui.emulator.network.lag import Lag
from pltui.emulator.network.machines import Machines, boot_all
from pltui.emulator.network.memo import Cached
from pltui.emulator.network.resolver import Resolver
from pltui.emulator.network.socks import Rules, SocksServer
from pltui.emulator.network.sync import FOREIGN_RESYNC, OWN_RESYNC, Sync
from pltui.reachability.load_balancer import Health
from pltui.reachability.names import HOSTS, DnsAnswer, canonical_name, resolve
from pltui.reachability.world import Instance, NetworkModel

log = logging.getLogger(__name__)


class Network:
    """The network, on the event loop that opens it.

    `wake`, `dns`, `speed_changed` and `faults_changed` are thread-safe. `used` is called for each connection to the
    proxy. With `foreign` the API belongs to another process, which reports no changes: it is polled every two seconds.
    """

    def __init__(
        self,
        clock: Clock,
        health: TargetHealthBoard,
        used: Callable[[], None] = lambda: None,
        faults: FaultRegistry | None = None,
        *,
        foreign: bool = False,
    ) -> None:
        self._faults = faults or FaultRegistry()
        self._clock = clock
        self._resync = FOREIGN_RESYNC if foreign else OWN_RESYNC
        self._shown = self._running = self._world = NetworkModel()
        self._lag = Lag(clock)
        self._lag_timer: asyncio.TimerHandle | None = None
        self._turn = itertools.count()
        self._names: Cached[tuple[str, str, str], DnsAnswer] = Cached()
        self._machines = Machines()
        self._publishing = asyncio.Lock()
        self._resolvers: dict[str, Resolver] = {}
        self._dns_ports: dict[str, int] = {}
        self._established = Registry(clock)
        self._fabric = LoopbackFabric(self._view, self._established)
        self._checker = Checker(self._fabric, clock, health, self._review)
        self._door = SocksServer(Rules(self._identify, self._resolve, self._fabric, self._refresh, used))
        self._tasks: list[asyncio.Task[None]] = []
        self._sync: Sync | None = None
        self._loop: asyncio.AbstractEventLoop
        self.socks = ""  # "127.0.0.1:PORT" once open

    async def open(self, port: int = 0, dns_ports: Mapping[str, int] | None = None) -> None:
        """Open the SOCKS proxy, on any free port if `port` is 0, and start health checks. The model is still empty.

        `dns_ports` has, by VPC, the preferred port of its DNS server.
        """
        self._loop = asyncio.get_running_loop()
        self._dns_ports.update(dns_ports or {})
        self.socks = f"{LOOPBACK}:{await self._door.open(LOOPBACK, port)}"
        self._tasks.append(asyncio.create_task(self._checker.run(), name="health checks"))

    def attach(self, endpoint_url: str, places: Iterable[Location] = ()) -> None:
        """Read the model from the API at `endpoint_url`, for `places` and those that `wake` adds later."""
        # boto3 takes most of a second to import, so it is imported as late as possible.
        from pltui.emulator.network.reader import NetworkReader

        self._sync = Sync(partial(NetworkReader, endpoint_url), self.follow, self._real, self._resync)
        task = asyncio.create_task(self._sync.run(), name="sync")
        task.add_done_callback(_report)
        self._tasks.append(task)
        for place in places:
            self._sync.wake(place)

    def wake(self, region: str, service: str, action: str, account: str = "") -> None:
        """Read again the topics that a call may have changed."""
        if self._sync is not None:
            self._sync.note_call(Location(account, region), service, action)

    @property
    def places(self) -> tuple[Location, ...]:
        """The locations that are read: regions with calls, by account, and those of global services."""
        return self._sync.places if self._sync is not None else ()

    def start_over(self, places: Iterable[Location] = ()) -> None:
        """Drop the model and read `places`, as the API's whole state has changed, for example by a reset."""
        if self._sync is not None:
            self._sync.start_over(places)

    async def catch_up(self) -> None:
        """Return once every call reported to `wake` is in the model."""
        if self._sync is not None:
            await self._sync.catch_up()

    def speed_changed(self) -> None:
        """Reschedule timers after the clock's speed has changed."""
        self._loop.call_soon_threadsafe(self._retime)

    def faults_changed(self) -> None:
        """Apply the registry's faults after they have changed."""
        self._loop.call_soon_threadsafe(self._follow_faults)

    def _follow_faults(self) -> None:
        task = self._loop.create_task(self.follow(self._shown), name="faults")
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)
        task.add_done_callback(_report)

    @property
    def dns(self) -> Mapping[str, str]:
        """VPC -> "127.0.0.1:PORT" of its DNS server."""
        return {vpc: resolver.address for vpc, resolver in tuple(self._resolvers.items())}

    @property
    def dns_ports(self) -> Mapping[str, int]:
        """VPC -> the port of its DNS server; deleted VPCs are included."""
        return dict(self._dns_ports)

    @property
    def connections(self) -> int:
        """Clients connected to the proxy, including those whose handshake is under way."""
        return self._door.connections

    @property
    def established_connections(self) -> int:
        """Connections between a machine and a server."""
        return len(self._established)

    @property
    def servers(self) -> int:
        """The number of machine ports that answer."""
        return len(self._machines.servers)

    @property
    def user_data_problems(self) -> Mapping[str, str]:
        """The reason for each machine that serves nothing because its user data cannot be interpreted, by id."""
        return self._machines.problems

    @property
    def lagging(self) -> bool:
        """True if traffic does not yet follow a setting that the API shows."""
        return self._lag.next_change() is not None

    @property
    def world(self) -> NetworkModel:
        """The model in force, which may lag behind what the API shows."""
        return self._world

    @property
    def health(self) -> Health:
        """The state of each checked target."""
        return self._checker.health

    async def close(self) -> None:
        """Close the proxy, the DNS servers and all web servers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._lag_timer is not None:
            self._lag_timer.cancel()
        self._door.close()
        for resolver in self._resolvers.values():
            resolver.close()
        await self._fabric.serve({})

    async def _refresh(self) -> None:
        if self._sync is not None:
            self._sync.look()
            await self._sync.catch_up()

    def _view(self) -> tuple[NetworkModel, Health]:
        return self._world, self._checker.health

    def _real(self, seconds: float) -> float:
        return self._clock.remaining(self._clock.now() + seconds)

    async def follow(self, shown: NetworkModel) -> None:
        """Realise `shown`, the model that the API shows; settings take effect with AWS's delay."""
        async with self._publishing:
            self._shown = shown
            boots = await asyncio.to_thread(boot_all, shown)
            self._running = self._machines.follow(replace(shown, faults=self._faults.faults), boots)
            await self._fabric.serve(self._machines.servers)
            await self._serve_names(shown)
            self._retime()

    def _retime(self) -> None:
        """Apply the settings whose delay has passed, and schedule the next ones."""
        self._world = self._lag.apply(self._running)
        self._checker.update(self._world)
        self._review()
        if self._lag_timer is not None:
            self._lag_timer.cancel()
            self._lag_timer = None
        due = self._lag.next_change()
        if due is not None:
            self._lag_timer = self._loop.call_later(self._clock.remaining(due), self._retime)

    def _review(self) -> None:
        """Apply changes to the established connections."""
        self._fabric.review(self._established)

    async def _serve_names(self, world: NetworkModel) -> None:
        for vpc_id in self._resolvers.keys() - world.vpcs.keys():
            self._resolvers.pop(vpc_id).close()
        for vpc_id in world.vpcs.keys() - self._resolvers.keys():
            resolver = Resolver(partial(self._lookup, vpc_id))
            await resolver.open(self._dns_ports.get(vpc_id, 0))
            self._resolvers[vpc_id] = resolver
            self._dns_ports[vpc_id] = resolver.port

    def _lookup(self, vpc_id: str, name: str, rdtype: str) -> DnsAnswer:
        known = self._names.of(*self._view())
        question = (vpc_id, name, rdtype)
        if question not in known:
            known[question] = resolve(*self._view(), *question)
        return known[question]

    async def _resolve(self, instance: Instance, name: str) -> IPv4Address | None:
        if own := HOSTS.get(canonical_name(name)):
            return own
        addresses = self._lookup(instance.vpc, name, "A").addresses
        if not addresses:
            await self.catch_up()  # the record may have been created just now
            addresses = self._lookup(instance.vpc, name, "A").addresses
        return addresses[next(self._turn) % len(addresses)] if addresses else None

    async def _identify(self, name: str) -> Instance | str:
        found = self._running_instances(name)
        if not found:
            await self._refresh()  # the machine may have started just now
            found = self._running_instances(name)
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(sorted(each.id for each in found))
            return f"{len(found)} running machines are named {name}: choose one by its id: {ids}"
        return f"no running machine has the name or id {name}"

    def _running_instances(self, name: str) -> list[Instance]:
        running = [each for each in self._world.instances.values() if each.running]
        return [each for each in running if each.id == name] or [each for each in running if each.name == name != ""]


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("%s ended", task.get_name(), exc_info=error)
