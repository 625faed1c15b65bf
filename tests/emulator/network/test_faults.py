"""What is broken on purpose: the network follows, for new connections and for those that are established."""

import asyncio
import time

import pytest

from pltui.emulator.network.impairment import NONE, SYN_RETRIES, Impairment, impairment
from pltui.reachability.world import Fault
from tests.emulator.network.wire import ENDPOINT, Wire


async def heard(wire: Wire) -> None:
    """Let the network hear of a change on the board."""
    await wire.until(lambda: wire.network.world.faults == wire.faults.faults, step=0)


async def test_a_server_that_is_down_refuses_loses_its_connections_and_becomes_unhealthy(wire: Wire) -> None:
    talk = await wire.talk()
    wire.faults.add("server", "i-0")
    await heard(wire)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await talk.get()
    assert (await wire.caller.get("client", ENDPOINT)).reply == 5
    await wire.until(lambda: wire.health("i-0") == "unhealthy")
    wire.faults.clear()
    await wire.until(lambda: wire.health("i-0") == "healthy")
    assert (await wire.caller.get("client", ENDPOINT)).body == "Subnet 0"


@pytest.mark.parametrize(("kind", "subject"), [("zone", "az1"), ("subnet", "provider-az1")])
async def test_a_zone_or_subnet_that_is_down_swallows_everything_and_connections_go_on_afterwards(
    wire: Wire, kind: str, subject: str
) -> None:
    talk = await wire.talk()
    wire.faults.add(kind, subject)  # type: ignore[arg-type]
    await heard(wire)
    talk.ask()
    assert await talk.silent()
    assert (await wire.caller.get("client", ENDPOINT, patience=0.3)).reply is None
    wire.faults.clear()
    await heard(wire)
    assert await talk.answer() == "Subnet 0"
    assert (await wire.caller.get("client", ENDPOINT)).body == "Subnet 0"


async def test_a_fault_elsewhere_changes_nothing(wire: Wire) -> None:
    for kind, subject in (("zone", "az3"), ("server", "i-2"), ("subnet", "provider-az2"), ("latency", "i-1")):
        wire.faults.add(kind, subject, 60_000)  # type: ignore[arg-type]
    await heard(wire)
    assert (await wire.caller.get("client", ENDPOINT)).body == "Subnet 0"


@pytest.mark.parametrize("subject", ["", "i-0", "i-client", "vpce-1", "az1", "provider-az1", "consumer-az1"])
async def test_latency_delays_the_handshake_and_each_round_trip(wire: Wire, subject: str) -> None:
    """Less than the delay is impossible, however fast the machine."""
    wire.faults.add("latency", subject, 120)
    await heard(wire)
    began = time.monotonic()
    talk = await wire.talk()
    connected = time.monotonic()
    assert connected - began >= 0.12
    assert await talk.get() == "Subnet 0"
    assert time.monotonic() - connected >= 0.12


async def test_latency_comes_to_established_connections_too_and_goes_again(wire: Wire) -> None:
    talk = await wire.talk()
    wire.faults.add("latency", "az1", 200)
    await heard(wire)
    began = time.monotonic()
    assert await talk.get() == "Subnet 0"
    assert time.monotonic() - began >= 0.2
    wire.faults.clear()
    await heard(wire)
    assert await talk.get() == "Subnet 0"


async def test_a_slow_line_keeps_order_and_ends_like_any_other(wire: Wire) -> None:
    wire.faults.add("latency", "", 50)
    await heard(wire)
    talk = await wire.talk()
    for _ in range(5):
        talk.ask()
    assert [await talk.answer() for _ in range(5)] == ["Subnet 0"] * 5
    talk.ask()
    talk.writer.write_eof()
    assert await talk.answer() == "Subnet 0"
    assert await talk.reader.read() == b""


async def test_with_everything_lost_nothing_comes_through(wire: Wire) -> None:
    wire.faults.add("loss", "vpce-1", 1)
    await heard(wire)
    assert (await wire.caller.get("client", ENDPOINT, patience=0.3)).reply is None


def test_what_is_lost_is_sent_again_after_tcps_own_pauses() -> None:
    lossy = Impairment(loss=0.5)
    waits = {lossy.handshake() for _ in range(2000)}
    assert waits <= {None, *(sum(SYN_RETRIES[:count]) for count in range(len(SYN_RETRIES) + 1))}
    assert {0.0, 1.0, 3.0, 7.0} <= waits
    delays = [lossy.delivery(100) for _ in range(500)]
    assert min(delays) == 0
    assert max(delays) > 0.5
    assert all(lossy.delivery(1 << 20) >= 0.2 for _ in range(20))


def test_faults_on_the_way_add_up() -> None:
    faults = (
        Fault("fault-1", "latency", "az1", 100),
        Fault("fault-2", "latency", "", 50),
        Fault("fault-3", "loss", "i-1", 0.5),
        Fault("fault-4", "loss", "i-2", 0.5),
        Fault("fault-5", "latency", "az9", 1000),
        Fault("fault-6", "zone", "az1"),
    )
    assert impairment(faults, {"az1", "i-1", "i-2"}) == Impairment(pytest.approx(0.15), 0.75)
    assert impairment(faults[-1:], {"az1"}) is NONE
