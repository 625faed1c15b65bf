"""What holds of every plan, whatever was wanted and whatever was seen."""

from graphlib import TopologicalSorter
from typing import Any

from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from pltui.engine.model import Desired, Field, Observed, Op, Ref, State, Step, Traits
from pltui.engine.plan import Plan, make_plan
from pltui.engine.references import refs, resolve


def given(*strategies: Any) -> Any:
    """As Hypothesis's, with fewer examples: the worlds are large, and there are many properties."""

    def decorate(test: Any) -> Any:
        return settings(max_examples=40, deadline=None)(given_any(*strategies)(test))

    return decorate


TRAITS = {
    "plain": Traits({"fixed": Field.FIXED, "free": Field.MUTABLE, "aim": Field.REPOINTABLE, "more": Field.GROWS}),
    "child": Traits({"fixed": Field.FIXED, "free": Field.MUTABLE, "aim": Field.REPOINTABLE}, parent_field="fixed"),
    "slow": Traits({"fixed": Field.FIXED, "free": Field.MUTABLE}, slow_delete=True),
}


@st.composite
def graphs(draw: st.DrawFn) -> list[Desired]:
    """Wants whose references lead only to earlier ones."""
    all_desired: list[Desired] = []
    for n in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(sorted(TRAITS)))
        spec = {}
        for name, sort in TRAITS[kind].fields.items():
            targets = [Ref(desired.address) for desired in all_desired]
            value = st.sampled_from([*targets, "x", "y"])
            spec[name] = draw(st.frozensets(value, max_size=3) if sort is Field.GROWS else value)
        after = draw(st.lists(st.sampled_from([w.address for w in all_desired]), max_size=2)) if all_desired else []
        all_desired.append(Desired(f"{kind}/{n}", kind, spec, after=tuple(after)))
    return all_desired


def built(all_desired: list[Desired]) -> list[Observed]:
    """The world in which all wants are fulfilled."""
    known: dict[str, Observed] = {}
    for desired in all_desired:
        known[desired.address] = Observed(
            desired.address, desired.kind, f"id:{desired.address}", resolve(desired.spec, known)
        )
    return list(known.values())


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Desired], list[Observed]]:
    """Wants, and a world somebody meddled with: parts gone, changed, doubled, failed, or of another lab's shape."""
    all_desired = draw(graphs())
    things: list[Observed] = []
    for item in built(all_desired):
        for copy in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
            state = draw(st.sampled_from([State.READY, State.READY, State.READY, *State]))
            spec = dict(item.spec)
            if draw(st.booleans()) and spec:
                name = draw(st.sampled_from(sorted(spec)))
                spec[name] = draw(_other(spec[name], things))
            address = draw(st.sampled_from([item.address] * 5 + [f"{item.kind}/stray"]))
            things.append(Observed(address, item.kind, f"{item.id}{'+' * copy}", spec, state=state))
    return all_desired, things


def _other(value: Any, things: list[Observed]) -> st.SearchStrategy[Any]:
    ids = st.sampled_from(["z", *(item.id for item in things)])
    return st.frozensets(ids, max_size=3) if isinstance(value, frozenset) else ids


def keys_before(step: Step) -> set[str]:
    return {*step.requires_created, *step.after, *([step.within] if step.within else [])}


def deletions(made: Plan) -> set[str]:
    return {step.observed.id for step in made.steps if step.op is Op.DELETE and step.observed}


@given(worlds())
def test_keys_are_unique_and_name_steps_of_the_plan(world: tuple[list[Desired], list[Observed]]) -> None:
    made = make_plan(*world, TRAITS)
    keys = [step.key for step in made.steps]
    assert len(keys) == len(set(keys))
    for step in made.steps:
        assert keys_before(step) <= set(keys)


@given(worlds())
def test_there_is_an_order_in_which_all_steps_can_be_carried_out(world: tuple[list[Desired], list[Observed]]) -> None:
    made = make_plan(*world, TRAITS)
    list(TopologicalSorter({step.key: keys_before(step) for step in made.steps}).static_order())


@given(worlds())
def test_no_address_is_both_made_and_deleted_or_changed_and_made(world: tuple[list[Desired], list[Observed]]) -> None:
    made = make_plan(*world, TRAITS)
    created = {step.address for step in made.steps if step.op is Op.CREATE}
    touched = {step.address for step in made.steps if step.op is not Op.CREATE}
    assert not created & touched


@given(worlds())
def test_of_each_wanted_address_at_most_one_stays_and_of_others_none(
    world: tuple[list[Desired], list[Observed]],
) -> None:
    all_desired, things = world
    leaving = deletions(make_plan(all_desired, things, TRAITS))
    staying = [item.address for item in things if item.id not in leaving]
    assert len(staying) == len(set(staying))
    assert set(staying) <= {desired.address for desired in all_desired}


@given(worlds())
def test_whoever_refers_to_what_is_leaving_leaves_first_or_lets_go_first(
    world: tuple[list[Desired], list[Observed]],
) -> None:
    """Except through what can be pointed elsewhere, and except for what goes along with its parent."""
    all_desired, things = world
    made = make_plan(all_desired, things, TRAITS)
    before = {step.key: keys_before(step) for step in made.steps}
    deletes = {step.observed.id: step for step in made.steps if step.op is Op.DELETE and step.observed}
    updates = {step.observed.id: step for step in made.steps if step.op is Op.UPDATE and step.observed}
    for item in things:
        for name, value in item.spec.items():
            if TRAITS[item.kind].fields[name] is Field.REPOINTABLE:
                continue
            for id_ in value if isinstance(value, frozenset) else (value,):
                target = deletes.get(id_)
                if target is None or id_ == item.id:
                    continue
                holder = deletes.get(item.id) or updates.get(item.id)
                assert holder is not None, f"{item.id} is left hanging on {id_}"
                if not target.within and holder.within != target.key:
                    assert holder.key in before[target.key]


@given(worlds())
def test_a_create_names_only_what_stays_or_is_made_before_it(world: tuple[list[Desired], list[Observed]]) -> None:
    all_desired, things = world
    made = make_plan(all_desired, things, TRAITS)
    leaving = deletions(made)
    there = {item.address for item in things if item.id not in leaving}
    for step in made.steps:
        if step.op is Op.CREATE and step.desired:
            for ref in refs(step.desired.spec):
                assert ref.address in there or f"{Op.CREATE}:{ref.address}:" in step.requires_created


@given(graphs())
def test_a_world_in_which_all_is_fulfilled_needs_nothing(all_desired: list[Desired]) -> None:
    assert make_plan(all_desired, built(all_desired), TRAITS).steps == ()


@given(graphs())
def test_from_nothing_everything_is_made_and_nothing_else(all_desired: list[Desired]) -> None:
    steps = make_plan(all_desired, [], TRAITS).steps
    assert {step.op for step in steps} <= {Op.CREATE}
    assert sorted(step.address for step in steps) == sorted(desired.address for desired in all_desired)


@given(worlds())
def test_where_nothing_is_wanted_everything_goes(world: tuple[list[Desired], list[Observed]]) -> None:
    _, things = world
    assert deletions(make_plan([], things, TRAITS)) == {item.id for item in things}


@given(worlds())
def test_carried_out_pass_by_pass_every_world_becomes_the_wanted_one(
    world: tuple[list[Desired], list[Observed]],
) -> None:
    all_desired, things = world
    for _ in range(8):
        made = make_plan(all_desired, things, TRAITS)
        if not made.steps:
            assert sorted(item.address for item in things) == sorted(desired.address for desired in all_desired)
            return
        things = carried_out(made, things)
    raise AssertionError([step.key for step in make_plan(all_desired, things, TRAITS).steps])


def carried_out(made: Plan, things: list[Observed]) -> list[Observed]:
    """The world after a plan, in one of its orders."""
    steps = {step.key: step for step in made.steps}
    world = {item.id: item for item in things}
    known = {item.address: item for item in things if item.id not in deletions(made)}
    for key in TopologicalSorter({key: keys_before(step) for key, step in steps.items()}).static_order():
        step = steps[key]
        old = step.observed or Observed(step.address, step.kind, f"new:{step.address}:{len(world)}:{len(things)}", {})
        if step.op is Op.DELETE:
            del world[old.id]
            continue
        changed = {c.field: c.after for c in step.changes} if step.op is not Op.CREATE else step.desired.spec  # type: ignore[union-attr]
        ready = State.READY if step.op is not Op.UPDATE else old.state
        new = Observed(old.address, old.kind, old.id, {**old.spec, **resolve(changed, known)}, state=ready)
        if step.op is Op.WAIT:
            new = Observed(old.address, old.kind, old.id, world[old.id].spec, state=ready)
        world[new.id] = known[new.address] = new
    return list(world.values())
