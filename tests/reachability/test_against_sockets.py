"""What a trace predicts is what real sockets then do, on labs of any shape."""

import asyncio
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pltui.emulator.clock import Clock
from pltui.emulator.network.connections import Registry
from pltui.emulator.network.fabric import LOOPBACK, BlockedError, LoopbackFabric
from pltui.emulator.network.relay import Half
from pltui.emulator.network.webserver import WebServer
from pltui.reachability.balancing import Flow
from pltui.reachability.codes import Verdict
from pltui.reachability.hops import Path, Trace
from pltui.reachability.names import resolve
from pltui.reachability.world import AclEntry, Fault, Instance, NetworkModel, Rule, SecurityGroup
from tests.builders.networks import ANYTHING, GROUP, NAME, REGIONAL, ZONES, acl, ask, but, entry, lab, plus

LABS = 120  # for each of the two who ask
THOROUGH_LABS = 5000
# A share of one in twelve, the smallest there is here, is missed by so many connections once in 10**37.
CONNECTIONS = 1000

zones = st.sampled_from(ZONES)
rarely = st.sampled_from([False] * 7 + [True])
sources = st.sampled_from(["0.0.0.0/0", "10.0.0.0/24", "10.0.0.10/32", "10.0.0.100/32", "10.0.1.0/24", "10.0.2.0/24"])
rules = st.builds(
    lambda cidr, port: Rule("tcp", port, port, IPv4Network(cidr)), sources, st.sampled_from([80, 80, 80, 443])
)
groups = st.lists(rules, max_size=3).map(tuple)
entries: st.SearchStrategy[AclEntry] = st.builds(
    entry,
    st.sampled_from([50, 60, 150]),
    st.sampled_from(["in", "out"]),
    st.sampled_from([None, (80, 80), (1024, 65535), (32768, 60999)]),
    sources,
    allow=st.booleans(),
)
everything = (entry(100, "in"), entry(100, "out"))
faults = st.builds(
    lambda kind, subject: Fault("fault-1", *((kind, subject) if kind == "zone" else ("subnet", f"provider-{subject}"))),
    st.sampled_from(["zone", "subnet"]),
    zones,
)


@st.composite
def labs(draw: st.DrawFn) -> NetworkModel:
    world = lab(
        servers=tuple(draw(st.lists(zones, min_size=1, max_size=4))),
        enabled=tuple(draw(st.lists(zones, min_size=2, unique=True))),
        cross_zone=draw(st.booleans()),
        by_group=draw(st.sampled_from([None, None, True, False])),
        draining=frozenset({draw(st.integers(0, 3))} if draw(rarely) else ()),
        more_endpoint_zones=tuple(draw(st.lists(st.sampled_from(ZONES[1:]), unique=True))),
    )
    world = but(world, "target_groups", GROUP, preserve_client_ip=draw(st.booleans()))
    world = but(world, "endpoints", "vpce", state="rejected" if draw(rarely) else "available")
    # With more than one thing in the way hardly anything would be open.
    narrow = draw(st.sampled_from(["", "", "client", "endpoint", "server", "nlb"]))
    for name in ("client", "endpoint", "server", "nlb"):
        ingress, egress = (draw(groups), draw(groups)) if name == narrow else (ANYTHING, ANYTHING)
        world = plus(world, "security_groups", SecurityGroup(name, ingress, egress))
    interfaces = tuple(replace(each, groups=("endpoint",)) for each in world.endpoints["vpce"].interfaces)
    world = but(world, "endpoints", "vpce", interfaces=interfaces)
    world = but(world, "load_balancers", "nlb", groups=draw(st.sampled_from([(), (), ("nlb",)])))
    for name in world.instances:
        own = "client" if name == "client" else draw(st.sampled_from(["open", "server"]))
        world = but(world, "instances", name, groups=(own,))
    for vpc, zone in draw(st.lists(st.tuples(st.sampled_from(["provider", "consumer"]), zones), max_size=1)):
        given_entries = (*everything, *draw(st.lists(entries, max_size=2)))
        ordered = sorted(given_entries, key=lambda each: each.number)
        world = plus(world, "network_acls", acl(f"acl-{vpc}-{zone}", vpc, [f"{vpc}-{zone}"], *ordered))
    return replace(world, faults=(draw(faults),) if draw(rarely) else ())


class Speaker(WebServer):
    """Says who it is to everybody who connects."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> asyncio.Protocol:
        return _Saying(self.name)

    def abort(self) -> None:
        pass


class _Saying(asyncio.Protocol):
    def __init__(self, name: str) -> None:
        self._name = name

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(self._name.encode())
        transport.close()


@dataclass
class Wires:
    """A fabric with every machine of a lab on it, and a door to come in by."""

    runner: asyncio.Runner
    world: NetworkModel
    health: Mapping[tuple[str, str, int], str]

    def start(self) -> None:
        self._callers: asyncio.Queue[Half] = asyncio.Queue()
        self._fabric = LoopbackFabric(lambda: (self.world, self.health), Registry(Clock(math.inf)))
        self._door = self.runner.run(self._open())

    async def _open(self) -> asyncio.Server:
        def half() -> Half:
            near = Half()
            asyncio.get_running_loop().call_soon(self._callers.put_nowait, near)
            return near

        return await asyncio.get_running_loop().create_server(half, LOOPBACK, 0)

    async def follow(self, world: NetworkModel, health: Mapping[tuple[str, str, int], str]) -> None:
        self.world, self.health = world, health
        await self._fabric.serve({(name, 80): Speaker(name) for name in world.instances})

    async def dial(self, client: Instance, flow: Flow) -> str:
        """Who answered, or the verdict on the one path there was."""
        reader, writer = await asyncio.open_connection(*self._door.sockets[0].getsockname())
        near = await self._callers.get()
        try:
            connection = await self._fabric.dial(client, flow, near)
            connection.begin()
            return (await reader.read()).decode()
        except BlockedError as blocked:
            return blocked.verdict
        finally:
            near.transport.abort()
            writer.close()

    def close(self) -> None:
        self._door.close()
        self.runner.run(self._fabric.serve({}))


@pytest.fixture(scope="module")
def wires() -> Iterator[Wires]:
    with asyncio.Runner() as runner:
        made = Wires(runner, NetworkModel(), {})
        made.start()
        yield made
        made.close()


def told(path: Path) -> str:
    return path.server if path.verdict is Verdict.OPEN else path.verdict


async def compare(wires: Wires, client: Instance, to: IPv4Address, found: Trace) -> set[str]:
    """Connect until everything the trace foretells has been seen, each time getting what it says."""
    expected, seen = {told(path) for path in found.paths if path.chance}, set[str]()
    for number in range(CONNECTIONS):
        flow = Flow(str(client.address), 32768 + number, str(to), 80, number)
        seen.add(got := await wires.dial(client, flow))
        assert got == told(found.take(flow))
        if seen == expected:
            break
    assert seen == expected
    return seen


@pytest.mark.parametrize("asks", ["consumer", "provider"])
def test_sockets_do_what_was_predicted(asks: str, wires: Wires, thorough: bool) -> None:
    @settings(max_examples=THOROUGH_LABS if thorough else LABS, deadline=None, suppress_health_check=list(HealthCheck))
    @given(labs(), st.lists(st.sampled_from(["healthy", "healthy", "unhealthy"]), min_size=4, max_size=4))
    def any_lab(world: NetworkModel, words: list[str]) -> None:
        health = {(GROUP, f"i-{n}", 80): word for n, word in enumerate(words)}
        client = world.instances["client" if asks == "consumer" else "i-0"]
        names = (NAME, REGIONAL) if asks == "consumer" else ("nlb.elb",)
        wires.runner.run(_play(wires, world, health, client, names))

    any_lab()


async def _play(
    wires: Wires,
    world: NetworkModel,
    health: Mapping[tuple[str, str, int], str],
    client: Instance,
    names: Iterable[str],
) -> None:
    await wires.follow(world, health)
    for to in {to for name in names for to in resolve(world, health, client.vpc, name).addresses}:
        found = ask(world, to, client=client.id, health=health)
        seen = await compare(wires, client, to, found)
        event(
            "all answer"
            if len(seen) == len(found.open_paths)
            else "some answer"
            if found.open_paths
            else "nobody answers"
        )
