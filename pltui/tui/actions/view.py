"""Actions on the view."""

from __future__ import annotations

from pltui.i18n import tr
from pltui.tui.actions.action import Action, ActionTarget
from pltui.tui.actions.help import help_text
from pltui.tui.screens.panel import Panel
from pltui.tui.theming import theme


def show_details(app: ActionTarget) -> None:
    """Open the details of the selected resource; fold or unfold a heading."""
    row = app.main.selected_row
    if row is None:
        if not app.main.topology.has_focus:
            app.main.resources.action_toggle_node()
        return
    from pltui.tui.screens.details import open_details

    open_details(app, row.address)


def toggle_view(app: ActionTarget) -> None:
    """Change between tree and diagram."""
    from pltui.tui.screens.main import TOPOLOGY, TREE

    main = app.main
    main.view = TREE if main.view == TOPOLOGY else TOPOLOGY


def show_filter(app: ActionTarget) -> None:
    """Open the filter of the tree."""
    app.main.open_filter()


def copy_id(app: ActionTarget) -> None:
    """Copy the id of the selected resource."""
    row = app.main.selected_row
    if row is None or not row.id:
        app.tell(tr("Select a resource that exists to copy its id."))
        return
    app.copy_to_clipboard(row.id)
    app.tell(tr("Copied {id}", id=row.id))


def show_log(app: ActionTarget) -> None:
    """Show or hide the log."""
    journal = app.main.journal
    journal.toggle_class("-open")
    (journal if journal.has_class("-open") else app.main.resources).focus()


def show_help(app: ActionTarget) -> None:
    """Open the list of keys."""
    panel = Panel(tr("Keys"))
    panel.show(help_text(panel.app, app.available_actions, app.preferences.keys))
    app.push_screen(panel)


def toggle_theme(app: ActionTarget) -> None:
    """Change between dark and light."""
    if app.native_ansi_color:
        app.theme = "ansi-light" if app.theme == "ansi-dark" else "ansi-dark"
    else:
        app.theme = theme.LIGHT.name if app.current_theme.dark else theme.DARK.name


ACTIONS = (
    Action("view.help", "question_mark", "help", "This list of keys", "View", show_help),
    Action("view.topology", "t", "topology", "Toggle topology and tree", "View", toggle_view),
    Action(
        "view.details", "enter", "details", "Show spec, observed state, differences and events", "View", show_details
    ),
    Action("view.filter", "slash", "filter", "Filter resources by name, state or id", "View", show_filter),
    Action("view.log", "l", "log", "Show or hide the log", "View", show_log),
    Action("view.copy", "c", "copy id", "Copy the selected resource's id to the clipboard", "View", copy_id),
    Action("view.theme", "T", "light or dark", "Switch between dark and light", "View", toggle_theme),
)
