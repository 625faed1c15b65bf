"""Concurrent lookups of a lab share its observations."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from pltui.errors import LabError
from pltui.lab.lookup import SharedLookup

ADDRESSES = [f"consumer-{number}/client" for number in range(100)]


class Cloud:
    """Everything but the first consumer's client exists; each look takes a moment."""

    def __init__(self) -> None:
        self.looks: list[set[str]] = []
        self.fails = False

    async def look(self, addresses: Collection[str]) -> Mapping[str, str]:
        self.looks.append(set(addresses))
        await asyncio.sleep(0.01)
        if self.fails:
            raise LabError("denied")
        return {address: f"i-{address}" for address in addresses if address != ADDRESSES[0]}


async def test_a_hundred_callers_at_once_share_one_look_and_get_their_own() -> None:
    cloud = Cloud()
    lookup = SharedLookup(cloud.look)
    found = await asyncio.gather(*(lookup.find([address]) for address in ADDRESSES))
    assert cloud.looks == [set(ADDRESSES)]
    assert found == [{}, *({address: f"i-{address}"} for address in ADDRESSES[1:])]


async def test_callers_during_a_look_share_the_next_which_begins_after_they_called() -> None:
    cloud = Cloud()
    lookup = SharedLookup(cloud.look)
    first = asyncio.create_task(lookup.find(ADDRESSES[:1]))
    await asyncio.sleep(0.005)
    await asyncio.gather(*(lookup.find([address]) for address in ADDRESSES[:10]))
    await first
    assert cloud.looks == [set(ADDRESSES[:1]), set(ADDRESSES[:10])]


async def test_a_failure_reaches_every_caller_and_the_next_call_looks_again() -> None:
    cloud = Cloud()
    lookup = SharedLookup(cloud.look)
    cloud.fails = True
    results = await asyncio.gather(*(lookup.find([address]) for address in ADDRESSES[:3]), return_exceptions=True)
    assert [str(error) for error in results] == ["denied"] * 3
    cloud.fails = False
    assert await lookup.find(ADDRESSES[1:2])


async def test_one_caller_that_is_cancelled_takes_nothing_from_the_others() -> None:
    cloud = Cloud()
    lookup = SharedLookup(cloud.look)
    leaving, staying = (asyncio.create_task(lookup.find(ADDRESSES[1:2])) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await staying == {ADDRESSES[1]: f"i-{ADDRESSES[1]}"}


async def test_what_was_observed_lately_is_not_observed_again() -> None:
    cloud = Cloud()
    lookup = SharedLookup(cloud.look)
    await lookup.find(ADDRESSES[:2])
    assert await lookup.find(ADDRESSES[:2], max_age_s=60) == {ADDRESSES[1]: f"i-{ADDRESSES[1]}"}
    assert len(cloud.looks) == 1
    # An older observation, or of another address, does not do. What was asked for before is observed along with it.
    await lookup.find(ADDRESSES[2:3], max_age_s=60)
    await lookup.find(ADDRESSES[:1])
    assert cloud.looks == [set(ADDRESSES[:2]), set(ADDRESSES[:3]), set(ADDRESSES[:3])]
