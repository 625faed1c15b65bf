"""Bytes between two connections, both ways: half-close, reset and back-pressure are carried over."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

# SO_LINGER on, for no time: closing then sends a reset.
_RESET = struct.pack("ii", 1, 0)


def reset(transport: asyncio.Transport) -> None:
    """Close with a TCP reset; what is not sent yet is lost, as it is when a peer resets."""
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


class Half(asyncio.Protocol):
    """One side. What it receives goes to `peer`, once there is one; until then nothing is read."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.peer: Half | None = None
        self._ended = False  # this side has said all it will

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        if self.peer is not None:
            self.peer.transport.write(data)

    def eof_received(self) -> bool:
        self._ended = True
        peer = self.peer
        if peer is None or peer.transport.is_closing():
            return False
        peer.transport.write_eof()
        if peer._ended:
            peer.transport.close()
        return not peer._ended

    def connection_lost(self, exc: Exception | None) -> None:
        if self.peer is None:
            return
        if isinstance(exc, ConnectionResetError):
            reset(self.peer.transport)
        else:
            self.peer.transport.close()

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None and not self.peer.transport.is_closing():
            self.peer.transport.resume_reading()


def join(client: Half, server: Half) -> None:
    """Let two connected halves feed each other from now on."""
    client.peer, server.peer = server, client
    for half in (client, server):
        if half.transport.is_closing():
            half.connection_lost(None)
        else:
            half.transport.resume_reading()
