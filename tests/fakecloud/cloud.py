"""The engine's `Cloud` in memory, made from nothing but the traits of the real resource types.

It is stricter than AWS where that helps: what is referred to cannot go, a create must name what exists and find ready
what it is to come after, and no field changes in place that is not said to.
"""

import asyncio
import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pltui.engine.cloud import written
from pltui.engine.errors import NotYetError, OutcomeUnknownError, RefusedError
from pltui.engine.model import Change, Desired, Field, Observation, Observed, State, Traits, Unreadable, options
from pltui.engine.references import refs
from tests.fakecloud.faults import Call, Fault, Script

LATENCY = 0.05  # seconds a call takes
AN_IDENTITY = re.compile(r"[a-z_]+#\d+")

# Seconds until one works, as on AWS: what is not named works at once.
SETTLING = {
    "vpc": 2, "subnet": 1, "nat_gateway": 90, "load_balancer": 120, "endpoint_service": 5, "endpoint": 60,
    "instance": 30, "target_registration": 120,
}  # fmt: skip
LINGERING = 45.0  # seconds from delete to gone, of what lingers

# The fields by which a second one is refused; a token guards others, and nothing the rest.
UNIQUE: Mapping[str, tuple[str, ...]] = {
    "subnet": ("vpc", "cidr"),
    "security_group": ("vpc", "group_name"),
    "load_balancer": ("name",),
    "target_group": ("name",),
    "listener": ("load_balancer", "port"),
    "role": ("name",),
    "instance_profile": ("name",),
    "route": ("table", "destination"),
    "route_table_association": ("subnet",),
    "internet_gateway_attachment": ("gateway",),
    "target_registration": ("group", "instance", "port"),
    "role_policy": ("role", "policy"),
    "record": ("zone", "name", "type"),
}
TOKENED = frozenset({"nat_gateway", "instance", "endpoint", "endpoint_service"})
# Made by more than one call: between them, what can be changed in place is not yet as wanted.
ROUNDED_OFF = frozenset({"vpc", "security_group", "load_balancer", "target_group", "instance_profile"})


@dataclass
class Thing:
    address: str
    kind: str
    id: str
    spec: dict[str, Any]
    attributes: dict[str, str]
    name: str = ""
    needs: frozenset[str] = frozenset()
    ready_at: float = 0.0
    gone_at: float | None = None
    failed: bool = False
    ours: bool = True

    @property
    def identities(self) -> frozenset[str]:
        return frozenset({self.id, *self.attributes.values()})


@dataclass
class FakeCloud:
    """`all_desired` tell which attributes other resources ask for; `script` decides which calls go wrong, and how."""

    traits: Mapping[str, Traits]
    all_desired: Sequence[Desired] = ()
    script: Script = field(default=lambda _: None)
    settling: Mapping[str, float] = field(default_factory=lambda: SETTLING)

    def __post_init__(self) -> None:
        kinds = {desired.address: desired.kind for desired in self.all_desired}
        self.asked_for: dict[str, set[str]] = {}
        for desired in self.all_desired:
            for ref in refs(desired.spec):
                if ref.attribute != "id":
                    self.asked_for.setdefault(kinds[ref.address], set()).add(ref.attribute)
        self.after = {desired.address: desired.after for desired in self.all_desired}
        self.everything: dict[str, Thing] = {}
        self.calls: list[Call] = []
        self.denied: dict[str, str] = {}  # types that may not be read -> the action that it takes
        self.killed = asyncio.Event()
        self._numbers = itertools.count(1)
        self.observation_start = 0.0

    # -- what tests look at and meddle with -----------------------------------------------------------------------

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.write]

    @property
    def things(self) -> list[Thing]:
        """What has not gone."""
        now = asyncio.get_running_loop().time()
        gone = [id_ for id_, thing in self.everything.items() if thing.gone_at is not None and thing.gone_at <= now]
        for id_ in gone:
            del self.everything[id_]
        return list(self.everything.values())

    def at(self, address: str) -> Thing:
        [thing] = [thing for thing in self.things if thing.address == address]
        return thing

    def put(self, desired: Desired, *, ours: bool = True) -> Thing:
        """Made by another hand, ready at once. Its spec must hold no Refs."""
        thing = self._thing(desired)
        thing.ready_at, thing.ours = 0.0, ours
        return thing

    def take(self, thing: Thing) -> None:
        """Gone behind our back, with what dies with it; what else referred to it is left dangling."""
        for child in self._children(thing):
            self.take(child)
        self.everything.pop(thing.id, None)

    def revive(self) -> None:
        """A new process may call again, and nothing goes wrong any more."""
        self.killed.clear()
        self.script = lambda _: None

    # -- the seam -------------------------------------------------------------------------------------------------

    async def observe(
        self, all_desired: Sequence[Desired], kinds: Collection[str] | None = None, *, creating: bool = True
    ) -> Observation:
        self.observation_start = asyncio.get_running_loop().time()
        await self._end(await self._begin("observe"), write=False)
        unreadable = tuple(Unreadable(*one) for one in self.denied.items() if kinds is None or one[0] in kinds)
        observed = [self._seen(t) for t in self.things if t.ours and (kinds is None or t.kind in kinds)]
        return Observation([item for item in observed if item.kind not in self.denied], unreadable)

    async def poll(self, kind: str, items: Sequence[Observed]) -> list[Observed]:
        await self._end(await self._begin("poll", kind), write=False)
        ids = {item.id for item in items}
        return [self._seen(thing) for thing in self.things if thing.id in ids]

    async def create(self, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        fault = await self._begin("create", desired.kind, desired.address)
        desired = replace(desired, spec={name: options(value)[0] for name, value in desired.spec.items()})
        self._check_references(desired)
        thing = self._guarded(desired)
        if thing is None:
            self._check_predecessors(desired)
            thing = self._thing(desired)
        await self._end(fault)
        if desired.kind in ROUNDED_OFF:
            made(self._seen(thing))
            fault = await self._begin("round-off", desired.kind, desired.address)
            thing.spec = dict(desired.spec)
            await self._end(fault)
        return self._seen(thing)

    async def update(self, desired: Desired, observed: Observed, changes: Sequence[Change]) -> Observed | None:
        fault = await self._begin("update", observed.kind, observed.address)
        thing = self.everything.get(observed.id)
        if thing is None or thing.gone_at is not None:
            raise NotYetError(f"{observed.id} is not there", code="NotFound")
        self._check_references(replace(desired, spec={c.field: c.after for c in changes}))
        for change in changes:
            self._change(thing, change)
        await self._end(fault)
        return self._seen(thing)

    async def delete(self, observed: Observed) -> None:
        fault = await self._begin("delete", observed.kind, observed.address)
        thing = self.everything.get(observed.id)
        if thing is not None:
            self._remove(thing)
        await self._end(fault)

    # -- how it works ---------------------------------------------------------------------------------------------

    async def _begin(self, op: str, kind: str = "", address: str = "") -> Fault | None:
        number = len(self.writes) + 1 if op not in ("observe", "poll") else 0
        call = Call(op, kind, address, number)
        self.calls.append(call)
        fault = self.script(call)
        await asyncio.sleep(LATENCY)
        if fault is Fault.KILLED_BEFORE:
            self.killed.set()
        await self._alive()
        if call.write and fault and isinstance(fault.error(), OutcomeUnknownError):
            written.get()()
        if fault and not fault.applied:
            raise fault.error()
        return fault

    async def _end(self, fault: Fault | None, *, write: bool = True) -> None:
        if write and fault is None:
            written.get()()
        if fault is Fault.KILLED_AFTER:
            self.killed.set()
        await self._alive()
        if fault:
            raise fault.error()

    async def _alive(self) -> None:
        """Who called is gone: no answer ever reaches it."""
        if self.killed.is_set():
            await asyncio.get_running_loop().create_future()

    def _thing(self, desired: Desired) -> Thing:
        number = next(self._numbers)
        fields = self.traits[desired.kind].fields
        spec = {
            name: None
            if desired.kind in ROUNDED_OFF and fields.get(name) is Field.MUTABLE and name != "name"
            else value
            for name, value in desired.spec.items()
        }
        thing = Thing(
            desired.address,
            desired.kind,
            f"{desired.kind}#{number}",
            spec,
            {name: f"{name}#{number}" for name in self.asked_for.get(desired.kind, ())},
            desired.name,
            frozenset(self._ways_out(desired)),
            self._settled(desired.kind),
        )
        self.everything[thing.id] = thing
        return thing

    def _ways_out(self, desired: Desired) -> Iterator[str]:
        """An internet gateway cannot leave a VPC while a NAT gateway's public address is mapped in it."""
        if desired.kind == "nat_gateway":
            vpc = self.everything[desired.spec["subnet"]].spec["vpc"]
            yield from (t.id for t in self.things if t.kind == "internet_gateway_attachment" and t.spec["vpc"] == vpc)

    def _settled(self, kind: str) -> float:
        return asyncio.get_running_loop().time() + self.settling.get(kind, 0.0)

    def _guarded(self, desired: Desired) -> Thing | None:
        """What an earlier create with the same token made; raises where a second one is refused."""
        alike = [t for t in self.things if t.kind == desired.kind and t.gone_at is None]
        if desired.kind in TOKENED:
            return next((t for t in alike if t.address == desired.address and t.spec == desired.spec), None)
        names = UNIQUE.get(desired.kind)
        if names and any(all(t.spec[name] == desired.spec[name] for name in names) for t in alike):
            raise RefusedError(f"{desired.kind} exists", code="AlreadyExists")
        return None

    def _check_references(self, desired: Desired) -> None:
        known = {identity for thing in self.things if thing.gone_at is None for identity in thing.identities}
        dangling = {string for string in strings(desired.spec) if AN_IDENTITY.fullmatch(string)} - known
        if dangling:
            raise NotYetError(f"{desired.address} names {min(dangling)}", code="NotFound")

    def _check_predecessors(self, desired: Desired) -> None:
        states = {thing.address: self._state(thing) for thing in self.things}
        for address in self.after.get(desired.address, ()):
            if states.get(address) is not State.READY:
                raise RefusedError(f"{desired.address} comes too early: {address} does not work yet", code="TooEarly")

    def _change(self, thing: Thing, change: Change) -> None:
        kind = self.traits[thing.kind].fields.get(change.field, Field.FIXED)
        grows = kind is Field.GROWS and change.before <= change.after
        if kind is Field.FIXED or (kind is Field.GROWS and not grows):
            raise RefusedError(f"{thing.kind}.{change.field} cannot change in place", code="Immutable")
        thing.spec[change.field] = change.after
        if thing.kind in ("endpoint", "target_registration") or change.field == "running":
            thing.ready_at = self._settled(thing.kind)

    def _remove(self, thing: Thing) -> None:
        children = self._children(thing)
        holders = [other for other in self.things if other is not thing and other not in children]
        for other in holders:
            if thing.identities & self._holds(other):
                raise NotYetError(f"{thing.id} is in use by {other.id}", code="DependencyViolation")
        for child in children:
            self.everything.pop(child.id)
        if self.traits[thing.kind].slow_delete:
            thing.gone_at = thing.gone_at or asyncio.get_running_loop().time() + LINGERING
        else:
            del self.everything[thing.id]

    def _children(self, thing: Thing) -> list[Thing]:
        return [
            other
            for other in self.things
            if (parent := self.traits[other.kind].parent_field) and other.spec.get(parent) in thing.identities
        ]

    def _holds(self, thing: Thing) -> set[str]:
        """The identities that cannot go while it is there."""
        fields = self.traits[thing.kind].fields
        held = (strings(v) for name, v in thing.spec.items() if fields.get(name) is not Field.REPOINTABLE)
        return {*thing.needs, *itertools.chain.from_iterable(held)}

    def _state(self, thing: Thing) -> State:
        if thing.gone_at is not None:
            return State.DELETING
        if thing.failed:
            return State.FAILED
        return State.PENDING if asyncio.get_running_loop().time() < thing.ready_at else State.READY

    def _seen(self, thing: Thing) -> Observed:
        state = self._state(thing)
        return Observed(
            thing.address, thing.kind, thing.id, dict(thing.spec), dict(thing.attributes), state, str(state),
            thing.needs, thing.name,
        )  # fmt: skip


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from strings(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from strings(item)
