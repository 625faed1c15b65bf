"""Actions on faults injected on purpose."""

from __future__ import annotations

from pltui.i18n import tr
from pltui.tui.actions.action import Action, ActionTarget
from pltui.tui.actions.lab import unless_read_only


def _can_inject(app: ActionTarget) -> bool:
    if app.session.target == "aws":
        app.tell(tr("Faults are available on the sandbox only."))
    elif not app.work.is_open:
        app.tell(tr("The lab is not open yet."))
    else:
        return True
    return False


def show(app: ActionTarget) -> None:
    """Open the screen of faults, and poll the active ones."""
    if _can_inject(app):
        from pltui.tui.screens.faults import Faults

        app.push_screen(Faults(app.work))
        app.lab_status.watch()


def clear(app: ActionTarget) -> None:
    """Clear all active faults."""
    if not _can_inject(app):
        return
    if broken := [each for each in app.possible_faults if each.broken]:
        app.work.clear_faults(broken)
    else:
        app.tell(tr("No active faults."))


ACTIONS = (
    Action(
        "faults.show",
        "f",
        "faults",
        "Inject a fault (server, zone, security group) and watch the answers change",
        "Faults",
        unless_read_only(show),
        live=True,
    ),
    Action(
        "faults.mend",
        "F",
        "clear all",
        "Clear all faults",
        "Faults",
        unless_read_only(clear),
        live=True,
    ),
)
