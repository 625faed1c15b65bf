"""Log of the feed's events. Only visible lines are rendered, so thousands of events cost little."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pltui.engine.events import Detail, Event, Phase, StepPlanned
from pltui.i18n import tr
from pltui.text import clean, pad
from pltui.tui.theming import theme
from pltui.view.lab_snapshot import repeats

KEPT = 2000
COLOURS = {
    Phase.DONE: "success",
    Phase.FAILED: "error",
    Phase.BLOCKED: "warning",
    Phase.UNKNOWN: "warning",
    Phase.STARTED: "primary",
    Phase.RUN: "accent",
    Phase.FINISHED: "accent",
}


def words(detail: Detail) -> str:
    """Format an event's detail in a few words, without empty, redundant and long values."""
    return clean("  ".join([*_format_values(detail), *_format_counts(detail)]))


def _format_values(detail: Detail) -> Iterator[str]:
    for key, value in detail.document().items():
        if key in ("kind", "changes", "takes_along") or isinstance(value, Mapping) or not value:
            continue
        if value is True:
            yield key
        else:
            yield f"{key} {', '.join(map(str, value)) if isinstance(value, list) else clean(value)}"


def _format_counts(detail: Detail) -> Iterator[str]:
    """Yield what is long in a plan: names of fields, and a number."""
    if isinstance(detail, StepPlanned) and detail.changes:
        yield "~ " + ", ".join(change.field for change in detail.changes)
    if isinstance(detail, StepPlanned) and detail.takes_along:
        yield tr("also affects {n}", n=len(detail.takes_along))


class JournalPane(ScrollView, can_focus=True):
    """Follows the newest event unless it was scrolled back."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.lines: deque[Event] = deque(maxlen=KEPT)
        # Last events of each address, to skip repeated ones: polls every few seconds must not fill the log.
        self._recent: dict[str, deque[Event]] = {}
        self._following = True

    def add(self, events: Iterable[Event]) -> None:
        """Append events; repeated ones are skipped."""
        for event in events:
            recent = self._recent.setdefault(event.address, deque(maxlen=2))
            if not repeats(recent, event):
                recent.append(event)
                self.lines.append(event)
        self.virtual_size = Size(0, len(self.lines))
        self._settle()
        self.refresh()

    def show(self, events: Iterable[Event]) -> None:
        """Replace the content by these events, after a seek in a replay."""
        self.lines.clear()
        self._recent.clear()
        self.add(events)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._following = new_value >= self.max_scroll_y

    def on_resize(self) -> None:
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        """Scroll to the newest line, or keep the present line if it still exists."""
        y = self.max_scroll_y if self._following else min(self.scroll_offset.y, self.max_scroll_y)
        self.scroll_to(y=y, animate=False, immediate=True, force=True)

    def render_line(self, y: int) -> Strip:
        index, base = self.scroll_offset.y + y, self.rich_style
        width = self.scrollable_content_region.width  # beside the scrollbar
        found = next(islice(self.lines, index, None), None)
        text = self._line(found) if found else Text()
        text.truncate(width, overflow="ellipsis")
        return Strip(Segment.apply_style(text.render(self.app.console), base)).adjust_cell_length(width, base)

    def _line(self, event: Event) -> Text:
        faint = theme.style(self.app, "faint")
        text = Text(f"{clean(event.at)[11:19]} ", faint, no_wrap=True)
        text.append(f"{event.phase.value:<9} ", theme.style(self.app, COLOURS.get(event.phase, "faint")))
        text.append(pad(clean(event.address or "lab"), 32) + " ")
        return text.append(words(event.detail), faint)
