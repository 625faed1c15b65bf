"""Answers of the consumers, side by side, so that those of the same moment can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from pltui.probe.answer import Answer
from pltui.probe.schedule import ProbePace
from pltui.probe.series import Figures
from pltui.text import clean
from pltui.tui.widgets.distribution import Distribution
from pltui.tui.widgets.probe_log import Line, ProbeLog


class ProbePane(Vertical):
    """Answers of one consumer, and their statistics."""

    def __init__(self, consumer: str, subnets: int) -> None:
        super().__init__()
        self.consumer = consumer
        self.probe_log = ProbeLog(id="probe-log")
        self.distribution = Distribution(subnets, id="distribution")

    def compose(self) -> ComposeResult:
        yield Static(clean(self.consumer), classes="who", markup=False)
        yield self.probe_log
        yield self.distribution


class Probes(Horizontal):
    """One pane per consumer, or a single one."""

    def __init__(self, consumers: Iterable[str], subnets: int, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._panes = {consumer: ProbePane(consumer, subnets) for consumer in consumers}
        self._alone = ""
        self._empty = ""

    def compose(self) -> ComposeResult:
        yield from self._panes.values()

    def on_mount(self) -> None:
        self.show_only(self._alone)

    @property
    def visible_panes(self) -> list[ProbePane]:
        """The visible panes."""
        return [pane for name, pane in self._panes.items() if not self._alone or name == self._alone]

    def follow(self, consumers: Iterable[str], subnets: int) -> None:
        """Show the consumers of another spec; panes of consumers that remain are kept."""
        before, self._panes = self._panes, {}
        last: ProbePane | None = None
        for consumer in consumers:
            pane = before.pop(consumer, None)
            if pane is None:
                pane = ProbePane(consumer, subnets)
                pane.probe_log.say(self._empty)
                self.mount(pane, **({"after": last} if last else {"before": 0}))
            pane.distribution.follow(subnets)
            self._panes[consumer] = last = pane
        for pane in before.values():
            pane.remove()
        self.show_only(self._alone if self._alone in self._panes else "")

    def show_only(self, consumer: str) -> None:
        """Show this consumer's pane, or all of them if it is ""."""
        self._alone = consumer
        several = len(self._panes) > 1
        for name, pane in self._panes.items():
            pane.display = name == consumer or not consumer
            pane.set_class(several, "-named")
            pane.set_class(pane.display and pane is not self.visible_panes[0], "-beside")

    def add(self, lines: Iterable[Line]) -> None:
        """Add lines to their consumers' panes; a mark without a consumer goes to all."""
        sorted_: dict[str, list[Line]] = {name: [] for name in self._panes}
        for line in lines:
            if isinstance(line, Answer) or line.consumer:
                sorted_.get(line.consumer, []).append(line)
            else:
                for each in sorted_.values():
                    each.append(line)
        for name, each in sorted_.items():
            self._panes[name].probe_log.add(each)

    def say(self, text: str) -> None:
        """Set the text shown while there are no answers."""
        self._empty = text
        for pane in self._panes.values():
            pane.probe_log.say(text)

    def show(
        self, consumer: str, figures: Figures, zones: Mapping[str, int], pace: ProbePace, reached: float | None
    ) -> None:
        """Show one consumer's statistics.

        `reached` is the rate in answers per second; None while the probe is paused or has just started.
        """
        if pane := self._panes.get(consumer):
            pane.distribution.show(figures, zones, pace, reached)

    def hold(self) -> bool:
        """Hold the streams, or follow the newest answers again; True if they are held now."""
        held = all(pane.probe_log.following for pane in self.visible_panes)
        for pane in self.visible_panes:
            pane.probe_log.hold(held)
        return held

    def repaint(self) -> None:
        """Redraw everything, as after a change of theme."""
        for pane in self._panes.values():
            pane.probe_log.repaint()
            pane.distribution.refresh()
