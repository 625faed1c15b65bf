"""The answers as they come: a fixed viewport on a ring buffer, at its newest unless it is held or scrolled back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pltui.probe.answer import Answer
from pltui.text import clean, cut, pad
from pltui.text import width as cells_of
from pltui.tui import theme
from pltui.words import tr

# A bounded memory of the stream: seven minutes at the default rate.
KEPT = 2000
WITH_ZONE, WITH_ADDRESS = 46, 59  # cells from which there is room for these


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened between two answers, such as the switch being flipped."""

    text: str
    consumer: str = ""  # whose answers it is about; "" where it is about everybody's


Line = Answer | Mark


class Stream(ScrollView, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "up", show=False, id="stream.up", tooltip="Back in time"),
        Binding("down,j", "scroll_down", "down", show=False, id="stream.down", tooltip="Forward in time"),
        Binding("pageup", "page_up", "page up", show=False, id="stream.page_up", tooltip="A page back"),
        Binding("pagedown", "page_down", "page down", show=False, id="stream.page_down", tooltip="A page forward"),
        Binding("home", "scroll_home", "oldest", show=False, id="stream.oldest", tooltip="To the oldest answer kept"),
        Binding("end", "scroll_end", "newest", show=False, id="stream.newest", tooltip="Follow the newest answer"),
    ]

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self.empty = ""
        self.following = True

    def add(self, lines: Iterable[Line]) -> None:
        """Append what came since the last call; cheap however much it is."""
        before = len(self.lines)
        added = 0
        for line in lines:
            self.lines.append(line)
            added += 1
        if not added or not self.is_mounted:
            return
        self.virtual_size = Size(0, len(self.lines))
        if self.following:
            self._follow()
        elif dropped := before + added - len(self.lines):
            self._go_to(max(0, self.scroll_offset.y - dropped))
        self.refresh()

    def on_mount(self) -> None:
        self.virtual_size = Size(0, len(self.lines))

    def hold(self, held: bool) -> None:
        """Stand still while answers go on coming, or follow them again."""
        self.following = not held
        if self.following:
            self._follow()
        self.refresh()

    def _follow(self) -> None:
        self._go_to(self.max_scroll_y)
        self.following = True

    def _go_to(self, y: int) -> None:
        self.scroll_to(y=y, animate=False, immediate=True, force=True)

    @property
    def newer(self) -> int:
        """How many lines have come that are not seen, as one looks at older ones."""
        return 0 if self.following else max(0, len(self.lines) - self.scroll_offset.y - (self.size.height - 1))

    def say(self, text: str) -> None:
        """What stands here while nothing was answered yet."""
        self.empty = text
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.following = new_value >= self.max_scroll_y and self.max_scroll_y > 0

    def on_resize(self) -> None:
        if self.following:
            self.call_after_refresh(self.scroll_to, y=self.max_scroll_y, animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        width = self.size.width
        if not self.following and y == self.size.height - 1:
            text = self._held()
        elif index < len(self.lines):
            text = self._text(next(islice(self.lines, index, None)), width)
        else:
            text = Text(self.empty if y == 0 and not self.lines else "", theme.style(self.app, "faint"))
        text.truncate(width, overflow="ellipsis")
        base = self.rich_style
        segments = Segment.apply_style(text.render(self.app.console), base)
        return Strip(segments).adjust_cell_length(width, base)

    def _text(self, line: Line, width: int) -> Text:
        if isinstance(line, Mark):
            words = f" {clean(line.text)} "
            side = max(2, (width - cells_of(words)) // 2)
            rule = "─" * side
            return Text(f"{rule}{words}{rule}", theme.style(self.app, "accent", bold=True))
        return self._answered(line, width) if line.error is None else self._unanswered(line)

    def _held(self) -> Text:
        """In place of the newest line that would be seen: one is not to take old answers for new ones."""
        return Text(f" ▼ {tr('held · {n} newer', n=self.newer)} ", theme.style(self.app, "warning", reverse=True))

    def on_click(self, event: Click) -> None:
        """Follow the newest again, where the line is clicked that says one does not."""
        if not self.following and event.y == self.size.height - 1:
            self.hold(False)

    def _answered(self, answer: Answer, width: int) -> Text:
        faint = theme.style(self.app, "faint")
        text = Text(f"#{answer.n:<5}", faint)
        if answer.subnet is None:
            text.append(f"- HTTP {answer.status} ", theme.style(self.app, "warning")).append(
                pad(cut(clean(answer.text), 24), 10)
            )
        else:
            colour = theme.lane(answer.subnet)
            badge = theme.style(self.app, colour, bold=True, reverse=True)
            text.append(f" {theme.letter(answer.subnet)} ", badge)
            text.append(" " + pad(tr("Subnet {n}", n=answer.subnet) + " ", 9), theme.style(self.app, colour, bold=True))
        latency = f"{answer.latency_ms:.1f} ms" if answer.latency_ms is not None else ""
        if width >= WITH_ZONE:
            text.append(pad(clean(answer.zone or ""), 16))
        text.append(f"{latency:>9}  ", theme.style(self.app, "foreground"))
        return text.append(clean(answer.ip or ""), faint) if width >= WITH_ADDRESS else text

    def _unanswered(self, answer: Answer) -> Text:
        text = Text(f"#{answer.n:<5}", theme.style(self.app, "faint"))
        text.append(" ✗ ", theme.style(self.app, "error", bold=True, reverse=True))
        return text.append(f" {clean(answer.error)}", theme.style(self.app, "error"))
