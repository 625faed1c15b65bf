"""Established connections: their endpoints, and the effect of changes in the network on them."""

from __future__ import annotations

import asyncio
import enum
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pltui.emulator.clock import Clock
from pltui.emulator.network.relay import Delay, Half, Hold, join, reset

# Real seconds for which a stalled connection waits for its path to open again, before it is reset.
_STALLED_FOR = 300.0


@dataclass(frozen=True, slots=True)
class Route:
    """The path of a connection when it was established; it keeps it for life."""

    client: str  # instance id
    address: str
    port: int
    server: str  # instance id
    server_port: int
    endpoint: str = ""  # id; "" if there is none on the path, as below
    balancer: str = ""  # ARN
    node: str = ""  # the zone id of the load balancer's node
    group: str = ""  # ARN
    target: str = ""  # as registered in the group: an instance id or an address
    places: frozenset[str] = frozenset()  # ids of the machines, subnets, endpoints and zones on the path
    idle_timeout: float = 0.0  # AWS seconds; 0: none


class ConnectionState(enum.Enum):
    """State of an established connection after a change in the network."""

    LIVES = "lives"
    STALLS = "stalls"  # packets are dropped; it continues once they pass again
    RESET = "reset"


class Connection:
    """A client and a server, joined by `begin`."""

    def __init__(self, route: Route, near: Half, far: Half, registry: Registry, line: Delay | None = None) -> None:
        self.route = route
        self._line = line
        self._halves = (near, far)
        self._registry = registry
        self._clock = registry.clock
        self._last = self._clock.now()
        self._stalled: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Carry bytes from now on. If one side has already closed, the other is closed too."""
        self._registry.add(self)
        for half in self._halves:
            half.gone = self._end
            half.admit = self._admit if self.route.idle_timeout else None
        self.slow_down(self._line)
        join(*self._halves)

    def suffer(self, fate: ConnectionState) -> None:
        """Apply a new state."""
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
        """Apply a delay to both directions; None removes it."""
        for half in self._halves:
            half.slow_down(delay)

    def cut(self) -> None:
        """Reset both sides."""
        for half in self._halves:
            reset(half.transport)

    def _admit(self) -> bool:
        """Return False, and reset the connection, once it has been silent for longer than its idle timeout.

        A load balancer drops a silent connection without notice and answers the next packet with a reset (NLB user
        guide, "Connection idle timeout").
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
        """Add a connection that has begun."""
        self._connections.add(connection)

    def discard(self, connection: Connection) -> None:
        """Remove a connection that has ended."""
        self._connections.discard(connection)

    def review(self, judge: Callable[[Route], ConnectionState], delay: Callable[[Route], Delay | None]) -> None:
        """Apply the present state and delay of its route to every connection."""
        judge, delay = functools.cache(judge), functools.cache(delay)  # many connections share a route
        for connection in self:
            connection.slow_down(delay(connection.route))
            connection.suffer(judge(connection.route))
