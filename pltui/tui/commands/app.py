"""Commands on the app itself."""

from __future__ import annotations

from pltui.tui.command import Command, CommandTarget


def leave(app: CommandTarget) -> None:
    app.call_next(app.action_quit)


def themes(app: CommandTarget) -> None:
    from pltui.tui.screens.themes import Themes

    # What has no colours by the user's wish, or the terminal's, must not be given any.
    names = [name for name, each in app.available_themes.items() if each.ansi or not app.no_color]
    app.push_screen(Themes(names, app.theme))


def screenshot(app: CommandTarget) -> None:
    from pltui.tui.screenshot import keep, picture

    # Taken before anything else is drawn: a notice of it must not be on it.
    svg = picture(app, f"pltui {app.facts.lab}")
    app.run_worker(keep(app, svg), name="screenshot", exit_on_error=False)


COMMANDS = (
    Command("app.themes", "ctrl+t", "themes", "Choose a theme; each is shown as you come upon it", "App", themes),
    Command("app.screenshot", "s", "screenshot", "Save the screen as an SVG file", "App", screenshot, everywhere=True),
    Command("app.leave", "q", "quit", "Leave; the lab stays as it is", "App", leave),
)
