"""Actions on the tape of a recorded run; offered only by the app that replays one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pltui.tui.actions import ACTIONS as OF_A_LAB
from pltui.tui.actions.action import Action, ActionTarget

if TYPE_CHECKING:
    from pltui.tui.replay.playback import Tape


def _on_tape(move: Callable[[Tape], None]) -> Callable[[ActionTarget], None]:
    """Return an action that calls `move` with the tape, and shows the result at once."""

    def run(app: ActionTarget) -> None:
        from pltui.tui.replay.session import ReplaySession

        assert isinstance(app.session, ReplaySession)
        move(app.session.tape)
        app.drain()

    return run


ACTIONS = (
    Action(
        "replay.pause", "p", "pause", "Pause or go on, as space does; at the end, start again",
        "Replay", _on_tape(lambda tape: tape.toggle()),
    ),
    Action(
        "replay.step", "full_stop", "step", "Pause, and show one more event", "Replay",
        _on_tape(lambda tape: tape.step(1)),
    ),
    Action(
        "replay.step_back", "comma", "step back", "Pause, and take back one event", "Replay",
        _on_tape(lambda tape: tape.step(-1)),
    ),
    Action(
        "replay.ahead", "right_square_bracket", "ahead", "Ten seconds on; in a short run, a tenth of it",
        "Replay", _on_tape(lambda tape: tape.leap(1)),
    ),
    Action(
        "replay.back", "left_square_bracket", "back", "Ten seconds back; in a short run, a tenth of it",
        "Replay", _on_tape(lambda tape: tape.leap(-1)),
    ),
    Action(
        "replay.faster", "greater_than_sign,plus", "faster", "Play faster; beyond 64× all comes at once", "Replay",
        _on_tape(lambda tape: tape.quicken(1)),
    ),
    Action(
        "replay.slower", "less_than_sign,minus", "slower", "Play slower, down to a quarter of the recorded pace",
        "Replay", _on_tape(lambda tape: tape.quicken(-1)),
    ),
    Action("replay.start", "0", "to the start", "Go to the start", "Replay", _on_tape(lambda tape: tape.seek(0))),
    Action(
        "replay.end", "dollar_sign", "to the end", "Go to the end", "Replay",
        _on_tape(lambda tape: tape.seek(tape.length)),
    ),
)  # fmt: skip
OFFERED = (*ACTIONS, *(action for action in OF_A_LAB if not action.live and action.id != "probe.toggle"))
