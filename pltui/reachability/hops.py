"""What a trace is made of: hops make a path, and all the paths a connection may take make a trace."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Literal, TypeAlias

from pltui.reachability.balancing import Flow, spread
from pltui.reachability.codes import Code, Verdict

Kind: TypeAlias = Literal[
    "resolver",  # the VPC's; `id` is the VPC
    "record",  # in a private hosted zone; `id` is the zone
    "name",  # one AWS gives out; `id` is the endpoint, load balancer or instance it belongs to
    "machine",  # who asks
    "security-group",
    "acl",
    "route",
    "gateway",  # internet or NAT gateway
    "peering",
    "endpoint",  # its interface in one zone
    "connection",  # of the endpoint to the service
    "resource",  # VPC Lattice: configuration and gateway
    "node",  # of a load balancer
    "listener",
    "cross-zone",  # `id` is what decided: the target group or the load balancer
    "target",
    "server",  # who answers
    "service",
    "fault",  # put on purpose; `id` is what it was put on
]


@dataclass(frozen=True, slots=True)
class Hop:
    kind: Kind
    id: str  # AWS's id, or ARN, of what let the packet through or did not
    zone_id: str = ""
    address: str = ""
    verdict: Verdict = Verdict.OPEN
    code: Code | None = None  # why it blocks; on an open hop, something to know (fail-open)
    rule: str = ""  # the rule that decided, in words: "tcp/80 from 10.0.0.0/16", "rule 100", "10.0.0.0/16 -> local"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """One way a connection may go. On a path that is not open the last hop is the one that blocks."""

    hops: tuple[Hop, ...]
    verdict: Verdict
    chance: float = 1.0  # how likely a new connection takes it: over a trace these sum to 1; 0 for targets left out
    weight: float = 0.0  # its share of the answers: over a trace's open paths these sum to 1; 0 for all others
    server: str = ""  # the instance it leads to, or would
    port: int = 0  # there
    zone_id: str = ""  # the server's
    subnet: str = ""  # the server's
    entry: str = ""  # the address the client dials
    source: str = ""  # the address the server sees; "" where the node's is not known
    endpoint: str = ""
    balancer: str = ""  # ARN
    target_group: str = ""  # ARN
    sticky: bool = False  # the target is chosen by the client's address alone
    pin: str = ""  # the endpoint interface that has picked one of several load balancers for good

    @property
    def blocked(self) -> Hop | None:
        """The hop that blocks."""
        return None if self.verdict is Verdict.OPEN else self.hops[-1]

    @property
    def code(self) -> Code | None:
        return self.blocked.code if self.blocked else None

    @property
    def why(self) -> str:
        return self.blocked.why if self.blocked else ""

    @property
    def notes(self) -> tuple[Hop, ...]:
        """Open hops with something to know."""
        return tuple(hop for hop in self.hops if hop.verdict is Verdict.OPEN and hop.code)


By: TypeAlias = Literal["subnet", "zone_id", "server"]


@dataclass(frozen=True)
class Trace:
    """Every path from one machine to one name or address. The paths' chances sum to 1."""

    client: str
    destination: str
    port: int
    paths: tuple[Path, ...]

    @property
    def open(self) -> tuple[Path, ...]:
        return tuple(path for path in self.paths if path.weight)

    @property
    def blocked(self) -> tuple[Path, ...]:
        """Those a connection may take and fail on, the likeliest first."""
        found = (path for path in self.paths if path.chance and path.verdict is not Verdict.OPEN)
        return tuple(sorted(found, key=lambda path: -path.chance))

    @property
    def left_out(self) -> tuple[Path, ...]:
        """Those no connection takes, each with the hop that sees to it."""
        return tuple(path for path in self.paths if not path.chance)

    @property
    def verdict(self) -> Verdict:
        """Open if any connection can succeed, else that of the likeliest path."""
        return Verdict.OPEN if self.open else self.blocked[0].verdict

    @property
    def code(self) -> Code | None:
        return None if self.open else self.blocked[0].code

    @property
    def why(self) -> str:
        return "" if self.open else self.blocked[0].why

    def answering(self, by: By = "subnet") -> Mapping[str, float]:
        """Who answers, and which share of the answers is theirs; empty where nobody does."""
        shares: dict[str, float] = defaultdict(float)
        for path in self.open:
            shares[getattr(path, by)] += path.weight
        return dict(sorted(shares.items()))

    def take(self, flow: Flow) -> Path:
        """What one connection gets: always the same for the same flow.

        Among the paths that begin at `flow.destination`; where that is none of them, among all.
        """
        paths, bounds = self._by_entry.get(flow.destination) or self._all
        if len(paths) == 1:
            return paths[0]
        return paths[bisect_right(bounds, spread(flow, paths[0].sticky) * bounds[-1], hi=len(paths) - 1)]

    @cached_property
    def _all(self) -> tuple[tuple[Path, ...], tuple[float, ...]]:
        return _bounded(path for paths, _ in self._by_entry.values() for path in paths)

    @cached_property
    def _by_entry(self) -> Mapping[str, tuple[tuple[Path, ...], tuple[float, ...]]]:
        by_entry: dict[str, list[Path]] = defaultdict(list)
        for path in self.paths:
            if path.chance:
                by_entry[path.entry].append(path)
        return {entry: _bounded(_pinned(paths)) for entry, paths in by_entry.items()}


def _bounded(paths: Iterable[Path]) -> tuple[tuple[Path, ...], tuple[float, ...]]:
    paths = tuple(paths)
    return paths, tuple(accumulate(path.chance for path in paths))


def _pinned(paths: list[Path]) -> Iterable[Path]:
    """Those of the load balancer that the endpoint's interface keeps to."""
    pin = paths[0].pin
    if not pin:
        return paths
    balancers = sorted({path.balancer for path in paths})
    digest = hashlib.blake2b(pin.encode(), digest_size=8).digest()
    kept = balancers[int.from_bytes(digest, "big") % len(balancers)]
    return [path for path in paths if path.balancer == kept]
