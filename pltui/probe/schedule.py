"""How fast requests are sent: on a schedule of its own, so that a slow answer does not thin the samples."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pltui.probe.answer import Answer

RATES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # requests a second that a key steps through
SLOWEST = 1 / 3600  # what a spec may ask for
CONCURRENCIES = (1, 2, 4, 8, 16, 32, 64)
# Seconds of requests that are made up for after slow answers: as long as one request may take by default. Without an
# end to it, a service that answers nobody for an hour would be asked an hour's requests at once.
MADE_UP = 2.0
NOTICED = 0.1  # seconds within which another pace is noticed by whoever waits for the next request's time


@dataclass(frozen=True, slots=True)
class ProbePace:
    rate: float = 5.0  # requests begun a second, as far as `concurrency` lets them
    concurrency: int = 1  # at most so many that wait for their answer

    def faster(self) -> ProbePace:
        return replace(self, rate=_above(RATES, self.rate))

    def slower(self) -> ProbePace:
        return replace(self, rate=_below(RATES, self.rate))

    def wider(self) -> ProbePace:
        return replace(self, concurrency=int(_above(CONCURRENCIES, self.concurrency)))

    def narrower(self) -> ProbePace:
        return replace(self, concurrency=int(_below(CONCURRENCIES, self.concurrency)))


def _above(steps: Sequence[int], value: float) -> float:
    """The next of `steps`, or `value` where it is beyond them."""
    return next(iter(steps[bisect_right(steps, value) :]), value)


def _below(steps: Sequence[int], value: float) -> float:
    return next(reversed(steps[: bisect_left(steps, value)]), value)


class Schedule:
    """When requests are due: evenly, from the first one on. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._last: float | None = None  # when the last one was due, which is before it was sent if answers were slow

    def wait(self, now: float, rate: float) -> float:
        """Seconds until the next request is due at this rate; 0 when it is."""
        return 0.0 if self._last is None else max(0.0, self._last + 1 / rate - now)

    def sent(self, now: float, rate: float) -> None:
        """One was sent; what is overdue by more than MADE_UP is let go."""
        self._last = now if self._last is None else max(self._last + 1 / rate, now - MADE_UP)


async def open_loop(
    ask: Callable[[], Coroutine[Any, Any, Answer]], pace: Callable[[], ProbePace]
) -> AsyncGenerator[Answer, None]:
    """Ask without end at the pace of the moment; answers in the order they come. What `ask` raises ends it."""
    loop = asyncio.get_running_loop()
    schedule, woken = Schedule(), asyncio.Event()
    waiting: set[asyncio.Task[Answer]] = set()
    done: deque[asyncio.Task[Answer]] = deque()

    def finished(task: asyncio.Task[Answer]) -> None:
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
                await _woken(woken, NOTICED)
            elif due:
                await _woken(woken, min(due, NOTICED))
            else:
                schedule.sent(now, at.rate)
                task = loop.create_task(ask())
                waiting.add(task)
                task.add_done_callback(finished)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, *done, return_exceptions=True)


async def _woken(event: asyncio.Event, seconds: float) -> None:
    """Until `event` is set, or that long; it is not set afterwards."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()
