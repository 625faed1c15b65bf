"""The sandbox's network beside a bare relay with the same handshake and the same web server, each in its own process.

`python -m tests.bench.network` measures; with `--serve door` or `--serve relay` it is what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import psutil
import uvloop

from pltui.emulator.network.webserver import WebServer
from pltui.emulator.user_data.site import Blob, Site
from tests.emulator.network.wire import ENDPOINT, Wire, page, world

LARGE = 100 * 1024 * 1024
IDLE = 1000
_USER = b"client"
_HELLO = b"\x05\x01\x02"
_LOGIN = bytes((1, len(_USER))) + _USER + b"\x00"
_CONNECT = b"\x05\x01\x00\x01" + bytes(map(int, ENDPOINT.split("."))) + b"\x00\x50"
_GRANTED = b"\x05\x00\x00\x01" + _CONNECT[4:]


# -- what is measured -------------------------------------------------------------------------------------------------


class _Bare(asyncio.Protocol):
    """One side of a relay that does nothing else: no rules, no health, no life of its own."""

    transport: asyncio.Transport

    def __init__(self, peer: _Bare | None = None) -> None:
        self.peer = peer
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        assert self.peer is not None
        self.peer.transport.write(data)

    def eof_received(self) -> bool:
        self.ended = True
        if self.peer is None or self.peer.transport.is_closing():
            return False
        if self.peer.ended:
            self.peer.transport.close()
            return False
        self.peer.transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if self.peer is not None:
            self.peer.transport.close()

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.resume_reading()


class _BareDoor(_Bare):
    """The handshake of RFC 1928 and 1929, looked at no closer than needed to get through it."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._step = 0

    def data_received(self, data: bytes) -> None:
        self._step += 1
        if self.peer is not None:
            self.peer.transport.write(data)
        elif self._step < 3:
            self.transport.write((b"\x05\x02", b"\x01\x00")[self._step - 1])
        else:
            self._task = asyncio.get_running_loop().create_task(self._dial())

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        _, self.peer = await loop.create_connection(lambda: _Bare(self), "127.0.0.1", self._port)
        self.transport.write(_GRANTED)


async def _serve_relay() -> None:
    loop = asyncio.get_running_loop()
    site = Site(80, {"/index.html": Blob(b"Subnet 0\n"), "/big": Blob(zeros=LARGE)})
    web = await loop.create_server(WebServer(site), "127.0.0.1", 0, backlog=1024)
    port = web.sockets[0].getsockname()[1]
    door = await loop.create_server(lambda: _BareDoor(port), "127.0.0.1", 0, backlog=1024)
    print(door.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


async def _serve_door() -> None:
    wire = Wire(world(user_data=page("Subnet 0", f"fallocate -l {LARGE} /var/www/html/big")), now=time.monotonic())
    await wire.open()
    print(wire.network.socks.rpartition(":")[2], flush=True)
    await asyncio.Event().wait()


# -- who measures -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    port: int
    process: psutil.Process

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for words, answer in ((_HELLO, 2), (_LOGIN, 2), (_CONNECT, 10)):
            writer.write(words)
            await reader.readexactly(answer)
        return reader, writer

    async def connections(self, count: int, at_once: int) -> float:
        """New connections a second, each with one request."""
        left = iter(range(count))

        async def work() -> None:
            for _ in left:
                reader, writer = await self.open()
                writer.write(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
                assert (await reader.read()).endswith(b"Subnet 0\n")
                writer.close()

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(at_once)))
        return count / (time.perf_counter() - began)

    def throughput(self, times: int) -> float:
        """Bytes a second of a large body, again and again over one connection. Blocks."""
        buffer = bytearray(1 << 20)
        with socket.create_connection(("127.0.0.1", self.port)) as one:
            for words, answer in ((_HELLO, 2), (_LOGIN, 2), (_CONNECT, 10)):
                one.sendall(words)
                one.recv(answer, socket.MSG_WAITALL)
            began = time.perf_counter()
            for _ in range(times):
                one.sendall(b"GET /big HTTP/1.1\r\nHost: web\r\n\r\n")
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += one.recv(1)
                left = LARGE
                while left:
                    left -= one.recv_into(buffer, min(left, len(buffer)))
            return times * LARGE / (time.perf_counter() - began)

    async def idle(self, seconds: float) -> float:
        """The share of one processor it takes while nothing happens."""
        before = sum(self.process.cpu_times()[:2])
        await asyncio.sleep(seconds)
        return (sum(self.process.cpu_times()[:2]) - before) / seconds


@contextlib.contextmanager
def served(what: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "tests.bench.network", "--serve", what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield Served(int(child.stdout.readline()), psutil.Process(child.pid))
        finally:
            child.terminate()


async def _measure(runs: int, probes: int) -> None:
    with served("door") as door, served("relay") as relay:
        rates: dict[str, list[float]] = {"door": [], "relay": []}
        bytes_: dict[str, list[float]] = {"door": [], "relay": []}
        for _ in range(runs):  # by turns, as the machine may have other things to do
            for name, one in (("door", door), ("relay", relay)):
                rates[name].append(await one.connections(1000, 16))
                bytes_[name].append(one.throughput(3))
        _compare("new connections a second", rates, 1)
        _compare("a kept-alive 100 MB body, MB/s", bytes_, 1e6)
        print(f"idle                            {await door.idle(5):8.2%} of one processor   (goal: under 1 %)")
        held = [await door.open() for _ in range(IDLE)]
        print(f"with {IDLE} idle connections      {await door.idle(5):8.2%} of one processor")
        for _, writer in held:
            writer.close()
        await _memory(door, probes)


def _compare(what: str, observed: dict[str, list[float]], unit: float) -> None:
    door, relay = (statistics.median(observed[name]) / unit for name in ("door", "relay"))
    ratios = [a / b for a, b in zip(observed["door"], observed["relay"], strict=True)]
    print(f"{what:31} {door:8.0f}, bare relay {relay:.0f}: {statistics.median(ratios):.0%}   (goal: 70 %)", flush=True)


async def _memory(door: Served, probes: int) -> None:
    part = probes // 10
    await door.connections(part, 16)
    sizes = [door.process.memory_info().rss]
    for _ in range(9):
        await door.connections(part, 16)
        sizes.append(door.process.memory_info().rss)
    print(f"memory over {probes} probes      {sizes[0] / 2**20:8.1f} to {sizes[-1] / 2**20:.1f} MiB   (goal: flat)")


def show(runs: int = 5, probes: int = 20_000) -> None:
    uvloop.run(_measure(runs, probes))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.network", description=__doc__)
    parser.add_argument("--serve", choices=("door", "relay"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--probes", type=int, default=20_000)
    args = parser.parse_args()
    if args.serve:
        uvloop.run(_serve_door() if args.serve == "door" else _serve_relay())
    else:
        show(args.runs, args.probes)


if __name__ == "__main__":
    main()
