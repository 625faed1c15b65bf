"""A recorded run on a screen, and a hand on the viewer's time."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from textual.pilot import Pilot

from pltui.engine.events import Detail, Event, ResourceObserved
from pltui.history.reader import Recording
from pltui.tui.replay.app import ReplayApp
from pltui.tui.replay.frames import Frames
from pltui.tui.replay.playback import Playback
from pltui.tui.replay.session import ReplaySession
from pltui.tui.user_settings.resolution import Preferences
from pltui.view.lab_snapshot import LabSnapshot, fold
from tests.tui.conftest import Driver

Size = tuple[int, int]
UNRECORDED = "the probe's answers are not recorded"
# Whatever a viewer may do, and how long they may wait then.
Move = Callable[[Playback], object]
MOVES: tuple[Move, ...] = (
    lambda playback: playback.toggle(),
    lambda playback: playback.step(1),
    lambda playback: playback.step(-1),
    lambda playback: playback.leap(1),
    lambda playback: playback.leap(-1),
    lambda playback: playback.quicken(1),
    lambda playback: playback.quicken(-1),
    lambda playback: playback.seek(0),
    lambda playback: playback.seek(playback.length),
)
SEEKS = st.floats(-0.1, 1.1).map(lambda share: lambda playback: playback.seek(share * playback.length))
WAITS = st.floats(0, 3)
MOVING = st.lists(st.tuples(st.sampled_from(MOVES) | SEEKS, WAITS), max_size=25)


def switched(after: float, on: bool | None) -> tuple[float, Detail]:
    spec = {} if on is None else {"cross_zone": on}
    return after, ResourceObserved(kind="load_balancer", state="ready", id="x", spec=spec)


def and_then(of: Recording, *more: tuple[float, Detail]) -> Recording:
    """The recording with these events after it: so many seconds later, of the load balancer."""
    frames = Frames(of)
    events = (
        Event(900 + n, frames.at(frames.times[-1] + after).isoformat(), "provider/load-balancer", detail)
        for n, (after, detail) in enumerate(more)
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
        self.playback, self.frames = app.replay_session.playback, app.replay_session.frames

    async def watch(self, seconds: float) -> None:
        """Let the viewer's time pass."""
        self.clock.now += seconds
        await self.settle()

    def shows(self, count: int) -> None:
        """Whether all that is on the screen is of the first so many events."""
        frames, main = self.frames, self.app.main
        assert self.playback.position.count == count
        assert self.app.world == folded(frames, count)
        assert list(main.journal.lines) == told(frames, count)
        flips = [f"cross-zone {'on' if on else 'off'} observed" for on in frames.flips(count)]
        assert [line.text for line in main.probe_log.lines] == ([UNRECORDED, *flips] if flips else [])
        assert self.app.facts.observed == frames.switch(count)


def folded(frames: Frames, count: int) -> LabSnapshot:
    """The world by the plainest way there is."""
    return reduce(fold, frames.events[:count], frames.world(0))


def told(frames: Frames, count: int) -> list[Event]:
    """What the log holds of them: in this recording nothing repeats itself."""
    return [*frames.known, *frames.events[:count]]


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
