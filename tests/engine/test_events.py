"""The feed: every event once, in order, for those who come early and for those who come late; and its JSON values."""

import json
from typing import Any

import pytest

from pltui.engine.events import (
    Detail,
    Event,
    FieldChange,
    Phase,
    ResourceObserved,
    RunFinished,
    RunMessage,
    RunStarted,
    StepBlocked,
    StepDone,
    StepFailed,
    StepPlanned,
    StepStarted,
    StepUnknown,
    StepWaiting,
)
from pltui.engine.feed import KEPT, Feed
from pltui.engine.model import Change, Desired, Observed, Op, Ref, State, Step
from pltui.engine.outcome import Outcome

STEP = Step(
    Op.UPDATE, "a/b", "net", "drift", Desired("a/b", "net", {}), Observed("a/b", "net", "net-1", {}),
    (Change("to", None, frozenset({Ref("a/d"), Ref("a/c", "arn")})),),
)  # fmt: skip
# The contract with other tools: the keys of each phase, in their order.
JSON: list[tuple[Detail, Phase, dict[str, Any]]] = [
    (RunStarted("reconcile", "mine", 62), Phase.RUN, {"verb": "reconcile", "lab": "mine", "resources": 62}),
    (RunMessage("open", "starting"), Phase.RUN, {"verb": "open", "message": "starting"}),
    (
        ResourceObserved.of(Observed("a/b", "net", "net-1", {"of": {"b", "a"}}, status="up", name="n")),
        Phase.OBSERVED,
        {"kind": "net", "name": "n", "id": "net-1", "state": "ready", "status": "up", "spec": {"of": ["a", "b"]}},
    ),
    (
        ResourceObserved.of(Observed("a/b", "net", "net-1", {}, created="2026", attached={"x": "y"})),
        Phase.OBSERVED,
        {"kind": "net", "name": "", "id": "net-1", "state": "ready", "status": "", "spec": {}, "created": "2026",
         "attached": {"x": "y"}},
    ),
    (
        ResourceObserved.missing("net", "n", denied={}),
        Phase.OBSERVED,
        {"kind": "net", "name": "n", "id": "", "state": "absent", "status": "", "spec": {}},
    ),
    (
        ResourceObserved.missing("net", "n", denied={"net": "api:List"}),
        Phase.OBSERVED,
        {"kind": "net", "name": "n", "id": "", "state": "unknown", "status": "", "spec": {}, "denied": "api:List"},
    ),
    (
        StepPlanned.of(STEP),
        Phase.PLANNED,
        {
            "op": "update", "action": "update", "kind": "net", "id": "net-1", "why": "drift",
            "changes": [{
                "field": "to", "was": None,
                "want": ["(a/c arn, known after it exists)", "(a/d id, known after it exists)"],
                "references": {"/0": ["a/c", "arn"], "/1": ["a/d", "id"]},
            }],
            "takes_along": [],
        },
    ),
    (
        StepPlanned("delete", "replace", "net", "net-1", "why", (FieldChange("x", 1, 2, True),), ("a/c",), "a/d"),
        Phase.PLANNED,
        {
            "op": "delete", "action": "replace", "kind": "net", "id": "net-1", "why": "why",
            "changes": [{"field": "x", "was": 1, "want": 2, "forces_replacement": True}],
            "takes_along": ["a/c"], "hangs_on": "a/d",
        },
    ),
    (StepStarted("create", "net"), Phase.STARTED, {"op": "create", "kind": "net"}),
    (StepWaiting("create", "net", status="x"), Phase.WAITING, {"op": "create", "kind": "net", "status": "x"}),
    (
        StepWaiting("create", "net", "net-1", "x"),
        Phase.WAITING,
        {"op": "create", "kind": "net", "id": "net-1", "status": "x"},
    ),
    (
        StepDone.of(STEP, Observed("a/b", "net", "net-1", {}, state=State.PENDING)),
        Phase.DONE,
        {"op": "update", "kind": "net", "id": "net-1", "state": "pending", "status": ""},
    ),
    (StepDone.of(STEP, None), Phase.DONE, {"op": "update", "kind": "net", "state": "absent"}),
    (
        StepDone("delete", "net", state="absent", along_with="a/c"),
        Phase.DONE,
        {"op": "delete", "kind": "net", "state": "absent", "along_with": "a/c"},
    ),
    (
        StepFailed("create", "net", "no", "Denied", "api:Create", "ask", "req-1"),
        Phase.FAILED,
        {"op": "create", "kind": "net", "error": "no", "code": "Denied", "action": "api:Create", "hint": "ask",
         "request_id": "req-1"},
    ),
    (StepBlocked("create", "net", ("a/c",)), Phase.BLOCKED, {"op": "create", "kind": "net", "by": ["a/c"]}),
    (
        StepBlocked("create", "net", ("a/c",), "quota"),
        Phase.BLOCKED,
        {"op": "create", "kind": "net", "by": ["a/c"], "reason": "quota"},
    ),
    (
        StepUnknown("create", "net", "lost", "api:Create"),
        Phase.UNKNOWN,
        {"op": "create", "kind": "net", "error": "lost", "action": "api:Create"},
    ),
    (
        RunFinished.of(Outcome(ok=False, created=2, seconds=1.23456, problems=["x"], left=["a/b"])),
        Phase.FINISHED,
        {
            "ok": False, "interrupted": False, "created": 2, "updated": 0, "deleted": 0, "unfinished": 0, "begun": 0,
            "unknown": 0, "failed": 0, "passes": 0, "seconds": 1.235, "message": "", "problems": ["x"],
            "left": ["a/b"], "unreadable": [],
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("detail", "phase", "document"), JSON)
def test_each_phase_has_its_keys_and_is_read_back(detail: Detail, phase: Phase, document: dict[str, Any]) -> None:
    event = Event(7, "2026-01-01T00:00:00.000Z", "a/b", detail)
    line = json.dumps(event.document())
    expected = {"type": "event", "seq": 7, "at": event.at, "address": "a/b", "phase": str(phase), "detail": document}
    assert line == json.dumps(expected)
    assert Event.from_document(json.loads(line)) == event


@pytest.mark.parametrize(("detail", "phase", "document"), JSON)
def test_missing_keys_have_defaults_and_unknown_ones_are_ignored(
    detail: Detail, phase: Phase, document: dict[str, Any]
) -> None:
    line = {"seq": 7, "at": "2026-01-01T00:00:00Z", "address": "a/b", "phase": str(phase)}
    kept = {"resources": 1} if isinstance(detail, RunStarted) else {}
    assert type(Event.from_document({**line, "detail": {**kept, "of_a_later_version": 1}}).detail) is type(detail)
    assert Event.from_document({**line, "detail": {**document, "of_a_later_version": 1}}).detail == detail


def test_who_comes_late_hears_what_has_been_and_then_what_comes() -> None:
    feed, heard = Feed(), list[Event]()
    feed.emit("a", StepStarted())
    with feed.subscription(heard.append):
        feed.emit("b", StepDone())
    feed.emit("c", StepDone())
    assert [(event.seq, event.address) for event in heard] == [(1, "a"), (2, "b")]


def test_a_feed_keeps_only_the_latest_events_and_counts_on() -> None:
    feed, early, late = Feed(lambda: "2026-01-01T00:00:00Z"), list[int](), list[int]()
    with feed.subscription(lambda event: early.append(event.seq)):
        for _ in range(KEPT + 10):
            feed.emit("a", ResourceObserved())
    with feed.subscription(lambda event: late.append(event.seq)):
        pass
    assert early == list(range(1, KEPT + 11))
    assert late == early[10:]
