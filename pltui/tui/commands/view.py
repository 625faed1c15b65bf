"""Commands on the view."""

from __future__ import annotations

from pltui.i18n import tr
from pltui.tui import theme
from pltui.tui.command import Command, CommandTarget
from pltui.tui.screens.help import help_text
from pltui.tui.screens.panel import Panel


def show_details(app: CommandTarget) -> None:
    """Open the details of the selected resource; fold or unfold a heading."""
    row = app.main.selected
    if row is None:
        if not app.main.topology.has_focus:
            app.main.resources.action_toggle_node()
        return
    from pltui.tui.screens.details import open_details

    open_details(app, row.address)


def toggle_view(app: CommandTarget) -> None:
    """Change between tree and diagram."""
    from pltui.tui.screens.main import TOPOLOGY, TREE

    main = app.main
    main.view = TREE if main.view == TOPOLOGY else TOPOLOGY


def show_filter(app: CommandTarget) -> None:
    """Open the filter of the tree."""
    app.main.open_filter()


def copy_id(app: CommandTarget) -> None:
    """Copy the id of the selected resource."""
    row = app.main.selected
    if row is None or not row.id:
        app.tell(tr("Select a resource that exists to copy its id."))
        return
    app.copy_to_clipboard(row.id)
    app.tell(tr("Copied {id}", id=row.id))


def show_log(app: CommandTarget) -> None:
    """Show or hide the log."""
    journal = app.main.journal
    journal.toggle_class("-open")
    (journal if journal.has_class("-open") else app.main.resources).focus()


def show_help(app: CommandTarget) -> None:
    """Open the list of keys."""
    panel = Panel(tr("Keys"))
    panel.show(help_text(panel.app, app.offered, app.preferences.keys))
    app.push_screen(panel)


def toggle_theme(app: CommandTarget) -> None:
    """Change between dark and light."""
    if app.native_ansi_color:
        app.theme = "ansi-light" if app.theme == "ansi-dark" else "ansi-dark"
    else:
        app.theme = theme.LIGHT.name if app.current_theme.dark else theme.DARK.name


COMMANDS = (
    Command("view.help", "question_mark", "help", "This list of keys", "View", show_help),
    Command("view.topology", "t", "topology", "Toggle topology and tree", "View", toggle_view),
    Command(
        "view.details", "enter", "details", "Show spec, observed state, differences and events", "View", show_details
    ),
    Command("view.filter", "slash", "filter", "Filter resources by name, state or id", "View", show_filter),
    Command("view.log", "l", "log", "Show or hide the log", "View", show_log),
    Command("view.copy", "c", "copy id", "Copy the selected resource's id to the clipboard", "View", copy_id),
    Command("view.theme", "T", "light or dark", "Switch between dark and light", "View", toggle_theme),
)
