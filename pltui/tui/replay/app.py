"""The app on one recorded run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from pltui.history.reader import Recording
from pltui.i18n import tr
from pltui.tui.actions import ACTIONS
from pltui.tui.actions.action import ActionTarget
from pltui.tui.app import LabApp
from pltui.tui.replay import actions, timeline
from pltui.tui.replay.player import Player
from pltui.tui.replay.screen import ReplayScreen
from pltui.tui.replay.session import REFUSAL, ReplaySession
from pltui.tui.replay.timeline import Timeline
from pltui.tui.user_settings.preferences import Preferences


def _refuse(app: ActionTarget) -> None:
    app.tell(tr(REFUSAL))


_TAKEN = {key for action in actions.ACTIONS for key in action.key.split(",")}
_REFUSED = tuple(replace(action, run=_refuse) for action in ACTIONS if action.live and action.key not in _TAKEN)


class ReplayApp(LabApp):
    """One recorded run on screen."""

    CSS_PATH: ClassVar[list[Path]] = [
        *LabApp.CSS_PATH,
        *(Path(file).with_suffix(".tcss") for file in (timeline.__file__, __file__)),
    ]
    OFFERED = actions.OFFERED
    WITHOUT_ANSWERS = "A replay shows the lab; the probe's answers are not recorded."
    FOOTER = (
        "replay.pause", "replay.step", "replay.ahead", "replay.faster", "view.help", "app.leave", "view.details",
        "view.topology", "view.filter", "view.log",
    )  # fmt: skip
    SILENT = _REFUSED
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "pause_by_space", show=False, priority=True)]

    def __init__(
        self, recorded: ReplaySession, *, ascii_glyphs: bool | None = None, preferences: Preferences | None = None
    ) -> None:
        self.replay_session = recorded
        wishes = preferences or Preferences()
        super().__init__(
            recorded, clock=lambda: recorded.now, watch=None, ascii_glyphs=ascii_glyphs, preferences=wishes
        )
        self.work = self.player = Player(self)
        self.facts = replace(self.facts, endpoint="", consumer="", replay=recorded.recording.run.id)

    def get_default_screen(self) -> Screen[None]:
        return ReplayScreen(self.session.spec)

    @property
    def main(self) -> ReplayScreen:
        """The screen of the lab, with the timeline."""
        screen = self.screen_stack[0]
        assert isinstance(screen, ReplayScreen)
        return screen

    def drain(self) -> None:
        """Move to the playback's position before anything is drawn that depends on its time."""
        if self.is_running and self.screen_stack and self.player.started:
            self.player.follow()
        super().drain()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the pause key in a text field, where it types a space."""
        return not (action == "pause_by_space" and isinstance(self.focused, Input))

    def action_pause_by_space(self) -> None:
        """Pause or resume."""
        self.action_perform("replay.pause")

    def on_timeline_seek(self, event: Timeline.Seek) -> None:
        """Go to the moment chosen on the timeline."""
        self.replay_session.playback.seek(event.moment)
        self.drain()


def run(recording: Recording, speed: float, preferences: Preferences | None = None) -> int:
    """Show the run until the user leaves, and return the exit code.

    Raises:
        SpecError: If the recording does not contain the lab's spec.
    """
    app = ReplayApp(ReplaySession(recording, speed), preferences=preferences)
    app.leaves_process = True
    app.run()
    return app.return_code or 0
