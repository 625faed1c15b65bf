"""All commands of the app by group; FOOTER has the ids of those in the footer, in this order."""

from __future__ import annotations

from pltui.tui.actions import app, faults, lab, probe, view
from pltui.tui.actions.action import Command

FOOTER = (
    "lab.cross_zone",
    "probe.toggle",
    "lab.reconcile",
    "lab.explain",
    "view.topology",
    "view.help",
    "app.leave",
    "view.details",
    "faults.show",
    "view.filter",
    "view.log",
)
COMMANDS: tuple[Command, ...] = (*lab.COMMANDS, *probe.COMMANDS, *faults.COMMANDS, *view.COMMANDS, *app.COMMANDS)
