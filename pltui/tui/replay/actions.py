"""Actions on the playback of a recorded run; offered only by the app that replays one."""

from __future__ import annotations

from collections.abc import Callable

from pltui.tui.actions import ACTIONS as OF_A_LAB
from pltui.tui.actions.action import Action, ActionTarget
from pltui.tui.replay.playback import Playback
from pltui.tui.replay.session import ReplaySession


def _on_playback(move: Callable[[Playback], None]) -> Callable[[ActionTarget], None]:
    """Return an action that calls `move` with the playback, and shows the result at once."""

    def run(app: ActionTarget) -> None:
        assert isinstance(app.session, ReplaySession)
        move(app.session.playback)
        app.drain()

    return run


ACTIONS = (
    Action(
        "replay.pause", "p", "pause", "Pause or resume, like space; restart at the end",
        "Replay", _on_playback(lambda playback: playback.toggle()),
    ),
    Action(
        "replay.step", "full_stop", "step", "Pause and step forward one event", "Replay",
        _on_playback(lambda playback: playback.step(1)),
    ),
    Action(
        "replay.step_back", "comma", "step back", "Pause and step back one event", "Replay",
        _on_playback(lambda playback: playback.step(-1)),
    ),
    Action(
        "replay.ahead", "right_square_bracket", "forward", "Seek forward 10 s (a tenth of a short run)",
        "Replay", _on_playback(lambda playback: playback.leap(1)),
    ),
    Action(
        "replay.back", "left_square_bracket", "back", "Seek back 10 s (a tenth of a short run)",
        "Replay", _on_playback(lambda playback: playback.leap(-1)),
    ),
    Action(
        "replay.faster", "greater_than_sign,plus", "faster", "Play faster; above 64× instantly", "Replay",
        _on_playback(lambda playback: playback.quicken(1)),
    ),
    Action(
        "replay.slower", "less_than_sign,minus", "slower", "Play slower, down to 0.25×",
        "Replay", _on_playback(lambda playback: playback.quicken(-1)),
    ),
    Action(
        "replay.start", "0", "to the start", "Go to the start", "Replay",
        _on_playback(lambda playback: playback.seek(0)),
    ),
    Action(
        "replay.end", "dollar_sign", "to the end", "Go to the end", "Replay",
        _on_playback(lambda playback: playback.seek(playback.length)),
    ),
)  # fmt: skip
OFFERED = (*ACTIONS, *(action for action in OF_A_LAB if not action.live and action.id != "probe.toggle"))
