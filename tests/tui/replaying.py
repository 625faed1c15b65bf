"""A recorded run on a screen, and a hand on the viewer's time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from textual.pilot import Pilot

from pltui.engine.model import Event, Phase
from pltui.history.reader import Recording
from pltui.tui.replay.app import ReplayApp
from pltui.tui.replay.frames import Film
from pltui.tui.replay.playback import Tape
from pltui.tui.replay.session import ReplaySession
from pltui.tui.user_settings.resolution import Preferences
from pltui.view.lab_snapshot import LabSnapshot, fold
from tests.tui.conftest import Driver

Size = tuple[int, int]
UNRECORDED = "the probe's answers are not recorded"
# Whatever a viewer may do, and how long they may wait then.
Move = Callable[[Tape], object]
MOVES: tuple[Move, ...] = (
    lambda tape: tape.toggle(),
    lambda tape: tape.step(1),
    lambda tape: tape.step(-1),
    lambda tape: tape.leap(1),
    lambda tape: tape.leap(-1),
    lambda tape: tape.quicken(1),
    lambda tape: tape.quicken(-1),
    lambda tape: tape.seek(0),
    lambda tape: tape.seek(tape.length),
)
SEEKS = st.floats(-0.1, 1.1).map(lambda share: lambda tape: tape.seek(share * tape.length))
WAITS = st.floats(0, 3)
MOVING = st.lists(st.tuples(st.sampled_from(MOVES) | SEEKS, WAITS), max_size=25)


def switched(after: float, on: bool | None) -> tuple[float, Phase, dict[str, object]]:
    spec = {} if on is None else {"cross_zone": on}
    return after, Phase.OBSERVED, {"kind": "load_balancer", "state": "ready", "id": "x", "spec": spec}


def and_then(of: Recording, *more: tuple[float, Phase, dict[str, object]]) -> Recording:
    """The recording with these events after it: so many seconds later, of the load balancer."""
    film = Film(of)
    events = (
        Event(900 + n, film.at(film.times[-1] + after).isoformat(), "provider/load-balancer", phase, detail)
        for n, (after, phase, detail) in enumerate(more)
    )
    return replace(of, events=(*of.events, *events))


class Clock:
    """The viewer's time: it passes only when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Replaying(Driver):
    def __init__(self, app: ReplayApp, clock: Clock, pilot: Pilot[int]) -> None:
        self.app, self.clock, self.pilot = app, clock, pilot
        self.tape, self.film = app.replay_session.tape, app.replay_session.film

    async def watch(self, seconds: float) -> None:
        """Let the viewer's time pass."""
        self.clock.now += seconds
        await self.settle()

    def shows(self, count: int) -> None:
        """Whether all that is on the screen is of the first so many events."""
        film, main = self.film, self.app.main
        assert self.tape.position.count == count
        assert self.app.world == folded(film, count)
        assert list(main.journal.lines) == told(film, count)
        flips = [f"cross-zone {'on' if on else 'off'} observed" for on in film.flips(count)]
        assert [line.text for line in main.stream.lines] == ([UNRECORDED, *flips] if flips else [])
        assert self.app.facts.observed == film.switch(count)


def folded(film: Film, count: int) -> LabSnapshot:
    """The world by the plainest way there is."""
    return reduce(fold, film.events[:count], film.world(0))


def told(film: Film, count: int) -> list[Event]:
    """What the log holds of them: in this recording nothing repeats itself."""
    return [*film.known, *film.events[:count]]


@asynccontextmanager
async def replaying(of: Recording, speed: float = 1.0, size: Size = (80, 24)) -> AsyncIterator[Replaying]:
    clock = Clock()
    with TemporaryDirectory() as pictures:
        preferences = Preferences(pictures=Path(pictures))
        app = ReplayApp(ReplaySession(of, speed, clock=clock), ascii_glyphs=False, preferences=preferences)
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = Replaying(app, clock, pilot)
            await driver.settle()
            yield driver
