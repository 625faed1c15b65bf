"""The seam between roles and wires: an address and port in a VPC, seen from a machine, become a connection.

Today's fabric is loopback: every server listens on a port of 127.0.0.1, and `pltui.reach` decides who gets there. A
fabric where each VPC really owns its addresses would dial them instead, and need no such decision.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Protocol, TypeVar

from pltui.reach.balancing import Flow
from pltui.reach.path import Leg, Verdict, arrival, node_peer, walk
from pltui.reach.world import Health, Instance, LoadBalancer, Node, World
from pltui.sandbox.network.webserver import WebServer

LOOPBACK = "127.0.0.1"
_EPHEMERAL = range(32768, 61000)  # Linux's own range

P = TypeVar("P", bound=asyncio.Protocol)


@dataclass
class BlockedError(Exception):
    """No connection: `verdict` says what the caller sees of it, `why` which rule or state stood in the way."""

    verdict: Verdict
    why: str

    def __str__(self) -> str:
        return f"{self.verdict}: {self.why}"


class Fabric(Protocol):
    """What roles need of a network. `dial` and `check` raise `BlockedError`."""

    async def serve(self, servers: Mapping[str, WebServer]) -> None:
        """Let exactly these machines (by instance id) have a web server."""

    async def dial(self, client: Instance, address: IPv4Address, port: int, factory: Callable[[], P]) -> P:
        """Connect as `client`; the protocol is connected when this returns."""

    async def check(
        self, balancer: LoadBalancer, node: Node, server: Instance, port: int, factory: Callable[[], P]
    ) -> P:
        """Connect as a load balancer's node to a server in its VPC."""


@dataclass(frozen=True, slots=True)
class _Listening:
    server: WebServer
    listener: asyncio.Server

    @property
    def port(self) -> int:
        port: int = self.listener.sockets[0].getsockname()[1]
        return port


class LoopbackFabric:
    """`view` gives the world in force and the targets' health at the moment of a call."""

    def __init__(self, view: Callable[[], tuple[World, Health]]) -> None:
        self._view = view
        self._listening: dict[str, _Listening] = {}

    async def serve(self, servers: Mapping[str, WebServer]) -> None:
        for instance_id, listening in tuple(self._listening.items()):
            wanted = servers.get(instance_id)
            if wanted is None or wanted.page != listening.server.page:
                listening.listener.close()
                listening.server.abort()
                del self._listening[instance_id]
        loop = asyncio.get_running_loop()
        for instance_id, server in servers.items():
            if instance_id not in self._listening:
                listener = await loop.create_server(server, LOOPBACK, 0)
                self._listening[instance_id] = _Listening(server, listener)

    async def dial(self, client: Instance, address: IPv4Address, port: int, factory: Callable[[], P]) -> P:
        path = walk(*self._view(), client, address, port)
        if path.verdict is not Verdict.OPEN:
            raise BlockedError(path.verdict, path.why)
        # The client's port and sequence number are its own stack's choice, and random there too.
        flow = Flow(str(client.address), random.choice(_EPHEMERAL), str(address), port, random.getrandbits(32))  # noqa: S311
        return await self._arrive(path.leg(flow), factory)

    async def check(
        self, balancer: LoadBalancer, node: Node, server: Instance, port: int, factory: Callable[[], P]
    ) -> P:
        world, _ = self._view()
        return await self._arrive(arrival(world, server, node_peer(world, balancer, node), port), factory)

    async def _arrive(self, leg: Leg, factory: Callable[[], P]) -> P:
        if leg.verdict is not Verdict.OPEN:
            raise BlockedError(leg.verdict, leg.why)
        listening = self._listening.get(leg.instance)
        if listening is None or listening.server.page.port != leg.port:
            raise BlockedError(Verdict.REFUSED, f"{leg.instance} does not listen on {leg.port}")
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            _, protocol = await loop.create_connection(factory, LOOPBACK, listening.port)
            return protocol
        raise BlockedError(Verdict.REFUSED, f"{leg.instance} closed its port {leg.port}")
