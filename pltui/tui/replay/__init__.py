"""The screen on a run that was recorded: the same tree and log, moved by a tape, and nothing that writes.

`film` is what was recorded, by position; `pltui.tui.tape`, where one is in it; `player` shows on the screen of `app`
what the one holds at the other. `session` is the recorded lab, as the screen asks it.
"""

from pltui.tui.replay.app import ReplayApp, run
from pltui.tui.replay.session import ReplaySession

__all__ = ["ReplayApp", "ReplaySession", "run"]
