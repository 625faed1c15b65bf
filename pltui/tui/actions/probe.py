"""Actions on the probe."""

from __future__ import annotations

from collections.abc import Callable

from pltui.probe.schedule import ProbePace
from pltui.tui.actions.action import Action, ActionTarget


def toggle(app: ActionTarget) -> None:
    """Start or pause the probe."""
    app.probing.toggle()


def hold(app: ActionTarget) -> None:
    """Hold the streams of answers, or follow them again."""
    app.main.probes.hold()


def next_consumer(app: ActionTarget) -> None:
    """Select the next consumer as the only one, or all of them."""
    app.probing.select_next_consumer()


def _pace(how: Callable[[ProbePace], ProbePace]) -> Callable[[ActionTarget], None]:
    def change(app: ActionTarget) -> None:
        app.probing.change_pace(how)

    return change


_FASTER, _SLOWER = "Send more requests a second", "Send fewer requests a second"
_WIDER, _NARROWER = "Let more requests wait for their answer at a time", "Let fewer requests wait at a time"
_HOLD = "Let the answers stand still while more are collected"
_NEXT = "Ask as each consumer at once, or as one of them alone"
ACTIONS = (
    Action("probe.toggle", "p", "probe", "Start or pause the probe", "Probe", toggle),
    Action("probe.hold", "h", "hold", _HOLD, "Probe", hold, live=True),
    Action("probe.next", "n", "next consumer", _NEXT, "Probe", next_consumer, live=True),
    Action("probe.faster", "plus", "faster", _FASTER, "Probe", _pace(ProbePace.faster), live=True),
    Action("probe.slower", "minus", "slower", _SLOWER, "Probe", _pace(ProbePace.slower), live=True),
    Action("probe.wider", "greater_than_sign", "wider", _WIDER, "Probe", _pace(ProbePace.wider), live=True),
    Action("probe.narrower", "less_than_sign", "narrower", _NARROWER, "Probe", _pace(ProbePace.narrower), live=True),
)
