"""One writer: who gets the lease, who waits, and who must stop."""

import asyncio
import json

import pytest

from pltui.engine.errors import InterruptedRunError, LockedError, OutcomeUnknownError
from pltui.engine.lease import LASTS, RENEW, WRITES
from pltui.engine.polling import CancellationToken
from tests.engine.lease_store import Parameter, Process, die, lease, now, story, words


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
        assert 20 < now() < 27
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
        assert 100 <= now() < 101
        await first.release()

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


def test_who_lost_it_stops_and_says_to_whom() -> None:
    async def main() -> None:
        shelf, stop = Parameter(), CancellationToken()
        first = lease(shelf, Process("a"), stop=stop)
        await first.acquire()
        await shelf.overwrite(json.dumps(words("b")))
        await asyncio.sleep(RENEW + 1)
        with pytest.raises(InterruptedRunError, match=r"lost.*destroy"):
            await first.check()
        assert stop
        assert not stop.asked
        await first.release()
        assert shelf.holder() == "b"

    story(main())


def test_who_slept_past_its_time_writes_nothing_before_it_has_looked() -> None:
    async def main() -> None:
        shelf, process = Parameter(), Process("a", machine="there")
        first = lease(shelf, process)
        await first.acquire()
        process.asleep = LASTS + 10
        await shelf.overwrite(json.dumps(words("b")))
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
        await die(first := lease(shelf, process))
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
        shelf, stop = Parameter(), CancellationToken()
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


def test_who_is_cancelled_leaves_it_to_speak_for_the_calls_on_the_wire() -> None:
    async def main() -> None:
        shelf = Parameter()
        await (first := lease(shelf, Process("a"))).acquire()
        first.abandon()
        assert await first.release() == ""
        with pytest.raises(LockedError):
            await lease(shelf, Process("b")).acquire()

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


def test_waiting_for_it_ends_when_told_to_stop() -> None:
    async def main() -> None:
        shelf, stop = Parameter(), CancellationToken()
        first = lease(shelf, Process("a"))
        await first.acquire()
        asyncio.get_running_loop().call_later(5, stop.set)
        with pytest.raises(InterruptedRunError):
            await lease(shelf, Process("b"), timeout=100, stop=stop).acquire()
        assert now() < 6
        await first.release()

    story(main())


@pytest.mark.parametrize("stale", ["nothing", "the one before"])
def test_a_read_from_before_the_latest_write_is_no_loss(stale: str) -> None:
    async def main() -> None:
        shelf, reads = Parameter(), []
        before = lease(shelf, Process("a"))
        await before.acquire()
        earlier = await shelf.get()
        await before.release()
        held = lease(shelf, Process("b"))
        await held.acquire()
        current, renewed_at = shelf.get, now()

        async def lagging() -> tuple[str, int, float] | None:
            if reads or now() - renewed_at < RENEW - 1:
                return await current()
            reads.append(now())
            assert earlier is not None
            return None if stale == "nothing" else (earlier[0], earlier[1], now())

        shelf.get = lagging  # type: ignore[method-assign]
        for _ in range(6):
            await asyncio.sleep(RENEW / 2)
            await held.check()
        assert (len(reads), shelf.holder(), shelf.calls.count("overwrite") > 0) == (1, "b", True)
        await held.release()

    story(main())


def test_a_lease_that_another_hand_removed_ends_the_writes_in_time() -> None:
    async def main() -> None:
        shelf = Parameter()
        held = lease(shelf, Process("a"))
        await held.acquire()
        await shelf.remove()
        await asyncio.sleep(WRITES + 0.1)
        with pytest.raises(InterruptedRunError, match="could not be renewed in time"):
            await held.check()
        await held.release()

    story(main())
