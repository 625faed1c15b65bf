"""The words every other part speaks in. All values are immutable."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that only exists once another resource does: `attribute` of the resource at `address`."""

    address: str
    attribute: str = "id"


class AnyOf(tuple[Any, ...]):
    """A desired value that any one of these meets, in order of preference. May hold `Ref`s."""

    __slots__ = ()


def options(value: Any) -> tuple[Any, ...]:
    """The values that meet a desired one, in order of preference."""
    return tuple(value) if isinstance(value, AnyOf) else (value,)


class State(enum.StrEnum):
    """A resource's condition, as far as the engine depends on it; the service's own word is `Observed.status`."""

    READY = "ready"  # works as its service promises
    PENDING = "pending"  # on its way: waiting is enough
    DELETING = "deleting"  # on its way out
    FAILED = "failed"  # will never work; must be replaced


class Field(enum.Enum):
    """What it takes to change a field of a resource that exists."""

    FIXED = "fixed"  # only by replacement
    MUTABLE = "mutable"  # in place; a resource it refers to cannot go while it does
    GROWS = "grows"  # a collection: more in place, fewer only by replacement
    REPOINTABLE = "repointable"  # in place, and what it refers to may go first


@dataclass(frozen=True, slots=True)
class Traits:
    """What the planner must know of a resource type."""

    fields: Mapping[str, Field]
    parent_field: str | None = None  # the field naming the parent whose deletion deletes it too
    unguarded: bool = False  # a create sent twice makes two: neither a name, nor a token, nor its place forbids it
    eventually_ready: bool = False  # takes a while to work once it exists
    slow_delete: bool = False  # stays in sight for a while once its deletion has begun
    refers_to: frozenset[str] | None = None  # the types that it may refer to; None: any
    essential: frozenset[str] = frozenset()  # fields without which others can do nothing with it


@dataclass(frozen=True, slots=True)
class Desired:
    """A resource that should exist. `spec` may hold `Ref`s at any depth."""

    address: str  # "provider/vpc": unique within a lab, written to the tag pltui:address
    kind: str  # "vpc": names the resource type
    spec: Mapping[str, Any]
    name: str = ""  # the Name tag
    after: tuple[str, ...] = ()  # addresses that must work first; a Ref alone only waits until its target exists
    works_with: tuple[str, ...] = ()  # addresses without which it may exist, but will never work
    milestones: tuple[str, ...] = ()  # reached once this exists, and all else that is created for them
    completes: tuple[str, ...] = ()  # milestones reached once all calls are accepted that create it or make it usable
    awaits: tuple[str, ...] = ()  # milestones to reach before it is created; order only, it needs nothing of them


@dataclass(frozen=True, slots=True)
class Observed:
    """A resource of ours as its service shows it. `spec` has the fields of `Desired.spec`, with ids for `Ref`s."""

    address: str
    kind: str
    id: str
    spec: Mapping[str, Any]
    attributes: Mapping[str, str] = field(default_factory=dict)  # what a Ref may ask for; each value identifies it
    state: State = State.READY
    status: str = ""  # the service's own word for its condition
    needs: frozenset[str] = frozenset()  # identities it hangs on beyond those in `spec`
    name: str = ""
    created: str = ""  # RFC 3339, UTC: when it was made or, a machine, last started; where its service tells
    attached: Mapping[str, str] = field(default_factory=dict)  # id of what a service attached to it -> that service
    foreign: bool = False  # not ours, though it has the name of what is wanted at this address
    hint: str = ""  # what to do about its condition, where something is known
    stalled: bool = False  # PENDING, and waiting does not help: one of its fields is to be changed first

    @property
    def identities(self) -> frozenset[str]:
        """The values by which others refer to it."""
        return frozenset({self.id, *self.attributes.values()})

    def attribute(self, name: str) -> str | None:
        return self.id if name == "id" else self.attributes.get(name)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A resource type that may not be read, for want of a permission: which of its resources exist is unknown."""

    kind: str
    action: str  # as IAM names it: `iam:ListRoles`

    def document(self) -> dict[str, str]:
        return {"type": self.kind, "action": self.action}


@dataclass(frozen=True, slots=True)
class Observation:
    """A look at the world: all that is ours of the types that could be read."""

    observed: Sequence[Observed]
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    before: Any
    after: Any


class Op(enum.StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    WAIT = "wait"  # nothing to change, but it does not work yet


@dataclass(frozen=True, slots=True)
class Step:
    op: Op
    address: str
    kind: str
    why: str
    desired: Desired | None = None
    observed: Observed | None = None
    changes: tuple[Change, ...] = ()
    requires_created: frozenset[str] = frozenset()  # keys of the steps whose resource must exist first
    after: frozenset[str] = frozenset()  # keys of the steps that must be done first
    awaits: tuple[str, ...] = ()  # milestones of the plan to reach first
    settle: frozenset[str] | None = frozenset()  # keys to be done before it is waited for; None: not in this pass
    weight: int = 0  # how many calls in a row hang on it
    within: str | None = None  # key of the step that does this one's work (a listener goes with its load balancer)
    replaces: bool = False  # a DELETE of what a later pass makes anew; `changes` are then the fields that force it
    hangs_on: str = ""  # address of what it cannot outlive, where that is why it goes
    takes_along: tuple[str, ...] = ()  # addresses of all that goes because it goes

    @property
    def key(self) -> str:
        """Unique in a plan: two seen resources may share one address."""
        return step_key(self.op, self.address, self.observed.id if self.observed and self.op is Op.DELETE else "")

    def weighing(self, weight: int) -> Step:
        """The step with this weight: as `dataclasses.replace`, in a fifth of the time."""
        return Step(
            self.op, self.address, self.kind, self.why, self.desired, self.observed, self.changes,
            self.requires_created, self.after, self.awaits, self.settle, weight, self.within, self.replaces,
            self.hangs_on, self.takes_along,
        )  # fmt: skip

    @property
    def action(self) -> str:
        """What it comes to for a reader: an Op, or `replace`."""
        return "replace" if self.replaces else str(self.op)


def step_key(op: Op, address: str, id_: str = "") -> str:
    """The key of the step of this sort; only a DELETE's names the id."""
    return op + ":" + address + ":" + id_


class Phase(enum.StrEnum):
    """What an event says happened. An empty address speaks of the run as a whole."""

    RUN = "run"  # a run begins: {verb, lab, resources}
    OBSERVED = "observed"  # {kind, name, id, state, status, spec, created?}; state "absent" when there is none
    PLANNED = "planned"  # {op, action, kind, id, why, changes: [{field, was, want}], ...}: see `describe`
    STARTED = "started"  # {op}
    WAITING = "waiting"  # {op, status}: begun, not there yet
    DONE = "done"  # {op, id, state, status}
    FAILED = "failed"  # {op, error, code, action, hint}
    BLOCKED = "blocked"  # {op, by: [addresses], reason?}: not tried, as what it needs failed, or for the reason
    UNKNOWN = "unknown"  # {op, error}: sent, and the answer was lost; it is looked for before anything else
    # The run has ended: {ok, interrupted, created, updated, deleted, unfinished, unknown, failed, passes, seconds}
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Event:
    seq: int
    at: str  # RFC 3339, UTC
    address: str
    phase: Phase
    detail: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """The event as one JSON line holds it."""
        return {
            "type": "event",
            "seq": self.seq,
            "at": self.at,
            "address": self.address,
            "phase": str(self.phase),
            "detail": dict(self.detail),
        }
