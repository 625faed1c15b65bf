"""What exists, as it truly is and as it shows: every thing keeps its latest versions, each with when it begins to show.

States that take time are events in the future, carried out as time gets there.
"""

import hashlib
import heapq
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pltui.aws_errors import find_injectable

Item = dict[str, Any]

REGION, ACCOUNT = "ap-northeast-1", "123456789012"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = {f"{REGION}a": "apne1-az4", f"{REGION}c": "apne1-az1", f"{REGION}d": "apne1-az2"}

# Seconds until what was just made shows. A change, and that it is gone, show after half of it.
LAG: Mapping[str, float] = {
    "vpc": 2, "subnet": 1, "address": 3, "internet_gateway": 2, "nat_gateway": 2, "route_table": 2,
    "security_group": 2, "instance": 3, "endpoint": 2, "endpoint_service": 2, "load_balancer": 1, "target_group": 1,
    "listener": 1, "role": 2, "instance_profile": 2, "hosted_zone": 1,
}  # fmt: skip
PROFILE_LAG = 10.0  # until EC2 knows a new instance profile, or the role in it (terraform waits up to two minutes)

# Seconds a change of state takes, scaled by `pace`.
TAKES: Mapping[str, float] = {
    "vpc": 1, "subnet": 1, "nat_gateway": 90, "nat_gateway deletion": 60, "address release": 5, "instance": 30,
    "instance stop": 40, "instance termination": 40, "load_balancer": 150, "load_balancer interfaces": 90,
    "endpoint_service": 6, "new service": 15, "endpoint_service deletion": 3, "endpoint": 60, "endpoint deletion": 60,
    "endpoint interfaces": 120, "registration": 90, "corpse": 3600, "agent": 60, "acceptance": 5, "change": 40,
}  # fmt: skip

# The catalogue's entry for a call that names what does not exist.
NOT_FOUND: Mapping[str, str] = {
    "vpc": "InvalidVpcID.NotFound",
    "subnet": "InvalidSubnetID.NotFound",
    "address": "InvalidAllocationID.NotFound",
    "internet_gateway": "InvalidInternetGatewayID.NotFound",
    "nat_gateway": "NatGatewayNotFound",
    "route_table": "InvalidRouteTableID.NotFound",
    "security_group": "InvalidGroup.NotFound",
    "network_interface": "InvalidNetworkInterfaceID.NotFound",
    "instance": "InvalidInstanceID.NotFound",
    "endpoint": "InvalidVpcEndpointId.NotFound",
    "endpoint_service": "InvalidVpcEndpointServiceId.NotFound",
    "load_balancer": "LoadBalancerNotFound",
    "target_group": "TargetGroupNotFound",
    "listener": "ListenerNotFound",
    "role": "NoSuchEntity",
    "instance_profile": "NoSuchEntity/profile",
    "hosted_zone": "NoSuchHostedZone",
    "change": "NoSuchChange",
    "parameter": "ParameterNotFound",
}


class Refusal(Exception):  # noqa: N818  # AWS's word, carried to the wire
    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class Thing:
    """`versions` are (when it begins to show, item), oldest first; the last one is the truth. None: it is not there.

    An item is what the service tells of it, and under names that begin with _ what it keeps to itself. It is never
    changed, but replaced.
    """

    __slots__ = ("id", "last", "turn", "type", "versions")

    def __init__(self, type_: str, id_: str, item: Item, shows: float) -> None:
        self.type, self.id, self.turn = type_, id_, 0
        self.last = item  # the truth, or what it was in the end
        self.versions: list[tuple[float, Item | None]] = [(shows, item)]

    @property
    def truth(self) -> Item:
        item = self.versions[-1][1]
        assert item is not None, f"{self.id} is gone"
        return item

    @property
    def gone(self) -> bool:
        return self.versions[-1][1] is None

    def shown(self, now: float) -> Item | None:
        versions = self.versions
        while len(versions) > 1 and versions[1][0] <= now:
            del versions[0]
        shows, item = versions[0]
        return item if shows <= now else None


class World:
    """One account in one region. `lag` and `pace` scale how long things take to show, and to become."""

    def __init__(self, lag: float, pace: float, limits: Mapping[str, int], page: int | None) -> None:
        self.lag, self.pace, self.limits, self.page = lag, pace, limits, page
        self.now = 0.0
        self.sick: set[str] = set()  # instances that fail their health checks
        self.silent: set[str] = set()  # instances that Systems Manager hears no more
        # What a token answers with whose thing there is: its latest state, its first, or for what is gone an error.
        self.replays: Literal["latest", "first", "not found"] = "latest"
        self.asks_late = False  # an endpoint to be accepted is `pending` before it says so
        self.never_registers = False  # no agent ever reaches Systems Manager
        self.full: set[tuple[str, str]] = set()  # (instance type, zone) that there is no capacity for
        self.lacking: set[tuple[str, str]] = set()  # (service of AWS's, zone) that there are no endpoints in
        self.fails_to_start: list[
            Item
        ] = []  # StateReasons of the next starts, after which the machine is stopped again
        self.ended_at_launch: list[Item] = []  # StateReasons of the next instances, which AWS ends at launch
        self._things: dict[str, dict[str, Thing]] = {}
        self._tokens: dict[tuple[str, str], tuple[str, Any, Any]] = {}
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count(1)

    # -- time -----------------------------------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Carry out what was to happen until `now`."""
        while self._events and self._events[0][0] <= now:
            self.now, _, event = heapq.heappop(self._events)
            event()
        self.now = now

    def after(self, what: str, event: Callable[[], object], more: float = 0.0) -> None:
        """`event` once the time is over that `what` takes, and `more` seconds."""
        at = self.now + (TAKES[what] + more) * self.pace
        heapq.heappush(self._events, (at, next(self._numbers), event))

    def becoming(self, thing: Thing, what: str, event: Callable[[], object]) -> None:
        """`event` after the time `what` takes, unless `thing` takes another turn before."""
        thing.turn += 1
        turn = thing.turn

        def if_still_so() -> None:
            if thing.turn == turn and not thing.gone:
                event()

        self.after(what, if_still_so)

    @property
    def date(self) -> datetime:
        return EPOCH + timedelta(seconds=round(self.now, 3))

    # -- things ---------------------------------------------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{next(self._numbers):017x}"

    def digits(self, length: int) -> str:
        """Hexadecimal digits that look random and are the same in every run."""
        return hashlib.sha256(str(next(self._numbers)).encode()).hexdigest()[:length]

    def make(self, type_: str, id_: str, item: Item) -> Thing:
        thing = Thing(type_, id_, item, self.now + LAG.get(type_, 0.0) * self.lag)
        self._things.setdefault(type_, {})[id_] = thing
        return thing

    def change(self, thing: Thing, *without: str, **fields: Any) -> Item:
        item = {**thing.truth, **fields}
        for name in without:
            item.pop(name, None)
        self._push(thing, item)
        return item

    def remove(self, thing: Thing) -> None:
        thing.turn += 1
        self._push(thing, None)
        if thing.shown(self.now) is None:
            self._things[thing.type].pop(thing.id, None)

    def _push(self, thing: Thing, item: Item | None) -> None:
        thing.last = item or thing.last
        shows = max(self.now + LAG.get(thing.type, 0.0) * self.lag / 2, thing.versions[-1][0])
        thing.versions.append((shows, item))

    def get(self, type_: str, id_: str) -> Thing | None:
        """What truly exists."""
        thing = self._things.get(type_, {}).get(id_)
        return None if thing is None or thing.gone else thing

    def ref(self, type_: str, id_: str) -> Thing:
        """What a call names by its id. Raises Refusal for what does not exist, or does not show yet."""
        thing = self.get(type_, id_)
        if thing is None or thing.shown(self.now) is None:
            raise not_found(type_, id_)
        return thing

    def all(self, type_: str) -> list[Thing]:
        """All that truly exist."""
        return [thing for thing in self._things.get(type_, {}).values() if not thing.gone]

    def where(self, type_: str, **fields: Any) -> Iterator[Thing]:
        """Those that truly exist whose fields are so."""
        for thing in self._things.get(type_, {}).values():
            if not thing.gone and all(thing.truth.get(name) == value for name, value in fields.items()):
                yield thing

    def shown(self, type_: str, ids: Sequence[str] = ()) -> list[Item]:
        """What a describe lists. Raises Refusal where an id is asked for that does not show."""
        things = self._things.get(type_, {})
        if ids:
            return [self._shown(type_, id_) for id_ in dict.fromkeys(ids)]
        found, over = [], []
        for thing in things.values():
            item = thing.shown(self.now)
            if item is not None:
                found.append(item)
            elif thing.gone:
                over.append(thing.id)
        for id_ in over:
            del things[id_]
        return found

    def _shown(self, type_: str, id_: str) -> Item:
        thing = self._things.get(type_, {}).get(id_)
        item = thing.shown(self.now) if thing else None
        if item is None:
            raise not_found(type_, id_)
        return item

    # -- creating once --------------------------------------------------------------------------------------------

    def limit(self, name: str, code: str, there: int) -> None:
        if name in self.limits and there >= self.limits[name]:
            raise Refusal(code, f"The maximum number of {name} has been reached.")

    def made_before(self, operation: str, p: Item) -> Any:
        """What the create with this token has made; None where there was none (EC2 user guide, "Idempotency")."""
        if not (token := p.get("ClientToken")):
            return None
        known = self._tokens.get((operation, token))
        if known is None:
            return None
        if known[0] != _fingerprint(p):
            raise Refusal(
                "IdempotentParameterMismatch",
                f"The client token {token} was used with different parameters in an earlier request.",
            )
        made, first = known[1:]
        if self.replays == "not found" and isinstance(made, Thing) and made.gone:
            raise not_found(made.type, made.id)
        return first if self.replays == "first" else made

    def remember(self, operation: str, p: Item, made: Any) -> None:
        if token := p.get("ClientToken"):
            first = Thing(made.type, made.id, made.truth, self.now) if isinstance(made, Thing) else made
            self._tokens[operation, token] = (_fingerprint(p), made, first)


def not_found(type_: str, id_: str) -> Refusal:
    entry = find_injectable(NOT_FOUND[type_])
    assert entry is not None
    return Refusal(entry.code, entry.message.format_map(defaultdict(lambda: id_)), entry.status)


def wire(item: Item) -> Item:
    """What of an item the service tells."""
    return {key: value for key, value in item.items() if key[0] != "_"}


def _fingerprint(p: Item) -> str:
    return json.dumps({key: value for key, value in p.items() if key != "ClientToken"}, sort_keys=True, default=str)


# -- operations -----------------------------------------------------------------------------------------------------

Operation = Callable[[World, Item], Item]
OPERATIONS: dict[tuple[str, str], Operation] = {}


def serves(service: str) -> Callable[[str], Callable[[Operation], Operation]]:
    """`@ec2("CreateVpc")`, where `ec2 = serves("ec2")`, makes a function answer that call."""

    def named(operation: str) -> Callable[[Operation], Operation]:
        def register(function: Operation) -> Operation:
            OPERATIONS[service, operation] = function
            return function

        return register

    return named
