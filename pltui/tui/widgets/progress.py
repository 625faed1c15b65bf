"""Progress bar, and the resource being waited for."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from pltui.i18n import tr
from pltui.topology import Address
from pltui.tui.rendering.bars import bar
from pltui.tui.theming import theme
from pltui.view.lab_snapshot import Condition, LabSnapshot, Row

BAR, SHORT_BAR = 20, 10  # cells; the shorter one for narrow screens
NARROW = 100


def seconds_since(since: str, now: datetime) -> int:
    """Whole seconds from `since` (RFC 3339) to `now`; 0 if `since` is empty."""
    return max(0, int((now - datetime.fromisoformat(since)).total_seconds())) if since else 0


class Progress(Widget):
    """One line. `doing` is the app's own work ("starting the sandbox…"); a problem has precedence."""

    world: reactive[LabSnapshot] = reactive(LabSnapshot())
    doing: reactive[str] = reactive("")
    problem: reactive[str] = reactive("")
    now: reactive[datetime | None] = reactive(None)

    def render(self) -> Text:
        done, total = self.world.progress()
        text = Text(no_wrap=True, overflow="ellipsis")
        if total:
            whole = done == total
            colour = "success" if whole else "error" if self._failures() else "primary"
            text.append(
                bar(done / total, BAR if self.size.width >= NARROW else SHORT_BAR), theme.style(self.app, colour)
            )
            text.append(f" {done}/{total}", theme.style(self.app, "foreground", bold=True)).append("  ")
        return text.append_text(self._words())

    def _failures(self) -> list[Row]:
        return [row for row in self.world.rows.values() if row.condition is Condition.FAILED]

    def _words(self) -> Text:
        if self.problem:
            return Text(self.problem, theme.style(self.app, "error", bold=True))
        waiting = self.world.working_rows
        if waiting and self.now:
            row = waiting[0]
            more = "  " + tr("and {count} more", count=len(waiting) - 1) if len(waiting) > 1 else ""
            name = f" {row.name}" if row.name and row.name != Address.parse(row.address).path else ""
            seconds = f"{seconds_since(row.since, self.now)} s"
            text = tr("waiting for {name}: {state} {time}", name=row.label + name, state=tr(row.word), time=seconds)
            return Text(text).append(more, theme.style(self.app, "faint"))
        if failures := self._failures():
            first = failures[0]
            text = tr("{n} failed: {name}: {error}", n=len(failures), name=first.label, error=first.error)
            return Text(text, theme.style(self.app, "error"))
        return Text(self.doing or self.world.message, theme.style(self.app, "faint"))
