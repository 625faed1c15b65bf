"""The screen on a run that was recorded: the same tree and log, moved on by the tape, and nothing that writes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from typing import ClassVar, NoReturn

from textual.binding import Binding, BindingType
from textual.widgets import Input

from pltui.breaking import Breakage
from pltui.engine.feed import Feed
from pltui.engine.plan import Plan
from pltui.engine.types import Event, Phase
from pltui.errors import Refused
from pltui.history import Recording
from pltui.holder import Holding
from pltui.prices import Bill
from pltui.probe.answer import Answer
from pltui.probe.pace import Pace
from pltui.respec import Saved
from pltui.spec import parse
from pltui.spec.model import Spec
from pltui.text import clean
from pltui.topology import LOAD_BALANCER
from pltui.tui.app import LabApp
from pltui.tui.command import Command
from pltui.tui.commands import COMMANDS, FOOTER
from pltui.tui.preferences import Preferences
from pltui.tui.session import Outcome, Review
from pltui.tui.work import Work
from pltui.words import Phrase, tr

MOST_PAUSE = 2.0  # seconds one waits for the next event, however long it took
REFUSAL = "This is a replay: it shows what happened, and changes nothing."

Sleep = Callable[[float], Awaitable[None]]


class ReplaySession:
    """A recorded run as the screen's lab. `sleep` and `clock` (seconds) are the viewer's time.

    Raises SpecError for a recording that does not say what its lab looked like.
    """

    def __init__(
        self,
        recording: Recording,
        speed: float = 1.0,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        header = recording.header
        self.recording = recording
        self.spec = parse(json.dumps(header.get("outline")), recording.run.id)
        self.target = recording.run.target
        self.region = str(header.get("region") or "")
        self.endpoint = str(header.get("endpoint") or "") or None
        self.wants = recording.wants
        self.read_only = True
        self.path = None
        self.speed = speed
        self.feed = Feed(lambda: self._at)
        self._sleep, self._clock = sleep, clock
        self._at = recording.run.at
        self._moment = self._until = datetime.fromisoformat(self._at)
        self._since = clock()
        self._switch: bool | None = None
        self._running = asyncio.Event()
        self._running.set()

    # -- the tape -------------------------------------------------------------------------------------------------

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    @property
    def now(self) -> datetime:
        """The time of the recording that is being shown."""
        if self.paused or self.speed == inf:
            return self._moment
        return min(self._moment + timedelta(seconds=(self._clock() - self._since) * self.speed), self._until)

    def toggle(self) -> None:
        """Pause, or go on."""
        self._moment, self._since = self.now, self._clock()
        if self.paused:
            self._running.set()
        else:
            self._running.clear()

    async def play(self) -> AsyncIterator[Event]:
        """Tell the feed each event when its time has come."""
        for event in self.recording.events:
            due = max(self._until, datetime.fromisoformat(event.at))
            gap, self._until = (due - self._until).total_seconds(), due
            await self._sleep(min(gap / self.speed, MOST_PAUSE))
            await self._running.wait()
            self._moment, self._since, self._at = due, self._clock(), event.at
            self._tell(event)
            yield event

    def _tell(self, event: Event) -> None:
        if event.address == LOAD_BALANCER and event.phase is Phase.OBSERVED:
            spec = event.detail.get("spec") or {}
            observed = spec.get("cross_zone")
            self._switch = observed if isinstance(observed, bool) else None
        self.feed.emit(event.address, event.phase, event.detail)

    # -- what the screen asks of a lab ----------------------------------------------------------------------------

    async def open(self) -> None:
        """There is nothing to find or start."""

    async def look(self) -> None:
        """Tell what was known as the run began."""
        for event in self.recording.known:
            self._tell(event)

    async def cross_zone(self) -> bool | None:
        return self._switch

    async def gone(self) -> str:
        return ""

    async def account(self) -> str | None:
        return None  # it is not recorded

    async def holder(self) -> Holding | None:
        return None

    async def bill(self) -> Bill:
        self._refuse()

    async def breakages(self) -> tuple[Breakage, ...]:
        return ()  # a recorded run does not tell of them

    async def break_(self, breakage: Breakage) -> None:
        self._refuse()

    async def mend(self, breakages: Sequence[Breakage]) -> Outcome | None:
        self._refuse()

    async def plan(self, *, destroy: bool = False) -> Plan:
        self._refuse()

    def reread(self) -> Saved:
        self._refuse()

    def same_world(self, spec: Spec) -> bool:
        self._refuse()

    def take(self, spec: Spec) -> None:
        self._refuse()

    async def reconcile(self, *, keep_switch: bool = False, review: Review | None = None) -> Outcome:
        self._refuse()

    async def destroy(self, *, review: Review | None = None) -> Outcome:
        self._refuse()

    async def set_cross_zone(self, on: bool) -> Outcome:
        self._refuse()

    def write_back(self, on: bool) -> bool:
        self._refuse()

    def answers(self, consumer: str | None = None, *, pace: Callable[[], Pace] | None = None) -> AsyncIterator[Answer]:
        self._refuse()

    async def paths(self) -> None:
        """They are not recorded."""

    async def explain(self) -> str:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Refused(REFUSAL)

    def stop(self) -> None:
        """Nothing is on its way anywhere."""

    async def close(self) -> None:
        """Nothing is open."""


class Player(Work):
    """Plays the tape where the app would work on a lab."""

    def __init__(self, app: ReplayApp) -> None:
        super().__init__(app)
        self._tape = app.tape

    def start(self, *, probing: bool = False) -> None:
        self._do(Phrase("replaying…"), self._play())

    async def _play(self) -> None:
        app, tape = self._app, self._tape
        app.probing.learn()
        app.show_world(app.world.with_wants(tape.wants))
        await tape.look()
        await self._observe()
        async for _ in tape.play():
            await self._observe()
        run, summary = tape.recording.run, tape.recording.summary
        app.show_facts(replay_state="at its end")
        app.show_doing(clean(f"{run.verb}: {summary.get('message') or tr(run.outcome)}"))

    def toggle_probe(self) -> None:
        """What pauses the probe in a lab pauses the tape here."""
        if self.busy:
            self._tape.toggle()
            self._app.show_facts(replay_state="paused" if self._tape.paused else "playing")


def _pause(app: LabApp) -> None:
    assert isinstance(app.work, Player)
    app.work.toggle_probe()


def _refuse(app: LabApp) -> None:
    app.tell(tr(REFUSAL))


_PAUSE = Command("replay.pause", "p", "pause", "Pause the replay, or go on; so does the space bar", "Replay", _pause)
_OFFERED = (_PAUSE, *(command for command in COMMANDS if not command.live and command.id != "probe.toggle"))
_REFUSED = tuple(replace(command, run=_refuse) for command in COMMANDS if command.live)


class ReplayApp(LabApp):
    """One recorded run on screen."""

    OFFERED = _OFFERED
    WITHOUT_ANSWERS = "A replay shows the lab; the probe's answers are not recorded."
    FOOTER = ("replay.pause", *FOOTER)
    SILENT = _REFUSED
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "pause_by_space", show=False, priority=True)]

    def __init__(
        self, tape: ReplaySession, *, ascii_glyphs: bool | None = None, preferences: Preferences | None = None
    ) -> None:
        self.tape = tape
        wishes = preferences or Preferences()
        super().__init__(tape, clock=lambda: tape.now, watch=None, ascii_glyphs=ascii_glyphs, preferences=wishes)
        self.work = Player(self)
        self.facts = replace(self.facts, endpoint="", consumer="", replay=tape.recording.run.id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter the space bar writes a space."""
        return not (action == "pause_by_space" and isinstance(self.focused, Input))

    def action_pause_by_space(self) -> None:
        _pause(self)


def run(recording: Recording, speed: float, preferences: Preferences | None = None) -> int:
    """Show the run until the user leaves. Returns the exit code. Raises SpecError as ReplaySession does."""
    app = ReplayApp(ReplaySession(recording, speed), preferences=preferences)
    app.leaves_process = True
    app.run()
    return app.return_code or 0
