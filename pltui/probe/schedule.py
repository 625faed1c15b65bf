"""Rate of requests: on a schedule of its own, so that a slow answer does not reduce the number of samples."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pltui.probe.answer import Answer

RATES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # requests per second that a key steps through
SLOWEST = 1 / 3600  # lowest rate that a spec may set
CONCURRENCIES = (1, 2, 4, 8, 16, 32, 64)
# Maximum backlog in seconds that is sent after slow answers: the default timeout of one request. Without a limit, a
# service silent for an hour would get an hour's requests at once.
MADE_UP = 2.0
NOTICED = 0.1  # seconds within which a changed pace takes effect


@dataclass(frozen=True, slots=True)
class ProbePace:
    """Rate and concurrency of requests."""

    rate: float = 5.0  # requests started per second, limited by `concurrency`
    concurrency: int = 1  # maximum number of pending requests

    def faster(self) -> ProbePace:
        """Return the pace with the next higher rate of RATES."""
        return replace(self, rate=_next_above(RATES, self.rate))

    def slower(self) -> ProbePace:
        """Return the pace with the next lower rate of RATES."""
        return replace(self, rate=_next_below(RATES, self.rate))

    def wider(self) -> ProbePace:
        """Return the pace with the next higher concurrency of CONCURRENCIES."""
        return replace(self, concurrency=int(_next_above(CONCURRENCIES, self.concurrency)))

    def narrower(self) -> ProbePace:
        """Return the pace with the next lower concurrency of CONCURRENCIES."""
        return replace(self, concurrency=int(_next_below(CONCURRENCIES, self.concurrency)))


def _next_above(steps: Sequence[int], value: float) -> float:
    """Return the next higher step, or `value` if there is none."""
    return next(iter(steps[bisect_right(steps, value) :]), value)


def _next_below(steps: Sequence[int], value: float) -> float:
    return next(reversed(steps[: bisect_left(steps, value)]), value)


class Schedule:
    """Due times of requests, evenly spaced from the first one on. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._last: float | None = None  # due time of the last request, which was sent later if answers were slow

    def wait(self, now: float, rate: float) -> float:
        """Return the seconds until the next request is due at this rate; 0 if it is due."""
        return 0.0 if self._last is None else max(0.0, self._last + 1 / rate - now)

    def record_request(self, now: float, rate: float) -> None:
        """Record a sent request; a backlog above MADE_UP is dropped."""
        self._last = now if self._last is None else max(self._last + 1 / rate, now - MADE_UP)


async def open_loop(
    ask: Callable[[], Coroutine[Any, Any, Answer]], pace: Callable[[], ProbePace]
) -> AsyncGenerator[Answer, None]:
    """Send requests without end at the current pace; yield answers as they arrive. An exception from `ask` ends it."""
    loop = asyncio.get_running_loop()
    schedule, woken = Schedule(), asyncio.Event()
    waiting: set[asyncio.Task[Answer]] = set()
    done: deque[asyncio.Task[Answer]] = deque()

    def collect_answer(task: asyncio.Task[Answer]) -> None:
        waiting.discard(task)
        done.append(task)
        woken.set()

    try:
        while True:
            while done:
                yield done.popleft().result()
            now, at = loop.time(), pace()
            due = schedule.wait(now, at.rate)
            if len(waiting) >= at.concurrency:
                await _wait_for_event(woken, NOTICED)
            elif due:
                await _wait_for_event(woken, min(due, NOTICED))
            else:
                schedule.record_request(now, at.rate)
                task = loop.create_task(ask())
                waiting.add(task)
                task.add_done_callback(collect_answer)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, *done, return_exceptions=True)


async def _wait_for_event(event: asyncio.Event, seconds: float) -> None:
    """Wait until `event` is set, or for `seconds`; then clear it."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()
