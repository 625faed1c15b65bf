"""Commands on the probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pltui.tui.command import Command

if TYPE_CHECKING:
    from pltui.tui.app import LabApp


def toggle(app: LabApp) -> None:
    app.work.toggle_probe()


def next_consumer(app: LabApp) -> None:
    app.work.next_consumer()


COMMANDS = (
    Command("probe.toggle", "p", "probe", "Start or pause the probe", "Probe", toggle),
    Command("probe.next", "n", "next consumer", "Ask as the next consumer's client", "Probe", next_consumer, live=True),
)
