"""Whatever is deleted or edited behind the reconciler's back shows in the plan, and one run mends it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from pltui.engine.model import Desired, Field
from tests.fakecloud.cloud import Thing, strings
from tests.fakecloud.labs import TRAITS, Session, assert_exactly_one_of_each, cloud_for, small, wants_of

WANTS = wants_of("privatelink")


@pytest.mark.parametrize("address", [desired.address for desired in WANTS])
async def test_what_was_deleted_is_made_again(address: str) -> None:
    cloud = cloud_for(WANTS)
    cloud.settling = {}
    await Session(cloud, WANTS).converge()
    cloud.take(cloud.at(address))
    assert address in await Session(cloud, WANTS).pending()
    outcome = await Session(cloud, WANTS).converge()
    assert outcome.ok, outcome.problems
    assert_exactly_one_of_each(cloud, WANTS)


def _fields() -> Iterator[Any]:
    """Every field of every kind, at the first resource of that kind."""
    told = set()
    for desired in small():
        for name in desired.spec:
            kind = TRAITS[desired.kind].fields.get(name)
            if kind and (desired.kind, name) not in told:
                told.add((desired.kind, name))
                yield pytest.param(desired, name, kind, id=f"{desired.kind}.{name}")


def edited(value: Any) -> Any:
    """Another value of the same type."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case frozenset():
            return value | {"other"}
        case _:
            return f"{value}-other"


@pytest.mark.parametrize(("desired", "name", "kind"), list(_fields()))
async def test_a_field_that_was_edited_is_mended_in_place_or_by_replacement(
    desired: Desired, name: str, kind: Field
) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    await Session(cloud, all_desired).converge()
    thing = cloud.at(desired.address)
    thing.spec[name], right = edited(thing.spec[name]), thing.spec[name]
    assert desired.address in await Session(cloud, all_desired).pending()
    outcome = await Session(cloud, all_desired).converge()
    assert outcome.ok, outcome.problems
    assert_exactly_one_of_each(cloud, all_desired)
    if kind in (Field.MUTABLE, Field.REPOINTABLE):
        assert cloud.at(desired.address) is thing
        assert thing.spec[name] == right
    else:
        assert cloud.at(desired.address) is not thing


@pytest.mark.parametrize("desired", [pytest.param(desired, id=desired.address) for desired in small()])
async def test_what_failed_is_replaced_with_all_that_hangs_on_it(desired: Desired) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    cloud.settling = {}
    await Session(cloud, all_desired).converge()
    thing = cloud.at(desired.address)
    thing.failed = True
    outcome = await Session(cloud, all_desired).converge()
    assert outcome.ok, outcome.problems
    assert cloud.at(desired.address) is not thing
    assert_exactly_one_of_each(cloud, all_desired)


@pytest.mark.parametrize("desired", [pytest.param(desired, id=desired.address) for desired in small()])
async def test_what_is_on_its_way_out_is_waited_for_and_made_again(desired: Desired) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    cloud.settling = {}
    session = Session(cloud, all_desired)
    await session.converge()
    cloud.at(desired.address).gone_at = asyncio.get_running_loop().time() + 20
    outcome = await session.converge()
    assert outcome.ok, outcome.problems
    assert_exactly_one_of_each(cloud, all_desired)


@pytest.mark.parametrize("desired", [pytest.param(desired, id=desired.address) for desired in small()])
async def test_of_two_alike_the_one_others_refer_to_stays(desired: Desired) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    cloud.settling = {}
    await Session(cloud, all_desired).converge()
    kept = cloud.at(desired.address)
    cloud.put(Desired(desired.address, desired.kind, dict(kept.spec), desired.name))
    outcome = await Session(cloud, all_desired).converge()
    assert outcome.ok, outcome.problems
    assert_exactly_one_of_each(cloud, all_desired)
    if referred_to(kept, cloud.things):
        assert cloud.at(desired.address).id == kept.id


def referred_to(thing: Thing, things: list[Thing]) -> bool:
    return any(thing.identities & set(strings(other.spec)) for other in things)


@pytest.mark.parametrize(
    "desired", [pytest.param(desired, id=desired.kind) for desired in {w.kind: w for w in small()}.values()]
)
async def test_what_nobody_wants_any_more_goes(desired: Desired) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    cloud.settling = {}
    await Session(cloud, all_desired).converge()
    like = cloud.at(desired.address)
    extra = cloud.put(Desired(f"{desired.address}-old", desired.kind, dict(like.spec), desired.name))
    assert extra.address in await Session(cloud, all_desired).pending()
    outcome = await Session(cloud, all_desired).converge()
    assert (outcome.ok, outcome.created, outcome.updated, outcome.deleted) == (True, 0, 0, 1)
    assert_exactly_one_of_each(cloud, all_desired)


async def test_a_spec_that_changes_converges_to_the_new_lab_in_both_directions() -> None:
    one, other = wants_of("privatelink"), wants_of("single-subnet")
    cloud = cloud_for(wants_of("two-consumers"))
    for all_desired in (one, other, wants_of("two-consumers"), one):
        cloud.after = {desired.address: desired.after for desired in all_desired}
        outcome = await Session(cloud, all_desired).converge()
        assert outcome.ok, outcome.problems
        assert_exactly_one_of_each(cloud, all_desired)
