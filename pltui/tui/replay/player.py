"""Player: shows the frame at the position of the playback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pltui.i18n import Phrase, tr
from pltui.text import clean
from pltui.tui.controllers.lab_work import LabWork, LabWorkPresenter
from pltui.tui.replay.timeline import Reading
from pltui.tui.widgets.probe_log import Mark

if TYPE_CHECKING:
    from pltui.tui.replay.screen import ReplayScreen
    from pltui.tui.replay.session import ReplaySession


class ReplayPresenter(LabWorkPresenter, Protocol):
    """The app on a recorded run."""

    @property
    def replay_session(self) -> ReplaySession:
        """The recorded run."""

    @property
    def main(self) -> ReplayScreen:
        """The screen of the lab, with the timeline."""


class Player(LabWork):
    """Work of the replaying app: it follows the playback instead of working on a lab.

    Going forward adds events to the log; going back rebuilds it.
    """

    def __init__(self, app: ReplayPresenter) -> None:
        super().__init__(app)
        self._app: ReplayPresenter = app
        self._frames, self._playback = app.replay_session.frames, app.replay_session.playback
        self._count = -1  # number of events shown
        self.started = False

    def start(self, *, probing: bool = False) -> None:
        """Start the playback at the first frame."""
        self.started = True
        self._playback.seek(0)  # nothing was visible before the first frame
        self._app.drain()

    def follow(self) -> None:
        """Show the present position of the playback."""
        app, frames, playback = self._app, self._frames, self._playback
        here = playback.position
        if here.count != self._count:
            self._show(here.count)
        app.show_facts(replay_state=playback.state)
        app.main.timeline.reading = Reading(
            moment=here.moment,
            length=playback.length,
            count=here.count,
            events=len(frames.events),
            speed=playback.speed,
            state=playback.state,
            real_wait=playback.real_wait,
            marks=frames.flip_times(),
        )

    def _show(self, count: int) -> None:
        app, frames, before = self._app, self._frames, self._count
        self._count = count
        app.show_world(frames.world(count))
        app.show_facts(observed=frames.switch(count))
        app.show_doing(self._ending() if count == len(frames.events) else Phrase("replaying…"))
        if 0 <= before <= count:
            app.main.journal.add(frames.events[before:count])
        else:
            app.main.journal.show((*frames.known, *frames.events[:count]))
        if before < 0 or frames.flips(before) != frames.flips(count):
            self._mark(frames.flips(count))

    def _ending(self) -> str:
        run, summary = self._app.replay_session.recording.run, self._app.replay_session.recording.summary
        return clean(f"{run.verb}: {summary.get('message') or tr(run.outcome)}")

    def _mark(self, flips: tuple[bool, ...]) -> None:
        """Show the switch's changes in the place of the answers."""
        stream = self._app.main.probe_log
        stream.clear()
        if flips:
            stream.add([Mark(tr("the probe's answers are not recorded"))])
        stream.add(Mark(tr("cross-zone on observed" if on else "cross-zone off observed")) for on in flips)
