"""A lease whose holder is gone: who takes it over, when, and why never two of them."""

import asyncio
import json
from itertools import pairwise

import pytest

from pltui.engine.errors import InterruptedRunError, LockedError
from pltui.engine.lease import LASTS, Lease
from pltui.engine.polling import CancellationToken
from tests.engine.lease_store import READ_BACK, Parameter, Process, die, lease, now, story


def test_a_dead_holder_on_this_machine_is_taken_over_at_once() -> None:
    async def main() -> None:
        shelf = Parameter()
        await die(lease(shelf, Process("a")))
        begun = now()
        before = await (second := lease(shelf, Process("b", dead={"a"}))).acquire()
        assert now() - begun < READ_BACK + 1
        assert before
        assert before.quiet == 0, "it may have written until it died"
        assert shelf.holder() == "b"
        await second.release()

    story(main())


def test_a_silent_holder_elsewhere_is_taken_over_when_its_lease_has_run_out_and_not_before() -> None:
    async def main() -> None:
        shelf = Parameter()
        await die(lease(shelf, Process("a", machine="there")))
        await asyncio.sleep(LASTS - 5)
        with pytest.raises(LockedError):
            await lease(shelf, Process("b")).acquire()
        await asyncio.sleep(6)
        await (second := lease(shelf, Process("b"))).acquire()
        assert shelf.holder() == "b"
        await second.release()

    story(main())


@pytest.mark.parametrize("apart", [0.0, 0.01, 0.07, 0.12, 1.0, 2.02, 2.1, 2.2, 3.0, 20.0])
def test_of_two_that_take_over_the_same_lease_never_both_may_write(apart: float) -> None:
    async def main() -> None:
        shelf = Parameter()
        await die(lease(shelf, Process("dead")))
        writing: list[str] = []

        async def work(name: str, pause: float) -> None:
            await asyncio.sleep(pause)
            mine = lease(shelf, Process(name, dead={"dead"}))
            try:
                await mine.acquire()
            except LockedError:
                return
            for _ in range(100):
                try:
                    await mine.check()
                except InterruptedRunError:
                    break
                writing.append(name)
                await asyncio.sleep(0.5)
            await mine.release()

        await asyncio.gather(work("a", 0.0), work("b", apart))
        assert writing
        assert _handed_over(writing)

    story(main())


def test_a_slow_taker_that_comes_after_a_quick_one_stops_it_before_it_writes_itself() -> None:
    """It read the dead lease, slept, and overwrites the lease of whoever took it over meanwhile."""

    async def main() -> None:
        shelf = Parameter()
        await die(lease(shelf, Process("dead")))
        slow = lease(shelf, Process("slow", dead={"dead"}))
        get = shelf.get
        quick = lease(shelf, Process("quick", dead={"dead"}))

        async def slowly() -> tuple[str, int, float] | None:
            found = await get()
            shelf.get = get  # type: ignore[method-assign]
            await quick.acquire()
            return found

        shelf.get = slowly  # type: ignore[method-assign]
        taking = asyncio.ensure_future(slow._take_over())
        await asyncio.sleep(4)
        await _stops_before(quick, taking)
        await slow.check()
        await quick.release()
        assert shelf.holder() == "slow", "who lost it does not remove it"
        await slow.release()

    story(main())


def test_one_left_by_the_dead_is_told_from_one_of_the_living() -> None:
    async def main() -> None:
        shelf = Parameter()
        assert not await lease(shelf, Process("b")).left_behind()
        await die(lease(shelf, Process("a")))
        assert not await lease(shelf, Process("b")).left_behind()
        assert await lease(shelf, Process("b", dead={"a"})).left_behind()

    story(main())


def test_who_wrote_just_now_and_did_not_see_it_leaves_a_note_and_whoever_comes_next_has_it_at_once() -> None:
    async def main() -> None:
        shelf = Parameter()
        await (first := lease(shelf, Process("a", machine="there"))).acquire()
        await first.release(settled=False)
        await asyncio.sleep(3)
        before = await (second := lease(shelf, Process("b"))).acquire()
        assert before
        assert before.quiet == pytest.approx(3, abs=0.2)
        await second.release()
        assert shelf.text is None

    story(main())


def test_who_is_interrupted_while_taking_it_over_leaves_nothing_of_its_own() -> None:
    async def main() -> None:
        shelf, stop = Parameter(), CancellationToken()
        await die(lease(shelf, Process("a")))
        asyncio.get_running_loop().call_later(0.5, stop.set)
        second = lease(shelf, Process("b", dead={"a"}), stop=stop)
        with pytest.raises(InterruptedRunError):
            await second.acquire()
        await second.release()
        assert shelf.text is None

    story(main())


def test_versions_that_began_anew_are_not_taken_for_those_before() -> None:
    """It read the dead one, slept, and meanwhile another run had it, let it go, and a third one made it anew."""

    async def main() -> None:
        shelf = Parameter()
        await die(lease(shelf, Process("dead")))
        slow = lease(shelf, Process("slow", dead={"dead"}))
        get = shelf.get

        async def slowly() -> tuple[str, int, float] | None:
            found = await get()
            shelf.get = get  # type: ignore[method-assign]
            await shelf.remove()
            await asyncio.sleep(5)
            await (third := lease(shelf, Process("third"))).acquire()
            others.append(third)
            return found

        others: list[Lease] = []
        shelf.get = slowly  # type: ignore[method-assign]
        taking = asyncio.ensure_future(slow._take_over())
        await asyncio.sleep(6)
        await _stops_before(others[0], taking)
        await slow.release()
        await others[0].release()

    story(main())


@pytest.mark.parametrize("text", ["{", "[]", '{"run": 1}', "null", json.dumps({"pid": 10**30})])
def test_words_nobody_can_read_are_respected_until_they_run_out(text: str) -> None:
    async def main() -> None:
        shelf = Parameter()
        await shelf.put(text)
        with pytest.raises(LockedError, match="cannot be read"):
            await lease(shelf, Process("a")).acquire()
        await asyncio.sleep(LASTS + 1)
        await (mine := lease(shelf, Process("a"))).acquire()
        await mine.release()

    story(main())


async def _stops_before(writer: Lease, taking: asyncio.Future[bool]) -> None:
    """`writer` writes no more before the lease is taken over."""
    last = 0.0
    while not taking.done():
        try:
            await writer.check()
            last = now()
        except InterruptedRunError:
            break
        await asyncio.sleep(0.5)
    assert await taking
    assert now() > last


def _handed_over(writing: list[str]) -> bool:
    """Whether one wrote all it wrote before the other began."""
    changes = sum(before != after for before, after in pairwise(writing))
    return changes <= 1
