"""What a plan tells of replacements: which they are, what forces them, what they take along, what comes later."""

from pltui.engine.model import Change, Desired, Observed, Op, Ref, State
from pltui.engine.plan import Plan
from tests.engine.test_plan_properties import TRAITS, given, make_plan, worlds
from tests.engine.world import desired, observed, plan, step

NET, SUB = desired("net/a", cidr="11/8"), desired("sub/a", net=Ref("net/a"), cidr="10/16")
NET_WAS, SUB_IS = observed("net/a", cidr="10/8"), observed("sub/a", net="net-a", cidr="10/16")


def later(made: Plan) -> list[tuple[str, str, str]]:
    return [(str(step.op), step.address, step.why) for step in made.later]


def test_a_field_that_forces_a_replacement_is_told_with_before_and_after() -> None:
    gone = step(plan([NET], [NET_WAS]), Op.DELETE, "net/a")
    assert (gone.action, gone.changes) == ("replace", (Change("cidr", "10/8", "11/8"),))


def test_what_only_hangs_on_something_replaced_has_no_changes_and_names_its_cause() -> None:
    gone = step(plan([NET, SUB], [NET_WAS, SUB_IS]), Op.DELETE, "sub/a")
    assert (gone.action, gone.changes, gone.hangs_on) == ("replace", (), "net/a")


def test_the_root_of_a_cascade_names_all_it_takes_along_and_nobody_else_does() -> None:
    made = plan(
        [NET, SUB, desired("door/d", of=Ref("sub/a")), desired("group/g", port=1)],
        [NET_WAS, SUB_IS, observed("door/d", of="sub-a"), observed("group/g", port=2)],
    )
    assert {each.address: each.takes_along for each in made.steps} == {
        "net/a": ("sub/a", "door/d"),
        "sub/a": (),
        "door/d": (),
        "group/g": (),
    }


def test_what_differs_itself_and_hangs_on_something_replaced_belongs_to_that_cascade() -> None:
    made = plan([NET, desired("sub/a", net=Ref("net/a"), cidr="11/16")], [SUB_IS, NET_WAS])
    sub = step(made, Op.DELETE, "sub/a")
    assert sub.changes == (Change("cidr", "10/16", "11/16"),)
    assert (sub.why, sub.hangs_on) == ("cidr cannot change in place, and depends on net/a", "net/a")
    assert step(made, Op.DELETE, "net/a").takes_along == ("sub/a",)


def test_two_that_must_be_replaced_and_hang_on_each_other_are_one_cascade_with_one_root() -> None:
    things = [observed("group/a", port=1, needs=["group-b"]), observed("group/b", port=1, needs=["group-a"])]
    made = plan([desired("group/a", port=2), desired("group/b", port=2)], things)
    assert [(each.address, each.hangs_on, each.takes_along) for each in made.steps] == [
        ("group/a", "group/b", ()),
        ("group/b", "", ("group/a",)),
    ]


def test_something_no_longer_wanted_is_deleted_and_what_it_takes_along_comes_back() -> None:
    path = desired("path/p", net=Ref("net/b"), to="x")
    made = plan([desired("net/b", cidr="10/8"), path], [NET_WAS, observed("path/p", net="net-a", to="x")])
    assert step(made, Op.DELETE, "net/a").action == "delete"
    assert step(made, Op.DELETE, "net/a").takes_along == ("path/p",)
    assert step(made, Op.DELETE, "path/p").action == "replace"


def test_one_that_failed_is_replaced_and_of_two_only_one() -> None:
    made = plan([NET], [observed("net/a", id_, State.FAILED, cidr="11/8") for id_ in ("net-1", "net-2")])
    assert sorted(each.action for each in made.steps) == ["delete", "replace"]


def test_a_surplus_is_deleted_whether_the_other_stays_or_is_replaced() -> None:
    for cidr, actions in (("11/8", ["delete"]), ("10/8", ["delete", "replace"])):
        made = plan([NET], [observed("net/a", cidr=cidr), observed("net/a", "net-b", cidr=cidr)])
        assert sorted(each.action for each in made.steps) == actions


def test_one_that_dies_by_itself_is_no_replacement_and_is_made_later() -> None:
    made = plan([NET], [observed("net/a", cidr="11/8", state=State.DELETING)])
    assert step(made, Op.DELETE, "net/a").action == "delete"
    assert later(made) == [("create", "net/a", "does not exist; waits until the resource of the same name is gone")]


def test_what_is_missing_and_needs_something_that_is_replaced_is_made_later() -> None:
    made = plan([NET, SUB], [NET_WAS])
    assert later(made) == [("create", "sub/a", "does not exist; waits for net/a")]


def test_what_is_to_be_pointed_at_something_that_is_replaced_is_changed_later() -> None:
    all_desired = [
        desired("net/b", cidr="1/8"),
        desired("path/p", net=Ref("net/b"), to=Ref("group/g")),
        desired("group/g", port=1),
    ]
    things = [observed("net/b", cidr="1/8"), observed("group/g", port=2), observed("path/p", net="net-b", to="group-g")]
    made = plan(all_desired, things)
    assert later(made) == [("update", "path/p", "differs: to; waits for group/g")]
    assert made.later[0].changes == (Change("to", "group-g", Ref("group/g")),)


World = tuple[list[Desired], list[Observed]]


@given(worlds())
def test_every_wanted_address_stays_or_is_made_now_or_later_in_exactly_one_way(world: World) -> None:
    all_desired, things = world
    made = make_plan(all_desired, things, TRAITS)
    leaving = {each.observed.id for each in made.steps if each.op is Op.DELETE and each.observed}
    ways = [item.address for item in things if item.id not in leaving]
    ways += [each.address for each in (*made.steps, *made.later) if each.action in ("create", "replace")]
    assert sorted(ways) == sorted(each.address for each in all_desired)


@given(worlds())
def test_a_replacement_names_what_forces_it_or_what_it_hangs_on_unless_it_failed(world: World) -> None:
    for each in make_plan(*world, TRAITS).steps:
        if each.replaces and each.observed and each.observed.state is not State.FAILED:
            assert each.changes or each.hangs_on


@given(worlds())
def test_whatever_hangs_on_something_is_taken_along_exactly_once_and_by_a_root(world: World) -> None:
    made = make_plan(*world, TRAITS)
    hanging = sorted(each.address for each in made.steps if each.hangs_on)
    assert sorted(address for each in made.steps for address in each.takes_along) == hanging
    assert not [each for each in made.steps if each.takes_along and each.hangs_on]


@given(worlds())
def test_what_is_told_as_a_change_is_a_real_difference(world: World) -> None:
    made = make_plan(*world, TRAITS)
    assert all(change.before != change.after for each in (*made.steps, *made.later) for change in each.changes)
