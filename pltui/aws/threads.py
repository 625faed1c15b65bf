"""Threads for blocking calls that never keep the interpreter alive.

`concurrent.futures` joins its threads at exit, so one hanging call would delay the exit until its own timeout.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import queue
import threading
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


Jobs = queue.PriorityQueue[tuple[float, int, Callable[[], None] | None]]


class DaemonPool:
    """Runs at most `size` calls at once, the most urgent first. Threads start on demand, and end with the pool."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._jobs: Jobs = queue.PriorityQueue()
        self._asked = itertools.count()  # keeps the order of equally urgent calls
        self._threads = 0
        self._idle = threading.Semaphore(0)
        weakref.finalize(self, _end_threads, self._jobs, size).atexit = False

    async def run(self, function: Callable[[], T], urgency: int = 0) -> T:
        """Run `function` on a thread and return its result.

        If the caller is cancelled, a running call continues and its result is dropped; a queued one is not started.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            if future.cancelled():
                return
            settle: Callable[[Any], None] = future.set_result
            try:
                value: Any = function()
            except BaseException as error:
                value, settle = error, future.set_exception

            def tell() -> None:
                if not future.done():
                    settle(value)

            try:
                loop.call_soon_threadsafe(tell)
            except RuntimeError:  # the loop has closed meanwhile, so the result is not needed
                return

        self._jobs.put((-urgency, next(self._asked), job))
        if not self._idle.acquire(blocking=False) and self._threads < self._size:
            self._threads += 1
            name = f"pltui-aws-{self._threads}"
            threading.Thread(target=_run_jobs, args=(self._jobs, self._idle), daemon=True, name=name).start()
        return await future


def _run_jobs(jobs: Jobs, idle: threading.Semaphore) -> None:
    """Loop of one thread. It keeps no reference to the pool, nor to a finished job."""
    while True:
        job = jobs.get()[2]
        if job is None:
            return
        job()
        del job
        idle.release()


def _end_threads(jobs: Jobs, threads: int) -> None:
    for number in range(threads):
        jobs.put((math.inf, number, None))
