"""Bytes between two connections, both ways: half-close, reset and back-pressure are carried over."""

from __future__ import annotations

import asyncio
import enum
import socket
import struct
from collections.abc import Callable
from typing import Any, TypeAlias, cast

# The real seconds until so many bytes, sent now, arrive.
Delay: TypeAlias = Callable[[int], float]

# SO_LINGER on, for no time: closing then sends a reset.
_RESET = struct.pack("ii", 1, 0)
# What is on its way over a slow line; more makes the sender wait, as a full window does.
_IN_FLIGHT = 1 << 20


class Hold(enum.IntFlag):
    """Why a half is not read from."""

    UNJOINED = 1  # there is nobody to pass it on to yet
    PEER_FULL = 2
    LINE_FULL = 4
    STALLED = 8  # its packets do not arrive any more


def reset(transport: asyncio.Transport) -> None:
    """Close with a TCP reset; what is not sent yet is lost, as it is when a peer resets."""
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


class Half(asyncio.Protocol):
    """One side. What it receives goes to `peer`, once there is one; until then nothing is read.

    `admit`, where there is one, is asked with each packet whether its connection still lives; `gone` is told when this
    side is closed.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.peer: Half | None = None
        self.admit: Callable[[], bool] | None = None
        self.gone: Callable[[], object] | None = None
        self._line: _Line | None = None
        self._holds = Hold.UNJOINED
        self._passed_eof = False  # the peer has been told that this side has said all it will

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        peer = self.peer
        if peer is None or (self.admit is not None and not self.admit()):
            return
        if self._line is None:
            peer.transport.write(data)
        else:
            self._line.put(len(data), peer.transport.write, data)

    def eof_received(self) -> bool:
        if self.peer is None or (self.admit is not None and not self.admit()):
            return False
        if self._line is None:
            return self._pass_eof()
        self._line.put(0, self._pass_eof_late)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        was_reset = isinstance(exc, ConnectionResetError)
        if self._line is None:
            self._pass_close(was_reset)
        else:
            self._line.put(0, self._pass_close, was_reset)
        if self.gone is not None:
            self.gone()

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.hold(Hold.PEER_FULL)

    def resume_writing(self) -> None:
        if self.peer is not None:
            self.peer.release(Hold.PEER_FULL)

    def hold(self, why: Hold) -> None:
        """Read no more until everything that holds it is released."""
        self._holds |= why
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def release(self, why: Hold) -> None:
        self._holds &= ~why
        if not self._holds and not self.transport.is_closing():
            self.transport.resume_reading()

    def slow_down(self, delay: Delay | None) -> None:
        """From now on `delay(size)` real seconds pass before what this side has sent arrives; None: no time at all."""
        if self._line is not None:
            self._line.delay = delay or _at_once  # what is under way still comes first
        elif delay is not None:
            self._line = _Line(self, delay)

    def _pass_eof(self) -> bool:
        """Tell the peer that this side has said all it will; whether this side may still hear something."""
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
    """One direction of a slow connection: everything arrives in order, and later."""

    def __init__(self, source: Half, delay: Delay) -> None:
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._last = 0.0  # when what was put last arrives
        self._in_flight = 0
        self.delay = delay

    def put(self, size: int, act: Callable[..., object], *arguments: Any) -> None:
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
    """Let two connected halves feed each other from now on."""
    client.peer, server.peer = server, client
    for half in (client, server):
        if half.transport.is_closing():
            half.connection_lost(None)
        else:
            half.release(Hold.UNJOINED)
