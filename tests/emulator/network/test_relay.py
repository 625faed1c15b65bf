"""Bytes between two real connections: order, half-close, reset and back-pressure survive the relay."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from pltui.emulator.network.relay import Half, join, reset


@dataclass
class Pair:
    """The two far ends of one relay."""

    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    loop = asyncio.get_running_loop()
    halves: list[Half] = []
    ends: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    for _ in range(2):
        near, far = socket.socketpair()
        _, half = await loop.create_connection(Half, sock=near)
        halves.append(half)
        ends.append(await asyncio.open_connection(sock=far))
    join(*halves)
    yield Pair(*ends)
    for half in halves:
        half.transport.abort()
    for _, writer in ends:
        writer.close()


async def test_bytes_arrive_in_order_both_ways(pair: Pair) -> None:
    for (_, writer), (reader, _) in ((pair.client, pair.server), (pair.server, pair.client)):
        payload = bytes(range(256)) * 4096
        writer.write(payload)
        assert await reader.readexactly(len(payload)) == payload


async def test_one_side_may_end_while_the_other_goes_on(pair: Pair) -> None:
    pair.client[1].write(b"question")
    pair.client[1].write_eof()
    assert await pair.server[0].read() == b"question"
    pair.server[1].write(b"answer")
    pair.server[1].write_eof()
    assert await pair.client[0].read() == b"answer"


async def test_a_reader_that_stands_still_stops_the_sender(pair: Pair) -> None:
    sender = pair.client[1]
    sent = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            while True:
                sender.write(b"x" * 65536)
                await sender.drain()
                sent += 65536
    assert sent < 16 * 1024 * 1024
    taken = 0
    while taken < sent:
        taken += len(await pair.server[0].read(1 << 20))


async def test_a_reset_is_carried_over() -> None:
    """Over TCP, as only there is one."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    listener = await asyncio.start_server(lambda *ends: arrived.put_nowait(ends), "127.0.0.1", 0)
    where = listener.sockets[0].getsockname()
    halves, ends = [], []
    for _ in range(2):
        _, half = await loop.create_connection(Half, *where)
        halves.append(half)
        ends.append(await arrived.get())
    join(*halves)
    reset(ends[1][1].transport)
    with pytest.raises(ConnectionResetError):
        await ends[0][0].read()
    listener.close()
