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
    faults: tuple[str, ...] = ()  # what is broken on purpose, a sentence each
    replay: str = ""  # the id of the recorded run that is shown, if it is one
    replay_state: str = "playing"

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
        where, colour = ("REAL AWS", "aws") if real else ("SANDBOX", "sandbox")
        if facts.replay:
            where, colour = "REPLAY", "accent"
        text = Text.assemble((f" {where} ", theme.style(self.app, colour, bold=True, reverse=True)), "  ")
        text.append(clean(facts.lab), theme.style(self.app, "foreground", bold=True))
        recorded = (facts.replay, facts.target) if facts.replay else ()
        for fact in (*recorded, facts.load_balancer, facts.region, facts.endpoint):
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
            text.append("" if facts.replay else " r undoes", faint)
        what, state = ("replay", facts.replay_state) if facts.replay else ("probe", facts.probe)
        text.append(f"   {what} ", theme.style(self.app, "foreground", bold=True))
        text.append(clean(state), self._state_style(state))
        if facts.consumer:
            text.append(" as ", faint).append(clean(facts.consumer))
        return text.append_text(self._broken(facts.faults))

    def _broken(self, faults: tuple[str, ...]) -> Text:
        """The first fault in full, and how many more there are."""
        if not faults:
            return Text()
        more = f" (+{len(faults) - 1})" if len(faults) > 1 else ""
        style = theme.style(self.app, "error", bold=True, reverse=True)
        return Text.assemble("   ", (f" fault{more} ", style), " ", clean(faults[0]))

    def _state_style(self, state: str) -> Style:
        name = {"running": "success", "playing": "success", "paused": "warning", "stopped": "error"}.get(state, "faint")
        return theme.style(self.app, name, bold=True)

    def _colour(self, value: bool | None) -> Style:
        return theme.style(self.app, "faint" if value is None else "success" if value else "accent", bold=True)
