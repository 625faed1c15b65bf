"""Usage counters of the sandbox."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

RECENT = 60.0  # real seconds
# Errors of throttled calls.
_THROTTLED = (b"RequestLimitExceeded", b"ThrottlingException", b"<Code>Throttling</Code>", b'"Throttling"')


class Activity:
    """Counters of calls and connections, and the time of the last use.

    `now` returns real seconds. Thread-safe.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._last = now()
        self._seconds: deque[tuple[int, int]] = deque(maxlen=int(RECENT) + 1)  # (second, calls in it)
        self.calls = 0
        self.throttled = 0
        self.connections = 0

    def count_call(self) -> None:
        """Count a call."""
        with self._lock:
            self.calls += 1
            self._last = self._now()
            second, count = int(self._last), 0
            if self._seconds and self._seconds[-1][0] == second:
                _, count = self._seconds.pop()
            self._seconds.append((second, count + 1))

    def count_throttling(self, status: str, body: bytes) -> None:
        """Count a throttled call, given the HTTP status ("503 Service Unavailable") and the body of its answer."""
        if status[:1] in "45" and any(word in body for word in _THROTTLED):
            with self._lock:
                self.throttled += 1

    def count_connection(self) -> None:
        """Count a connection into the network."""
        with self._lock:
            self.connections += 1
            self._last = self._now()

    def touch(self) -> None:
        """Reset the idle time for any other sign of use."""
        with self._lock:
            self._last = self._now()

    @property
    def recent(self) -> int:
        """Calls of the last minute."""
        with self._lock:
            since = self._now() - RECENT
            return sum(count for second, count in self._seconds if second >= since)

    @property
    def idle(self) -> float:
        """Real seconds since the last use."""
        with self._lock:
            return self._now() - self._last
