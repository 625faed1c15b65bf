"""Textual's command palette, without errors that end the app (as of Textual 8.2)."""

from __future__ import annotations

import contextlib

from textual import work
from textual.command import CommandPalette
from textual.css.query import NoMatches

from pltui.tui.screens.base import TranslatedScreen

_gather = CommandPalette._gather_commands.__wrapped__  # type: ignore[attr-defined]


class Palette(TranslatedScreen, CommandPalette):
    """The command palette."""

    def __init__(self) -> None:
        super().__init__(id="--command-palette")  # by this id Textual finds an open palette

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)
    async def _gather_commands(self, search_value: str) -> None:
        """Search; ignores the missing list if the palette is closed meanwhile."""
        with contextlib.suppress(NoMatches):
            await _gather(self, search_value)

    def _action_command_list(self, action: str) -> None:
        """Move in the list; ignores page keys before its first line is drawn."""
        with contextlib.suppress(KeyError):
            super()._action_command_list(action)
