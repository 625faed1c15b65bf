"""A service that shows another value than the one requested is no reason to replace the resource again and again."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from pltui.engine.events import Phase
from pltui.engine.model import Desired, Field, Observed, Ref, State, Traits
from pltui.engine.plan import make_plan
from tests.fakecloud.cloud import FakeCloud, Thing
from tests.fakecloud.labs import TRAITS, Session, assert_exactly_one_of_each, small

WANTS = small()
# Of every type that has one, a field that only a replacement changes and that refers to nothing that others wait for.
FIXED = {
    desired.kind: name
    for desired in WANTS
    for name, sort in TRAITS[desired.kind].fields.items()
    if sort is Field.FIXED and isinstance(desired.spec.get(name), str)
}


@dataclass
class Misshowing(FakeCloud):
    """Shows `field` of each resource of one type wrongly: until `seconds` after its creation, or always."""

    kind: str = ""
    field: str = ""
    seconds: float = float("inf")

    def _thing(self, desired: Desired) -> Thing:
        thing = super()._thing(desired)
        self.born[thing.id] = asyncio.get_running_loop().time()
        return thing

    def __post_init__(self) -> None:
        super().__post_init__()
        self.born: dict[str, float] = {}

    def _seen(self, thing: Thing) -> Observed:
        observed = super()._seen(thing)
        age = asyncio.get_running_loop().time() - self.born[thing.id]
        if observed.kind != self.kind or age >= self.seconds:
            return observed
        return replace(observed, spec={**observed.spec, self.field: "shown"})


def misshowing(kind: str, field: str, seconds: float = float("inf")) -> Misshowing:
    return Misshowing(TRAITS, WANTS, kind=kind, field=field, seconds=seconds)


def calls(cloud: FakeCloud, kind: str) -> Counter[str]:
    return Counter(call.op for call in cloud.writes if call.kind == kind and call.op in ("create", "delete"))


def number(kind: str) -> int:
    return sum(desired.kind == kind for desired in WANTS)


@pytest.mark.parametrize(("kind", "field"), FIXED.items())
async def test_it_is_created_once_and_the_rest_of_the_lab_too(kind: str, field: str) -> None:
    cloud = misshowing(kind, field)
    session = Session(cloud, WANTS)
    outcome = await session.converge()
    assert calls(cloud, kind) == {"create": number(kind)}
    assert_exactly_one_of_each(cloud, WANTS)
    assert not outcome.ok
    assert not outcome.denied
    assert outcome.failed == number(kind)
    assert outcome.left == sorted(desired.address for desired in WANTS if desired.kind == kind)
    assert len(outcome.problems) == number(kind)
    for problem in outcome.problems:
        assert "the API does not show the requested value" in problem
        assert f"({field}: requested" in problem
        assert "shown shown" in problem
    failed = [event.address for event in session.events if event.phase is Phase.FAILED]
    assert sorted(failed) == outcome.left


async def test_a_later_run_replaces_it_once_and_ends_with_the_same_error() -> None:
    cloud = misshowing("nat_gateway", "subnet")
    first = await Session(cloud, WANTS).converge()
    for runs in (1, 2):
        again = await Session(cloud, WANTS).converge()
        assert calls(cloud, "nat_gateway") == {"create": 2 + 2 * runs, "delete": 2 * runs}
        assert (again.ok, sorted(again.problems)) == (False, sorted(first.problems))
    assert {thing.kind for thing in cloud.things} == {desired.kind for desired in WANTS}


async def test_a_value_that_shows_late_is_waited_for() -> None:
    outcome = await Session(misshowing("role", "path", seconds=190.0), WANTS).converge()
    assert outcome.ok, outcome.problems
    assert (outcome.created, outcome.failed, outcome.deleted) == (len(WANTS), 0, 0)


def test_what_was_created_in_this_run_still_goes_with_what_it_hangs_on() -> None:
    """Another hand deletes the first half of what the run has made; then the second half must be replaced, too."""
    traits = {"net": Traits({"cidr": Field.FIXED}), "sub": Traits({"net": Field.FIXED})}
    all_desired: Sequence[Desired] = [
        Desired("net/a", "net", {"cidr": "1"}),
        Desired("sub/a", "sub", {"net": Ref("net/a")}),
    ]
    observed = [
        Observed("net/a", "net", "net-1", {"cidr": "1"}, state=State.DELETING),
        Observed("sub/a", "sub", "sub-1", {"net": "net-1"}),
    ]
    plan = make_plan(all_desired, observed, traits, made={"net-1", "sub-1"})
    assert sorted(step.key for step in plan.steps) == ["delete:net/a:net-1", "delete:sub/a:sub-1"]
    assert plan.mismatches == ()
