"""Bytes through the door, as TCP carries them: large, many at once, half-closed, kept alive."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.emulator.network.wire import ENDPOINT, Wire, page, world

MANY = 1000
LARGE = 100 * 1024 * 1024


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    more = (f"fallocate -l {LARGE} /var/www/html/big", "echo ok > /var/www/html/health", "cd /srv",
            "echo other > index.html", "python3 -m http.server 8000 &")  # fmt: skip
    wire = Wire(world(("az1",), page("Subnet 0", *more)))
    await wire.open()
    yield wire
    await wire.close()


async def test_a_connection_is_kept_alive_for_many_requests(wire: Wire) -> None:
    talk = await wire.talk()
    assert {await talk.get() for _ in range(100)} == {"Subnet 0"}
    assert await talk.get("/health") == "ok"
    assert wire.network.established_connections == 1


async def test_a_body_of_100_mb_arrives_whole_and_is_never_in_memory_as_a_whole(wire: Wire) -> None:
    tracemalloc.start()
    talk = await wire.talk()
    talk.ask("/big")
    head = await talk.reader.readuntil(b"\r\n\r\n")
    assert f"content-length: {LARGE}".encode() in head.lower()
    left = LARGE
    while left:
        chunk = await talk.reader.read(min(left, 1 << 20))
        assert not chunk.strip(b"\0")
        left -= len(chunk)
    assert tracemalloc.get_traced_memory()[1] < LARGE / 4
    tracemalloc.stop()
    assert await talk.get() == "Subnet 0"


async def test_a_thousand_connections_at_once_are_all_served(wire: Wire) -> None:
    talks = []
    for _ in range(MANY // 50):
        talks += await asyncio.gather(*(wire.talk() for _ in range(50)))
    assert wire.network.established_connections == MANY
    for talk in talks:
        talk.ask()
    assert {await talk.answer() for talk in talks} == {"Subnet 0"}


async def test_a_caller_may_close_its_side_and_still_get_a_large_answer(wire: Wire) -> None:
    talk = await wire.talk()
    talk.ask("/big")
    talk.writer.write_eof()
    await talk.reader.readuntil(b"\r\n\r\n")
    received = 0
    while chunk := await talk.reader.read(1 << 20):
        received += len(chunk)
    assert received == LARGE


async def test_a_caller_that_resets_leaves_nothing_behind(wire: Wire) -> None:
    talk = await wire.talk()
    talk.ask("/big")
    await talk.reader.readuntil(b"\r\n\r\n")
    talk.writer.transport.abort()
    await wire.until(lambda: wire.network.established_connections == 0)


async def test_requests_may_follow_each_other_without_waiting(wire: Wire) -> None:
    talk = await wire.talk()
    for path in ("/big", "/", "/health"):
        talk.ask(path)
    await talk.reader.readuntil(b"\r\n\r\n")
    await talk.reader.readexactly(LARGE)
    assert [await talk.answer(), await talk.answer()] == ["Subnet 0", "ok"]


async def test_one_machine_serves_on_each_port_its_own(wire: Wire) -> None:
    balancer = wire.world.load_balancers["nlb"]
    other = replace(wire.world.target_groups["tg"], arn="other", targets=())
    target = replace(wire.world.target_groups["tg"].targets[0], port=8000)
    listener = replace(balancer.listeners[0], port=8000, target_group="other")
    await wire.change(
        target_groups={"other": replace(other, targets=(target,))},
        load_balancers={"nlb": replace(balancer, listeners=(*balancer.listeners, listener))},
    )
    assert (await wire.caller.get("client", ENDPOINT, 8000)).body == "other"
    assert (await wire.caller.get("client", ENDPOINT, 80)).body == "Subnet 0"
    assert (await wire.caller.get("client", ENDPOINT, 81)).reply == 5
