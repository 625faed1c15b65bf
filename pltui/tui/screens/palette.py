"""Textual's command palette, without what ends the app in it (as of Textual 8.2)."""

from __future__ import annotations

import contextlib

from textual import work
from textual.command import CommandPalette
from textual.css.query import NoMatches

from pltui.tui.screens.speaking import Speaking

_gather = CommandPalette._gather_commands.__wrapped__  # type: ignore[attr-defined]


class Palette(Speaking, CommandPalette):
    def __init__(self) -> None:
        super().__init__(id="--command-palette")  # by which Textual tells whether one is open

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)
    async def _gather_commands(self, search_value: str) -> None:
        """A search that begins as the palette is closed finds no list to put anything into."""
        with contextlib.suppress(NoMatches):
            await _gather(self, search_value)

    def _action_command_list(self, action: str) -> None:
        """In a list of which no line was drawn yet there is no page to turn to."""
        with contextlib.suppress(KeyError):
            super()._action_command_list(action)
