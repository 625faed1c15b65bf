"""Replay of a recorded run on the screen: the same tree and log, moved by a tape, without anything that writes.

`film` has the state at each position; `pltui.tui.tape` is the position; `player` shows on the screen of `app` the state
at the position. `session` is the recorded lab, as the screen uses it.
"""

from pltui.tui.replay.app import ReplayApp, run
from pltui.tui.replay.session import ReplaySession

__all__ = ["ReplayApp", "ReplaySession", "run"]
