"""Actions on the app itself."""

from __future__ import annotations

from pltui.tui.actions.action import Action, ActionTarget


def leave(app: ActionTarget) -> None:
    """Leave the app."""
    app.call_next(app.action_quit)


def themes(app: ActionTarget) -> None:
    """Open the screen of themes; without colours, only those that use the terminal's own."""
    from pltui.tui.screens.themes import Themes

    # Without colours, by the user's wish or for lack of support, only themes of the terminal's own are offered.
    names = [name for name, each in app.available_themes.items() if each.ansi or not app.no_color]
    app.push_screen(Themes(names, app.theme))


def screenshot(app: ActionTarget) -> None:
    """Save the screen as an SVG file, in the background."""
    from pltui.tui.rendering.screenshot import keep, picture

    # Exported first, so that the notification is not on it.
    svg = picture(app, f"pltui {app.facts.lab}")
    app.run_worker(keep(app, svg), name="screenshot", exit_on_error=False)


ACTIONS = (
    Action("app.themes", "ctrl+t", "themes", "Choose a theme (live preview)", "App", themes),
    Action("app.screenshot", "s", "screenshot", "Save the screen as an SVG file", "App", screenshot, everywhere=True),
    Action("app.leave", "q", "quit", "Quit; the lab keeps running", "App", leave),
)
