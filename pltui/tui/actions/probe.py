"""Actions on the probe."""

from __future__ import annotations

from collections.abc import Callable

from pltui.probe.schedule import ProbePace
from pltui.tui.actions.action import Action, ActionTarget


def toggle(app: ActionTarget) -> None:
    """Start or pause the probe."""
    app.probe.toggle()


def hold(app: ActionTarget) -> None:
    """Hold the streams of answers, or follow them again."""
    app.main.probes.hold()


def next_consumer(app: ActionTarget) -> None:
    """Select the next consumer as the only one, or all of them."""
    app.probe.select_next_consumer()


def _pace(how: Callable[[ProbePace], ProbePace]) -> Callable[[ActionTarget], None]:
    def change(app: ActionTarget) -> None:
        app.probe.change_pace(how)

    return change


_FASTER, _SLOWER = "Send more requests a second", "Send fewer requests a second"
_WIDER, _NARROWER = "Raise concurrency", "Lower concurrency"
_HOLD = "Freeze the stream"
_NEXT = "Probe from all consumers, or from one"
ACTIONS = (
    Action("probe.toggle", "p", "probe", "Start or pause the probe", "Probe", toggle),
    Action("probe.hold", "h", "hold", _HOLD, "Probe", hold, live=True),
    Action("probe.next", "n", "next consumer", _NEXT, "Probe", next_consumer, live=True),
    Action("probe.faster", "plus", "faster", _FASTER, "Probe", _pace(ProbePace.faster), live=True),
    Action("probe.slower", "minus", "slower", _SLOWER, "Probe", _pace(ProbePace.slower), live=True),
    Action("probe.wider", "greater_than_sign", "wider", _WIDER, "Probe", _pace(ProbePace.wider), live=True),
    Action("probe.narrower", "less_than_sign", "narrower", _NARROWER, "Probe", _pace(ProbePace.narrower), live=True),
)
