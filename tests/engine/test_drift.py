"""Whatever is deleted or edited behind the reconciler's back shows in the plan, and one run mends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from pltui.engine.types import Field, Want
from tests.fakecloud.clock import run
from tests.fakecloud.cloud import Thing, strings
from tests.fakecloud.labs import TRAITS, Session, assert_exactly_one_of_each, cloud_for, small, wants_of

WANTS = wants_of("privatelink")


@pytest.mark.parametrize("address", [want.address for want in WANTS])
def test_what_was_deleted_is_made_again(address: str) -> None:
    async def story() -> None:
        cloud = cloud_for(WANTS)
        cloud.settling = {}
        await Session(cloud, WANTS).converge()
        cloud.take(cloud.at(address))
        assert address in await Session(cloud, WANTS).pending()
        outcome = await Session(cloud, WANTS).converge()
        assert outcome.ok, outcome.problems
        assert_exactly_one_of_each(cloud, WANTS)

    run(story())


def _fields() -> Iterator[Any]:
    """Every field of every kind, at the first resource of that kind."""
    told = set()
    for want in small():
        for name in want.spec:
            kind = TRAITS[want.kind].fields.get(name)
            if kind and (want.kind, name) not in told:
                told.add((want.kind, name))
                yield pytest.param(want, name, kind, id=f"{want.kind}.{name}")


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


@pytest.mark.parametrize(("want", "name", "kind"), list(_fields()))
def test_a_field_that_was_edited_is_mended_in_place_or_by_replacement(want: Want, name: str, kind: Field) -> None:
    async def story() -> None:
        wants = small()
        cloud = cloud_for(wants)
        await Session(cloud, wants).converge()
        thing = cloud.at(want.address)
        thing.spec[name], right = edited(thing.spec[name]), thing.spec[name]
        assert want.address in await Session(cloud, wants).pending()
        outcome = await Session(cloud, wants).converge()
        assert outcome.ok, outcome.problems
        assert_exactly_one_of_each(cloud, wants)
        if kind in (Field.MUTABLE, Field.REPOINTABLE):
            assert cloud.at(want.address) is thing
            assert thing.spec[name] == right
        else:
            assert cloud.at(want.address) is not thing

    run(story())


@pytest.mark.parametrize("want", [pytest.param(want, id=want.address) for want in small()])
def test_what_failed_is_replaced_with_all_that_hangs_on_it(want: Want) -> None:
    async def story() -> None:
        wants = small()
        cloud = cloud_for(wants)
        cloud.settling = {}
        await Session(cloud, wants).converge()
        thing = cloud.at(want.address)
        thing.failed = True
        outcome = await Session(cloud, wants).converge()
        assert outcome.ok, outcome.problems
        assert cloud.at(want.address) is not thing
        assert_exactly_one_of_each(cloud, wants)

    run(story())


@pytest.mark.parametrize("want", [pytest.param(want, id=want.address) for want in small()])
def test_what_is_on_its_way_out_is_waited_for_and_made_again(want: Want) -> None:
    async def story() -> None:
        wants = small()
        cloud = cloud_for(wants)
        cloud.settling = {}
        session = Session(cloud, wants)
        await session.converge()
        cloud.at(want.address).gone_at = asyncio.get_running_loop().time() + 20
        outcome = await session.converge()
        assert outcome.ok, outcome.problems
        assert_exactly_one_of_each(cloud, wants)

    run(story())


@pytest.mark.parametrize("want", [pytest.param(want, id=want.address) for want in small()])
def test_of_two_alike_the_one_others_refer_to_stays(want: Want) -> None:
    async def story() -> None:
        wants = small()
        cloud = cloud_for(wants)
        cloud.settling = {}
        await Session(cloud, wants).converge()
        kept = cloud.at(want.address)
        cloud.put(Want(want.address, want.kind, dict(kept.spec), want.name))
        outcome = await Session(cloud, wants).converge()
        assert outcome.ok, outcome.problems
        assert_exactly_one_of_each(cloud, wants)
        if referred_to(kept, cloud.things):
            assert cloud.at(want.address).id == kept.id

    run(story())


def referred_to(thing: Thing, things: list[Thing]) -> bool:
    return any(thing.identities & set(strings(other.spec)) for other in things)


@pytest.mark.parametrize("want", [pytest.param(want, id=want.kind) for want in {w.kind: w for w in small()}.values()])
def test_what_nobody_wants_any_more_goes(want: Want) -> None:
    async def story() -> None:
        wants = small()
        cloud = cloud_for(wants)
        cloud.settling = {}
        await Session(cloud, wants).converge()
        like = cloud.at(want.address)
        extra = cloud.put(Want(f"{want.address}-old", want.kind, dict(like.spec), want.name))
        assert extra.address in await Session(cloud, wants).pending()
        outcome = await Session(cloud, wants).converge()
        assert (outcome.ok, outcome.created, outcome.updated, outcome.deleted) == (True, 0, 0, 1)
        assert_exactly_one_of_each(cloud, wants)

    run(story())


def test_a_spec_that_changes_converges_to_the_new_lab_in_both_directions() -> None:
    async def story() -> None:
        one, other = wants_of("privatelink"), wants_of("single-subnet")
        cloud = cloud_for(wants_of("two-consumers"))
        for wants in (one, other, wants_of("two-consumers"), one):
            cloud.after = {want.address: want.after for want in wants}
            outcome = await Session(cloud, wants).converge()
            assert outcome.ok, outcome.problems
            assert_exactly_one_of_each(cloud, wants)

    run(story())
