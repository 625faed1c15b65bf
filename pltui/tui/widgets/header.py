"""Where one is and how the switch stands: always on screen."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from pltui.text import clean
from pltui.tui import theme


@dataclass(frozen=True, slots=True)
class Facts:
    """What the header says. The switch is None while there is no load balancer."""

    lab: str
    target: str
    region: str
    endpoint: str
    load_balancer: str
    wanted: bool
    observed: bool | None = None
    requested: bool | None = None
    probe: str = "not started"
    consumer: str = ""

    @property
    def overridden(self) -> bool:
        return self.observed is not None and self.observed != self.wanted


def on_off(value: bool | None) -> str:
    return "none yet" if value is None else "on" if value else "off"


class Header(Widget):
    facts: reactive[Facts | None] = reactive(None)

    def render(self) -> Text:
        facts = self.facts
        if facts is None:
            return Text()
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append_text(self._where(facts)).append("\n").append_text(self._switch(facts))
        return text

    def _where(self, facts: Facts) -> Text:
        real = facts.target == "aws"
        colour = theme.style(self.app, "aws" if real else "sandbox", bold=True, reverse=True)
        text = Text.assemble((f" {'REAL AWS' if real else 'SANDBOX'} ", colour), "  ")
        text.append(clean(facts.lab), theme.style(self.app, "foreground", bold=True))
        for fact in (facts.load_balancer, facts.region, facts.endpoint):
            if fact:
                text.append("  ·  ", theme.style(self.app, "faint")).append(clean(fact))
        return text

    def _switch(self, facts: Facts) -> Text:
        faint = theme.style(self.app, "faint")
        text = Text.assemble(("cross-zone  ", theme.style(self.app, "foreground", bold=True)))
        text.append("wanted ", faint).append(on_off(facts.wanted), self._colour(facts.wanted))
        text.append(" · ", faint).append("observed ", faint)
        text.append(on_off(facts.observed), self._colour(facts.observed))
        if facts.requested is not None:
            text.append(f"  {on_off(facts.requested)} requested…", theme.style(self.app, "warning", bold=True))
        elif facts.overridden:
            text.append("  ")
            text.append(" override ", theme.style(self.app, "warning", bold=True, reverse=True))
            text.append(" r undoes", faint)
        text.append("   probe ", theme.style(self.app, "foreground", bold=True))
        text.append(clean(facts.probe), self._probe_style(facts.probe))
        if facts.consumer:
            text.append(" as ", faint).append(clean(facts.consumer))
        return text

    def _probe_style(self, state: str) -> Style:
        name = {"running": "success", "paused": "warning", "stopped": "error"}.get(state, "faint")
        return theme.style(self.app, name, bold=True)

    def _colour(self, value: bool | None) -> Style:
        return theme.style(self.app, "faint" if value is None else "success" if value else "accent", bold=True)
