"""Proxy protocol version 2: what it tells a target about the client."""

import asyncio
import math
import struct
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pltui.emulator.clock import Clock
from pltui.emulator.network.connections import Registry
from pltui.emulator.network.fabric import LoopbackFabric, new_flow
from pltui.emulator.network.proxy_protocol import HEALTH_CHECK, header
from pltui.emulator.network.relay import Half
from pltui.emulator.network.webserver import WebServer
from pltui.emulator.user_data.site import Site
from pltui.reachability.load_balancer import HealthCheck
from tests.builders.networks import GROUP
from tests.emulator.network.wire import ENDPOINT, Wire, world

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def test_a_header_says_who_connects_to_what_and_by_which_endpoint() -> None:
    found = header((IPv4Address("10.0.0.100"), 40000), (IPv4Address(ENDPOINT), 80), "vpce-0123456789abcdef0")
    assert found[:12] == SIGNATURE
    version_command, family, length = struct.unpack("!BBH", found[12:16])
    assert (version_command, family, length) == (0x21, 0x11, len(found) - 16)
    assert found[16:28] == bytes((10, 0, 0, 100, 10, 0, 0, 20)) + struct.pack("!HH", 40000, 80)
    kind, size = struct.unpack("!BH", found[28:31])
    assert (kind, size, found[31:]) == (0xEA, 23, b"\x01vpce-0123456789abcdef0")


def test_without_an_endpoint_there_is_no_field_for_one() -> None:
    found = header((IPv4Address("10.0.0.100"), 40000), (IPv4Address("10.0.0.10"), 80))
    assert len(found) == 28


class Listener(asyncio.Protocol):
    """A server that keeps what it is sent."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.told = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.heard += data
        self.told.set()


class Hearing(WebServer):
    def __init__(self, listener: Listener) -> None:
        super().__init__(Site())
        self._listener = listener

    def __call__(self) -> asyncio.Protocol:
        return self._listener


@pytest.mark.fidelity(
    "With proxy protocol v2, a target hears the client's own address and the endpoint's id before the first byte",
    source="NLB user guide, Proxy protocol (TLV type 0xEA, subtype 0x01)",
)
async def test_the_target_hears_of_the_client_before_its_first_byte() -> None:
    seen = world(proxy_protocol=True)
    server = Listener()
    fabric = LoopbackFabric(lambda: (seen, {}), Registry(Clock(math.inf)))
    await fabric.serve({("i-0", 80): Hearing(server)})
    client = seen.instances["i-client"]
    connection = await fabric.dial(client, new_flow(client, IPv4Address(ENDPOINT), 80), Half())
    await asyncio.wait_for(server.told.wait(), 5)
    assert server.heard[:13] == SIGNATURE + b"\x21"
    assert server.heard[16:20] == client.address.packed
    assert server.heard.endswith(b"\x01vpce-1")
    assert connection.route.endpoint == "vpce-1"
    await fabric.serve({})


@pytest.mark.fidelity(
    "A web server that does not speak proxy protocol answers 400 once it is switched on",
    source="NLB user guide, Proxy protocol: targets must be able to process the header",
)
async def test_a_plain_web_server_answers_400(wire: Wire) -> None:
    await wire.alter("target_groups", GROUP, proxy_protocol=True)
    talk = await wire.talk()
    talk.ask()
    assert (await talk.reader.readline()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.fidelity(
    "The header is sent on health checks too: TCP checks go on passing, HTTP checks fail on a plain web server",
    source="NLB user guide, Proxy protocol, Health check connections",
)
@pytest.mark.parametrize(("protocol", "state"), [("TCP", "healthy"), ("HTTP", "unhealthy")])
async def test_health_checks_carry_the_header_too(wire: Wire, protocol: str, state: str) -> None:
    group = wire.world.target_groups[GROUP]
    check = HealthCheck(protocol, interval=10, healthy_threshold=2, unhealthy_threshold=2)
    group = replace(group, proxy_protocol=True, check=check)
    await wire.change(target_groups={GROUP: group})
    if state == "unhealthy":
        await wire.until(lambda: wire.health("i-0") == "unhealthy")
    for _ in range(3):
        await wire.passes(10)
    assert wire.health("i-0") == state


def test_a_health_checks_header_says_nothing_of_a_client() -> None:
    assert HEALTH_CHECK == SIGNATURE + b"\x20\x00\x00\x00"
