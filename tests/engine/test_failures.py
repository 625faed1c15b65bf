"""What goes wrong with a call, a process or the clock, and what stands afterwards."""

import asyncio

import pytest

from pltui.engine.events import Phase
from pltui.engine.model import Desired
from pltui.engine.references import refs
from tests.fakecloud.cloud import FakeCloud
from tests.fakecloud.faults import Fault, always, at_write, first
from tests.fakecloud.labs import Session, assert_exactly_one_of_each, cloud_for, small, until_killed, wants_of

WRITES = 50  # of a first converge of the small lab
KINDS = sorted({desired.kind for desired in small()})


def quick() -> FakeCloud:
    """A cloud for the small lab where everything works at once, as long as calls do."""
    cloud = cloud_for(small())
    cloud.settling = {}
    return cloud


async def test_the_small_lab_is_made_by_as_many_writes_as_are_tried_below() -> None:
    cloud = quick()
    await Session(cloud, small()).converge()
    assert len(cloud.writes) == WRITES


# -- killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", range(0, 186, 7))
async def test_killed_at_any_moment_of_waiting_and_run_again_there_is_exactly_one_of_each(seconds: int) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    asyncio.get_running_loop().call_later(seconds, cloud.killed.set)
    await until_killed(cloud, Session(cloud, all_desired).converge())
    outcome = await Session(cloud, all_desired).converge()
    assert outcome.ok, outcome.problems
    assert_exactly_one_of_each(cloud, all_desired)


# -- lost answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED], ids=lambda fault: fault.name)
@pytest.mark.parametrize("number", range(1, WRITES + 1))
async def test_a_lost_answer_is_looked_for_and_there_is_exactly_one_of_each(number: int, fault: Fault) -> None:
    cloud = quick()
    cloud.script = at_write(number, fault)
    session = Session(cloud, small())
    outcome = await session.converge()
    assert outcome.ok, outcome.problems
    assert_exactly_one_of_each(cloud, small())
    assert [event.phase for event in session.events].count(Phase.UNKNOWN) == 1
    if fault is Fault.LOST:
        creates = [call.address for call in cloud.writes if call.op == "create"]
        assert len(creates) == len(set(creates)), "created again without a look"


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED], ids=lambda fault: fault.name)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_delete_whose_answer_is_lost_is_carried_through(kind: str, fault: Fault) -> None:
    cloud = quick()
    await Session(cloud, small()).converge()
    cloud.script = first(fault, "delete", kind)
    outcome = await Session(cloud, small()).destroy()
    assert outcome.ok, outcome.problems
    assert not cloud.things


async def test_an_update_whose_answer_is_lost_is_looked_at_and_not_repeated() -> None:
    cloud = quick()
    await Session(cloud, small()).converge()
    cloud.at("provider/load-balancer").spec["cross_zone"] = False
    cloud.script = first(Fault.LOST, "update", "load_balancer")
    assert (await Session(cloud, small()).converge()).ok
    assert sum(call.op == "update" for call in cloud.writes) == 1


async def test_an_answer_that_is_lost_again_and_again_ends_the_run_and_says_so() -> None:
    cloud = quick()
    cloud.script = always(Fault.DROPPED, "create", "provider/vpc")
    outcome = await Session(cloud, small()).converge()
    assert not outcome.ok
    assert "provider/vpc" in outcome.left
    assert any("provider/vpc" in problem for problem in outcome.problems)
    assert "0 failed" not in outcome.message


# -- refusals ---------------------------------------------------------------------------------------------------------


def reached(all_desired: tuple[Desired, ...], failing: str) -> set[str]:
    """What depends on `failing`, itself included, and what is only tried once that exists."""
    out, size = {failing}, 0
    while len(out) > size:
        size = len(out)
        missed = {name for desired in all_desired if desired.address in out for name in desired.milestones}
        for desired in all_desired:
            if out & ({ref.address for ref in refs(desired.spec)} | set(desired.after)) or missed & set(desired.awaits):
                out.add(desired.address)
    return out


@pytest.mark.parametrize("failing", [pytest.param(desired.address) for desired in small()])
async def test_a_failure_stops_only_what_depends_on_it(failing: str) -> None:
    all_desired = small()
    cloud = quick()
    cloud.script = always(Fault.REFUSED, "create", failing)
    session = Session(cloud, all_desired)
    outcome = await session.converge()
    hit = reached(all_desired, failing)
    assert not outcome.ok
    assert set(outcome.left) == hit
    assert {thing.address for thing in cloud.things} == {desired.address for desired in all_desired} - hit
    assert any(failing in problem and "Refused" in problem for problem in outcome.problems)
    blocked = {event.address for event in session.events if event.phase is Phase.BLOCKED}
    assert blocked == hit - {failing}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_refused_for_the_moment_is_asked_again_and_told_as_waiting(kind: str) -> None:
    cloud = quick()
    cloud.script = first(Fault.NOT_YET, "create", kind, times=4)
    session = Session(cloud, small())
    outcome = await session.converge()
    assert (outcome.ok, outcome.passes) == (True, 2)
    waiting = [event for event in session.events if event.phase is Phase.WAITING]
    assert waiting
    assert waiting[0].detail.status == "not now"


async def test_what_is_refused_for_longer_than_patience_fails_with_its_own_words() -> None:
    cloud = quick()
    cloud.script = always(Fault.NOT_YET, "create", "consumer/role")
    session = Session(cloud, small(), patience=30)
    outcome = await session.converge()
    assert not outcome.ok
    assert any("RequestLimitExceeded" in problem for problem in outcome.problems)
    assert 30 <= outcome.seconds < 120


async def test_a_foreign_thing_that_holds_ours_keeps_it_from_going_and_nothing_else() -> None:
    cloud = quick()
    await Session(cloud, small()).converge()
    subnet = cloud.at("provider/private-subnet-1")
    theirs = cloud.put(
        Desired("theirs", "endpoint", {"subnets": frozenset({subnet.id}), "vpc": subnet.spec["vpc"]}), ours=False
    )
    outcome = await Session(cloud, small(), patience=20).destroy()
    assert not outcome.ok
    assert {thing.address for thing in cloud.things} == {"theirs", "provider/private-subnet-1", "provider/vpc"}
    assert any("in use" in problem for problem in outcome.problems)
    cloud.take(theirs)
    assert (await Session(cloud, small()).destroy()).ok
    assert not cloud.things


# -- no permission ----------------------------------------------------------------------------------------------------


async def test_denied_before_any_write_is_told_apart() -> None:
    cloud = quick()
    cloud.script = lambda call: Fault.DENIED if call.op == "create" else None
    outcome = await Session(cloud, small()).converge()
    assert (outcome.ok, outcome.denied, outcome.writes) == (False, True, 0)


async def test_denied_midway_is_a_failure_like_others() -> None:
    cloud = quick()
    cloud.script = lambda call: Fault.DENIED if call.kind == "endpoint" else None
    outcome = await Session(cloud, small()).converge()
    assert (outcome.ok, outcome.denied) == (False, False)
    assert outcome.created > 0


async def test_denied_after_a_write_whose_outcome_is_unknown_is_not_before_any_write() -> None:
    cloud = quick()
    cloud.script = lambda call: (
        None if not call.write else Fault.LOST if call.address == "provider/vpc" else Fault.DENIED
    )
    assert not (await Session(cloud, small()).converge()).denied


# -- told to stop -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.01, 0.12, 0.4, 1, 33, 100, 150])
async def test_told_to_stop_a_run_starts_nothing_new_ends_soon_and_can_be_taken_up_again(seconds: float) -> None:
    all_desired = wants_of("privatelink")
    cloud = cloud_for(all_desired)
    session = Session(cloud, all_desired)
    task = asyncio.create_task(session.converge())
    await asyncio.sleep(seconds)
    session.stop.set()
    calls = len(cloud.writes)
    outcome = await asyncio.wait_for(task, 1)
    assert (outcome.ok, outcome.interrupted) == (False, True)
    assert outcome.message.startswith("interrupted")
    # What rounds off a create that is on the wire belongs to it.
    assert all(call.op == "round-off" for call in cloud.writes[calls:])
    assert outcome.left or not outcome.passes
    assert (await Session(cloud, all_desired).converge()).ok
    assert_exactly_one_of_each(cloud, all_desired)


async def test_out_of_time_is_a_failure_and_no_interruption() -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    session = Session(cloud, all_desired)
    asyncio.get_running_loop().call_later(60, lambda: session.stop.set("timed out after 60 s", asked=False))
    outcome = await session.converge()
    assert (outcome.ok, outcome.interrupted) == (False, False)
    assert outcome.message.startswith("timed out after 60 s")
    assert "provider/load-balancer" in outcome.left


async def test_told_to_stop_a_destroy_also_ends_while_something_lingers() -> None:
    cloud = quick()
    await Session(cloud, small()).converge()
    session = Session(cloud, small())
    task = asyncio.create_task(session.destroy())
    await asyncio.sleep(10)
    session.stop.set()
    outcome = await asyncio.wait_for(task, 1)
    assert outcome.interrupted
    assert (await Session(cloud, small()).destroy()).ok
    assert not cloud.things


# -- looks that go wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.NOT_YET, Fault.DROPPED], ids=lambda fault: fault.name)
async def test_a_look_while_waiting_that_goes_wrong_is_made_again(fault: Fault) -> None:
    cloud = cloud_for(small())
    cloud.script = first(fault, "poll", "load_balancer", times=3)
    session = Session(cloud, small())
    assert (await session.converge()).ok
    assert not [event for event in session.events if event.phase in (Phase.FAILED, Phase.UNKNOWN)]


async def test_a_look_while_waiting_that_is_refused_fails_those_who_wait_and_nothing_else() -> None:
    cloud = cloud_for(small())
    cloud.script = first(Fault.DENIED, "poll", "load_balancer")
    session = Session(cloud, small())
    outcome = await session.converge()
    failed = [event.address for event in session.events if event.phase is Phase.FAILED]
    assert failed == ["provider/load-balancer"]
    assert outcome.ok, "the next pass looks again"


@pytest.mark.parametrize("kind", ["instance", "nat_gateway", "endpoint", "load_balancer"])
async def test_what_vanishes_while_it_is_waited_for_fails_and_is_made_again(kind: str) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    task = asyncio.create_task(Session(cloud, all_desired).converge())
    await asyncio.sleep(130 if kind == "endpoint" else 5)
    cloud.take(next(thing for thing in cloud.things if thing.kind == kind))
    await asyncio.wait_for(task, 3600)
    assert (await Session(cloud, all_desired).converge()).ok
    assert_exactly_one_of_each(cloud, all_desired)
