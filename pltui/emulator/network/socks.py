"""SOCKS5 proxy (RFC 1928, 1929): a connection comes from the machine named by the user name.

Replies: 4 (host unreachable) means that the name does not resolve in that machine's VPC, because of NXDOMAIN or because
DNS support is off there; 3 (network unreachable) that the address is outside the VPC; 5 (refused) that a reset was
received. Packets that AWS would drop are dropped here too: there is no reply until the caller gives up. A name in a
request is resolved by the machine, so that `socks5h` URLs see its private zones.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TypeAlias

from pltui.emulator.network.connections import Connection
from pltui.emulator.network.fabric import BlockedError, Fabric, OutOfFilesError, new_flow
from pltui.emulator.network.impairment import SYN_RETRIES
from pltui.emulator.network.relay import Half
from pltui.reachability.codes import Verdict
from pltui.reachability.world import Instance
from pltui.text import clean

log = logging.getLogger(__name__)

_VERSION = 5
_PASSWORD = 2  # the method of RFC 1929
_PASSWORD_VERSION = 1
_NO_METHOD = 0xFF
_CONNECT = 1
_IPV4, _DOMAIN = 1, 3

# Handshake timeout in seconds.
_HANDSHAKE = 10.0
# Pending connections; the system has a limit of its own, which is often 4096.
_BACKLOG = 1024


class Reply(enum.IntEnum):
    """Reply codes of RFC 1928, section 6."""

    SUCCEEDED = 0
    FAILURE = 1
    NETWORK_UNREACHABLE = 3
    HOST_UNREACHABLE = 4
    REFUSED = 5
    COMMAND_NOT_SUPPORTED = 7
    ADDRESS_NOT_SUPPORTED = 8


# User name -> the machine, or the reason that there is none.
Identify: TypeAlias = Callable[[str], Awaitable[Instance | str]]
# (machine, name) -> an address; None if the name does not resolve.
ResolveName: TypeAlias = Callable[[Instance, str], Awaitable[IPv4Address | None]]


@dataclass(frozen=True, slots=True)
class Rules:
    """Callbacks of the proxy into the network."""

    identify: Identify
    resolve: ResolveName
    fabric: Fabric
    refresh: Callable[[], Awaitable[None]]  # read states that change by themselves at once
    used: Callable[[], None]  # called for each connection


class SocksServer:
    """Listening side of the proxy. `connections` counts open connections."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._tasks: dict[asyncio.Task[None], _Client] = {}
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int = 0) -> int:
        """Listen; return the port, which is a free one if `port` is 0.

        Raises:
            OSError: If the port is taken.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self._begin), host, port, backlog=_BACKLOG)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    @property
    def connections(self) -> int:
        """The number of open connections, including those in the handshake."""
        return len(self._tasks)

    def close(self) -> None:
        """Stop listening, and abort all connections."""
        if self._server is not None:
            self._server.close()
        for task, client in tuple(self._tasks.items()):
            client.transport.abort()
            task.cancel()

    def _begin(self, client: _Client) -> None:
        task = asyncio.get_running_loop().create_task(self._attend(client))
        self._tasks[task] = client
        self._rules.used()
        task.add_done_callback(self._tasks.pop)

    async def _attend(self, client: _Client) -> None:
        try:
            async with asyncio.timeout(_HANDSHAKE):
                instance = await _authenticate(client, self._rules)
                request = await _read_request(client)
            await _connect(client, self._rules, instance, request)
        except _RefusedError as refusal:
            log.info("SOCKS: %s", clean(refusal))
            client.transport.write(refusal.last_words)
            client.transport.close()
        except TimeoutError:
            client.transport.close()
        except _GoneError:
            pass
        except Exception:  # the caller must not wait without end
            log.exception("SOCKS: a call failed")
            client.transport.close()
        await client.closed.wait()


class _RefusedError(Exception):
    """The request is refused: the caller gets `last_words`, and is disconnected."""

    def __init__(self, why: str, last_words: bytes = b"") -> None:
        super().__init__(why)
        self.last_words = last_words


class _GoneError(Exception):
    """The caller has disconnected."""


class _Client(Half):
    """The caller's side: bytes are buffered for the handshake, and relayed after it."""

    def __init__(self, begin: Callable[[_Client], None]) -> None:
        super().__init__()
        self._begin = begin
        self._buffer = bytearray()
        self._more = asyncio.Event()
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the handshake."""
        super().connection_made(transport)
        self.transport.resume_reading()
        self._begin(self)

    def data_received(self, data: bytes) -> None:
        """Buffer the data during the handshake, up to 64 KiB; relay it afterwards."""
        if self.peer is not None:
            super().data_received(data)
            return
        self._buffer += data
        self._more.set()
        if len(self._buffer) > 65536:
            self.transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake up the handshake, which then ends."""
        super().connection_lost(exc)
        self.closed.set()
        self._more.set()

    async def take(self, count: int) -> bytes:
        """Wait for `count` bytes of the handshake.

        Raises:
            _GoneError: If the caller disconnects before that.
        """
        while len(self._buffer) < count:
            if self.closed.is_set():
                raise _GoneError
            self._more.clear()
            await self._more.wait()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def relay(self, connection: Connection) -> None:
        """Begin the connection, and pass on the bytes that arrived early."""
        early = bytes(self._buffer)
        self._buffer.clear()
        connection.begin()
        if early:
            self.data_received(early)


@dataclass(frozen=True, slots=True)
class _Request:
    host: IPv4Address | str
    port: int


async def _authenticate(client: _Client, rules: Rules) -> Instance:
    version, count = await client.take(2)
    if version != _VERSION:
        raise _RefusedError(f"a caller speaks SOCKS version {version}")
    if _PASSWORD not in await client.take(count):
        why = "a caller gave no user name; it is the machine to speak from (socks5h://NAME:@…)"
        raise _RefusedError(why, bytes((_VERSION, _NO_METHOD)))
    client.transport.write(bytes((_VERSION, _PASSWORD)))
    version, length = await client.take(2)
    if version != _PASSWORD_VERSION:
        raise _RefusedError(f"a caller sends its user name in version {version}")
    name = await client.take(length)
    (length,) = await client.take(1)
    await client.take(length)  # any password is accepted: the proxy is on loopback, and gives access to a sandbox only
    instance = await rules.identify(name.decode(errors="replace"))
    if isinstance(instance, str):
        raise _RefusedError(instance, bytes((_PASSWORD_VERSION, 1)))
    client.transport.write(bytes((_PASSWORD_VERSION, 0)))
    return instance


async def _read_request(client: _Client) -> _Request:
    version, command, _, kind = await client.take(4)
    if version != _VERSION:
        raise _RefusedError(f"a caller speaks SOCKS version {version}")
    host: IPv4Address | str = ""
    if kind == _IPV4:
        host = IPv4Address(await client.take(4))
    elif kind == _DOMAIN:
        (length,) = await client.take(1)
        host = (await client.take(length)).decode("ascii", "replace")
    else:
        raise _RefusedError(f"address type {kind} is not supported", _reply(Reply.ADDRESS_NOT_SUPPORTED))
    port = int.from_bytes(await client.take(2), "big")
    if command != _CONNECT:
        raise _RefusedError(f"command {command} is not supported", _reply(Reply.COMMAND_NOT_SUPPORTED))
    return _Request(host, port)


async def _connect(client: _Client, rules: Rules, instance: Instance, request: _Request) -> None:
    address = await _address(rules, instance, request)
    if address is None:
        why = f"{request.host} does not resolve from {instance.id}"
        raise _RefusedError(why, _reply(Reply.HOST_UNREACHABLE))
    try:
        connection = await _dial(client, rules, instance, address, request.port)
    except OutOfFilesError as error:
        raise _RefusedError(f"{instance.id} to {address}:{request.port}: {error}", _reply(Reply.FAILURE)) from error
    except BlockedError as blocked:
        why = f"{instance.id} to {address}:{request.port} {blocked}"
        reply = Reply.REFUSED if blocked.verdict is Verdict.REFUSED else Reply.NETWORK_UNREACHABLE
        raise _RefusedError(why, b"" if blocked.verdict is Verdict.DROPPED else _reply(reply)) from blocked
    if not client.closed.is_set():
        client.transport.write(_reply(Reply.SUCCEEDED, address, request.port))
    client.relay(connection)


async def _dial(client: _Client, rules: Rules, instance: Instance, address: IPv4Address, port: int) -> Connection:
    """Connect; retry dropped attempts as TCP does.

    Raises:
        BlockedError: If the last attempt fails, or an attempt fails with an answer.
        _GoneError: If the caller disconnects.
    """
    flow = new_flow(instance, address, port)
    with contextlib.suppress(BlockedError):
        return await rules.fabric.dial(instance, flow, client)
    # The block may have ended without the model showing it yet: AWS's states change without a call.
    await rules.refresh()
    for pause in SYN_RETRIES:
        try:
            return await rules.fabric.dial(instance, flow, client)
        except BlockedError as blocked:
            if blocked.verdict is not Verdict.DROPPED:
                raise
            log.info("SOCKS: %s to %s:%d %s", instance.id, address, port, clean(blocked))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await client.closed.wait()
                raise _GoneError
    return await rules.fabric.dial(instance, flow, client)


async def _address(rules: Rules, instance: Instance, request: _Request) -> IPv4Address | None:
    if isinstance(request.host, IPv4Address):
        return request.host
    try:
        return IPv4Address(request.host)  # some clients send an address as if it were a name
    except ValueError:
        return await rules.resolve(instance, request.host)


def _reply(reply: Reply, address: IPv4Address | None = None, port: int = 0) -> bytes:
    """A reply. On success BND.ADDR is the address in the VPC, which shows the caller the result of the resolution."""
    return bytes((_VERSION, reply, 0, _IPV4)) + (address or IPv4Address(0)).packed + port.to_bytes(2, "big")
