"""Connections from a machine to an address and port in a VPC.

On this loopback fabric every server listens on a port of 127.0.0.1, and the reachability model decides whether a
machine reaches it. A fabric whose VPCs own their addresses would dial them instead, without such a decision.
"""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Protocol, TypeAlias, TypeVar

from pltui.emulator.network import proxy_protocol, ways
from pltui.emulator.network.connections import Connection, Registry
from pltui.emulator.network.impairment import Impairment, impairment
from pltui.emulator.network.relay import Half
from pltui.emulator.network.webserver import WebServer
from pltui.reachability.balancing import Flow
from pltui.reachability.codes import Verdict
from pltui.reachability.hops import Path
from pltui.reachability.load_balancer import Health, LoadBalancer, Node
from pltui.reachability.world import Instance, NetworkModel

LOOPBACK = "127.0.0.1"
_EPHEMERAL = range(32768, 61000)  # Linux's default range
_BACKLOG = 1024
_NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})

P = TypeVar("P", bound=asyncio.Protocol)
Port: TypeAlias = tuple[str, int]  # of a machine: its instance id, and the number


@dataclass
class BlockedError(Exception):
    """No connection. `verdict` is the result that the client sees, `why` the rule or state that blocks it."""

    verdict: Verdict
    why: str

    def __str__(self) -> str:
        return f"{self.verdict}: {self.why}"


class OutOfFilesError(Exception):
    """No connection, because of a limit of this process or machine (EMFILE, ENFILE) and not of the lab."""


def new_flow(client: Instance, address: IPv4Address, port: int) -> Flow:
    """A flow with a random source port and sequence number, as the client's own TCP stack chooses them."""
    source_port = random.choice(_EPHEMERAL)  # noqa: S311
    return Flow(str(client.address), source_port, str(address), port, random.getrandbits(32))


class Fabric(Protocol):
    """Interface between the roles and a network. `dial` and `check` raise `BlockedError`, and `OutOfFilesError`."""

    async def serve(self, servers: Mapping[Port, WebServer]) -> None:
        """Make exactly these ports of machines have a web server."""

    async def dial(self, client: Instance, flow: Flow, near: Half) -> Connection:
        """Connect as `client`, for the caller behind `near`; no bytes are carried before the connection's `begin`.

        Another attempt with the same `flow` reaches the same target, as a retransmitted SYN does.

        Raises:
            BlockedError: If there is no connection.
        """

    async def check(
        self, balancer: LoadBalancer, node: Node, server: Instance, port: int, factory: Callable[[], P]
    ) -> P:
        """Connect as a load balancer's node to a server in its VPC; the protocol is connected on return.

        Raises:
            BlockedError: If there is no connection.
        """


async def _create_connection(factory: Callable[[], P], host: str, port: int) -> tuple[asyncio.Transport, P]:
    return await asyncio.get_running_loop().create_connection(factory, host, port)


@dataclass(frozen=True, slots=True)
class _Listening:
    server: WebServer
    listener: asyncio.Server

    @property
    def port(self) -> int:
        """The port on loopback."""
        port: int = self.listener.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Stop listening, and abort the server's connections."""
        self.listener.close()
        self.server.abort()


class LoopbackFabric:
    """Fabric of servers on loopback. `view` returns the model in force and the targets' health at that time."""

    def __init__(self, view: Callable[[], tuple[NetworkModel, Health]], registry: Registry) -> None:
        self._view = view
        self._registry = registry
        self._ways = ways.Ways()
        self._listening: dict[Port, _Listening] = {}

    async def serve(self, servers: Mapping[Port, WebServer]) -> None:
        """Open and close listening sockets until they are those of `servers`."""
        for port, listening in tuple(self._listening.items()):
            if servers.get(port) is not listening.server:
                del self._listening[port]
                listening.close()
        loop = asyncio.get_running_loop()
        for port, server in servers.items():
            if port not in self._listening:
                self._listening[port] = _Listening(
                    server, await loop.create_server(server, LOOPBACK, 0, backlog=_BACKLOG)
                )

    async def dial(self, client: Instance, flow: Flow, near: Half) -> Connection:
        """Connect along the path that the reachability model computes, with its faults and a proxy protocol header."""
        world, health = self._view()
        path, route = self._ways.take(world, health, client, flow)
        impaired = impairment(world.faults, route.places)
        far = await self._arrive(path, Half, impaired)
        group = world.target_groups.get(path.target_group)
        if group is not None and group.proxy_protocol:
            source = (client.address, flow.source_port)
            destination = (IPv4Address(flow.destination), flow.destination_port)
            far.transport.write(proxy_protocol.header(source, destination, path.endpoint))
        return Connection(route, near, far, self._registry, impaired.line)

    async def check(
        self, balancer: LoadBalancer, node: Node, server: Instance, port: int, factory: Callable[[], P]
    ) -> P:
        """Connect from the node's subnet to the server, with the faults on the way."""
        world, _ = self._view()
        path = ways.from_node(world, balancer, node, server, port)
        places = (node.subnet, node.zone_id, server.id, server.subnet, world.zone_of(server))
        return await self._arrive(path, factory, impairment(world.faults, places))

    async def _arrive(self, path: Path, factory: Callable[[], P], impaired: Impairment) -> P:
        if path.verdict is not Verdict.OPEN:
            raise BlockedError(path.verdict, path.why)
        if impaired:
            took = impaired.handshake()
            if took is None:
                raise BlockedError(Verdict.DROPPED, "every packet of the handshake was lost")
            await asyncio.sleep(took)
        listening = self._listening.get((path.server, path.port))
        if listening is None:
            raise BlockedError(Verdict.REFUSED, f"{path.server} does not listen on {path.port}")
        try:
            _, protocol = await _create_connection(factory, LOOPBACK, listening.port)
        except OSError as error:
            if error.errno in _NO_DESCRIPTORS:
                raise OutOfFilesError("the sandbox has too many open files") from error
            raise BlockedError(Verdict.REFUSED, f"{path.server} closed its port {path.port}") from error
        return protocol

    def review(self, established: Registry) -> None:
        """Apply changes in the network to the established connections."""
        world, health = self._view()
        established.review(
            lambda route: ways.fate(world, health, route), lambda route: impairment(world.faults, route.places).line
        )
