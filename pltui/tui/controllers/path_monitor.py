"""Controller of the predicted paths, active while the diagram is visible.

It traces them again after a change, and otherwise seldom.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from pltui.errors import LabError
from pltui.probe.answer import Answer
from pltui.tui.widgets.probe_log import Line

if TYPE_CHECKING:
    from pltui.tui.presenter import Presenter

# Seconds between two traces without a change. A trace takes 0.1 s of processor time and two dozen calls.
SELDOM = {"sandbox": 5.0, "aws": 60.0}
LEAST = 1.0  # seconds between any two traces
# Number of answers that show which subnets answer: one that is not among them has stopped.
LAST = 60


class PathMonitor:
    """Traces the paths, one trace at a time.

    The result becomes part of the snapshot; an error is shown in the diagram, without a notification.
    """

    def __init__(self, app: Presenter) -> None:
        self._app = app
        self._looking = False
        self._at = -SELDOM["aws"]
        self._known: Hashable = None
        self._answered: deque[tuple[str, int | None]] = deque(maxlen=LAST)

    def add_answers(self, lines: Iterable[Line]) -> None:
        """Take the answers among these lines of the stream."""
        self._answered.extend((line.consumer, line.subnet) for line in lines if isinstance(line, Answer))

    def look(self) -> None:
        """Trace the paths if it is time to."""
        app = self._app
        if not app.work.idle:
            self._known = None  # trace again after the work in progress
        if self._looking or not app.work.idle or not app.main.topology.looked_at:
            return
        passed = monotonic() - self._at
        reasons = self._reasons()
        if passed < LEAST or (reasons == self._known and passed < SELDOM.get(app.session.target, SELDOM["aws"])):
            return
        self._known, self._looking = reasons, True
        app.run_worker(self._look(), name="paths", exit_on_error=False)

    def _reasons(self) -> Hashable:
        """Values that may change the paths when they change."""
        facts = self._app.facts
        return facts.observed, facts.faults, frozenset(self._answered)

    async def _look(self) -> None:
        app = self._app
        try:
            found = await app.session.paths()
        except LabError as error:
            app.main.topology.problem = error.message
            return
        finally:
            self._looking, self._at = False, monotonic()
        app.main.topology.problem = ""
        if found != app.world.paths:
            app.show_world(replace(app.world, paths=found))
