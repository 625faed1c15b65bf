"""Relay of bytes between two connections, both ways, including half-close, reset and back-pressure."""

from __future__ import annotations

import asyncio
import enum
import socket
import struct
from collections.abc import Callable
from typing import Any, TypeAlias, cast

# Real seconds until the given number of bytes, sent now, arrive.
Delay: TypeAlias = Callable[[int], float]

# SO_LINGER on, with zero seconds: closing then sends a reset.
_RESET = struct.pack("ii", 1, 0)
# Maximum bytes in flight on a slow line; more makes the sender wait, as a full window does.
_IN_FLIGHT = 1 << 20


class Hold(enum.IntFlag):
    """Reasons not to read from a half."""

    UNJOINED = 1  # it has no peer yet
    PEER_FULL = 2
    LINE_FULL = 4
    STALLED = 8  # its packets are dropped


def reset(transport: asyncio.Transport) -> None:
    """Close with a TCP reset. Unsent data is lost, as when a peer resets."""
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


class Half(asyncio.Protocol):
    """One side of a connection. Received data goes to `peer`; before there is one, nothing is read.

    `admit`, if set, is called with each packet and returns False if the connection has timed out. `gone` is called when
    this side is closed.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.peer: Half | None = None
        self.admit: Callable[[], bool] | None = None
        self.gone: Callable[[], object] | None = None
        self._line: _Line | None = None
        self._holds = Hold.UNJOINED
        self._passed_eof = False  # end of file has been passed on to the peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, without reading from it yet."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Pass data on to the peer, after the line's delay."""
        peer = self.peer
        if peer is None or (self.admit is not None and not self.admit()):
            return
        if self._line is None:
            peer.transport.write(data)
        else:
            self._line.put(len(data), peer.transport.write, data)

    def eof_received(self) -> bool:
        """Pass a half-close on to the peer; return True if this side may still receive data."""
        if self.peer is None or (self.admit is not None and not self.admit()):
            return False
        if self._line is None:
            return self._pass_eof()
        self._line.put(0, self._pass_eof_late)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Close or reset the peer in the same way."""
        was_reset = isinstance(exc, ConnectionResetError)
        if self._line is None:
            self._pass_close(was_reset)
        else:
            self._line.put(0, self._pass_close, was_reset)
        if self.gone is not None:
            self.gone()

    def pause_writing(self) -> None:
        """Stop reading from the peer while this side's buffer is full."""
        if self.peer is not None:
            self.peer.hold(Hold.PEER_FULL)

    def resume_writing(self) -> None:
        """Read from the peer again."""
        if self.peer is not None:
            self.peer.release(Hold.PEER_FULL)

    def hold(self, why: Hold) -> None:
        """Stop reading until every hold is released."""
        self._holds |= why
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def release(self, why: Hold) -> None:
        """Remove a hold; read again if it was the last one."""
        self._holds &= ~why
        if not self._holds and not self.transport.is_closing():
            self.transport.resume_reading()

    def slow_down(self, delay: Delay | None) -> None:
        """From now on, delay data of this side by `delay(size)` real seconds; None removes the delay."""
        if self._line is not None:
            self._line.delay = delay or _at_once  # data in flight still arrives first
        elif delay is not None:
            self._line = _Line(self, delay)

    def _pass_eof(self) -> bool:
        """Pass a half-close on to the peer; return True if this side may still receive data."""
        peer = self.peer
        assert peer is not None
        self._passed_eof = True
        if peer._passed_eof:
            peer.transport.close()
        elif not peer.transport.is_closing():
            peer.transport.write_eof()
        return not peer._passed_eof

    def _pass_eof_late(self) -> None:
        if not self._pass_eof():
            self.transport.close()

    def _pass_close(self, was_reset: bool) -> None:
        if self.peer is None:
            return
        if was_reset:
            reset(self.peer.transport)
        else:
            self.peer.transport.close()


def _at_once(_size: int) -> float:
    return 0.0


class _Line:
    """One direction of a slow connection: data arrives in order, after a delay."""

    def __init__(self, source: Half, delay: Delay) -> None:
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._last = 0.0  # loop time at which the last item arrives
        self._in_flight = 0
        self.delay = delay

    def put(self, size: int, act: Callable[..., object], *arguments: Any) -> None:
        """Call `act(*arguments)` when `size` bytes, sent now, arrive."""
        self._last = max(self._last, self._loop.time() + self.delay(size))
        self._in_flight += size
        if self._in_flight > _IN_FLIGHT:
            self._source.hold(Hold.LINE_FULL)
        self._loop.call_at(self._last, self._arrive, size, act, arguments)

    def _arrive(self, size: int, act: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        act(*arguments)
        self._in_flight -= size
        if self._in_flight <= _IN_FLIGHT // 2:
            self._source.release(Hold.LINE_FULL)


def join(client: Half, server: Half) -> None:
    """Relay between two connected halves from now on."""
    client.peer, server.peer = server, client
    for half in (client, server):
        if half.transport.is_closing():
            half.connection_lost(None)
        else:
            half.release(Hold.UNJOINED)
