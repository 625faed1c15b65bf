"""Folding events into what the screen shows."""

from dataclasses import replace
from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pltui.engine.events import (
    Detail,
    Event,
    FieldChange,
    Phase,
    ResourceObserved,
    RunStarted,
    StepBlocked,
    StepDone,
    StepFailed,
    StepPlanned,
    StepStarted,
    StepWaiting,
)
from pltui.engine.feed import Feed
from pltui.engine.model import Desired
from pltui.view.lab_snapshot import EVENTS_KEPT, Condition, LabSnapshot, Row, fold

VPC = "provider/vpc"


def told(*said: tuple[str, Detail], all_desired: tuple[Desired, ...] = ()) -> LabSnapshot:
    feed = Feed(lambda: "2026-01-01T09:00:00.000Z")
    events = [feed.emit(*each) for each in said]
    return reduce(fold, events, LabSnapshot().with_desired(all_desired))


def row(*said: Detail) -> Row:
    return told(*((VPC, detail) for detail in said)).rows[VPC]


def test_a_wanted_resource_is_unseen_until_it_was_looked_for() -> None:
    assert told(all_desired=(Desired(VPC, "vpc", {}),)).rows[VPC].condition is Condition.UNSEEN


def test_a_resource_observed_absent_is_missing_and_has_no_id() -> None:
    observed = row(ResourceObserved(state="ready", id="vpc-1"), ResourceObserved(state="absent"))
    assert (observed.condition, observed.word, observed.id) == (Condition.ABSENT, "missing", "")


def test_a_resource_that_may_not_be_read_is_unknown_and_names_the_action() -> None:
    detail = ResourceObserved(state="unknown", denied="ec2:DescribeVpcs")
    observed = row(ResourceObserved(state="ready", id="vpc-1"), detail)
    assert (observed.condition, observed.word, observed.id) == (Condition.LOST, "unknown", "")
    assert observed.error == "ec2:DescribeVpcs is denied"


def test_the_services_own_word_for_the_state_is_shown() -> None:
    observed = row(ResourceObserved(state="pending", status="provisioning", id="lb"))
    assert (observed.condition, observed.word) == (Condition.WORKING, "provisioning")


def test_waiting_is_counted_from_when_the_work_began() -> None:
    events = [
        Event(1, "2026-01-01T09:00:01Z", VPC, StepStarted(op="create")),
        Event(2, "2026-01-01T09:00:05Z", VPC, StepWaiting(op="create", status="pending")),
    ]
    observed = reduce(fold, events, LabSnapshot()).rows[VPC]
    assert (observed.since, observed.word) == ("2026-01-01T09:00:01Z", "pending")


def test_a_failure_keeps_code_error_and_hint_until_the_next_attempt() -> None:
    failure = StepFailed(op="create", code="Denied", error="no", hint="ask")
    assert (row(failure).error, row(failure).hint, row(failure).condition) == ("Denied: no", "ask", Condition.FAILED)
    assert row(failure, StepStarted(op="create")).error == ""


def test_what_failed_or_was_not_tried_says_on_what_it_depends() -> None:
    assert row(StepBlocked(op="create", by=("provider/igw",))).error == "needs provider/igw"


def test_a_resource_done_is_ready_and_no_longer_differs() -> None:
    planned = StepPlanned(op="update", why="drift", changes=(FieldChange("dns", was=False, want=True),))
    done = row(planned, StepDone(op="update", id="vpc-1", state="ready", status="available"))
    assert (done.condition, done.changes, done.why) == (Condition.READY, (), "")
    assert row(planned).changes[0].field == "dns"


def test_a_deleted_resource_is_absent_and_counts_as_done_while_destroying() -> None:
    all_desired = (Desired(VPC, "vpc", {}),)
    world = told(("", RunStarted(verb="destroy")), (VPC, StepDone(op="delete")), all_desired=all_desired)
    assert world.rows[VPC].word == "deleted"
    assert world.progress() == (1, 1)


def test_something_left_over_is_shown_though_it_is_not_wanted() -> None:
    world = told(("provider/old", ResourceObserved(kind="vpc", state="ready", id="vpc-9")))
    assert world.rows["provider/old"].desired is None
    assert world.progress() == (0, 0)


def test_the_events_of_a_resource_are_bounded() -> None:
    world = told(*((VPC, StepWaiting(op="create")) for _ in range(EVENTS_KEPT * 2)))
    assert len(world.rows[VPC].events) == EVENTS_KEPT


def test_looking_again_and_finding_the_same_is_told_once() -> None:
    look: list[tuple[str, Detail]] = [
        (VPC, ResourceObserved(state="ready")),
        (VPC, StepPlanned(op="update", why="drift")),
    ]
    assert len(told(*look, *look, *look).rows[VPC].events) == 2


def test_a_resource_that_differs_still_works() -> None:
    change = FieldChange("cross_zone", was=False, want=True)
    observed = row(ResourceObserved(state="ready"), StepPlanned(op="update", changes=(change,)))
    assert (observed.condition, observed.word) == (Condition.READY, "differs")


def test_folding_leaves_the_world_before_as_it_was() -> None:
    before = LabSnapshot()
    fold(before, Event(1, "2026-01-01T09:00:00Z", VPC, StepStarted(op="create")))
    assert before.rows == {}


anything = st.text() | st.none()


@given(
    phase=st.sampled_from(Phase),
    address=st.text(),
    detail=st.fixed_dictionaries(
        {},
        optional={
            "op": st.sampled_from(["create", "update", "delete", "wait"]) | st.text(),
            "state": st.sampled_from(["ready", "pending", "deleting", "failed", "absent", "\x1b[2J"]),
            **dict.fromkeys(
                ("kind", "id", "name", "status", "error", "code", "hint", "why", "verb", "message"), anything
            ),
        },
    ),
)
def test_nothing_a_terminal_would_act_on_passes(phase: Phase, address: str, detail: dict[str, Any]) -> None:
    line = {"seq": 1, "at": "2026-01-01T09:00:00Z", "address": address, "phase": phase, "detail": detail}
    world = fold(LabSnapshot(), Event.from_document(line))
    texts = [world.message, world.verb]
    for observed in world.rows.values():
        texts += [
            observed.label,
            observed.word,
            observed.id,
            observed.name,
            observed.error,
            observed.hint,
            observed.why,
            observed.kind,
        ]
    assert all(text.isprintable() or ("\x1b" not in text and "\n" not in text) for text in texts)


def test_what_was_planned_for_a_resource_holds_no_more_once_something_else_is_wanted_of_it() -> None:
    desired = Desired("provider/load-balancer", "load_balancer", {"cross_zone": True})
    changes = (FieldChange("cross_zone", was=False, want=True),)
    found = replace(Row(desired.address, desired.kind), desired=desired, changes=changes, action="update")
    world = LabSnapshot(rows={desired.address: found})
    assert world.with_desired([desired]).rows[desired.address] == found
    other = replace(desired, spec={"cross_zone": False})
    after = world.with_desired([other]).rows[desired.address]
    assert (after.changes, after.action, after.desired) == ((), "", other)
