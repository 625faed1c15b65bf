"""Commands on faults injected on purpose."""

from __future__ import annotations

from pltui.i18n import tr
from pltui.tui.command import Command, CommandTarget
from pltui.tui.commands.lab import writing


def _breakable(app: CommandTarget) -> bool:
    if app.session.target == "aws":
        app.tell(tr("Faults are available on the sandbox only."))
    elif not app.work.opened:
        app.tell(tr("The lab is not open yet."))
    else:
        return True
    return False


def show(app: CommandTarget) -> None:
    """Open the screen of faults, and poll the active ones."""
    if _breakable(app):
        from pltui.tui.screens.faults import Faults

        app.push_screen(Faults(app.work))
        app.headlines.watch()


def mend(app: CommandTarget) -> None:
    """Clear all active faults."""
    if not _breakable(app):
        return
    if broken := [each for each in app.breakages if each.broken]:
        app.work.mend(broken)
    else:
        app.tell(tr("No active faults."))


COMMANDS = (
    Command(
        "faults.show",
        "f",
        "faults",
        "Inject a fault (server, zone, security group) and watch the answers change",
        "Faults",
        writing(show),
        live=True,
    ),
    Command("faults.mend", "F", "clear all", "Clear all faults", "Faults", writing(mend), live=True),
)
