"""The lab's state as known from its feed: an immutable value, folded from events. Knows nothing of screens."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pltui.engine.model import Desired, Event, Op, Phase, State
from pltui.i18n import Phrase, tr
from pltui.text import clean
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
    changes: tuple[Mapping[str, Any], ...] = ()  # {field, was, want}, of the last plan
    observed: Mapping[str, Any] = field(default_factory=dict)  # detail of the last observation
    fresh: bool = False  # not changed by pltui since that observation
    events: tuple[Event, ...] = ()

    @property
    def label(self) -> str:
        """Address in words: "private subnet 1" for `provider/private-subnet-1`."""
        return clean(in_words(self.address.partition("/")[2]).strip() or self.address)

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
        return _fold_run(world, event)
    row = world.rows.get(event.address)
    if row is None:
        row = Row(event.address, clean(event.detail.get("kind", "")))
    heard = _HEARD.get(event.phase)
    row = _time_condition(row, heard(row, event), event) if heard else row
    if not repeats(row.events, event):
        row = replace(row, events=(*row.events, event)[-EVENTS_KEPT:])
    return replace(world, rows={**world.rows, event.address: row})


def _time_condition(before: Row, row: Row, event: Event) -> Row:
    """Return `row` with the start of its condition; unknown if the first observation found it so."""
    found = before.condition is Condition.UNSEEN and event.phase is Phase.OBSERVED
    stands = "" if found else event.at
    if row.condition is before.condition:
        stands = before.stands
    return replace(row, stands=stands, created=row.created if row.there else "")


def repeats(before: Iterable[Event], event: Event) -> bool:
    """Return True if an observation or plan repeats the previous one, and so deserves no line of its own."""
    if event.phase not in (Phase.OBSERVED, Phase.PLANNED):
        return False
    for earlier in reversed(tuple(before)):
        if earlier.phase is event.phase:
            return earlier.detail == event.detail
        if earlier.phase not in (Phase.OBSERVED, Phase.PLANNED):
            break
    return False


def _fold_run(world: LabSnapshot, event: Event) -> LabSnapshot:
    detail = event.detail
    if event.phase is Phase.FINISHED:
        return replace(world, running=False, message="")
    if event.phase is Phase.FAILED:
        return replace(world, message=clean(detail.get("error", "")))
    if event.phase is not Phase.RUN:
        return world
    verb = clean(detail.get("verb", ""))
    return replace(world, running=verb != "open", verb=verb, message=clean(detail.get("message", "")))


def _fold_observation(row: Row, event: Event) -> Row:
    detail = event.detail
    observed = replace(row, observed=detail, fresh=True, changes=(), why="", action="", error="", hint="")
    if detail.get("state") == "absent":
        return replace(observed, condition=Condition.ABSENT, word="missing", id="", since="")
    if detail.get("state") == "unknown":
        error = Phrase("{action} is denied", action=clean(detail.get("denied") or ""))
        return replace(observed, condition=Condition.LOST, word="unknown", id="", since="", error=error)
    return _with_state(replace(observed, kind=clean(detail.get("kind") or row.kind)), event)


def _with_state(row: Row, event: Event) -> Row:
    """Return the row with the state and the service's word for it, from OBSERVED and DONE events."""
    detail = event.detail
    state = clean(detail.get("state") or State.READY)
    condition = _OF_STATE.get(state, Condition.READY)
    return replace(
        row,
        condition=condition,
        word=clean(detail.get("status") or state),
        id=clean(detail.get("id") or row.id),
        name=clean(detail.get("name") or row.name),
        created=clean(detail.get("created") or row.created),
        since=(row.since or event.at) if condition is Condition.WORKING else "",
        error="",
        hint="",
    )


def in_words(path: str) -> str:
    """Return an address without its side in words: "server 2 target" for `server-2/target`."""
    parts = path.split("/")
    if len(parts) > 1 and parts[-1].isdecimal() and "." in parts[-2]:  # an address block
        parts[-2:] = ["/".join(parts[-2:])]
    return " ".join(map(_in_words, parts))


def _in_words(part: str) -> str:
    if "." in part:  # host names are not split
        return part
    words, _, number = part.replace("-", " ").rpartition(" ")
    return f"{tr(words)} {number}" if words and number.isdecimal() else tr(part.replace("-", " "))


# Word for a planned resource, by its action; a resource to wait for has its own word.
_PLANNED: dict[str, str] = {
    Op.UPDATE: "differs",
    Op.DELETE: "to delete",
    Op.CREATE: "to create",
    "replace": "to replace",
}


def _fold_plan(row: Row, event: Event) -> Row:
    detail = event.detail
    op = detail.get("op")
    action = clean(detail.get("action") or op or "")
    return replace(
        row,
        condition=Condition.ABSENT if op == Op.CREATE else row.condition,
        word=_PLANNED.get(action, row.word),
        action=action,
        why=clean(detail.get("why", "")),
        changes=tuple(detail.get("changes") or ()),
        error="",
        hint="",
    )


def _fold_start(row: Row, event: Event) -> Row:
    op = event.detail.get("op")
    word = _DOING[Op(op)] if op in _DOING else clean(op)
    return replace(row, condition=Condition.WORKING, word=word, since=event.at, fresh=False, error="", hint="")


def _fold_wait(row: Row, event: Event) -> Row:
    status = clean(event.detail.get("status") or "") or row.word or "waiting"
    identity = clean(event.detail.get("id") or row.id)
    return replace(row, condition=Condition.WORKING, word=status, id=identity, since=row.since or event.at)


def _fold_completion(row: Row, event: Event) -> Row:
    if event.detail.get("op") == Op.DELETE:
        return replace(row, condition=Condition.ABSENT, word="deleted", id="", since="", changes=(), why="", action="")
    made = event.at if event.detail.get("op") == Op.CREATE else row.created
    return replace(_with_state(replace(row, created=made), event), changes=(), why="", action="")


def _fold_failure(row: Row, event: Event) -> Row:
    detail = event.detail
    error = ": ".join(clean(detail[key]) for key in ("code", "error") if detail.get(key))
    hint = clean(detail.get("hint") or "")
    return replace(row, condition=Condition.FAILED, word="failed", since="", error=error, hint=hint)


def _fold_blockage(row: Row, event: Event) -> Row:
    by = ", ".join(clean(address) for address in event.detail.get("by") or ())
    reason = event.detail.get("reason")
    error = clean(reason) if reason else Phrase("needs {by}", by=by) if by else ""
    return replace(row, condition=Condition.BLOCKED, word="blocked", since="", error=error)


def _fold_lost_answer(row: Row, event: Event) -> Row:
    error = clean(event.detail.get("error") or Phrase("the answer was lost"))
    return replace(row, condition=Condition.LOST, word="unknown", since="", error=error)


_HEARD = {
    Phase.OBSERVED: _fold_observation,
    Phase.PLANNED: _fold_plan,
    Phase.STARTED: _fold_start,
    Phase.WAITING: _fold_wait,
    Phase.DONE: _fold_completion,
    Phase.FAILED: _fold_failure,
    Phase.BLOCKED: _fold_blockage,
    Phase.UNKNOWN: _fold_lost_answer,
}
