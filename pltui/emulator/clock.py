"""Lab time: AWS seconds, which pass faster than real ones."""

import math
import time
from collections.abc import Callable
from threading import Lock


class Clock:
    """AWS seconds since the start, passing `speed` times as fast as real ones.

    At infinite speed ("instant") every delay is over at once, and time goes on at the real rate, so that it stays
    monotonic. `now` gives real seconds from any origin, as `time.monotonic` does. Safe to share between threads.
    """

    def __init__(self, speed: float = 60.0, now: Callable[[], float] = time.monotonic) -> None:
        self._real = now
        self._lock = Lock()
        self._speed = _check_speed(speed)
        self._since = now()
        self._elapsed = 0.0

    @property
    def speed(self) -> float:
        """AWS seconds per real second; `inf` for instant."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Continue at another speed from the present lab time.

        Raises:
            ValueError: If the speed is not positive.
        """
        speed = _check_speed(speed)
        with self._lock:
            self._since, self._elapsed = self._read()
            self._speed = speed

    def now(self) -> float:
        """AWS seconds elapsed since the start."""
        with self._lock:
            return self._read()[1]

    def set(self, elapsed: float) -> None:
        """Continue from `elapsed` AWS seconds, forward or back. Waits for a lab time must be restarted."""
        with self._lock:
            self._since, self._elapsed = self._real(), elapsed

    def remaining(self, deadline: float) -> float:
        """Real seconds until the lab time `deadline`; 0 if it has passed, and always 0 when instant."""
        with self._lock:
            left = deadline - self._read()[1]
            return 0.0 if math.isinf(self._speed) else max(0.0, left / self._speed)

    def has_elapsed(self, since: float, seconds: float) -> bool:
        """True if `seconds` AWS seconds have passed since the lab time `since`; always True when instant."""
        return math.isinf(self._speed) or self.now() - since >= seconds

    def _read(self) -> tuple[float, float]:
        real = self._real()
        rate = 1.0 if math.isinf(self._speed) else self._speed
        return real, self._elapsed + (real - self._since) * rate


def _check_speed(speed: float) -> float:
    if not speed > 0:
        raise ValueError(f"speed must be positive, not {speed}")
    return float(speed)
