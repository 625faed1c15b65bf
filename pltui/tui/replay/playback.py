"""Playback position in a recording; advances with wall time or by seeking."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

MOST_PAUSE = 2.0  # longest wait for an event, in seconds of the viewer
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, inf)
LEAP = 10.0  # seconds of the recording
LEAST_LEAPS = 10  # least number of leaps in a recording, as a run on the sandbox may be shorter than LEAP


@dataclass(frozen=True, slots=True)
class Position:
    """`count` events have happened; `moment` is in seconds from the beginning.

    The moment is never before the last of these events nor after the next one. Among several events of the same time it
    may be between them.
    """

    count: int = 0
    moment: float = 0.0


class Playback:
    """Playback of events at `times`, in seconds from the beginning and in ascending order.

    Nothing here waits: the position is computed when it is read. `clock` (seconds) is the viewer's time.
    """

    def __init__(
        self, times: Sequence[float], speed: float = 1.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._times = times
        self._speed = speed
        self._clock = clock
        self._from, self._since = Position(), clock()  # last position set and its time; the present one is computed
        self._running = True

    @property
    def length(self) -> float:
        """Seconds from the beginning to the last event."""
        return self._times[-1] if self._times else 0.0

    @property
    def speed(self) -> float:
        """Seconds of the recording per second of the viewer; infinite for all at once."""
        return self._speed

    @property
    def position(self) -> Position:
        """The present position."""
        if not self._running:
            return self._from
        now = self._clock()
        count, moment, since = self._from.count, self._from.moment, self._since
        while count < len(self._times) and since + (self._times[count] - moment) / self._rate(count) <= now:
            since += (self._times[count] - moment) / self._rate(count)
            count, moment = count + 1, self._times[count]
        self._from, self._since = Position(count, moment), since
        if count == len(self._times):
            return self._from
        return Position(count, min(moment + (now - since) * self._rate(count), self._times[count]))

    @property
    def state(self) -> str:
        """State: "playing", "paused" or "at its end"."""
        if self.position.count == len(self._times):
            return "finished"
        return "playing" if self._running else "paused"

    @property
    def real_wait(self) -> float:
        """Real seconds of the present wait, if it is shortened to MOST_PAUSE; otherwise 0."""
        count = self.position.count
        if not self._running or count == len(self._times) or self._rate(count) == self._speed:
            return 0.0
        return self._gap(count)

    # -- seeking --------------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Pause or resume; at the end, play from the beginning."""
        if self.state == "finished":
            self._put(Position(), running=True)
        else:
            self._put(self.position, running=not self._running)

    def step(self, by: int) -> None:
        """Pause, and go one event forward (1) or back (-1)."""
        here = self.position
        count = max(0, min(len(self._times), here.count + by))
        moment = self._times[count - 1] if count else 0.0
        self._put(here if count == here.count else Position(count, moment), running=False)

    def seek(self, moment: float) -> None:
        """Go to this moment, in seconds from the beginning and within the recording; it plays on if it was playing."""
        moment = max(0.0, min(self.length, moment))
        self._put(Position(bisect_right(self._times, moment), moment), running=self._running)

    def leap(self, by: int) -> None:
        """Go forward (1) or back (-1) by ten seconds, or by a tenth of a short recording."""
        self.seek(self.position.moment + by * min(LEAP, self.length / LEAST_LEAPS))

    def quicken(self, by: int) -> None:
        """Go to the next faster (1) or slower (-1) of SPEEDS, if there is one."""
        here = self.position
        index = bisect_right(SPEEDS, self._speed) if by > 0 else bisect_left(SPEEDS, self._speed) - 1
        if 0 <= index < len(SPEEDS):
            self._speed = SPEEDS[index]
        self._put(here, running=self._running)

    def _put(self, position: Position, *, running: bool) -> None:
        self._from, self._since, self._running = position, self._clock(), running

    # -- waits ----------------------------------------------------------------------------------------------------

    def _gap(self, count: int) -> float:
        """Seconds between the event with this index and the one before."""
        return self._times[count] - (self._times[count - 1] if count else 0.0)

    def _rate(self, count: int) -> float:
        """Speed until that event: higher than the viewer's if the wait would be too long."""
        return max(self._speed, self._gap(count) / MOST_PAUSE)
