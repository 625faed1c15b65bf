"""The lab's state as known from its feed: an immutable value, folded from events. Knows nothing of screens."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pltui.engine.events import (
    Detail,
    Event,
    FieldChange,
    ResourceObserved,
    RunFinished,
    RunMessage,
    RunStarted,
    StepBlocked,
    StepDetail,
    StepDone,
    StepFailed,
    StepPlanned,
    StepStarted,
    StepUnknown,
    StepWaiting,
)
from pltui.engine.model import Desired, Op, State
from pltui.i18n import Phrase
from pltui.text import clean
from pltui.topology.addresses import Address
from pltui.topology.relations import Relations

if TYPE_CHECKING:
    from pltui.explain.explanation import Explained


class Condition(enum.IntEnum):
    """Condition of a resource, the worst last, so that `max` gives the condition of a group."""

    READY = 0
    UNSEEN = 1  # not observed yet
    ABSENT = 2
    WORKING = 3  # being created, updated, deleted, or in transition by itself
    LOST = 4  # a request was sent, and its answer was lost
    BLOCKED = 5  # not tried, because a dependency failed
    FAILED = 6


_OF_STATE: dict[str, Condition] = {
    State.READY: Condition.READY,
    State.PENDING: Condition.WORKING,
    State.DELETING: Condition.WORKING,
    State.FAILED: Condition.FAILED,
    "absent": Condition.ABSENT,
}
_DOING = {Op.CREATE: "creating", Op.UPDATE: "updating", Op.DELETE: "deleting", Op.WAIT: "waiting"}


@dataclass(frozen=True, slots=True)
class Row:
    """One resource: its desired state, and the latest events about it."""

    address: str
    kind: str
    desired: Desired | None = None
    condition: Condition = Condition.UNSEEN
    word: str = ""  # the state in one word, for people
    id: str = ""
    name: str = ""
    since: str = ""  # RFC 3339: start of the current work
    stands: str = ""  # RFC 3339: start of the current condition, if known
    created: str = ""  # RFC 3339: creation time, from its service or from events
    action: str = ""  # action of the last plan: an Op, or "replace"
    error: str = ""
    hint: str = ""
    why: str = ""
    changes: tuple[FieldChange, ...] = ()  # of the last plan
    observed: ResourceObserved | None = None  # the last observation
    fresh: bool = False  # not changed by pltui since that observation
    events: tuple[Event, ...] = ()

    @property
    def observed_spec(self) -> Mapping[str, Any]:
        """Fields of the last observation."""
        return self.observed.spec if self.observed else {}

    @property
    def label(self) -> str:
        """Address in words: "private subnet 1" for `provider/private-subnet-1`."""
        return clean(Address.parse(self.address).label.strip() or self.address)

    @property
    def age_from(self) -> str:
        """Start of its age (RFC 3339): its creation, or its current condition; "" if it does not exist."""
        if self.condition in (Condition.UNSEEN, Condition.ABSENT):
            return ""
        if self.condition is Condition.READY:
            return self.created or self.stands
        return self.since or self.stands

    @property
    def leaving(self) -> bool:
        """True if it is being deleted, or about to be."""
        return self.action in (Op.DELETE, "replace") or self.word == _DOING[Op.DELETE]

    @property
    def there(self) -> bool:
        """True if other resources may refer to it."""
        return bool(self.id) or self.condition is Condition.READY


@dataclass(frozen=True, slots=True)
class LabSnapshot:
    """State of a lab at one moment."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    verb: str = ""  # of the current or the last run
    message: str = ""  # progress message of a run
    broken: Mapping[str, str] = field(default_factory=dict)  # address -> sentence describing its fault
    running: bool = False
    paths: Explained | None = None  # paths of requests, as last computed
    relations: Relations = field(default_factory=Relations)

    def with_desired(self, all_desired: Iterable[Desired]) -> LabSnapshot:
        """Return the snapshot with other desired resources; rows neither desired nor existing are dropped.

        The last plan's findings about a resource are dropped if its desired state has changed.
        """
        all_desired = tuple(all_desired)
        wanted = {desired.address for desired in all_desired}
        rows = {
            address: row if address in wanted else replace(row, desired=None)
            for address, row in self.rows.items()
            if address in wanted or row.id
        }
        for desired in all_desired:
            row = rows.get(desired.address) or Row(desired.address, desired.kind)
            if row.desired is not None and row.desired != desired:
                row = replace(row, changes=(), action="", why="")
            rows[desired.address] = replace(
                row, desired=desired, name=clean(desired.name) or row.name, kind=desired.kind
            )
        return replace(self, rows=rows, relations=Relations.among(all_desired))

    @property
    def desired_rows(self) -> list[Row]:
        """Rows with a desired resource."""
        return [row for row in self.rows.values() if row.desired]

    @property
    def working_rows(self) -> list[Row]:
        """Rows being worked on, the longest first."""
        return sorted((r for r in self.rows.values() if r.condition is Condition.WORKING), key=lambda r: r.since)

    def progress(self) -> tuple[int, int]:
        """Return (done, total) of the desired resources; done is absent while destroying, ready otherwise."""
        goal = Condition.ABSENT if self.verb == "destroy" else Condition.READY
        rows = self.desired_rows
        return sum(row.condition is goal for row in rows), len(rows)


# Events per resource: enough for its history, and bounded for a lab watched for days.
EVENTS_KEPT = 50


def fold(world: LabSnapshot, event: Event) -> LabSnapshot:
    """Return the snapshot after `event`."""
    if not event.address:
        return _fold_run(world, event.detail)
    row = world.rows.get(event.address) or Row(event.address, _kind_of(event.detail))
    row = _time_condition(row, _fold_detail(row, event.detail, event.at), event)
    if not repeats(row.events, event):
        row = replace(row, events=(*row.events, event)[-EVENTS_KEPT:])
    return replace(world, rows={**world.rows, event.address: row})


def _kind_of(detail: Detail) -> str:
    match detail:
        case ResourceObserved(kind=kind) | StepPlanned(kind=kind) | StepDetail(kind=kind):
            return clean(kind)
    return ""


def _time_condition(before: Row, row: Row, event: Event) -> Row:
    """Return `row` with the start of its condition; unknown if the first observation found it so."""
    found = before.condition is Condition.UNSEEN and isinstance(event.detail, ResourceObserved)
    stands = "" if found else event.at
    if row.condition is before.condition:
        stands = before.stands
    return replace(row, stands=stands, created=row.created if row.there else "")


def repeats(before: Iterable[Event], event: Event) -> bool:
    """Return True if an observation or plan repeats the previous one, and so deserves no line of its own."""
    looks = (ResourceObserved, StepPlanned)
    if not isinstance(event.detail, looks):
        return False
    for earlier in reversed(tuple(before)):
        if earlier.phase is event.phase:
            return earlier.detail == event.detail
        if not isinstance(earlier.detail, looks):
            break
    return False


def _fold_run(world: LabSnapshot, detail: Detail) -> LabSnapshot:
    match detail:
        case RunStarted(verb=verb):
            return replace(world, running=True, verb=clean(verb), message="")
        case RunMessage(verb=verb, message=message):
            return replace(world, running=verb != "open", verb=clean(verb), message=clean(message))
        case RunFinished():
            return replace(world, running=False, message="")
    return world


def _fold_detail(row: Row, detail: Detail, at: str) -> Row:
    match detail:
        case ResourceObserved():
            return _fold_observation(row, detail, at)
        case StepPlanned():
            return _fold_plan(row, detail)
        case StepStarted(op=op):
            word = _DOING[Op(op)] if op in _DOING else clean(op)
            return replace(row, condition=Condition.WORKING, word=word, since=at, fresh=False, error="", hint="")
        case StepWaiting(id=id_, status=status):
            word, identity = clean(status) or row.word or "waiting", clean(id_ or row.id)
            return replace(row, condition=Condition.WORKING, word=word, id=identity, since=row.since or at)
        case StepDone():
            return _fold_completion(row, detail, at)
        case StepFailed(error=error, code=code, hint=hint):
            error = ": ".join(clean(part) for part in (code, error) if part)
            return replace(row, condition=Condition.FAILED, word="failed", since="", error=error, hint=clean(hint))
        case StepBlocked():
            return replace(row, condition=Condition.BLOCKED, word="blocked", since="", error=_block_reason(detail))
        case StepUnknown(error=error):
            error = clean(error or Phrase("the answer was lost"))
            return replace(row, condition=Condition.LOST, word="unknown", since="", error=error)
    return row


def _fold_observation(row: Row, detail: ResourceObserved, at: str) -> Row:
    observed = replace(row, observed=detail, fresh=True, changes=(), why="", action="", error="", hint="")
    if detail.state == "absent":
        return replace(observed, condition=Condition.ABSENT, word="missing", id="", since="")
    if detail.state == "unknown":
        error = Phrase("{action} is denied", action=clean(detail.denied or ""))
        return replace(observed, condition=Condition.LOST, word="unknown", id="", since="", error=error)
    return replace(
        _with_state(observed, detail, at),
        kind=clean(detail.kind or row.kind),
        name=clean(detail.name or row.name),
        created=clean(detail.created or row.created),
    )


def _with_state(row: Row, detail: ResourceObserved | StepDone, at: str) -> Row:
    """Return the row with the state and the service's word for it."""
    state = clean(detail.state or State.READY)
    condition = _OF_STATE.get(state, Condition.READY)
    return replace(
        row,
        condition=condition,
        word=clean(detail.status or state),
        id=clean(detail.id or row.id),
        since=(row.since or at) if condition is Condition.WORKING else "",
        error="",
        hint="",
    )


# Word for a planned resource, by its action; a resource to wait for has its own word.
_PLANNED: dict[str, str] = {
    Op.UPDATE: "differs",
    Op.DELETE: "to delete",
    Op.CREATE: "to create",
    "replace": "to replace",
}


def _fold_plan(row: Row, detail: StepPlanned) -> Row:
    action = clean(detail.action or detail.op)
    return replace(
        row,
        condition=Condition.ABSENT if detail.op == Op.CREATE else row.condition,
        word=_PLANNED.get(action, row.word),
        action=action,
        why=clean(detail.why),
        changes=detail.changes,
        error="",
        hint="",
    )


def _fold_completion(row: Row, detail: StepDone, at: str) -> Row:
    if detail.op == Op.DELETE:
        return replace(row, condition=Condition.ABSENT, word="deleted", id="", since="", changes=(), why="", action="")
    made = at if detail.op == Op.CREATE else row.created
    return replace(_with_state(row, detail, at), created=clean(made), changes=(), why="", action="")


def _block_reason(detail: StepBlocked) -> str:
    if detail.reason:
        return clean(detail.reason)
    return Phrase("needs {by}", by=", ".join(map(clean, detail.by))) if detail.by else ""
