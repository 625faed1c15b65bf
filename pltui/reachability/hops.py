"""Elements of a trace: hops form a path, and all possible paths of a connection form a trace."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Literal, TypeAlias

from pltui.reachability.balancing import Flow, flow_fraction
from pltui.reachability.codes import Code, Verdict

Kind: TypeAlias = Literal[
    "resolver",  # the VPC's; `id` is the VPC
    "record",  # in a private hosted zone; `id` is the zone
    "name",  # one assigned by AWS; `id` is the endpoint, load balancer or instance of the name
    "machine",  # the client
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
    "server",  # the server that answers
    "service",
    "fault",  # injected; `id` is its subject
]


@dataclass(frozen=True, slots=True)
class Hop:
    """One component on a path, and its decision."""

    kind: Kind
    id: str  # AWS's id, or ARN, of the component that admitted or blocked the packet
    zone_id: str = ""
    address: str = ""
    verdict: Verdict = Verdict.OPEN
    code: Code | None = None  # the cause of a block; on an open hop, a note (fail-open)
    rule: str = ""  # the rule that decided, in words: "tcp/80 from 10.0.0.0/16", "rule 100", "10.0.0.0/16 -> local"
    why: str = ""

    def stop(self, code: Code, why: str, verdict: Verdict = Verdict.DROPPED, *, rule: str = "") -> Hop:
        """This hop as the end of a path; `rule` is the deciding rule, unless the hop has it already."""
        return replace(self, verdict=verdict, code=code, why=why, rule=rule or self.rule)


@dataclass(frozen=True, slots=True)
class Path:
    """One possible path of a connection. If it is not open, the last hop is the one that blocks."""

    hops: tuple[Hop, ...]
    verdict: Verdict
    chance: float = 1.0  # probability that a connection takes it: over a trace these sum to 1; 0 for targets left out
    weight: float = 0.0  # its share of the answers: over a trace's open paths these sum to 1; 0 for all others
    server: str = ""  # id of the instance at its end, even if the path is blocked
    port: int = 0  # of the server
    zone_id: str = ""  # the server's
    subnet: str = ""  # the server's
    entry: str = ""  # the address the client dials
    source: str = ""  # the address the server sees; "" if that of the node is unknown
    endpoint: str = ""
    balancer: str = ""  # ARN
    target_group: str = ""  # ARN
    sticky: bool = False  # the target is chosen by the client's address alone
    pin: str = ""  # the endpoint interface that has permanently chosen one of several load balancers

    @property
    def blocking_hop(self) -> Hop | None:
        """The hop that blocks; None on an open path."""
        return None if self.verdict is Verdict.OPEN else self.hops[-1]

    @property
    def code(self) -> Code | None:
        """The cause of the block; None on an open path."""
        return self.blocking_hop.code if self.blocking_hop else None

    @property
    def why(self) -> str:
        """The reason of the block; "" on an open path."""
        return self.blocking_hop.why if self.blocking_hop else ""

    @property
    def notes(self) -> tuple[Hop, ...]:
        """The open hops with a note."""
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
    def open_paths(self) -> tuple[Path, ...]:
        """The paths that lead to an answer."""
        return tuple(path for path in self.paths if path.weight)

    @property
    def blocked_paths(self) -> tuple[Path, ...]:
        """The paths on which a connection fails, the most probable first."""
        found = (path for path in self.paths if path.chance and path.verdict is not Verdict.OPEN)
        return tuple(sorted(found, key=lambda path: -path.chance))

    @property
    def left_out(self) -> tuple[Path, ...]:
        """The paths that no connection takes, each with the hop that is the reason."""
        return tuple(path for path in self.paths if not path.chance)

    @property
    def verdict(self) -> Verdict:
        """Open if any connection can succeed, else the verdict of the most probable path."""
        return Verdict.OPEN if self.open_paths else self.blocked_paths[0].verdict

    @property
    def code(self) -> Code | None:
        """The cause on the most probable path; None if any connection can succeed."""
        return None if self.open_paths else self.blocked_paths[0].code

    @property
    def why(self) -> str:
        """The reason on the most probable path; "" if any connection can succeed."""
        return "" if self.open_paths else self.blocked_paths[0].why

    def answer_shares(self, by: By = "subnet") -> Mapping[str, float]:
        """The shares of the answers, by subnet, zone or server; they sum to 1, and are empty if no path is open."""
        shares: dict[str, float] = defaultdict(float)
        for path in self.open_paths:
            shares[getattr(path, by)] += path.weight
        return dict(sorted(shares.items()))

    def take(self, flow: Flow) -> Path:
        """The path of one connection, always the same for the same flow.

        It is one of the paths that begin at `flow.destination`; if there are none, one of all.
        """
        paths, bounds = self._by_entry.get(flow.destination) or self._all_paths
        if len(paths) == 1:
            return paths[0]
        return paths[bisect_right(bounds, flow_fraction(flow, paths[0].sticky) * bounds[-1], hi=len(paths) - 1)]

    @cached_property
    def _all_paths(self) -> tuple[tuple[Path, ...], tuple[float, ...]]:
        return _with_bounds(path for paths, _ in self._by_entry.values() for path in paths)

    @cached_property
    def _by_entry(self) -> Mapping[str, tuple[tuple[Path, ...], tuple[float, ...]]]:
        by_entry: dict[str, list[Path]] = defaultdict(list)
        for path in self.paths:
            if path.chance:
                by_entry[path.entry].append(path)
        return {entry: _with_bounds(_pinned_paths(paths)) for entry, paths in by_entry.items()}


def _with_bounds(paths: Iterable[Path]) -> tuple[tuple[Path, ...], tuple[float, ...]]:
    paths = tuple(paths)
    return paths, tuple(accumulate(path.chance for path in paths))


def _pinned_paths(paths: list[Path]) -> Iterable[Path]:
    """The paths through the load balancer that the endpoint's interface has chosen."""
    pin = paths[0].pin
    if not pin:
        return paths
    balancers = sorted({path.balancer for path in paths})
    digest = hashlib.blake2b(pin.encode(), digest_size=8).digest()
    kept = balancers[int.from_bytes(digest, "big") % len(balancers)]
    return [path for path in paths if path.balancer == kept]
