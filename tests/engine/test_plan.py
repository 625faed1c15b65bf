"""Tables of (wanted, seen) -> steps."""

from typing import Any

import pytest

from pltui.engine.model import Change, Desired, Observed, Op, Ref, State
from pltui.engine.references import UnresolvedError, refs, resolve
from tests.engine.world import desired, observed, plan, step, told

NET, SUB = desired("net/a", cidr="10/8"), desired("sub/a", net=Ref("net/a"), cidr="10/16")
NET_IS, SUB_IS = observed("net/a", cidr="10/8"), observed("sub/a", net="net-a", cidr="10/16")


@pytest.mark.parametrize(
    ("all_desired", "things", "steps"),
    [
        pytest.param([], [], [], id="nothing wanted, nothing there"),
        pytest.param([NET, SUB], [NET_IS, SUB_IS], [], id="all there"),
        pytest.param([NET, SUB], [], ["create net/a", "create sub/a"], id="nothing there"),
        pytest.param([NET, SUB], [NET_IS], ["create sub/a"], id="part of it there"),
        pytest.param([NET], [NET_IS, SUB_IS], ["delete sub/a sub-a"], id="more there than wanted"),
        pytest.param([], [NET_IS, SUB_IS], ["delete net/a net-a", "delete sub/a sub-a"], id="nothing wanted"),
        pytest.param([desired("net/a", cidr="11/8", name="x")], [observed("net/a", cidr="11/8", name="y")],
                     ["update net/a"], id="a field that changes in place"),
        pytest.param([desired("net/a", cidr="11/8")], [NET_IS], ["delete net/a net-a"], id="a fixed field"),
        pytest.param([NET], [observed("net/a", cidr="10/8", name="odd")], [], id="a field nobody said anything about"),
        pytest.param([desired("net/a", cidr="10/8", secret="s")], [NET_IS], [], id="a field that cannot be seen"),
        pytest.param([NET], [observed("net/a", cidr="10/8", odd="x")], [], id="a field unknown here"),
        pytest.param([desired("net/a", odd="y")], [observed("net/a", odd="x")], ["delete net/a net-a"],
                     id="a field of no declared sort is fixed"),
        pytest.param([NET, SUB], [observed("net/a", cidr="10/8", state=State.PENDING), SUB_IS], ["wait net/a"],
                     id="not working yet"),
        pytest.param([NET], [observed("net/a", cidr="10/8", state=State.FAILED)], ["delete net/a net-a"], id="failed"),
        pytest.param([NET], [observed("net/a", cidr="10/8", state=State.DELETING)], ["delete net/a net-a"],
                     id="on its way out"),
        pytest.param([desired("net/a", cidr="10/8", name="x")],
                     [observed("net/a", cidr="10/8", name="y", state=State.PENDING)], ["update net/a", "wait net/a"],
                     id="not working yet and different"),
        pytest.param([desired("gate/g", subs=frozenset({"s1", "s2"}))], [observed("gate/g", subs=frozenset({"s1"}))],
                     ["update gate/g"], id="a collection that grows"),
        pytest.param([desired("gate/g", subs=frozenset({"s1"}))], [observed("gate/g", subs=frozenset({"s1", "s2"}))],
                     ["delete gate/g gate-g"], id="a collection that would shrink"),
        pytest.param([desired("door/d", subs=frozenset({"s1"}))], [observed("door/d", subs=frozenset({"s1", "s2"}))],
                     ["update door/d"], id="a collection that may shrink"),
    ],
)  # fmt: skip
def test_what_is_to_be_done(all_desired: list[Desired], things: list[Observed], steps: list[str]) -> None:
    assert told(plan(all_desired, things)) == steps


# -- order ------------------------------------------------------------------------------------------------------------


def test_a_create_comes_upon_the_creation_of_what_it_refers_to_at_any_depth() -> None:
    made = plan([NET, SUB, desired("door/d", deep={"list": [Ref("sub/a"), {"x": frozenset({Ref("net/a", "dns")})}]})])
    assert step(made, Op.CREATE, "sub/a").requires_created == {"create:net/a:"}
    assert step(made, Op.CREATE, "door/d").requires_created == {"create:sub/a:", "create:net/a:"}


def test_a_create_comes_upon_nothing_where_all_it_refers_to_is_there() -> None:
    assert step(plan([NET, SUB], [NET_IS]), Op.CREATE, "sub/a").requires_created == frozenset()


@pytest.mark.parametrize(
    ("first", "keys"),
    [
        ([], {"create:net/a:"}),
        ([observed("net/a", cidr="10/8", state=State.PENDING)], {"wait:net/a:"}),
        ([observed("net/a", cidr="10/8", name="y")], {"update:net/a:"}),
        ([observed("net/a", cidr="10/8", name="x")], set()),
    ],
    ids=["made", "waited for", "changed", "working"],
)
def test_what_is_to_come_after_another_waits_until_that_one_is_done(first: list[Observed], keys: set[str]) -> None:
    made = plan([desired("net/a", cidr="10/8", name="x"), desired("group/g", after=("net/a",), port=1)], first)
    assert step(made, Op.CREATE, "group/g").after == keys


def test_what_refers_to_or_comes_after_something_that_is_leaving_is_left_for_the_next_pass() -> None:
    leaving = observed("net/a", cidr="11/8")
    assert told(plan([NET, SUB, desired("group/g", after=("net/a",))], [leaving])) == ["delete net/a net-a"]


def test_an_update_comes_upon_the_creation_of_what_it_newly_refers_to() -> None:
    all_desired = [NET, desired("path/p", net=Ref("net/a"), to=Ref("group/g")), desired("group/g", port=1)]
    made = plan(all_desired, [NET_IS, observed("path/p", net="net-a", to="elsewhere")])
    update = step(made, Op.UPDATE, "path/p")
    assert update.requires_created == {"create:group/g:"}
    assert update.changes == (Change("to", "elsewhere", Ref("group/g")),)


def test_an_update_names_only_what_it_changes_and_resolves_what_is_there() -> None:
    all_desired = [NET, desired("path/p", net=Ref("net/a"), to=Ref("net/a", "dns"))]
    made = plan(all_desired, [NET_IS, observed("path/p", net="net-a", to="elsewhere")])
    assert step(made, Op.UPDATE, "path/p").changes == (Change("to", "elsewhere", "net-a.dns"),)


def test_an_update_is_put_off_while_what_it_would_refer_to_is_leaving() -> None:
    all_desired = [NET, desired("path/p", net=Ref("net/a"), to=Ref("group/g")), desired("group/g", port=1)]
    made = plan(all_desired, [NET_IS, observed("group/g", port=2), observed("path/p", net="net-a", to="group-g")])
    assert told(made) == ["delete group/g group-g"]


# -- replacement ------------------------------------------------------------------------------------------------------


def test_replacing_something_takes_all_that_hangs_on_it() -> None:
    all_desired = [desired("net/a", cidr="11/8"), SUB, desired("door/d", of=Ref("sub/a"))]
    made = plan(all_desired, [NET_IS, SUB_IS, observed("door/d", of="sub-a")])
    assert told(made) == ["delete door/d door-d", "delete net/a net-a", "delete sub/a sub-a"]
    assert step(made, Op.DELETE, "net/a").why == "cidr cannot change in place"
    assert step(made, Op.DELETE, "sub/a").why == "depends on net/a"
    assert step(made, Op.DELETE, "net/a").after == {"delete:sub/a:sub-a"}
    assert step(made, Op.DELETE, "sub/a").after == {"delete:door/d:door-d"}


def test_what_can_be_pointed_elsewhere_is_spared() -> None:
    all_desired = [NET, desired("group/g", port=2), desired("path/p", net=Ref("net/a"), to=Ref("group/g"))]
    made = plan(all_desired, [NET_IS, observed("group/g", port=1), observed("path/p", net="net-a", to="group-g")])
    assert told(made) == ["delete group/g group-g"]
    assert step(made, Op.DELETE, "group/g").after == frozenset()


def test_a_mutable_reference_to_what_is_leaving_and_still_wanted_takes_its_holder_along() -> None:
    all_desired = [
        desired("net/a", cidr="10/8"),
        desired("sub/a", net=Ref("net/a"), cidr="new"),
        desired("door/d", subs=[Ref("sub/a")]),
    ]
    made = plan(all_desired, [NET_IS, SUB_IS, observed("door/d", subs=["sub-a"])])
    assert told(made) == ["delete door/d door-d", "delete sub/a sub-a"]


def test_a_mutable_reference_the_spec_lets_go_of_is_let_go_of_before_what_it_held_goes() -> None:
    other = desired("sub/b", net=Ref("net/a"), cidr="x")
    all_desired = [NET, other, desired("door/d", subs=[Ref("sub/b")])]
    things = [NET_IS, SUB_IS, observed("sub/b", net="net-a", cidr="x"), observed("door/d", subs=["sub-a"])]
    made = plan(all_desired, things)
    assert told(made) == ["delete sub/a sub-a", "update door/d"]
    assert step(made, Op.DELETE, "sub/a").after == {"update:door/d:"}


def test_what_is_needed_though_no_field_says_so_takes_its_holder_along() -> None:
    all_desired = [desired("net/a", cidr="11/8"), desired("group/g", port=1)]
    made = plan(all_desired, [NET_IS, observed("group/g", port=1, needs=["net-a"])])
    assert told(made) == ["delete group/g group-g", "delete net/a net-a"]
    assert step(made, Op.DELETE, "net/a").after == {"delete:group/g:group-g"}


def test_an_attribute_is_a_reference_like_an_id() -> None:
    all_desired = [desired("net/a", cidr="11/8"), desired("sub/a", net=Ref("net/a", "dns"), cidr="10/16")]
    made = plan(all_desired, [NET_IS, observed("sub/a", net="net-a.dns", cidr="10/16")])
    assert told(made) == ["delete net/a net-a", "delete sub/a sub-a"]


@pytest.mark.parametrize("state", [State.FAILED, State.DELETING])
def test_what_hangs_on_something_that_failed_or_is_leaving_goes_too(state: State) -> None:
    made = plan([NET, SUB], [observed("net/a", cidr="10/8", state=state), SUB_IS])
    assert told(made) == ["delete net/a net-a", "delete sub/a sub-a"]


# -- surplus ----------------------------------------------------------------------------------------------------------


def test_of_two_alike_the_one_more_referred_to_is_kept() -> None:
    made = plan(
        [NET, SUB], [NET_IS, observed("net/a", "net-b", cidr="10/8"), observed("sub/a", net="net-b", cidr="10/16")]
    )
    assert told(made) == ["delete net/a net-a"]
    assert step(made, Op.DELETE, "net/a").why == "duplicate: net-b is kept"


def test_of_two_the_one_that_fits_is_kept_however_much_the_other_is_referred_to() -> None:
    things = [observed("net/a", "net-b", cidr="odd"), NET_IS, observed("sub/a", net="net-b", cidr="10/16")]
    assert told(plan([NET, SUB], things)) == ["delete net/a net-b", "delete sub/a sub-a"]


def test_of_two_equals_one_that_works_is_kept() -> None:
    made = plan(
        [NET], [observed("net/a", "net-1", state=State.PENDING, cidr="10/8"), observed("net/a", "net-2", cidr="10/8")]
    )
    assert told(made) == ["delete net/a net-1"]


def test_of_three_exactly_one_is_kept_and_always_the_same() -> None:
    things = [observed("net/a", id_, cidr="10/8") for id_ in ("net-3", "net-1", "net-2")]
    assert told(plan([NET], things)) == told(plan([NET], things[::-1])) == ["delete net/a net-2", "delete net/a net-3"]


def test_one_that_is_leaving_counts_for_nothing() -> None:
    made = plan([NET], [observed("net/a", "net-0", state=State.DELETING, cidr="10/8"), NET_IS])
    assert told(made) == ["delete net/a net-0"]


# -- leaving ----------------------------------------------------------------------------------------------------------


def test_what_goes_with_its_parent_is_no_call_of_its_own() -> None:
    things = [observed("gate/g"), observed("arm/a", gate="gate-g", group="group-t"), observed("group/t")]
    made = plan([], things)
    assert step(made, Op.DELETE, "arm/a").within == "delete:gate/g:gate-g"
    assert step(made, Op.DELETE, "arm/a").after == {"delete:gate/g:gate-g"}
    assert step(made, Op.DELETE, "group/t").after == {"delete:arm/a:arm-a"}
    assert step(made, Op.DELETE, "gate/g").after == frozenset()


def test_what_would_go_with_a_parent_that_stays_is_deleted_by_itself() -> None:
    made = plan([desired("gate/g")], [observed("gate/g"), observed("arm/a", gate="gate-g", group="x")])
    assert step(made, Op.DELETE, "arm/a").within is None


def test_what_holds_something_that_holds_its_parent_does_not_go_along_with_it() -> None:
    things = [
        observed("gate/g"),
        observed("arm/a", gate="gate-g", group="group-t"),
        observed("group/t", needs=["gate-g"]),
    ]
    made = plan([], things)
    assert step(made, Op.DELETE, "arm/a").within is None
    assert step(made, Op.DELETE, "group/t").after == {"delete:arm/a:arm-a"}
    assert step(made, Op.DELETE, "gate/g").after == {"delete:arm/a:arm-a", "delete:group/t:group-t"}


def test_two_that_hold_each_other_are_both_tried() -> None:
    made = plan([], [observed("group/a", needs=["group-b"]), observed("group/b", needs=["group-a"])])
    one, other = step(made, Op.DELETE, "group/a"), step(made, Op.DELETE, "group/b")
    assert sorted(map(len, (one.after, other.after))) == [0, 1]


def test_what_most_hangs_on_weighs_most() -> None:
    """Where calls must queue, the longest chain is not kept waiting."""
    made = plan([desired("group/g"), NET, SUB, desired("door/d", of=Ref("sub/a"))])
    weights = {each.address: each.weight for each in made.steps}
    assert weights["net/a"] > weights["sub/a"] > weights["door/d"] == weights["group/g"] == 0


def test_orphans_are_ordered_by_what_they_were_seen_to_refer_to() -> None:
    made = plan([], [observed("net/odd"), observed("door/odd", of="sub-odd"), observed("sub/odd", net="net-odd")])
    assert step(made, Op.DELETE, "sub/odd").after == {"delete:door/odd:door-odd"}
    assert step(made, Op.DELETE, "net/odd").after == {"delete:sub/odd:sub-odd"}


def test_a_repointable_reference_does_not_order_deletions() -> None:
    made = plan([], [observed("path/p", net="n", to="group-g"), observed("group/g")])
    assert step(made, Op.DELETE, "group/g").after == frozenset()


# -- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        (Ref("net/a"), "net-a"),
        (Ref("net/a", "dns"), "net-a.dns"),
        ([Ref("net/a"), 1], ["net-a", 1]),
        ((Ref("net/a"),), ("net-a",)),
        (frozenset({Ref("net/a"), "x"}), frozenset({"net-a", "x"})),
        ({"deep": {"er": [Ref("net/a")]}}, {"deep": {"er": ["net-a"]}}),
        ("net/a", "net/a"),
        (None, None),
        (False, False),
    ],
)
def test_references_are_resolved_at_any_depth(value: Any, becomes: Any) -> None:
    assert resolve(value, {"net/a": NET_IS}) == becomes
    assert not list(refs(becomes))


@pytest.mark.parametrize("ref", [Ref("net/b"), Ref("net/a", "colour")])
def test_a_reference_to_what_is_not_there_says_to_what(ref: Ref) -> None:
    with pytest.raises(UnresolvedError, match=ref.address):
        resolve([{"x": ref}], {"net/a": NET_IS})
