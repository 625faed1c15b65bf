"""A recorded run as the lab that the screen asks: it tells what was, and refuses all that would ask AWS or write."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import NoReturn

from pltui.cost.prices import Bill
from pltui.engine.events import Feed
from pltui.engine.plan import Plan
from pltui.errors import Refused
from pltui.history.reader import Recording
from pltui.lab.faults import LabFault
from pltui.lab.process_identity import LeaseOwner
from pltui.lab.spec_reload import Saved
from pltui.probe.answer import Answer
from pltui.probe.schedule import ProbePace
from pltui.spec import parse
from pltui.spec.model import Spec
from pltui.tui.replay.film import Film
from pltui.tui.session import Review, RunOutcome
from pltui.tui.tape import Tape

REFUSAL = "This is a replay: it shows what happened, and changes nothing."


class ReplaySession:
    """`clock` (seconds) is the viewer's time. The feed is silent: what has happened is the film's to tell.

    Raises SpecError for a recording that does not say what its lab looked like.
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
        self.film = Film(recording)
        self.tape = Tape(self.film.times, speed, clock=clock)

    @property
    def now(self) -> datetime:
        """The time of the recording that is being shown."""
        return self.film.at(self.tape.position.moment)

    async def open(self) -> None:
        """There is nothing to find or start."""

    async def look(self) -> None:
        """There is nothing to look at but the film."""

    async def cross_zone(self) -> bool | None:
        return self.film.switch(self.tape.position.count)

    async def sandbox_end_notice(self) -> str:
        return ""

    async def account(self) -> str | None:
        return None  # it is not recorded

    async def holder(self) -> LeaseOwner | None:
        return None

    async def bill(self) -> Bill:
        self._refuse()

    async def breakages(self) -> tuple[LabFault, ...]:
        return ()  # a recorded run does not tell of them

    async def break_(self, breakage: LabFault) -> None:
        self._refuse()

    async def mend(self, breakages: Sequence[LabFault]) -> RunOutcome | None:
        self._refuse()

    async def plan(self, *, destroy: bool = False, remove_guardduty: bool = False) -> Plan:
        self._refuse()

    def reread(self) -> Saved:
        self._refuse()

    def same_world(self, spec: Spec) -> bool:
        self._refuse()

    def take(self, spec: Spec) -> None:
        self._refuse()

    async def reconcile(self, *, keep_switch: bool = False, review: Review | None = None) -> RunOutcome:
        self._refuse()

    async def destroy(self, *, review: Review | None = None, remove_guardduty: bool = False) -> RunOutcome:
        self._refuse()

    async def set_cross_zone(self, on: bool) -> RunOutcome:
        self._refuse()

    def write_back(self, on: bool) -> bool:
        self._refuse()

    def answers(
        self, consumer: str | None = None, *, pace: Callable[[], ProbePace] | None = None
    ) -> AsyncIterator[Answer]:
        self._refuse()

    async def paths(self) -> None:
        """They are not recorded."""

    async def explain(self) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Refused(REFUSAL)

    def stop(self) -> None:
        """Nothing is on its way anywhere."""

    async def close(self) -> None:
        """Nothing is open."""
