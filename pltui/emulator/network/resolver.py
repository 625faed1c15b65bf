"""DNS server of a VPC on loopback: message handling around `pltui.reachability.names`."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Any, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from pltui.emulator.network.fabric import LOOPBACK
from pltui.reachability.names import DnsAnswer, RRset, Status

# (name, type) -> the answer in this VPC's view.
Lookup = Callable[[str, str], DnsAnswer]

# Idle timeout of TCP clients in seconds (RFC 7766 leaves it to the server).
_IDLE = 30.0
_TCP_SIZE = 65535
# Number of attempts to find a port that is free for both UDP and TCP.
_ATTEMPTS = 20


class Resolver:
    """DNS server on one port of UDP and TCP. `address` is "127.0.0.1:PORT" after `open`."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._udp: asyncio.DatagramTransport
        self._tcp: asyncio.Server
        self.address = ""
        self.port = 0

    async def open(self, port: int = 0) -> None:
        """Listen on `port` if it is free, else on another.

        Raises:
            OSError: If no port is free for both UDP and TCP.
        """
        datagrams, streams = _two_sockets(port)
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=datagrams)
        self._tcp = await asyncio.start_server(self._conversation, sock=streams)
        self.port = datagrams.getsockname()[1]
        self.address = f"{LOOPBACK}:{self.port}"

    def close(self) -> None:
        """Stop listening on both protocols."""
        self._udp.close()
        self._tcp.close()

    def answer(self, wire: bytes, size: int) -> bytes | None:
        """The response to one message, truncated to `size` bytes; None if a real server would not respond either."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if query.flags & dns.flags.QR:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
            response.set_rcode(dns.rcode.NOTIMP if query.question else dns.rcode.FORMERR)
            return response.to_wire()
        question = query.question[0]
        found = self._lookup(question.name.to_text(), dns.rdatatype.to_text(question.rdtype))
        if found.status is Status.SILENT:
            return None
        if found.status is Status.MISSING:
            response.set_rcode(dns.rcode.NXDOMAIN)
        try:
            response.answer = [_rrset(each) for each in found.rrsets]
        except dns.exception.DNSException:  # a record whose data does not match its type
            response.set_rcode(dns.rcode.SERVFAIL)
        if not response.answer:
            response.authority = self._start_of_authority(question.name)
        return _cut(response, size)

    def _start_of_authority(self, name: dns.name.Name) -> list[dns.rrset.RRset]:
        """The SOA record of the zone of a name, which limits the caching of a negative answer (RFC 2308)."""
        with contextlib.suppress(dns.exception.DNSException):  # a malformed record is left out
            while name.labels not in ((), (b"",)):
                found = [_rrset(each) for each in self._lookup(name.to_text(), "SOA").rrsets if each.type == "SOA"]
                if found:
                    return found
                name = name.parent()
        return []

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            while True:
                async with asyncio.timeout(_IDLE):
                    length = int.from_bytes(await reader.readexactly(2), "big")
                    wire = await reader.readexactly(length)
                answer = self.answer(wire, _TCP_SIZE)
                if answer is not None:
                    writer.write(len(answer).to_bytes(2, "big") + answer)
                    await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the responses."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Respond to a query, unless a real server would not."""
        answer = self._resolver.answer(data, _payload(data))
        if answer is not None:
            self._transport.sendto(answer, addr)


def _rrset(rrset: RRset) -> dns.rrset.RRset:
    # dnspython shuffles the records: load spreads over an endpoint's interfaces as on AWS.
    rdtype = dns.rdatatype.from_text(rrset.type)
    # A name in a value is absolute, with or without its last dot (Route 53 developer guide, DNS domain name format).
    result: dns.rrset.RRset = dns.rrset.from_text_list(
        f"{rrset.name}.", rrset.ttl, "IN", rdtype, rrset.values, origin=dns.name.root, relativize=False
    )
    return result


def _payload(wire: bytes) -> int:
    """The client's maximum size of a datagram: 512 octets unless it announces more by EDNS (RFC 6891)."""
    with contextlib.suppress(dns.exception.DNSException):
        return max(dns.message.from_wire(wire).payload, 512)
    return 512


def _cut(response: dns.message.Message, size: int) -> bytes:
    try:
        return response.to_wire(max_size=size)
    except dns.exception.TooBig:
        response.answer = []
        response.flags |= dns.flags.TC
        return response.to_wire()


def _two_sockets(wanted: int) -> tuple[socket.socket, socket.socket]:
    for port in (*((wanted,) if wanted else ()), *(0,) * _ATTEMPTS):
        with contextlib.ExitStack() as unused, contextlib.suppress(OSError):
            datagrams = unused.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            datagrams.bind((LOOPBACK, port))
            streams = unused.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            # Connections that have just ended on this port must not block it.
            streams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            streams.bind((LOOPBACK, datagrams.getsockname()[1]))
            unused.pop_all()
            return datagrams, streams
    raise OSError(errno.EADDRINUSE, "no port is free for both UDP and TCP")
