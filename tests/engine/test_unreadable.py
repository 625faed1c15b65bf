"""Types that may not be read: what depends on them is left alone, and the rest is done."""

import itertools

import pytest

from pltui.engine.events import Phase, RunFinished
from pltui.engine.model import Desired, Field, Observed, Op, Ref, Traits, Unreadable
from pltui.engine.plan import Plan, make_plan
from pltui.engine.references import refs
from tests.fakecloud.labs import TRAITS as LAB_TRAITS
from tests.fakecloud.labs import Session, assert_exactly_one_of_each, cloud_for, small, wants_of

TRAITS = {
    "net": Traits({"cidr": Field.FIXED}, refers_to=frozenset()),
    "sub": Traits({"net": Field.FIXED, "cidr": Field.FIXED}, refers_to=frozenset({"net"})),
    "group": Traits({"net": Field.FIXED}, refers_to=frozenset({"net"})),
    "host": Traits(
        {"sub": Field.FIXED, "group": Field.MUTABLE, "size": Field.MUTABLE}, refers_to=frozenset({"sub", "group"})
    ),
    "arm": Traits({"host": Field.FIXED}, parent_field="host", refers_to=frozenset({"host"})),
}
NET, SUB = Desired("net/a", "net", {"cidr": "1"}), Desired("sub/a", "sub", {"net": Ref("net/a"), "cidr": "2"})
GROUP = Desired("group/a", "group", {"net": Ref("net/a")})
HOST = Desired("host/a", "host", {"sub": Ref("sub/a"), "group": Ref("group/a"), "size": "small"})
ARM = Desired("arm/a", "arm", {"host": Ref("host/a")})
ALL = (NET, SUB, GROUP, HOST, ARM)

NET_IS = Observed("net/a", "net", "net-a", {"cidr": "1"})
SUB_IS = Observed("sub/a", "sub", "sub-a", {"net": "net-a", "cidr": "2"})
GROUP_IS = Observed("group/a", "group", "group-a", {"net": "net-a"})
HOST_IS = Observed("host/a", "host", "host-a", {"sub": "sub-a", "group": "group-a", "size": "small"})
ARM_IS = Observed("arm/a", "arm", "arm-a", {"host": "host-a"})
HERE = (NET_IS, SUB_IS, GROUP_IS, HOST_IS, ARM_IS)


def plan(all_desired: tuple[Desired, ...], observed: tuple[Observed, ...], *kinds: str) -> Plan:
    visible = [item for item in observed if item.kind not in kinds]
    return make_plan(all_desired, visible, TRAITS, unreadable=[Unreadable(kind, f"api:List{kind}") for kind in kinds])


def planned(made: Plan) -> list[str]:
    return sorted(f"{step.op} {step.address}" for step in made.steps)


HOST_IS_SMALLER = Observed("host/a", "host", "host-a", {"sub": "sub-a", "group": "group-a", "size": "smaller"})
OTHER_NET = Observed("net/a", "net", "net-a", {"cidr": "other"})
OTHER_SUB = Observed("sub/a", "sub", "sub-a", {"net": "net-a", "cidr": "other"})


@pytest.mark.parametrize(
    ("all_desired", "observed", "kind", "steps", "withheld"),
    [
        pytest.param(ALL, HERE, "group", [], [], id="as desired"),
        pytest.param(ALL, (), "group", ["create net/a", "create sub/a"], ["arm/a", "host/a"],
                     id="neither it is created nor what refers to it"),
        pytest.param(ALL, (), "net", [], ["arm/a", "group/a", "host/a", "sub/a"], id="all hangs on it"),
        pytest.param(ALL, (), "arm", ["create group/a", "create host/a", "create net/a", "create sub/a"], [],
                     id="nothing refers to it"),
        pytest.param(ALL, (NET_IS, SUB_IS, GROUP_IS, HOST_IS), "group", ["create arm/a"], [],
                     id="what is there can be referred to, though it refers to something unknown"),
        pytest.param(ALL, (*HERE[:3], HOST_IS_SMALLER, ARM_IS), "group", ["update host/a"], [],
                     id="its other fields can be compared"),
        pytest.param(ALL, (OTHER_NET, *HERE[1:]), "host", [], ["group/a", "net/a", "sub/a"],
                     id="a replacement would take it along"),
        pytest.param(ALL, (NET_IS, OTHER_SUB, GROUP_IS, HOST_IS, ARM_IS), "group", [], ["arm/a", "host/a", "sub/a"],
                     id="what goes along could not come back"),
        pytest.param(ALL, (NET_IS, OTHER_SUB, GROUP_IS), "group", ["delete sub/a"], ["arm/a", "host/a"],
                     id="it does not hang on what is replaced"),
        pytest.param((), HERE, "arm", [], ["group/a", "host/a", "net/a", "sub/a"],
                     id="what it may refer to stays, and what that refers to"),
        pytest.param((), HERE, "host", ["delete arm/a"], ["group/a", "net/a", "sub/a"],
                     id="nothing goes that it may refer to, nor what that refers to"),
        pytest.param((), HERE, "net", ["delete arm/a", "delete group/a", "delete host/a", "delete sub/a"], [],
                     id="what refers to it goes"),
        pytest.param((), (NET_IS,), "host", ["delete net/a"], [], id="it would need something else in between"),
    ],
)  # fmt: skip
def test_what_is_left_alone(
    all_desired: tuple[Desired, ...], observed: tuple[Observed, ...], kind: str, steps: list[str], withheld: list[str]
) -> None:
    made = plan(all_desired, observed, kind)
    assert planned(made) == steps
    assert list(made.withheld) == withheld
    assert [one.kind for one in made.unreadable] == [kind]
    assert not {step.address for step in made.later} & {*withheld, f"{kind}/a"}


def test_a_type_of_which_it_is_not_known_what_it_refers_to_may_refer_to_anything() -> None:
    traits = {**TRAITS, "odd": Traits({})}
    made = make_plan((), HERE, traits, unreadable=[Unreadable("odd", "api:ListOdd")])
    assert made.steps == ()


def test_every_reference_of_a_lab_is_declared() -> None:
    for desired in (*wants_of("privatelink"), *small()):
        kinds = {one.address: one.kind for one in (*wants_of("privatelink"), *small())}
        declared = LAB_TRAITS[desired.kind].refers_to
        assert declared is not None, desired.kind
        assert {kinds[ref.address] for ref in refs(desired.spec)} <= declared, desired.address


# -- runs in virtual time ---------------------------------------------------------------------------------------------

KINDS = sorted({desired.kind for desired in small()})


@pytest.mark.parametrize("kind", KINDS)
async def test_a_whole_lab_is_left_as_it_is_and_nothing_is_written(kind: str) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    assert (await Session(cloud, all_desired).converge()).ok
    written = len(cloud.writes)
    cloud.denied = {kind: "api:List"}
    session = Session(cloud, all_desired)
    outcome = await session.converge()
    assert len(cloud.writes) == written
    assert (outcome.ok, outcome.denied, outcome.failed, outcome.left) == (False, True, 0, [])
    assert RunFinished.of(outcome).document()["unreadable"] == [{"type": kind, "action": "api:List"}]
    assert outcome.problems == [f"api:List is denied, so these types are unknown: {kind.replace('_', ' ')}"]
    observed = {e.address: e.detail.state for e in session.events if e.phase is Phase.OBSERVED}
    assert {observed[desired.address] for desired in all_desired if desired.kind == kind} == {"unknown"}
    assert "unknown" not in {observed[desired.address] for desired in all_desired if desired.kind != kind}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_does_not_depend_on_it_is_created_and_the_rest_once_it_can_be_read(kind: str) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    cloud.denied = {kind: "api:List"}
    outcome = await Session(cloud, all_desired).converge()
    there = {thing.address for thing in cloud.things}
    assert (outcome.ok, outcome.denied, outcome.failed) == (False, not there, 0)
    assert there.isdisjoint(outcome.left)
    assert {*outcome.left, *there} == {desired.address for desired in all_desired if desired.kind != kind}
    needs = {desired.address: {ref.address for ref in refs(desired.spec)} | {*desired.after} for desired in all_desired}
    assert all(needs[address] <= there for address in there)

    cloud.denied = {}
    assert (await Session(cloud, all_desired).converge()).ok
    assert_exactly_one_of_each(cloud, all_desired)


@pytest.mark.parametrize("kind", KINDS)
async def test_destroy_deletes_nothing_that_it_may_refer_to_and_the_rest_once_it_can_be_read(kind: str) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    await Session(cloud, all_desired).converge()
    before = {thing.id: thing for thing in cloud.things}
    made = len(cloud.writes)
    cloud.denied = {kind: "api:List"}
    outcome = await Session(cloud, all_desired).destroy()
    left = {thing.id: thing for thing in cloud.things if thing.gone_at is None}
    assert not outcome.ok
    assert outcome.denied is (len(cloud.writes) == made)
    assert outcome.failed == 0
    assert {thing.id for thing in before.values() if thing.kind == kind} <= left.keys()
    assert outcome.left == sorted(thing.address for thing in left.values() if thing.kind != kind)
    for thing in left.values():  # nothing that is left hangs on something that is gone
        gone = before.keys() - left.keys()
        assert not [id_ for id_ in gone if id_ in cloud._holds(thing)]

    cloud.denied = {}
    assert (await Session(cloud, all_desired).destroy()).ok
    assert cloud.things == []


async def test_a_lost_resource_is_created_again_beside_an_unreadable_type() -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    await Session(cloud, all_desired).converge()
    cloud.take(cloud.at("consumer/private-route-table-1/0.0.0.0/0"))
    cloud.denied = {"role": "iam:ListRoles"}
    outcome = await Session(cloud, all_desired).converge()
    assert (outcome.created, outcome.ok, outcome.denied) == (1, False, False)
    assert outcome.message == "cannot read everything: 1 created"
    assert_exactly_one_of_each(cloud, all_desired)


@pytest.mark.parametrize("kinds", [pair for pair in itertools.combinations(KINDS, 2) if "vpc" in pair])
def test_no_plan_of_two_unreadable_types_creates_either(kinds: tuple[str, str]) -> None:
    unreadable = [Unreadable(kind, "api:List") for kind in kinds]
    made = make_plan(small(), [], LAB_TRAITS, unreadable=unreadable)
    assert {step.op for step in made.steps} <= {Op.CREATE}
    assert not {step.kind for step in made.steps} & {*kinds}
