"""A timer that runs while a pass only waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator


class IdleTimer:
    """Calls `expired` once, after `seconds` in which no call was running and nothing was noted."""

    def __init__(self, seconds: float, expired: Callable[[], None]) -> None:
        self._seconds, self._expired = seconds, expired
        self._calls = 0  # running calls
        self._timer: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def call(self) -> Iterator[None]:
        """Mark a call as running: the timer restarts when the last one has ended."""
        self._calls += 1
        self.stop()
        try:
            yield
        finally:
            self._calls -= 1
            self.restart()

    def restart(self) -> None:
        """Restart the timer, because something has happened."""
        self.stop()
        if not self._calls:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._expired)

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
