"""What a picture shows: things in lanes, and the links between them. Plain values, frozen."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from pltui.view.lab_snapshot import Condition

PROVIDER = "provider"


class Role(enum.StrEnum):
    NAME = "name"  # the record in a consumer's private zone
    CLIENT = "client"
    ENDPOINT = "endpoint"  # its interface in one zone
    SERVICE = "service"
    BALANCER = "balancer"
    NODE = "node"  # the load balancer's in one zone
    SERVER = "server"


class DiagramFlow(enum.StrEnum):
    """How a link is; of several that coincide, the first of these counts."""

    OPEN = "open"  # requests go this way
    CLOSED = "closed"  # they come to it and end there, or are kept from it
    OFF = "off"  # to another zone, while cross-zone load balancing is off or that zone not enabled: there is no way
    IDLE = "idle"  # nothing is known against it, and nobody comes
    MISSING = "missing"  # an end of it does not exist


@dataclass(frozen=True, slots=True)
class Thing:
    """`key` is unique in the scene; `address` is that of the resource it stands for, of which it may be a part."""

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
    sick: bool = False  # it is there, and does not work as it should
    number: int = 0  # of a server

    @property
    def there(self) -> bool:
        """Whether it exists, in whatever state."""
        return self.condition is Condition.READY or bool(self.id)


@dataclass(frozen=True, slots=True)
class DiagramLink:
    source: str  # a thing's key
    target: str
    flow: DiagramFlow
    reason: str = ""  # a few English words: why it is closed, or nobody comes
    why: str = ""  # the sentence behind it
    share: float = 0.0  # of a consumer's requests: predicted, 0 to 1
    crossing: bool = False  # leads from one zone into another

    @property
    def ends(self) -> tuple[str, str]:
        return self.source, self.target


@dataclass(frozen=True, slots=True)
class Lane:
    """An availability zone. Names of it differ between accounts, its id does not."""

    key: str  # the zone's id, or its name as long as no id is known
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
    lab: str
    provider: Side
    consumers: tuple[Side, ...]
    lanes: tuple[Lane, ...]
    things: Mapping[str, Thing] = field(default_factory=dict)
    links: Mapping[tuple[str, str], DiagramLink] = field(default_factory=dict)
    switch: bool | None = None  # cross-zone load balancing as observed; None while there is no load balancer
    fail_open: bool = False  # too few targets are healthy, so sick ones are tried
    traced: bool = False  # links are as the paths tell; otherwise as the resources' states let one expect

    def lane(self, key: str) -> Lane:
        return next(lane for lane in self.lanes if lane.key == key)

    def all(self, role: Role, owner: str | None = None, lane: str | None = None) -> list[Thing]:
        """Things of a role, in the order of lanes and numbers."""
        found = [each for each in self.things.values() if each.role is role]
        return [each for each in found if owner in (None, each.owner) and lane in (None, each.lane)]

    def towards(self, key: str) -> list[DiagramLink]:
        """The links that end at a thing."""
        return [link for link in self.links.values() if link.target == key]

    def away(self, key: str) -> list[DiagramLink]:
        return [link for link in self.links.values() if link.source == key]

    def carries(self, key: str) -> bool:
        """Whether requests come by this thing and go on, or are answered by it."""
        ends = (link for link in self.links.values() if key in link.ends)
        return any(link.flow is DiagramFlow.OPEN for link in ends)

    def unasked(self, key: str) -> str:
        """Why no request comes to a thing, in a few English words; "" where one does, or where nobody knows."""
        links = self.towards(key)
        if any(link.flow is DiagramFlow.OPEN for link in links):
            return ""
        for flow in (DiagramFlow.CLOSED, DiagramFlow.OFF, DiagramFlow.IDLE):
            for link in links:
                if link.flow is flow and link.reason:
                    return link.reason
        return ""
