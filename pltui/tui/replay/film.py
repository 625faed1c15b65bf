"""What a recording holds at each position. Values only: it knows neither the screen nor the viewer's time.

Going back is folding anew. One fold takes some 50 µs, so that a run of thousands of events would take the better part
of a second from its beginning: the world is kept at every `EVERY`th event, and folded on from there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import pairwise

from pltui.engine.model import Event, Phase
from pltui.history.reader import Recording
from pltui.topology import LOAD_BALANCER
from pltui.view.lab_snapshot import LabSnapshot, fold

EVERY = 100


class Film:
    """`count` is always of the recording's events: that many have happened, and what comes later has not."""

    def __init__(self, recording: Recording) -> None:
        self.start = datetime.fromisoformat(recording.run.at)
        # What was known as the run began; for the screen it is heard then.
        self.known = tuple(replace(event, at=recording.run.at) for event in recording.known)
        self.events = recording.events
        self.times = tuple(self._times())
        self._kept = [reduce(fold, self.known, LabSnapshot().with_desired(recording.all_desired))]
        self._last = (0, self._kept[0])
        self._switches = list(self._observed())
        self._flips = list(self._flipped())

    def at(self, seconds: float) -> datetime:
        """The time of the recording, so many seconds after its beginning."""
        return self.start + timedelta(seconds=seconds)

    def world(self, count: int) -> LabSnapshot:
        """The world after so many events."""
        while len(self._kept) <= count // EVERY:
            done = len(self._kept) * EVERY
            self._kept.append(reduce(fold, self.events[done - EVERY : done], self._kept[-1]))
        done, world = max((count // EVERY * EVERY, self._kept[count // EVERY]), self._last_until(count), key=_how_far)
        self._last = (count, reduce(fold, self.events[done:count], world))
        return self._last[1]

    def switch(self, count: int) -> bool | None:
        """The cross-zone switch as it was last observed; None while there was no load balancer."""
        found = bisect_right(self._switches, count, key=_how_far)
        return self._switches[found - 1][1]

    def flips(self, count: int) -> tuple[bool, ...]:
        """To what the switch was seen to change, each time it did."""
        return tuple(on for _, on in self._flips[: bisect_right(self._flips, count, key=_how_far)])

    def flipped_at(self) -> tuple[float, ...]:
        """When it did, in seconds after the beginning."""
        return tuple(self.times[count - 1] for count, _ in self._flips)

    def _last_until(self, count: int) -> tuple[int, LabSnapshot]:
        return self._last if self._last[0] <= count else (0, self._kept[0])

    def _times(self) -> Iterator[float]:
        """When each event happened, in seconds after the beginning; a clock that was set back stands still here."""
        latest = 0.0
        most = (datetime.max.replace(tzinfo=self.start.tzinfo) - self.start).total_seconds() - 86_400
        for event in self.events:
            passed = (datetime.fromisoformat(event.at) - self.start).total_seconds()
            latest = max(latest, min(passed, most))  # no recording may ask for a time there is not
            yield latest

    def _observed(self) -> Iterator[tuple[int, bool | None]]:
        """(count, switch) from which on it stood so, the first at the beginning."""
        stood: bool | None = None
        for event in self.known:
            stood = _switch(event, stood)
        yield 0, stood
        for count, event in enumerate(self.events, 1):
            if (stands := _switch(event, stood)) is not stood:
                yield count, stands
                stood = stands

    def _flipped(self) -> Iterator[tuple[int, bool]]:
        for (_, before), (count, after) in pairwise(self._switches):
            if before is not None and after is not None:
                yield count, after


def _how_far(found: tuple[int, object]) -> int:
    return found[0]


def _switch(event: Event, before: bool | None) -> bool | None:
    if event.address != LOAD_BALANCER or event.phase is not Phase.OBSERVED:
        return before
    observed = (event.detail.get("spec") or {}).get("cross_zone")
    return observed if isinstance(observed, bool) else None
