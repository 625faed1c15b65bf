"""Commands on the tape of a recorded run; offered only by the app that replays one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pltui.tui.command import Command, CommandTarget
from pltui.tui.commands import COMMANDS as OF_A_LAB

if TYPE_CHECKING:
    from pltui.tui.tape import Tape


def _on_tape(move: Callable[[Tape], None]) -> Callable[[CommandTarget], None]:
    """Return a command that calls `move` with the tape, and shows the result at once."""

    def run(app: CommandTarget) -> None:
        from pltui.tui.replay.session import ReplaySession

        assert isinstance(app.session, ReplaySession)
        move(app.session.tape)
        app.drain()

    return run


COMMANDS = (
    Command(
        "replay.pause", "p", "pause", "Pause or resume, like space; restart at the end",
        "Replay", _on_tape(lambda tape: tape.toggle()),
    ),
    Command(
        "replay.step", "full_stop", "step", "Pause and step forward one event", "Replay",
        _on_tape(lambda tape: tape.step(1)),
    ),
    Command(
        "replay.step_back", "comma", "step back", "Pause and step back one event", "Replay",
        _on_tape(lambda tape: tape.step(-1)),
    ),
    Command(
        "replay.ahead", "right_square_bracket", "forward", "Seek forward 10 s (a tenth of a short run)",
        "Replay", _on_tape(lambda tape: tape.leap(1)),
    ),
    Command(
        "replay.back", "left_square_bracket", "back", "Seek back 10 s (a tenth of a short run)",
        "Replay", _on_tape(lambda tape: tape.leap(-1)),
    ),
    Command(
        "replay.faster", "greater_than_sign,plus", "faster", "Play faster; above 64× instantly", "Replay",
        _on_tape(lambda tape: tape.quicken(1)),
    ),
    Command(
        "replay.slower", "less_than_sign,minus", "slower", "Play slower, down to 0.25×",
        "Replay", _on_tape(lambda tape: tape.quicken(-1)),
    ),
    Command("replay.start", "0", "to the start", "Go to the start", "Replay", _on_tape(lambda tape: tape.seek(0))),
    Command(
        "replay.end", "dollar_sign", "to the end", "Go to the end", "Replay",
        _on_tape(lambda tape: tape.seek(tape.length)),
    ),
)  # fmt: skip
OFFERED = (*COMMANDS, *(command for command in OF_A_LAB if not command.live and command.id != "probe.toggle"))
