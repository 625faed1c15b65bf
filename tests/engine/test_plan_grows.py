"""Planning does the same work per resource however many there are: counted in calls of functions, not in time."""

import dataclasses
from collections.abc import Callable, Sequence
from graphlib import TopologicalSorter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pltui.engine.classification import Classification, Deletion
from pltui.engine.model import Desired, Field, Observed, Op, Ref, State, Traits
from pltui.engine.plan import make_plan
from pltui.engine.presence import Presence
from tests.counting import count_calls
from tests.engine.test_plan_properties import TRAITS, worlds

KINDS = {
    "link": Traits({"of": Field.FIXED, "size": Field.FIXED}),
    "child": Traits({"of": Field.FIXED, "with": Field.MUTABLE}, parent_field="of"),
}
World = tuple[Sequence[Desired], Sequence[Observed]]


def observed(address: str, id_: str = "", needs: frozenset[str] = frozenset(), **spec: str) -> Observed:
    return Observed(address, address.partition("/")[0], id_ or f"id:{address}", spec, needs=needs)


def chain(length: int) -> tuple[list[Desired], list[Observed]]:
    """Each refers to the one before it; what is seen is as desired."""
    names = [f"link/{n:06}" for n in range(length)]
    before = ["", *names[:-1]]
    all_desired = [
        Desired(name, "link", {"size": "s", **({"of": Ref(other)} if other else {})})
        for name, other in zip(names, before, strict=True)
    ]
    there = [
        observed(name, size="s", **({"of": f"id:{other}"} if other else {}))
        for name, other in zip(names, before, strict=True)
    ]
    return all_desired, there


def no_change(n: int) -> World:
    return chain(n)


def create_all(n: int) -> World:
    return chain(n)[0], ()


def destroy_all(n: int) -> World:
    return (), chain(n)[1]


def one_cascade(n: int) -> World:
    """The first must be replaced, and takes along the second, that the third, ..."""
    all_desired, things = chain(n)
    return all_desired, [dataclasses.replace(things[0], spec={"size": "other"}), *things[1:]]


def every_one_differs(n: int) -> World:
    """All must be replaced for their own sake, and hang on each other, too."""
    all_desired, things = chain(n)
    return all_desired, [dataclasses.replace(item, spec={**item.spec, "size": "other"}) for item in things]


def none_creatable(n: int) -> World:
    """The first is on its way out, so the second cannot be created in this pass, nor the third, ..."""
    all_desired, things = chain(n)
    return all_desired, [dataclasses.replace(things[0], state=State.DELETING)]


def duplicates(n: int) -> World:
    all_desired, things = chain(n)
    return all_desired, [dataclasses.replace(item, id=f"{item.id}{copy}") for item in things for copy in ("", "+")]


def not_working(n: int) -> World:
    all_desired, things = chain(n)
    return (
        [dataclasses.replace(desired, works_with=(all_desired[0].address,)) for desired in all_desired],
        [dataclasses.replace(item, state=State.PENDING) for item in things],
    )


def many_circles(n: int) -> World:
    """Pairs each of which holds the other."""
    pairs = [(f"link/{k:06}a", f"link/{k:06}b") for k in range(n // 2)]
    return (), [observed(one, of=f"id:{other}") for pair in pairs for one, other in (pair, pair[::-1])]


def many_circles_through_one(n: int) -> World:
    """Children each of which holds what holds their parent."""
    children = [observed(f"child/{k:06}", **{"of": "id:link/parent", "with": "id:link/between"}) for k in range(n)]
    return (), [observed("link/parent"), observed("link/between", of="id:link/parent"), *children]


def one_circle(n: int) -> World:
    names = [f"link/{k:06}" for k in range(n)]
    return (), [observed(name, of=f"id:{names[k - 1]}") for k, name in enumerate(names)]


WORLDS: tuple[Callable[[int], World], ...] = (
    no_change, create_all, destroy_all, one_cascade, every_one_differs, none_creatable, duplicates, not_working,
    many_circles, many_circles_through_one, one_circle,
)  # fmt: skip


@pytest.mark.parametrize("build", WORLDS, ids=lambda build: build.__name__)
def test_ten_times_the_resources_take_ten_times_the_calls(build: Callable[[int], World]) -> None:
    small, large = (count_calls(make_plan, *build(n), KINDS) for n in (100, 1000))
    assert large <= 10.5 * small


@pytest.mark.parametrize("build", [many_circles, many_circles_through_one, one_circle], ids=lambda b: b.__name__)
def test_circles_are_opened_so_that_there_is_an_order(build: Callable[[int], World]) -> None:
    steps = {step.key: step for step in make_plan(*build(30), KINDS).steps}
    order = [*TopologicalSorter({key: step.after for key, step in steps.items()}).static_order()]
    assert sorted(order) == sorted(steps)
    assert {step.op for step in steps.values()} == {Op.DELETE}


def test_a_child_in_a_circle_is_deleted_by_itself_and_the_others_go_with_their_parent() -> None:
    _, things = many_circles_through_one(3)
    things = [*things, observed("child/free", of="id:link/parent")]
    within = {step.address: step.within for step in make_plan((), things, KINDS).steps}
    assert {address for address, parent in within.items() if parent} == {"child/free"}


@st.composite
def tangled(draw: st.DrawFn) -> list[Observed]:
    """Things that hold each other in any way."""
    ids = [f"id:{n}" for n in range(draw(st.integers(1, 7)))]
    any_id = st.sampled_from(ids)
    return [
        dataclasses.replace(
            observed(f"{draw(st.sampled_from(['link', 'child']))}/{id_}", id_, of=draw(any_id)),
            needs=draw(st.frozensets(any_id, max_size=3)),
        )
        for id_ in ids
    ]


@settings(max_examples=200, deadline=None)
@given(tangled())
def test_however_things_hold_each_other_there_is_an_order_to_delete_them(things: list[Observed]) -> None:
    steps = make_plan((), things, KINDS).steps  # raises CycleError otherwise
    assert {step.observed.id for step in steps if step.observed} == {item.id for item in things}
    keys = {step.key for step in steps}
    for step in steps:
        assert step.after <= keys
        assert step.within is None or step.after == {step.within}


class EveryRound(Classification):
    """Looks at everything again in each round: slow, and simple."""

    def _affected_addresses(self, new_deletions: Sequence[Deletion]) -> list[str]:
        leaving = {deletion.observed.address for deletion in self.deletions.values()}
        self.presence = Presence(self.wanted, self.kept, leaving)
        return list(self.kept)


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_looking_only_at_what_is_affected_finds_what_looking_at_everything_does(
    world: tuple[list[Desired], list[Observed]],
) -> None:
    all_desired, things = world
    ordered = sorted(things, key=lambda item: (item.address, item.id))
    quick, slow = Classification(all_desired, ordered, TRAITS), EveryRound(all_desired, ordered, TRAITS)
    assert [*quick.deletions.items()] == [*slow.deletions.items()]
    assert (quick.kept, quick.changes) == (slow.kept, slow.changes)
    assert quick.presence.creatable == slow.presence.creatable
    assert quick.presence.there == slow.presence.there
