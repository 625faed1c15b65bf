"""Established connections: whom each joins, and what becomes of it when the world around it changes."""

from __future__ import annotations

import asyncio
import enum
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pltui.emulator.clock import Clock
from pltui.emulator.network.relay import Delay, Half, Hold, join, reset

# Real seconds a connection that stalls is kept for its way to open again: a caller that hears nothing gives up.
_STALLED_FOR = 300.0


@dataclass(frozen=True, slots=True)
class Route:
    """Which way a connection went when it was made; it keeps it for life."""

    client: str  # instance id
    address: str
    port: int
    server: str  # instance id
    server_port: int
    endpoint: str = ""  # id; "" where none is on the way, as below
    balancer: str = ""  # ARN
    node: str = ""  # the zone id of the load balancer's node
    group: str = ""  # ARN
    target: str = ""  # as it is registered in the group: an instance's id, or an address
    places: frozenset[str] = frozenset()  # ids of machines, subnets, endpoints and zones it passes
    idle_timeout: float = 0.0  # AWS seconds; 0: none


class ConnectionState(enum.Enum):
    LIVES = "lives"
    STALLS = "stalls"  # packets vanish; when they pass again, it goes on
    RESET = "reset"


class Connection:
    """A caller and a server, joined once `begin` is called."""

    def __init__(self, route: Route, near: Half, far: Half, registry: Registry, line: Delay | None = None) -> None:
        self.route = route
        self._line = line
        self._halves = (near, far)
        self._registry = registry
        self._clock = registry.clock
        self._last = self._clock.now()
        self._stalled: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Carry bytes from now on. Whoever has hung up meanwhile takes the other side along."""
        self._registry.add(self)
        for half in self._halves:
            half.gone = self._end
            half.admit = self._admit if self.route.idle_timeout else None
        self.slow_down(self._line)
        join(*self._halves)

    def suffer(self, fate: ConnectionState) -> None:
        """Take what has become of the connection."""
        if fate is ConnectionState.RESET:
            self.cut()
        elif fate is ConnectionState.STALLS and self._stalled is None:
            self._stalled = asyncio.get_running_loop().call_later(_STALLED_FOR, self.cut)
            for half in self._halves:
                half.hold(Hold.STALLED)
        elif fate is ConnectionState.LIVES and self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
            for half in self._halves:
                half.release(Hold.STALLED)

    def slow_down(self, delay: Delay | None) -> None:
        for half in self._halves:
            half.slow_down(delay)

    def cut(self) -> None:
        """Both sides get a reset."""
        for half in self._halves:
            reset(half.transport)

    def _admit(self) -> bool:
        """A load balancer forgets a silent connection without a word; the next packet is answered with a reset.

        NLB user guide, "Connection idle timeout".
        """
        now = self._clock.now()
        if now - self._last > self.route.idle_timeout:
            self.cut()
            return False
        self._last = now
        return True

    def _end(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
        self._registry.discard(self)


class Registry:
    """All established connections."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._connections: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._connections))

    def add(self, connection: Connection) -> None:
        self._connections.add(connection)

    def discard(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def review(self, judge: Callable[[Route], ConnectionState], delay: Callable[[Route], Delay | None]) -> None:
        """Let every connection take what has become of it."""
        judge, delay = functools.cache(judge), functools.cache(delay)  # many connections go the same way
        for connection in self:
            connection.slow_down(delay(connection.route))
            connection.suffer(judge(connection.route))
