"""Content of a diagram: things in lanes, and the links between them. Plain frozen values."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from pltui.topology import PROVIDER
from pltui.view.lab_snapshot import Condition


class Role(enum.StrEnum):
    """Role of a thing, which determines its column."""

    NAME = "name"  # the record in a consumer's private zone
    CLIENT = "client"
    ENDPOINT = "endpoint"  # its interface in one zone
    SERVICE = "service"
    BALANCER = "balancer"
    NODE = "node"  # of the load balancer, in one zone
    SERVER = "server"


class DiagramFlow(enum.StrEnum):
    """State of a link; if several apply, the first one counts."""

    OPEN = "open"  # requests go this way
    CLOSED = "closed"  # requests end here, or are kept from it
    OFF = "off"  # no route: to another zone while cross-zone load balancing is off, or to a zone not enabled
    IDLE = "idle"  # not known to be closed, but without requests
    MISSING = "missing"  # an end of it does not exist


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """`key` is unique in the scene; `address` is that of the resource it represents, wholly or in part."""

    key: str
    role: Role
    address: str
    label: str
    condition: Condition
    word: str = ""  # its state, in AWS's word or the engine's
    owner: str = PROVIDER  # or the consumer's name
    lane: str = ""  # key of its zone, if it is in one
    ip: str = ""
    id: str = ""
    sick: bool = False  # exists, but does not work properly
    number: int = 0  # of a server

    @property
    def there(self) -> bool:
        """True if it exists, in whatever state."""
        return self.condition is Condition.READY or bool(self.id)


@dataclass(frozen=True, slots=True)
class DiagramLink:
    """A link between two things."""

    source: str  # a thing's key
    target: str
    flow: DiagramFlow
    reason: str = ""  # a few English words: the reason why it is closed or has no requests
    why: str = ""  # the full sentence for `reason`
    share: float = 0.0  # predicted share of a consumer's requests, 0 to 1
    crossing: bool = False  # leads from one zone into another

    @property
    def ends(self) -> tuple[str, str]:
        """Keys of source and target, which identify the link."""
        return self.source, self.target


@dataclass(frozen=True, slots=True)
class Lane:
    """An availability zone. Its name differs between accounts, its id does not."""

    key: str  # the zone's id, or its name while the id is unknown
    name: str
    subnet: int = 0  # number of the provider's private subnet in it, which gives letter and colour; 0: it has none


@dataclass(frozen=True, slots=True)
class Side:
    """A VPC: the provider's, or a consumer's."""

    name: str
    cidr: str
    address: str  # of the VPC
    condition: Condition
    lanes: tuple[str, ...]  # keys of the zones it has private subnets in


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a diagram shows."""

    lab: str
    provider: Side
    consumers: tuple[Side, ...]
    lanes: tuple[Lane, ...]
    things: Mapping[str, Thing] = field(default_factory=dict)
    links: Mapping[tuple[str, str], DiagramLink] = field(default_factory=dict)
    switch: bool | None = None  # cross-zone load balancing as observed; None while there is no load balancer
    fail_open: bool = False  # too few targets are healthy, so unhealthy ones get requests
    traced: bool = False  # links come from paths; otherwise from the resources' states

    def lane(self, key: str) -> Lane:
        """Return the lane with this key, which must exist."""
        return next(lane for lane in self.lanes if lane.key == key)

    def things_of_role(self, role: Role, owner: str | None = None, lane: str | None = None) -> list[Thing]:
        """Return the things of a role, in the order of lanes and numbers."""
        found = [each for each in self.things.values() if each.role is role]
        return [each for each in found if owner in (None, each.owner) and lane in (None, each.lane)]

    def links_to(self, key: str) -> list[DiagramLink]:
        """Return the links that end at a thing."""
        return [link for link in self.links.values() if link.target == key]

    def links_from(self, key: str) -> list[DiagramLink]:
        """Return the links that start at a thing."""
        return [link for link in self.links.values() if link.source == key]

    def carries(self, key: str) -> bool:
        """Return True if requests pass this thing or are answered by it."""
        ends = (link for link in self.links.values() if key in link.ends)
        return any(link.flow is DiagramFlow.OPEN for link in ends)

    def idle_reason(self, key: str) -> str:
        """Return the reason why no request reaches a thing, in a few English words.

        "" if a request does, or if the reason is unknown.
        """
        links = self.links_to(key)
        if any(link.flow is DiagramFlow.OPEN for link in links):
            return ""
        for flow in (DiagramFlow.CLOSED, DiagramFlow.OFF, DiagramFlow.IDLE):
            for link in links:
                if link.flow is flow and link.reason:
                    return link.reason
        return ""
