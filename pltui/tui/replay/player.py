"""Player: shows the state of the film at the position of the tape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pltui.i18n import Phrase, tr
from pltui.text import clean
from pltui.tui.controllers.runs import Work, WorkPresenter
from pltui.tui.replay.timeline import Reading
from pltui.tui.widgets.probe_log import Mark

if TYPE_CHECKING:
    from pltui.tui.replay.screen import ReplayScreen
    from pltui.tui.replay.session import ReplaySession


class ReplayPresenter(WorkPresenter, Protocol):
    """The app on a recorded run."""

    @property
    def replay_session(self) -> ReplaySession:
        """The recorded run."""

    @property
    def main(self) -> ReplayScreen:
        """The screen of the lab, with the timeline."""


class Player(Work):
    """Work of the replaying app: it follows the tape instead of working on a lab.

    Going forward adds events to the log; going back rebuilds it.
    """

    def __init__(self, app: ReplayPresenter) -> None:
        super().__init__(app)
        self._app: ReplayPresenter = app
        self._film, self._tape = app.replay_session.film, app.replay_session.tape
        self._count = -1  # number of events shown
        self.started = False

    def start(self, *, probing: bool = False) -> None:
        """Start the tape at the first frame."""
        self.started = True
        self._tape.seek(0)  # nothing was visible before the first frame
        self._app.drain()

    def follow(self) -> None:
        """Show the present position of the tape."""
        app, film, tape = self._app, self._film, self._tape
        here = tape.position
        if here.count != self._count:
            self._show(here.count)
        app.show_facts(replay_state=tape.state)
        app.main.timeline.reading = Reading(
            here.moment, tape.length, here.count, len(film.events), tape.speed, tape.state, tape.real_wait,
            film.flip_times(),
        )  # fmt: skip

    def _show(self, count: int) -> None:
        app, film, before = self._app, self._film, self._count
        self._count = count
        app.show_world(film.world(count))
        app.show_facts(observed=film.switch(count))
        app.show_doing(self._ending() if count == len(film.events) else Phrase("replaying…"))
        if 0 <= before <= count:
            app.main.journal.add(film.events[before:count])
        else:
            app.main.journal.show((*film.known, *film.events[:count]))
        if before < 0 or film.flips(before) != film.flips(count):
            self._mark(film.flips(count))

    def _ending(self) -> str:
        run, summary = self._app.replay_session.recording.run, self._app.replay_session.recording.summary
        return clean(f"{run.verb}: {summary.get('message') or tr(run.outcome)}")

    def _mark(self, flips: tuple[bool, ...]) -> None:
        """Show the switch's changes in the place of the answers."""
        stream = self._app.main.stream
        stream.clear()
        if flips:
            stream.add([Mark(tr("the probe's answers are not recorded"))])
        stream.add(Mark(tr("cross-zone on observed" if on else "cross-zone off observed")) for on in flips)
