"""Header: the lab's target and the state of the switch. Always visible; omitted parts are marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from pltui.cost import money
from pltui.cost.prices import Bill
from pltui.engine.json_values import is_moment
from pltui.i18n import tr
from pltui.lab.process_identity import LeaseOwner
from pltui.text import clean
from pltui.tui.theming import theme

# (lines of the terminal, most rows of the header), in descending order: the lab needs the room.
MOST_ROWS = ((20, 5), (10, 2), (0, 1))


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """Content of the header. Values of the switch are None while there is no load balancer."""

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
    faults: tuple[str, ...] = ()  # a sentence per active fault
    replay: str = ""  # id of the recorded run, if one is replayed
    replay_state: str = "playing"
    account: str = ""
    read_only: bool = False
    holder: LeaseOwner | None = None  # holder of the lease
    lock_unknown: str = ""  # the reason if the lease cannot be read
    bill: Bill | None = None
    saved_differs: bool = False  # the saved spec differs from the one in force
    looked: bool = False  # True once holder, faults and bill are known

    @property
    def overridden(self) -> bool:
        """True if the observed setting differs from the spec's."""
        return self.observed is not None and self.observed != self.wanted

    @property
    def real(self) -> bool:
        """True for a live lab on real AWS."""
        return self.target == "aws" and not self.replay

    @property
    def shows_duration(self) -> bool:
        """True if a duration is shown that changes every second."""
        return bool(self.holder or (self.real and self.bill and self.bill.since))


def on_off(value: bool | None) -> str:
    """Translated word for a setting."""
    return tr("unknown") if value is None else tr("on") if value else tr("off")


class Header(Widget):
    """Flows its content over as many rows as necessary; `now` is the time that durations count to."""

    facts: reactive[HeaderFacts | None] = reactive(None)
    now: reactive[datetime | None] = reactive(None)

    def watch_facts(self) -> None:
        self._fit()

    def watch_now(self) -> None:
        self._fit()

    def _fit(self) -> None:
        if self.is_mounted and self.size.width and len(self._rows(self.size.width)) != self.size.height:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._rows(width)))

    def render(self) -> Text:
        return Text("\n", no_wrap=True, overflow="ellipsis").join(self._rows(self.size.width))

    def _rows(self, width: int) -> list[Text]:
        facts = self.facts
        if facts is None:
            return []
        where = flow(self._where(facts), width, self._dot(facts))
        if facts.real:
            where = [self._fill_row(row, width) for row in where]
        rows = [*where, *flow(self._switch(facts), width, Text("   "))]
        if not facts.replay:
            rows += flow(self._status_parts(facts), width, self._dot())
        most = next(rows for lines, rows in MOST_ROWS if self.app.size.height >= lines)
        if len(rows) > most:
            rows = [*rows[: most - 1], rows[most - 1].append(" …")]
        return rows

    # -- the target

    def _where(self, facts: HeaderFacts) -> Iterator[Text]:
        real = facts.real
        where, colour = (tr("REAL AWS"), "aws") if real else (tr("SANDBOX"), "sandbox")
        if facts.replay:
            where, colour = tr("REPLAY"), "accent"
        text = Text.assemble((f" {where} ", theme.style(self.app, colour, bold=True, reverse=True)), "  ")
        if facts.read_only and not facts.replay:
            text.append(f" {tr('READ-ONLY')} ", theme.style(self.app, "warning", bold=True, reverse=True)).append("  ")
        yield text.append(clean(facts.lab), theme.style(self.app, "foreground", bold=True))
        account = facts.account or (tr("account unknown yet") if real else "" if facts.replay else tr("no account"))
        recorded = (facts.replay, facts.target) if facts.replay else ()
        for fact in (*recorded, facts.load_balancer, facts.region, account):
            if fact:
                yield Text(clean(fact))

    def _fill_row(self, row: Text, width: int) -> Text:
        """A full row in the warning colour, so that real AWS is not mistaken for the sandbox."""
        row.truncate(width, overflow="ellipsis", pad=True)
        return Text(row.plain, theme.style(self.app, "aws", bold=True, reverse=True))

    def _dot(self, facts: HeaderFacts | None = None) -> Text:
        return Text("  ·  " if self.size.width >= 100 else " · ", theme.style(self.app, "faint"))

    # -- the switch and the probe

    def _switch(self, facts: HeaderFacts) -> Iterator[Text]:
        faint = theme.style(self.app, "faint")
        text = Text.assemble((tr("cross-zone"), theme.style(self.app, "foreground", bold=True)), "  ")
        text.append(tr("spec"), faint).append(" ").append(on_off(facts.wanted), self._colour(facts.wanted))
        text.append(" · ", faint).append(tr("live"), faint).append(" ")
        text.append(on_off(facts.observed), self._colour(facts.observed))
        if facts.requested is not None:
            message = tr("{state} requested…", state=on_off(facts.requested))
            text.append(f"  {message}", theme.style(self.app, "warning", bold=True))
        yield text
        if facts.requested is None and facts.overridden:
            badge = Text(f" {tr('override')} ", theme.style(self.app, "warning", bold=True, reverse=True))
            yield badge if facts.replay else badge.append(" ").append(tr("r resets"), faint)
        if facts.saved_differs and not facts.replay:
            badge = Text(f" {tr('saved spec differs')} ", theme.style(self.app, "warning", bold=True, reverse=True))
            yield badge.append(" ").append(tr("r to review"), faint)
        what, state = ("replay", facts.replay_state) if facts.replay else ("probe", facts.probe)
        text = Text(tr(what), theme.style(self.app, "foreground", bold=True))
        text.append(" ").append(clean(tr(state)), self._state_style(state))
        if facts.consumer:
            text.append(" ").append(tr("as"), faint).append(" ").append(clean(facts.consumer))
        yield text

    # -- state of the lab

    def _status_parts(self, facts: HeaderFacts) -> Iterator[Text]:
        """State of the lab, the most important part first."""
        locked = facts.holder is not None
        if locked:
            yield self._lock(facts)
        if facts.faults:
            yield self._broken(facts.faults)
        if facts.bill:
            yield from self._money(facts, facts.bill)
        if facts.looked and not locked:
            yield self._lock(facts)
        yield Text(clean(facts.endpoint) or (tr("AWS's endpoints") if facts.real else tr("not started yet")))

    def _lock(self, facts: HeaderFacts) -> Text:
        holder = facts.holder
        if holder is None:
            if facts.lock_unknown:
                return Text(tr("lock unknown"), theme.style(self.app, "warning", bold=True))
            return Text(tr("not locked"), theme.style(self.app, "faint"))
        what = holder.verb
        if self.now and is_moment(holder.since):  # text by others
            what += f", {money.format_span(datetime.fromisoformat(holder.since), self.now)}"
        if holder.own:
            return Text(clean(tr("locked by this app: {what}", what=what)), theme.style(self.app, "primary", bold=True))
        message = clean(tr("locked by {who}: {what}", who=tr(holder.who), what=what))
        return Text(f" {message} ", theme.style(self.app, "warning", bold=True, reverse=True))

    def _broken(self, faults: tuple[str, ...]) -> Text:
        """The first fault, and the number of others."""
        more = f" (+{len(faults) - 1})" if len(faults) > 1 else ""
        style = theme.style(self.app, "error", bold=True, reverse=True)
        return Text.assemble((f" {tr('fault')}{more} ", style), " ", clean(faults[0]))

    def _money(self, facts: HeaderFacts, bill: Bill) -> Iterator[Text]:
        faint = theme.style(self.app, "faint")
        if not facts.real:
            if bill.wanted.hourly:
                yield Text(tr("free; on AWS {rate}", rate=money.format_rate(bill.wanted)), faint)
            return
        style = theme.style(self.app, "warning" if bill.now.hourly else "faint", bold=True)
        text = Text(money.format_rate(bill.now), style)
        if bill.since and self.now:
            text.append(
                f" · {tr('uptime {time}', time=money.format_span(bill.since, self.now))} · {money.spending(bill)}"
            )
        yield text
        if unpriced := money.missing_prices(bill.now):
            yield Text(clean(unpriced), theme.style(self.app, "warning"))

    def _state_style(self, state: str) -> Style:
        name = {"running": "success", "playing": "success", "paused": "warning", "stopped": "error"}.get(state, "faint")
        return theme.style(self.app, name, bold=True)

    def _colour(self, value: bool | None) -> Style:
        return theme.style(self.app, "faint" if value is None else "success" if value else "accent", bold=True)


def flow(chips: Iterable[Text], width: int, between: Text) -> list[Text]:
    """Arrange chips on as few rows as possible; only a chip longer than a whole row is cut."""
    rows: list[Text] = []
    for chip in chips:
        if rows and rows[-1].cell_len + between.cell_len + chip.cell_len <= width:
            rows[-1] = Text.assemble(rows[-1], between, chip)
        else:
            rows.append(chip)
    return rows
