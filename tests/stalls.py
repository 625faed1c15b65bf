"""Which callbacks held up the event loop, how long, and where: what a screen must not do for more than 50 ms.

    with watching() as stalls:
        ...
    print(stalls.told())

Time is the thread's own, so that a busy machine blames nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

LONGEST = 0.05  # seconds


@dataclass(frozen=True, slots=True, order=True)
class Stall:
    seconds: float
    where: str


@dataclass(slots=True)
class Stalls:
    longest: float = 0.0
    found: list[Stall] = field(default_factory=list)

    def told(self, count: int = 5) -> str:
        """The worst ones, a line each."""
        worst = sorted(self.found, reverse=True)[:count]
        head = f"longest step {self.longest * 1000:.0f} ms, {len(self.found)} over {LONGEST * 1000:.0f} ms"
        return "\n".join([head, *(f"  {stall.seconds * 1000:.0f} ms  {stall.where}" for stall in worst)])


@contextmanager
def watching() -> Iterator[Stalls]:
    """Time every step of every loop of this thread's, while the block runs."""
    stalls = Stalls()
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        begun = time.thread_time()
        run(handle)
        took = time.thread_time() - begun
        stalls.longest = max(stalls.longest, took)
        if took > LONGEST:
            stalls.found.append(Stall(took, _where(handle)))

    with patch.object(asyncio.Handle, "_run", timed):
        yield stalls


def _where(handle: asyncio.Handle) -> str:
    """What the handle ran: for a task, where its coroutine has come to stand."""
    callback = handle._callback  # type: ignore[attr-defined]
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return str(callback)
    places = [f"{frame.f_code.co_qualname} line {frame.f_lineno}" for frame in _frames(task.get_coro())]
    return f"{task.get_name()}: {' > '.join(places) or task.get_coro()}"


def _frames(coroutine: Any) -> Iterator[Any]:
    while coroutine is not None and getattr(coroutine, "cr_frame", None) is not None:
        yield coroutine.cr_frame
        coroutine = coroutine.cr_await
