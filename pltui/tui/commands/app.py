"""Commands on the app itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pltui.tui.command import Command

if TYPE_CHECKING:
    from pltui.tui.app import LabApp


def leave(app: LabApp) -> None:
    app.call_next(app.action_quit)


COMMANDS = (Command("app.leave", "q", "quit", "Leave; the lab stays as it is", "App", leave),)
