"""Requests on a schedule of their own, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.probe.answer import Answer
from pltui.probe.schedule import CONCURRENCIES, MADE_UP, RATES, ProbePace, Schedule, open_loop
from tests.fakecloud.clock import run

ANSWER = Answer(1, "", 200, 1, "ap-northeast-1a", 3.0, "10.0.129.7", None, None, "Subnet 1", "consumer")


class Service:
    """Answers after `seconds`; knows when each request came and how many waited at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.begun: list[float] = []
        self.waiting = self.most = self.cancelled = 0

    async def ask(self) -> Answer:
        self.begun.append(asyncio.get_running_loop().time())
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1
        return ANSWER


def asked(service: Service, count: int, pace: Callable[[], ProbePace]) -> list[float]:
    """When the first `count` answers came, from the start on."""

    async def go() -> list[float]:
        loop = asyncio.get_running_loop()
        begun, came = loop.time(), list[float]()
        async with aclosing(open_loop(service.ask, pace)) as answers:
            async for _ in answers:
                came.append(loop.time() - begun)
                if len(came) == count:
                    break
        return came

    return run(go())


def test_requests_are_begun_evenly() -> None:
    came = asked(Service(), 5, lambda: ProbePace(10))
    assert came == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])


def test_a_slow_answer_does_not_thin_those_after_it() -> None:
    service = Service(0.45)
    asked(service, 20, lambda: ProbePace(10, concurrency=8))
    gaps = [later - before for before, later in zip(service.begun, service.begun[1:], strict=False)]
    assert gaps == pytest.approx([0.1] * len(gaps))
    assert service.most == 5


def test_no_more_wait_at_a_time_than_allowed() -> None:
    service = Service(1.0)
    asked(service, 30, lambda: ProbePace(100, concurrency=4))
    assert service.most == 4


def test_of_what_is_overdue_only_so_much_is_made_up_for() -> None:
    """After a minute without an answer, no minute of requests at once."""
    schedule = Schedule()
    schedule.record_request(0.0, 10)
    schedule.record_request(60.0, 10)
    due = 0
    while schedule.wait(60.0, 10) == 0:
        schedule.record_request(60.0, 10)
        due += 1
    assert due == pytest.approx(MADE_UP * 10, abs=1)


def test_another_pace_is_followed_at_once() -> None:
    pace = ProbePace(0.1)
    service = Service()

    async def go() -> None:
        nonlocal pace
        async with aclosing(open_loop(service.ask, lambda: pace)) as answers:
            await anext(answers)
            asyncio.get_running_loop().call_later(1.0, change)
            for _ in range(3):
                await anext(answers)

    def change() -> None:
        nonlocal pace
        pace = ProbePace(20)

    run(go())
    assert service.begun[-1] - service.begun[0] < 1.5


def test_what_keeps_one_from_asking_ends_it_and_nothing_is_left_behind() -> None:
    service = Service(5.0)
    count = 0

    async def ask() -> Answer:
        nonlocal count
        count += 1
        if count == 3:
            raise RuntimeError("no machine")
        return await service.ask()

    with pytest.raises(RuntimeError, match="no machine"):
        asked_with(ask, ProbePace(10, concurrency=4))
    assert service.cancelled == 2
    assert service.waiting == 0


def asked_with(ask: Callable[[], Coroutine[Any, Any, Answer]], pace: ProbePace) -> None:
    async def go() -> None:
        async with aclosing(open_loop(ask, lambda: pace)) as answers:
            async for _ in answers:
                pass

    run(go())


@given(st.sampled_from(RATES), st.sampled_from(CONCURRENCIES))
def test_keys_step_through_and_stop_at_the_ends(rate: float, concurrency: int) -> None:
    pace = ProbePace(rate, concurrency)
    assert pace.faster().slower().rate == (rate if rate != RATES[-1] else RATES[-2])
    assert pace.wider().narrower().concurrency == (
        concurrency if concurrency != CONCURRENCIES[-1] else CONCURRENCIES[-2]
    )
    assert RATES[0] <= pace.slower().rate <= rate <= pace.faster().rate <= RATES[-1]


@given(st.floats(0.01, 5000))
def test_a_pace_of_the_specs_own_steps_to_the_nearest(rate: float) -> None:
    assert ProbePace(rate).faster().rate == next((each for each in RATES if each > rate), rate)
    assert ProbePace(rate).slower().rate == next((each for each in reversed(RATES) if each < rate), rate)
