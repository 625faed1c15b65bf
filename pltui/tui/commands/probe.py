"""Commands on the probe."""

from __future__ import annotations

from collections.abc import Callable

from pltui.probe.schedule import ProbePace
from pltui.tui.command import Command, CommandTarget


def toggle(app: CommandTarget) -> None:
    """Start or pause the probe."""
    app.probing.toggle()


def hold(app: CommandTarget) -> None:
    """Hold the streams of answers, or follow them again."""
    app.main.probes.hold()


def next_consumer(app: CommandTarget) -> None:
    """Select the next consumer as the only one, or all of them."""
    app.probing.next()


def _pace(how: Callable[[ProbePace], ProbePace]) -> Callable[[CommandTarget], None]:
    def change(app: CommandTarget) -> None:
        app.probing.change(how)

    return change


_FASTER, _SLOWER = "Send more requests a second", "Send fewer requests a second"
_WIDER, _NARROWER = "Raise concurrency", "Lower concurrency"
_HOLD = "Freeze the stream"
_NEXT = "Probe from all consumers, or from one"
COMMANDS = (
    Command("probe.toggle", "p", "probe", "Start or pause the probe", "Probe", toggle),
    Command("probe.hold", "h", "hold", _HOLD, "Probe", hold, live=True),
    Command("probe.next", "n", "next consumer", _NEXT, "Probe", next_consumer, live=True),
    Command("probe.faster", "plus", "faster", _FASTER, "Probe", _pace(ProbePace.faster), live=True),
    Command("probe.slower", "minus", "slower", _SLOWER, "Probe", _pace(ProbePace.slower), live=True),
    Command("probe.wider", "greater_than_sign", "wider", _WIDER, "Probe", _pace(ProbePace.wider), live=True),
    Command("probe.narrower", "less_than_sign", "narrower", _NARROWER, "Probe", _pace(ProbePace.narrower), live=True),
)
