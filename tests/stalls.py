"""Which callbacks held up the event loop, how long, and where: what a screen must not do for more than 50 ms.

    with watching() as stalls:
        ...
    print(stalls.told())

Time is the thread's own, so that a busy machine blames nobody.
"""

import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from unittest.mock import patch

LONGEST = 0.05  # seconds
LOOK = 0.005  # seconds between two looks at what goes on
DEEPEST = 4  # calls told of a place


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


class _Looker(threading.Thread):
    """Looks at what a thread is doing all the time, for as long as it does one thing."""

    def __init__(self, watched: int) -> None:
        super().__init__(daemon=True)
        self._watched = watched
        self.observed: Counter[str] = Counter()  # in this step: place -> looks
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(LOOK):
            frame = sys._current_frames().get(self._watched)
            if frame is not None:
                self.observed[_place(frame)] += 1

    def place(self) -> str:
        """Where it was most of the time."""
        return next((place for place, _ in self.observed.most_common(1)), "between two looks")


def _place(frame: FrameType | None) -> str:
    """The innermost calls, and the innermost of what is no library's: that one is to be mended."""
    calls, ours = list[str](), ""
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        call = f"{frame.f_code.co_qualname} ({file.name}:{frame.f_lineno})"
        if len(calls) < DEEPEST:
            calls.append(call)
        if not ours and {"pltui", "tests"} & set(file.parts) and "site-packages" not in file.parts:
            ours = call
        frame = frame.f_back
    return " < ".join(calls if ours in calls or not ours else [*calls, "…", ours])


@contextmanager
def watching() -> Iterator[Stalls]:
    """Time every step of every loop of this thread's, while the block runs."""
    stalls, looker = Stalls(), _Looker(threading.get_ident())
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        looker.observed = Counter()
        begun = time.thread_time()
        run(handle)
        took = time.thread_time() - begun
        stalls.longest = max(stalls.longest, took)
        if took > LONGEST:
            stalls.found.append(Stall(took, looker.place()))

    looker.start()
    try:
        with patch.object(asyncio.Handle, "_run", timed):
            yield stalls
    finally:
        looker.ended.set()
        looker.join()
