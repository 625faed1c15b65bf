"""The main screen of a recorded run."""

from __future__ import annotations

from textual.app import ComposeResult

from pltui.tui.replay.timeline import Timeline
from pltui.tui.screens.main import MainScreen


class ReplayScreen(MainScreen):
    """The main screen with a line for the position in the recording."""

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield Timeline()

    @property
    def timeline(self) -> Timeline:
        """The line with the position."""
        return self.query_one(Timeline)
