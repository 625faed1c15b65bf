"""A network of a world made by hand, with real sockets, a clock that only the test moves, and no API."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pltui.emulator.clock import Clock
from pltui.emulator.faults import FaultRegistry
from pltui.emulator.health_board import TargetHealthBoard
from pltui.emulator.network.network import Network
from pltui.reachability.load_balancer import HealthCheck
from pltui.reachability.world import NetworkModel, SecurityGroup
from tests.builders.networks import ANYTHING, ENTRY, GROUP, ZONES, lab
from tests.emulator.network.lab import Caller

ENDPOINT = str(ENTRY)
OPEN_GROUPS = {each: SecurityGroup(each, ANYTHING, ANYTHING) for each in ("servers", "client", "endpoint")}


def page(text: str, *more: str) -> str:
    return "\n".join(("#!/bin/bash", f"echo '{text}' > /var/www/html/index.html", *more))


def world(servers: tuple[str, ...] = ZONES, user_data: str = "", **group: Any) -> NetworkModel:
    """The usual lab with a server in each of these zones, with names, groups and pages, and without private names."""
    usual = lab(servers=servers)
    client, endpoint = usual.instances["client"], usual.endpoints["vpce"]
    machines = [
        replace(usual.instances[f"i-{n}"], name=f"server-{n}", groups=("servers",), dns_name=f"ip-{n}.internal",
                user_data=user_data or page(f"Subnet {n}"))
        for n in range(len(servers))
    ]  # fmt: skip
    machines.append(replace(client, id="i-client", name="client", groups=("client",)))
    check = HealthCheck(interval=10, healthy_threshold=2, unhealthy_threshold=2)
    interfaces = tuple(replace(each, groups=("endpoint",)) for each in endpoint.interfaces)
    return replace(
        usual,
        instances={each.id: each for each in machines},
        security_groups=OPEN_GROUPS,
        target_groups={GROUP: replace(usual.target_groups[GROUP], check=check, **group)},
        endpoints={"vpce-1": replace(endpoint, id="vpce-1", interfaces=interfaces, names=())},
        zones=(),
    )


@dataclass
class Talk:
    """One connection through the door."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    path: str = "/"

    def ask(self, path: str = "/") -> None:
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: web\r\n\r\n".encode())

    async def answer(self) -> str:
        """The next answer's body. Raises ConnectionResetError, IncompleteReadError when the connection ends."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return (await self.reader.readexactly(length)).decode().strip()

    async def get(self, path: str = "/") -> str:
        self.ask(path)
        return await self.answer()

    async def silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing at all comes for a while."""
        try:
            async with asyncio.timeout(seconds):
                await self.reader.read(1)
        except TimeoutError:
            return True
        return False


@dataclass
class Wire:
    world: NetworkModel
    now: float = 0.0
    board: TargetHealthBoard = field(default_factory=TargetHealthBoard)
    faults: FaultRegistry = field(default_factory=FaultRegistry)
    talks: list[Talk] = field(default_factory=list)

    async def open(self) -> None:
        """Every target is healthy to begin with."""
        for arn, group in self.world.target_groups.items():
            for target in group.targets:
                self.board.set(arn, target.id, target.port, "healthy")
        self.clock = Clock(1.0, lambda: self.now)
        self.network = Network(self.clock, self.board, faults=self.faults)
        self.faults.changed = self.network.faults_changed
        await self.network.open()
        await self.network.follow(self.world)

    async def close(self) -> None:
        for talk in self.talks:
            talk.writer.close()
        await self.network.close()

    async def change(self, **parts: Mapping[str, Any]) -> None:
        """The world goes on with some of its things replaced, by id."""
        self.world = replace(self.world, **{name: {**getattr(self.world, name), **new} for name, new in parts.items()})
        await self.network.follow(self.world)

    async def alter(self, kind: str, key: str, **fields: Any) -> None:
        await self.change(**{kind: {key: replace(getattr(self.world, kind)[key], **fields)}})

    async def passes(self, seconds: float) -> None:
        """So many AWS seconds go by."""
        self.now += seconds
        self.network.speed_changed()
        await asyncio.sleep(0.02)

    async def until(self, condition: Callable[[], bool], step: float = 10.0) -> None:
        """Let time pass until what the network does by itself has come about."""
        async with asyncio.timeout(10):
            while not condition():
                await self.passes(step)

    def health(self, server: str) -> str:
        row = self.board.get(GROUP, server, 80)
        return row.state if row else ""

    @property
    def caller(self) -> Caller:
        return Caller(self.network.socks)

    async def talk(self, user: str = "client", host: str = ENDPOINT, port: int = 80) -> Talk:
        reader, writer, reply = await self.caller.open(user, host, port)
        assert reply[1] == 0
        self.talks.append(Talk(reader, writer))
        return self.talks[-1]
