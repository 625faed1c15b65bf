"""All actions of the app by group; FOOTER has the ids of those in the footer, in this order."""

from __future__ import annotations

from pltui.tui.actions import app, faults, lab, probe, view
from pltui.tui.actions.action import Action

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
ACTIONS: tuple[Action, ...] = (*lab.ACTIONS, *probe.ACTIONS, *faults.ACTIONS, *view.ACTIONS, *app.ACTIONS)
