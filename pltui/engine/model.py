"""The vocabulary of all other packages. All values are immutable."""

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
    """A desired value that any one of these meets, in order of preference. May contain `Ref`s."""

    __slots__ = ()


def options(value: Any) -> tuple[Any, ...]:
    """Return the values that meet a desired one, in order of preference."""
    return tuple(value) if isinstance(value, AnyOf) else (value,)


class State(enum.StrEnum):
    """A resource's state, as far as the engine depends on it; the service's own word is `Observed.status`."""

    READY = "ready"  # works as its service promises
    PENDING = "pending"  # in transition: waiting is enough
    DELETING = "deleting"  # its deletion has started
    FAILED = "failed"  # will never work; must be replaced


class Field(enum.Enum):
    """Requirements for changing a field of an existing resource."""

    FIXED = "fixed"  # only by replacement
    MUTABLE = "mutable"  # in place; a resource it refers to cannot be deleted meanwhile
    GROWS = "grows"  # a collection: more in place, fewer only by replacement
    REPOINTABLE = "repointable"  # in place, and the resource it refers to may be deleted first


@dataclass(frozen=True, slots=True)
class Traits:
    """Facts about a resource type for the planner."""

    fields: Mapping[str, Field]
    parent_field: str | None = None  # the field with the parent whose deletion deletes it too
    unguarded: bool = False  # a create sent twice makes two: neither name, token nor place prevents it
    eventually_ready: bool = False  # takes a while to work once it exists
    slow_delete: bool = False  # stays visible for a while after the start of its deletion
    refers_to: frozenset[str] | None = None  # the types that it may refer to; None: any
    essential: frozenset[str] = frozenset()  # fields without which the resource is useless to its dependents


@dataclass(frozen=True, slots=True)
class Desired:
    """A resource that should exist. `spec` may contain `Ref`s at any depth."""

    address: str  # "provider/vpc": unique within a lab, written to the tag pltui:address
    kind: str  # "vpc": names the resource type
    spec: Mapping[str, Any]
    name: str = ""  # the Name tag
    after: tuple[str, ...] = ()  # addresses that must work first; a Ref alone only waits until its target exists
    works_with: tuple[str, ...] = ()  # addresses without which it can exist, but never work
    milestones: tuple[str, ...] = ()  # reached once all resources with the milestone exist
    completes: tuple[str, ...] = ()  # milestones that also need all calls accepted that create it or make it usable
    awaits: tuple[str, ...] = ()  # milestones to reach before it is created; order only, no dependency


@dataclass(frozen=True, slots=True)
class Observed:
    """A resource of the lab as its service shows it. `spec` has the fields of `Desired.spec`, with ids for `Ref`s."""

    address: str
    kind: str
    id: str
    spec: Mapping[str, Any]
    attributes: Mapping[str, str] = field(default_factory=dict)  # values that a Ref may name; each identifies it
    state: State = State.READY
    status: str = ""  # the service's own word for its state
    needs: frozenset[str] = frozenset()  # identities it depends on beyond those in `spec`
    name: str = ""
    created: str = ""  # RFC 3339, UTC: creation or, for a machine, last start; if its service reports it
    attached: Mapping[str, str] = field(default_factory=dict)  # id of an object attached by a service -> that service
    foreign: bool = False  # not the lab's, though it has the name of the desired resource at this address
    hint: str = ""  # remedy for its state, if known
    stalled: bool = False  # PENDING, but waiting does not help: one of its fields must change first

    @property
    def identities(self) -> frozenset[str]:
        """The values by which others refer to it."""
        return frozenset({self.id, *self.attributes.values()})

    def attribute(self, name: str) -> str | None:
        """Return the value that a Ref with this attribute resolves to; None if it has none."""
        return self.id if name == "id" else self.attributes.get(name)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A resource type that may not be read for lack of permission: its existing resources are unknown."""

    kind: str
    action: str  # as IAM names it: `iam:ListRoles`

    def document(self) -> dict[str, str]:
        """Return JSON values."""
        return {"type": self.kind, "action": self.action}


@dataclass(frozen=True, slots=True)
class Observation:
    """Result of an observation: the lab's resources of all readable types."""

    observed: Sequence[Observed]
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs: observed value before, desired value after."""

    field: str
    before: Any
    after: Any


class Op(enum.StrEnum):
    """Operation of a step."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    WAIT = "wait"  # nothing to change, but the resource does not work yet


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan."""

    op: Op
    address: str
    kind: str
    why: str
    desired: Desired | None = None
    observed: Observed | None = None
    changes: tuple[Change, ...] = ()
    requires_created: frozenset[str] = frozenset()  # keys of the creates whose resource must exist first
    after: frozenset[str] = frozenset()  # keys of the steps that must be done first
    awaits: tuple[str, ...] = ()  # milestones of the plan to reach first
    settle: frozenset[str] | None = frozenset()  # keys to complete before waiting for it; None: not in this pass
    weight: int = 0  # number of consecutive calls that depend on it
    within: str | None = None  # key of the step that includes this one (a listener is deleted with its load balancer)
    replaces: bool = False  # a DELETE before a new create in a later pass; `changes` are the fields that force it
    hangs_on: str = ""  # address of the dependency whose deletion forces this one
    takes_along: tuple[str, ...] = ()  # addresses of all deletions that it forces

    @property
    def key(self) -> str:
        """Key, unique in a plan: two observed resources may share one address."""
        return step_key(self.op, self.address, self.observed.id if self.observed and self.op is Op.DELETE else "")

    def weighing(self, weight: int) -> Step:
        """Return the step with this weight, like `dataclasses.replace` in a fifth of the time."""
        return Step(
            self.op, self.address, self.kind, self.why, self.desired, self.observed, self.changes,
            self.requires_created, self.after, self.awaits, self.settle, weight, self.within, self.replaces,
            self.hangs_on, self.takes_along,
        )  # fmt: skip

    @property
    def action(self) -> str:
        """The action for a reader: an Op, or `replace`."""
        return "replace" if self.replaces else str(self.op)


@dataclass(frozen=True, slots=True)
class Milestone:
    """The steps of a plan that reach a milestone, by key."""

    creates: list[str]  # of resources that must exist
    completions: list[str]  # to be accepted with all their calls


def step_key(op: Op, address: str, id_: str = "") -> str:
    """Return the key of a step; only a DELETE's contains the id."""
    return op + ":" + address + ":" + id_
