"""A recorded run as a session: returns recorded values, and refuses everything that would call AWS or write."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import NoReturn

from pltui.cost.prices import Bill
from pltui.engine.feed import Feed
from pltui.engine.outcome import Outcome
from pltui.engine.plan import Plan
from pltui.errors import Refused
from pltui.history.reader import Recording
from pltui.lab.faults import LabFault
from pltui.lab.process_identity import LeaseOwner
from pltui.lab.runner import Review
from pltui.lab.spec_reload import Saved
from pltui.probe.answer import Answer
from pltui.probe.schedule import ProbePace
from pltui.spec import parse
from pltui.spec.model import Spec
from pltui.tui.replay.frames import Frames
from pltui.tui.replay.playback import Playback

REFUSAL = "This is a replay: nothing is changed."


class ReplaySession:
    """Session of a recorded run.

    `clock` (seconds) is the viewer's time. The feed is silent, as the events come from the frames.

    Raises:
        SpecError: If the recording does not contain the lab's spec.
    """

    def __init__(
        self, recording: Recording, speed: float = 1.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        header = recording.header
        self.recording = recording
        self.spec = parse(json.dumps(header.get("outline")), recording.run.id)
        self.target = recording.run.target
        self.region = str(header.get("region") or "")
        self.endpoint = str(header.get("endpoint") or "") or None
        self.all_desired = recording.all_desired
        self.read_only = True
        self.notices = ()
        self.path = None
        self.feed = Feed()
        self.frames = Frames(recording)
        self.playback = Playback(self.frames.times, speed, clock=clock)

    @property
    def now(self) -> datetime:
        """The recorded time at the present position."""
        return self.frames.at(self.playback.position.moment)

    async def open(self) -> None:
        """Do nothing: no connection is needed."""

    async def look(self) -> None:
        """Do nothing: all observations are recorded."""

    async def cross_zone(self) -> bool | None:
        """Return the recorded switch at the current position."""
        return self.frames.switch(self.playback.position.count)

    async def sandbox_end_notice(self) -> str:
        """Return no sentence: a replay needs no sandbox."""
        return ""

    async def account(self) -> str | None:
        """Return None: the account is not recorded."""
        return None  # not recorded

    async def holder(self) -> LeaseOwner | None:
        """Return None: a recording has no lease."""
        return None

    async def bill(self) -> Bill:
        """Refuse: prices need calls."""
        self._refuse()

    async def possible_faults(self) -> tuple[LabFault, ...]:
        """Return no faults: they are not recorded."""
        return ()  # not recorded

    async def inject_fault(self, fault: LabFault) -> None:
        """Refuse: faults need a sandbox."""
        self._refuse()

    async def clear_faults(self, faults: Sequence[LabFault]) -> Outcome | None:
        """Refuse: faults need a sandbox."""
        self._refuse()

    async def plan(self, *, destroy: bool = False, remove_guardduty: bool = False) -> Plan:
        """Refuse: planning needs calls."""
        self._refuse()

    def reread(self) -> Saved:
        """Refuse: the recorded spec is in force."""
        self._refuse()

    def same_world(self, spec: Spec) -> bool:
        """Refuse: the recorded spec is in force."""
        self._refuse()

    def take(self, spec: Spec) -> None:
        """Refuse: the recorded spec is in force."""
        self._refuse()

    async def reconcile(self, *, keep_switch: bool = False, review: Review | None = None) -> Outcome:
        """Refuse: a run writes."""
        self._refuse()

    async def destroy(self, *, review: Review | None = None, remove_guardduty: bool = False) -> Outcome:
        """Refuse: a run writes."""
        self._refuse()

    async def set_cross_zone(self, on: bool) -> Outcome:
        """Refuse: a run writes."""
        self._refuse()

    def write_back(self, on: bool) -> bool:
        """Refuse: the spec is not on this machine."""
        self._refuse()

    def answers(
        self, consumer: str | None = None, *, pace: Callable[[], ProbePace] | None = None
    ) -> AsyncIterator[Answer]:
        """Refuse: answers are not recorded."""
        self._refuse()

    async def paths(self) -> None:
        """Return None: paths are not recorded."""

    async def explain(self) -> NoReturn:
        """Refuse: explaining needs calls."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Refused(REFUSAL)

    def stop(self) -> None:
        """Do nothing: no call is in flight."""

    async def close(self) -> None:
        """Do nothing: no connection is open."""
