"""Nothing is waited for in vain, made twice, or deleted by a run that was to change one thing."""

from dataclasses import replace

from pltui.engine.events import Phase
from pltui.engine.model import Desired, Op, Ref, State
from pltui.topology import LOAD_BALANCER
from tests.engine.world import desired, observed, plan, step, told
from tests.fakecloud.faults import Fault, always, first
from tests.fakecloud.labs import Session, assert_exactly_one_of_each, cloud_for, small

SWITCH = Desired(LOAD_BALANCER, "load_balancer", {"cross_zone": False})


async def test_a_target_is_not_waited_for_where_its_load_balancer_could_not_be_made() -> None:
    cloud = cloud_for(small())
    cloud.script = always(Fault.REFUSED, "create", LOAD_BALANCER)
    session = Session(cloud, small())
    outcome = await session.converge()
    assert not outcome.ok
    blocked = {e.address: e.detail.by for e in session.events if e.phase is Phase.BLOCKED}
    assert LOAD_BALANCER in blocked["provider/server-1/target"]


def test_what_can_only_work_with_something_that_is_to_be_made_anew_is_not_waited_for_in_this_pass() -> None:
    wanted = [desired("gate/g"), Desired("door/d", "door", {}, works_with=("gate/g",))]
    pending = observed("door/d", state=State.PENDING)
    assert told(plan(wanted, [observed("gate/g", state=State.FAILED), pending])) == ["delete gate/g gate-g"]
    assert told(plan(wanted, [observed("gate/g"), pending])) == ["wait door/d"]
    made = plan(wanted, [pending])
    assert step(made, Op.WAIT, "door/d").settle == {"create:gate/g:"}


def test_a_collection_grows_by_what_does_not_exist_yet() -> None:
    wanted = [desired("net/a"), desired("sub/a", net=Ref("net/a")), desired("sub/b", net=Ref("net/a"))]
    wanted.append(desired("gate/g", subs=frozenset({Ref("sub/a"), Ref("sub/b")})))
    there = [observed("net/a"), observed("sub/a", net="net-a"), observed("gate/g", subs=frozenset({"sub-a"}))]
    made = plan(wanted, there)
    assert told(made) == ["create sub/b", "update gate/g"]
    assert step(made, Op.UPDATE, "gate/g").requires_created == {"create:sub/b:"}


def test_of_two_the_one_that_fits_is_kept_also_where_the_other_could_be_changed() -> None:
    things = [observed("gate/g", "gate-1", mode="odd"), observed("gate/g", "gate-2", mode="right")]
    assert told(plan([desired("gate/g", mode="right")], things)) == ["delete gate/g gate-1"]


async def test_what_exists_is_not_made_again_when_only_its_rounding_off_was_too_early() -> None:
    cloud = cloud_for(small())
    cloud.script = first(Fault.NOT_YET, "round-off", "vpc", times=2)
    outcome = await Session(cloud, small()).converge()
    assert outcome.ok, outcome.problems
    assert_exactly_one_of_each(cloud, small())
    assert sum(call.op == "create" and call.kind == "vpc" for call in cloud.writes) == 2


async def test_a_switch_changes_one_thing_and_neither_makes_nor_deletes_it() -> None:
    cloud = cloud_for(small())
    session = Session(cloud, small())
    assert (await session.reconciler([SWITCH], only=True).converge()).writes == 0
    await session.converge()
    before = len(cloud.writes)
    assert (await session.reconciler([SWITCH], only=True).converge()).updated == 1
    assert len(cloud.writes) == before + 1
    [balancer] = [thing for thing in cloud.things if thing.address == LOAD_BALANCER]
    balancer.state = State.FAILED
    assert (await session.reconciler([SWITCH], only=True).converge()).writes == 0


async def test_a_fault_in_one_resource_type_keeps_no_other_from_being_done() -> None:
    cloud = cloud_for(small())
    create = cloud.create

    async def broken(wanted: Desired, made: object) -> object:
        if wanted.kind == "record":
            raise ValueError("a slip of ours")
        return await create(wanted, made)  # type: ignore[arg-type]

    cloud.create = broken  # type: ignore[assignment,method-assign]
    session = Session(cloud, small())
    outcome = await session.converge()
    assert not outcome.ok
    assert any("a slip of ours" in problem and "report" in problem for problem in outcome.problems)
    assert {"provider/vpc", LOAD_BALANCER, "consumer/endpoint"} <= {thing.address for thing in cloud.things}


def test_what_a_later_pass_repoints_is_not_waited_for_and_nothing_comes_after_it_in_this_one() -> None:
    """A route to a NAT gateway that is being deleted by hand, and a machine that needs the route."""
    wanted = [
        desired("net/a"),
        desired("group/g", port=1),
        desired("path/p", net=Ref("net/a"), to=Ref("group/g")),
        desired("door/d", after=("path/p",), of="net-a"),
        replace(desired("door/e", of="net-a"), works_with=("path/p",)),
    ]
    things = [
        observed("net/a"),
        observed("group/g", state=State.DELETING, port=1),
        observed("path/p", state=State.PENDING, net="net-a", to="group-g"),
        observed("door/e", state=State.PENDING, of="net-a"),
    ]
    made = plan(wanted, things)
    assert told(made) == ["delete group/g group-g"]
    assert {step.address for step in made.later} == {"path/p", "door/d", "group/g"}
