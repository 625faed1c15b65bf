"""One writer: who gets the lease, who waits, who takes it over, and who must stop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from pltui.engine.errors import InterruptedRunError, LockedError, OutcomeUnknownError
from pltui.engine.lease import LASTS, RENEW, WRITES, Holder, Lease
from pltui.engine.waiting import Stop
from tests.fakecloud.clock import run

READ_BACK = 2.0


@dataclass
class Parameter:
    """A shelf in memory, by the loop's clock. `lose` calls are applied and their answers lost; `drop` not applied."""

    text: str | None = None
    version: int = 0
    written: float = 0.0
    lose: set[str] = field(default_factory=set)
    drop: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    latency: float = 0.05

    async def put(self, text: str) -> int | None:
        await self._begin("put")
        if self.text is not None:
            return None
        return await self._write("put", text)

    async def overwrite(self, text: str) -> int:
        await self._begin("overwrite")
        return await self._write("overwrite", text)

    async def get(self) -> tuple[str, int, float] | None:
        await self._begin("get")
        return None if self.text is None else (self.text, self.version, _now() - self.written)

    async def remove(self) -> None:
        await self._begin("remove")
        self.text, self.version = None, 0

    async def _begin(self, call: str) -> None:
        self.calls.append(call)
        await asyncio.sleep(self.latency)
        if call in self.drop:
            raise OutcomeUnknownError("the request is lost")

    async def _write(self, call: str, text: str) -> int:
        self.text, self.version, self.written = text, self.version + 1, _now()
        if call in self.lose:
            self.lose.discard(call)
            raise OutcomeUnknownError("the answer is lost")
        return self.version

    def holder(self) -> str:
        return "" if self.text is None else json.loads(self.text)["run"]


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Process:
    """A process on a machine; `dead` holds the names of those on it that are gone."""

    name: str
    machine: str = "here"
    dead: set[str] = field(default_factory=set)
    asleep: float = 0.0  # seconds its machine slept, which only the clock tells

    def holder(self, verb: str) -> Holder:
        return Holder(self.name, "host", self.machine, 1, "", verb, "then", "then")

    def alive(self, holder: Holder) -> bool | None:
        return holder.run not in self.dead if holder.machine == self.machine else None

    def ended(self, holder: Holder) -> None:
        self.dead.add(holder.run)

    def clock(self) -> float:
        return _now() + self.asleep

    def now(self) -> str:
        return f"{self.clock():.1f}"


def lease(shelf: Parameter, process: Process, timeout: float = 0.0, stop: Stop | None = None) -> Lease:
    return Lease(shelf, process, "reconcile", Stop() if stop is None else stop, read_back=READ_BACK, timeout=timeout)


def story(main: Coroutine[Any, Any, None]) -> None:
    run(main)


def test_the_second_is_refused_and_told_who_holds_it() -> None:
    async def main() -> None:
        shelf = Parameter()
        first = lease(shelf, Process("a"))
        await first.acquire()
        with pytest.raises(LockedError, match=r"reconcile.*process 1 on host, since then") as caught:
            await lease(shelf, Process("b")).acquire()
        assert "--lock-timeout" in caught.value.hint
        await first.release()
        assert shelf.text is None

    story(main())


def test_the_second_waits_as_long_as_it_is_told_and_has_it_once_the_first_lets_go() -> None:
    async def main() -> None:
        shelf = Parameter()
        first, second = lease(shelf, Process("a")), lease(shelf, Process("b"), timeout=60)
        await first.acquire()
        asyncio.get_running_loop().call_later(20, lambda: asyncio.ensure_future(first.release()))
        await second.acquire()
        assert 20 < _now() < 27
        assert shelf.holder() == "b"
        await second.release()

    story(main())


def test_the_second_waits_no_longer_than_it_is_told() -> None:
    async def main() -> None:
        shelf = Parameter()
        first = lease(shelf, Process("a"))
        await first.acquire()
        with pytest.raises(LockedError):
            await lease(shelf, Process("b"), timeout=100).acquire()
        assert 100 <= _now() < 101
        await first.release()

    story(main())


def test_a_dead_holder_on_this_machine_is_taken_over_at_once() -> None:
    async def main() -> None:
        shelf = Parameter()
        await _die(lease(shelf, Process("a")))
        begun = _now()
        before = await (second := lease(shelf, Process("b", dead={"a"}))).acquire()
        assert _now() - begun < READ_BACK + 1
        assert before
        assert before.quiet == 0, "it may have written until it died"
        assert shelf.holder() == "b"
        await second.release()

    story(main())


def test_a_silent_holder_elsewhere_is_taken_over_when_its_lease_has_run_out_and_not_before() -> None:
    async def main() -> None:
        shelf = Parameter()
        await _die(lease(shelf, Process("a", machine="there")))
        await asyncio.sleep(LASTS - 5)
        with pytest.raises(LockedError):
            await lease(shelf, Process("b")).acquire()
        await asyncio.sleep(6)
        await (second := lease(shelf, Process("b"))).acquire()
        assert shelf.holder() == "b"
        await second.release()

    story(main())


def test_a_holder_that_works_on_is_never_taken_over_and_leaves_nothing_behind() -> None:
    async def main() -> None:
        shelf = Parameter()
        first = lease(shelf, Process("a", machine="there"))
        await first.acquire()
        for _ in range(200):
            await asyncio.sleep(7)
            await first.check()
            with pytest.raises(LockedError):
                await lease(shelf, Process("b")).acquire()
        await first.release()
        assert shelf.text is None

    story(main())


@pytest.mark.parametrize("apart", [0.0, 0.01, 0.07, 0.12, 1.0, 2.02, 2.1, 2.2, 3.0, 20.0])
def test_of_two_that_take_over_the_same_lease_never_both_may_write(apart: float) -> None:
    async def main() -> None:
        shelf = Parameter()
        await _die(lease(shelf, Process("dead")))
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
        await _die(lease(shelf, Process("dead")))
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
        last = 0.0
        while not taking.done():
            try:
                await quick.check()
                last = _now()
            except InterruptedRunError:
                break
            await asyncio.sleep(0.5)
        assert await taking
        assert _now() > last
        await slow.check()
        await quick.release()
        assert shelf.holder() == "slow", "who lost it does not remove it"
        await slow.release()

    story(main())


def test_who_lost_it_stops_and_says_to_whom() -> None:
    async def main() -> None:
        shelf, stop = Parameter(), Stop()
        first = lease(shelf, Process("a"), stop=stop)
        await first.acquire()
        await shelf.overwrite(json.dumps(_words("b")))
        await asyncio.sleep(RENEW + 1)
        with pytest.raises(InterruptedRunError, match=r"lost.*destroy"):
            await first.check()
        assert stop
        assert not stop.asked
        await first.release()
        assert shelf.holder() == "b"

    story(main())


def _words(name: str) -> dict[str, Any]:
    return {
        "run": name, "host": "host", "machine": "there", "pid": 1, "born": "", "verb": "destroy", "since": "",
        "renewed": "",
    }  # fmt: skip


def test_who_slept_past_its_time_writes_nothing_before_it_has_looked() -> None:
    async def main() -> None:
        shelf, process = Parameter(), Process("a", machine="there")
        first = lease(shelf, process)
        await first.acquire()
        process.asleep = LASTS + 10
        await shelf.overwrite(json.dumps(_words("b")))
        with pytest.raises(InterruptedRunError, match="lost"):
            await first.check()
        await first.release()

    story(main())


def test_who_renews_over_somebody_that_took_over_in_between_stops() -> None:
    """It looked, and by the time its renewal arrives another has taken over and read back."""

    class Slow(Parameter):
        held_up = 0.0

        async def overwrite(self, text: str) -> int:
            pause, self.held_up = self.held_up, 0.0
            await asyncio.sleep(pause)
            return await super().overwrite(text)

    async def main() -> None:
        shelf, process = Slow(), Process("a", machine="there")
        await _die(first := lease(shelf, process))
        await asyncio.sleep(LASTS + 1)
        shelf.held_up = 10.0
        checking = asyncio.ensure_future(first.check())
        await asyncio.sleep(1)
        await (second := lease(shelf, Process("b"))).acquire()
        with pytest.raises(InterruptedRunError, match="lost"):
            await checking
        await second.release()

    story(main())


def test_who_slept_and_still_has_it_goes_on() -> None:
    async def main() -> None:
        shelf, process = Parameter(), Process("a")
        first = lease(shelf, process)
        await first.acquire()
        process.asleep = WRITES + 1
        await first.check()
        await first.release()
        assert shelf.text is None

    story(main())


def test_who_cannot_renew_in_time_stops() -> None:
    async def main() -> None:
        shelf, stop = Parameter(), Stop()
        first = lease(shelf, Process("a"), stop=stop)
        await first.acquire()
        shelf.drop = {"get", "overwrite"}
        await asyncio.sleep(WRITES - 1)
        await first.check()
        await asyncio.sleep(2)
        with pytest.raises(InterruptedRunError, match="renewed"):
            await first.check()
        await first.release()
        assert shelf.text is not None, "it runs out by itself"

    story(main())


@pytest.mark.parametrize("call", ["put", "overwrite"])
def test_a_lost_answer_about_the_lease_itself_is_read_back(call: str) -> None:
    async def main() -> None:
        shelf = Parameter(lose={call})
        first = lease(shelf, Process("a"))
        await first.acquire()
        await asyncio.sleep(3 * RENEW)
        await first.check()
        await first.release()
        assert shelf.text is None

    story(main())


def test_one_left_by_the_dead_is_told_from_one_of_the_living() -> None:
    async def main() -> None:
        shelf = Parameter()
        assert not await lease(shelf, Process("b")).left_behind()
        await _die(lease(shelf, Process("a")))
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


def test_who_is_cancelled_leaves_it_to_speak_for_the_calls_on_the_wire() -> None:
    async def main() -> None:
        shelf = Parameter()
        await (first := lease(shelf, Process("a"))).acquire()
        first.abandon()
        assert await first.release() == ""
        with pytest.raises(LockedError):
            await lease(shelf, Process("b")).acquire()

    story(main())


def test_who_is_interrupted_while_taking_it_over_leaves_nothing_of_its_own() -> None:
    async def main() -> None:
        shelf, stop = Parameter(), Stop()
        await _die(lease(shelf, Process("a")))
        asyncio.get_running_loop().call_later(0.5, stop.set)
        second = lease(shelf, Process("b", dead={"a"}), stop=stop)
        with pytest.raises(InterruptedRunError):
            await second.acquire()
        await second.release()
        assert shelf.text is None

    story(main())


def test_where_nobody_can_say_whether_it_was_put_there_it_ends_soon() -> None:
    async def main() -> None:
        shelf = Parameter(drop={"put"})
        with pytest.raises(OutcomeUnknownError):
            await lease(shelf, Process("a")).acquire()
        assert shelf.calls.count("put") < 10

    story(main())


def test_a_renewal_on_the_wire_does_not_come_after_the_removal() -> None:
    async def main() -> None:
        shelf = Parameter(latency=0.5)
        await (first := lease(shelf, Process("a"))).acquire()
        await asyncio.sleep(RENEW + 0.8)  # it has looked, and overwrites
        await first.release()
        await asyncio.sleep(5)
        assert shelf.text is None

    story(main())


def test_versions_that_began_anew_are_not_taken_for_those_before() -> None:
    """It read the dead one, slept, and meanwhile another run had it, let it go, and a third one made it anew."""

    async def main() -> None:
        shelf = Parameter()
        await _die(lease(shelf, Process("dead")))
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
        last = 0.0
        while not taking.done():
            try:
                await others[0].check()
                last = _now()
            except InterruptedRunError:
                break
            await asyncio.sleep(0.5)
        assert await taking
        assert _now() > last
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


def test_waiting_for_it_ends_when_told_to_stop() -> None:
    async def main() -> None:
        shelf, stop = Parameter(), Stop()
        first = lease(shelf, Process("a"))
        await first.acquire()
        asyncio.get_running_loop().call_later(5, stop.set)
        with pytest.raises(InterruptedRunError):
            await lease(shelf, Process("b"), timeout=100, stop=stop).acquire()
        assert _now() < 6
        await first.release()

    story(main())


async def _die(held: Lease) -> None:
    """The process that holds it ends, and lets nothing go."""
    await held.acquire()
    assert held._keeper
    held._keeper.cancel()


def _handed_over(writing: list[str]) -> bool:
    """Whether one wrote all it wrote before the other began."""
    changes = sum(before != after for before, after in pairwise(writing))
    return changes <= 1
