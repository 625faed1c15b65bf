"""Events, the engine's only output: one dataclass per phase, with its JSON values."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

from pltui.engine.errors import CloudError
from pltui.engine.json_record import JsonRecord, read_value
from pltui.engine.json_values import is_moment, plain_value, reference_pointers
from pltui.engine.model import Change, Observed, Op, Step
from pltui.engine.outcome import Outcome
from pltui.text import clean


class Phase(enum.StrEnum):
    """Kind of an event."""

    RUN = "run"
    OBSERVED = "observed"
    PLANNED = "planned"
    STARTED = "started"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Detail(JsonRecord):
    """Content of an event: a subclass for each phase."""

    phase: ClassVar[Phase]


# -- the run as a whole -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunStarted(Detail):
    """A run starts."""

    phase = Phase.RUN
    verb: str = ""
    lab: str = ""
    resources: int = 0  # number of desired resources


@dataclass(frozen=True, slots=True)
class RunMessage(Detail):
    """News of a run, or of the work before one."""

    phase = Phase.RUN
    verb: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class RunFinished(Detail):
    """A run has ended. The fields are those of `Outcome`."""

    phase = Phase.FINISHED
    ok: bool = False
    interrupted: bool = False
    created: int = 0
    updated: int = 0
    deleted: int = 0
    unfinished: int = 0
    begun: int = 0
    unknown: int = 0
    failed: int = 0
    passes: int = 0
    seconds: float = 0.0
    message: str = ""
    problems: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    unreadable: tuple[Mapping[str, Any], ...] = ()  # documents of `Unreadable`

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """Return the end of a run with this outcome."""
        values = {each.name: getattr(outcome, each.name) for each in fields(cls)}
        values |= {"problems": tuple(outcome.problems), "left": tuple(outcome.left)}
        unreadable = tuple(one.document() for one in outcome.unreadable)
        return cls(**values | {"seconds": round(outcome.seconds, 3), "unreadable": unreadable})


# -- a resource -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResourceObserved(Detail):
    """A resource was observed, or its absence."""

    phase = Phase.OBSERVED
    kind: str = ""
    name: str = ""
    id: str = ""
    state: str = ""  # a State, "absent" or "unknown"
    status: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)
    created: str | None = None
    attached: Mapping[str, Any] | None = None
    denied: str | None = None  # the missing action, if the state is unknown

    @classmethod
    def of(cls, item: Observed) -> Self:
        """Return the observation of a resource."""
        return cls(
            kind=item.kind,
            name=item.name,
            id=item.id,
            state=item.state,
            status=item.status,
            spec=plain_value(dict(item.spec)),
            created=item.created or None,
            attached=dict(item.attached) or None,
        )

    @classmethod
    def missing(cls, kind: str = "", name: str = "", *, denied: Mapping[str, str]) -> Self:
        """Return the observation that a resource is absent, or unknown as its type may not be read.

        `denied`: unreadable types -> the missing action.
        """
        return cls(kind, name, state="unknown" if kind in denied else "absent", denied=denied.get(kind))


@dataclass(frozen=True, slots=True)
class FieldChange(JsonRecord):
    """A field that differs, as a plan shows it: plain values before and after."""

    field: str = ""
    was: Any = None
    want: Any = None
    forces_replacement: bool | None = None
    references: Mapping[str, Any] | None = None  # those in `want`: see `reference_pointers`

    @classmethod
    def of(cls, change: Change, step: Step) -> Self:
        """Return a change of a step."""
        was, want, references = plain_value(change.before), plain_value(change.after), reference_pointers(change.after)
        return cls(change.field, was, want, (step.op is Op.DELETE) or None, references or None)


@dataclass(frozen=True, slots=True)
class StepPlanned(Detail):
    """A step of the plan, with the operation of this pass: `delete` for a replacement, whose action is `replace`."""

    phase = Phase.PLANNED
    op: str = ""
    action: str = ""
    kind: str = ""
    id: str = ""
    why: str = ""
    changes: tuple[FieldChange, ...] = ()
    takes_along: tuple[str, ...] = ()
    hangs_on: str | None = None  # the dependency that forces the deletion

    @classmethod
    def of(cls, step: Step) -> Self:
        """Return a step as it was planned."""
        return cls(
            op=step.op,
            action=step.action,
            kind=step.kind,
            id=step.observed.id if step.observed else "",
            why=step.why,
            changes=tuple(FieldChange.of(change, step) for change in step.changes),
            takes_along=step.takes_along,
            hangs_on=step.hangs_on or None,
        )


@dataclass(frozen=True, slots=True)
class StepDetail(Detail):
    """Content of an event about a step that is carried out."""

    op: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class StepStarted(StepDetail):
    """A call of the step is about to be sent."""

    phase = Phase.STARTED


@dataclass(frozen=True, slots=True)
class StepWaiting(StepDetail):
    """The step has started and is not complete yet."""

    phase = Phase.WAITING
    id: str | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class StepDone(StepDetail):
    """The step is complete."""

    phase = Phase.DONE
    id: str | None = None
    state: str = ""
    status: str | None = None
    along_with: str | None = None  # address of the resource whose deletion included this one's

    @classmethod
    def of(cls, step: Step, observed: Observed | None) -> Self:
        """Return the end of a step that leaves `observed`, or nothing."""
        if observed is None:
            return cls(step.op, step.kind, state="absent")
        return cls(step.op, step.kind, observed.id, observed.state, observed.status)


@dataclass(frozen=True, slots=True)
class StepFailed(StepDetail):
    """The step has failed."""

    phase = Phase.FAILED
    error: str = ""
    code: str = ""
    action: str = ""
    hint: str = ""
    request_id: str = ""
    encoded_authorization: str | None = None

    @classmethod
    def of(cls, step: Step, error: CloudError) -> Self:
        """Return the failure of a step."""
        return cls(
            op=step.op,
            kind=step.kind,
            error=clean(error.message),
            code=error.code,
            action=error.action,
            hint=error.hint,
            request_id=error.request_id,
            encoded_authorization=error.encoded or None,
        )


@dataclass(frozen=True, slots=True)
class StepBlocked(StepDetail):
    """The step was not tried, because a dependency failed, or for the reason."""

    phase = Phase.BLOCKED
    by: tuple[str, ...] = ()  # addresses
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StepUnknown(StepDetail):
    """The call was sent, but its answer was lost; the resource is observed before anything else."""

    phase = Phase.UNKNOWN
    error: str = ""
    action: str = ""


_DETAILS: tuple[type[Detail], ...] = (
    RunMessage, RunFinished, ResourceObserved, StepPlanned, StepStarted, StepWaiting, StepDone, StepFailed,
    StepBlocked, StepUnknown,
)  # fmt: skip
_BY_PHASE = {detail.phase: detail for detail in _DETAILS}  # RunStarted has the phase of RunMessage


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the feed. An empty address concerns the whole run."""

    seq: int
    at: str  # RFC 3339, UTC
    address: str
    detail: Detail

    @property
    def phase(self) -> Phase:
        """Kind of the event."""
        return self.detail.phase

    def document(self) -> dict[str, Any]:
        """Return the event as JSON values for one line."""
        return {
            "type": "event",
            "seq": self.seq,
            "at": self.at,
            "address": self.address,
            "phase": str(self.phase),
            "detail": self.detail.document(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the event with these JSON values, which another version may have written.

        Raises:
            ValueError: If the phase is unknown, or a value is missing or has another type.
        """
        seq, detail = read_value(document.get("seq"), int), read_value(document.get("detail"), dict)
        at, address, phase = (read_value(document.get(name), str) for name in ("at", "address", "phase"))
        if not is_moment(at):
            raise ValueError(f"no time with an offset: {at}")
        type_ = _BY_PHASE[Phase(phase)]
        if type_ is RunMessage and "resources" in detail:
            type_ = RunStarted
        return cls(seq, at, address, type_.from_document(detail))
