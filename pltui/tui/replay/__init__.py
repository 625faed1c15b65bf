"""Replay of a recorded run on the screen: the same tree and log, without anything that writes.

`frames` has the state at each position; `playback` is the position; `player` shows on the screen of `app` the state at
the position. `session` is the recorded lab, as the screen uses it.
"""
