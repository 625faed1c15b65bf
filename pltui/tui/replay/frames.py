"""State of a recording after any number of events. Knows neither the screen nor the viewer's time.

Going back means folding from an earlier state. One fold takes some 50 µs, so a run of thousands of events would take
most of a second from its beginning; therefore the state after every `EVERY`th event is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import pairwise

from pltui.engine.events import Event, ResourceObserved
from pltui.history.reader import Recording
from pltui.topology import LOAD_BALANCER
from pltui.view.lab_snapshot import LabSnapshot, fold

EVERY = 100


class Frames:
    """States of a recording. `count` is always a number of events of the recording: those that have happened."""

    def __init__(self, recording: Recording) -> None:
        self.start = datetime.fromisoformat(recording.run.at)
        # The state known at the beginning of the run, as events of that time.
        self.known = tuple(replace(event, at=recording.run.at) for event in recording.known)
        self.events = recording.events
        self.times = tuple(self._times())
        self._kept = [reduce(fold, self.known, LabSnapshot().with_desired(recording.all_desired))]
        self._last = (0, self._kept[0])
        self._switches = list(self._settings())
        self._flips = list(self._find_flips())

    def at(self, seconds: float) -> datetime:
        """Recorded time at so many seconds from the beginning."""
        return self.start + timedelta(seconds=seconds)

    def world(self, count: int) -> LabSnapshot:
        """Snapshot after so many events."""
        while len(self._kept) <= count // EVERY:
            done = len(self._kept) * EVERY
            self._kept.append(reduce(fold, self.events[done - EVERY : done], self._kept[-1]))
        done, world = max(
            (count // EVERY * EVERY, self._kept[count // EVERY]), self._last_until(count), key=_event_count
        )
        self._last = (count, reduce(fold, self.events[done:count], world))
        return self._last[1]

    def switch(self, count: int) -> bool | None:
        """The cross-zone setting last observed; None while there was no load balancer."""
        found = bisect_right(self._switches, count, key=_event_count)
        return self._switches[found - 1][1]

    def flips(self, count: int) -> tuple[bool, ...]:
        """The new value of each observed change of the switch so far."""
        return tuple(on for _, on in self._flips[: bisect_right(self._flips, count, key=_event_count)])

    def flip_times(self) -> tuple[float, ...]:
        """Times of all these changes, in seconds from the beginning."""
        return tuple(self.times[count - 1] for count, _ in self._flips)

    def _last_until(self, count: int) -> tuple[int, LabSnapshot]:
        return self._last if self._last[0] <= count else (0, self._kept[0])

    def _times(self) -> Iterator[float]:
        """Times of the events, in seconds from the beginning; never descending, even if a clock was set back."""
        latest = 0.0
        most = (datetime.max.replace(tzinfo=self.start.tzinfo) - self.start).total_seconds() - 86_400
        for event in self.events:
            passed = (datetime.fromisoformat(event.at) - self.start).total_seconds()
            latest = max(latest, min(passed, most))  # limited to valid times
            yield latest

    def _settings(self) -> Iterator[tuple[int, bool | None]]:
        """(count, setting) for each change of the observed setting, the first one at the beginning."""
        before: bool | None = None
        for event in self.known:
            before = _switch(event, before)
        yield 0, before
        for count, event in enumerate(self.events, 1):
            if (now := _switch(event, before)) is not before:
                yield count, now
                before = now

    def _find_flips(self) -> Iterator[tuple[int, bool]]:
        for (_, before), (count, after) in pairwise(self._switches):
            if before is not None and after is not None:
                yield count, after


def _event_count(found: tuple[int, object]) -> int:
    return found[0]


def _switch(event: Event, before: bool | None) -> bool | None:
    if event.address != LOAD_BALANCER or not isinstance(event.detail, ResourceObserved):
        return before
    observed = event.detail.spec.get("cross_zone")
    return observed if isinstance(observed, bool) else None
