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
WITH_BLANKS, WITH_ZONE, WITH_ADDRESS = 31, 46, 59  # cells from which there is room for these


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened between two answers, such as the switch being flipped."""

    text: str
    consumer: str = ""  # whose answers it is about; "" where it is about everybody's
    short: str = ""  # where there is no room for the text


Line = Answer | Mark


def _look(keys: str, how: str, label: str, tooltip: str, identity: str) -> Binding:
    return Binding(keys, f"look('{how}')", label, show=False, id=identity, tooltip=tooltip)


class Stream(ScrollView, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        _look("up,k", "scroll_up", "up", "Back in time", "stream.up"),
        _look("down,j", "scroll_down", "down", "Forward in time", "stream.down"),
        _look("pageup", "page_up", "page up", "A page back", "stream.page_up"),
        _look("pagedown", "page_down", "page down", "A page forward", "stream.page_down"),
        _look("home", "scroll_home", "oldest", "To the oldest answer kept", "stream.oldest"),
        _look("end", "scroll_end", "newest", "Follow the newest answer", "stream.newest"),
    ]

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self.empty = ""
        self.following = True
        self._by_hand = False  # whether it was scrolled by somebody since it last followed

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
        self._by_hand = False
        self._go_to(self.max_scroll_y)

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
        # A terminal that is resized scrolls, too, and says nothing of where one wants to look.
        if self._by_hand:
            self.following = new_value >= self.max_scroll_y

    def action_look(self, how: str) -> None:
        """Scroll as Textual's action of this name does."""
        self._by_hand = True
        getattr(self, f"action_{how}")()

    def _scrolled_by_hand(self) -> None:
        self._by_hand = True

    # The wheel, and what the scroll bar tells.
    on_mouse_scroll_up = on_mouse_scroll_down = on_scroll_up = on_scroll_down = on_scroll_to = _scrolled_by_hand

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
            whole = clean(line.text)
            words = f" {clean(line.short) if line.short and cells_of(whole) + 6 > width else whole} "
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
        faint, narrow = theme.style(self.app, "faint"), width < WITH_BLANKS
        text = Text(f"#{answer.n:<4}" if narrow else f"#{answer.n:<5}", faint)
        if answer.subnet is None:
            text.append(f"- HTTP {answer.status} ", theme.style(self.app, "warning")).append(
                pad(cut(clean(answer.text), 24), 10)
            )
        else:
            colour = theme.lane(answer.subnet)
            badge = theme.style(self.app, colour, bold=True, reverse=True)
            text.append(f" {theme.letter(answer.subnet)} ", badge)
            text.append(" " + pad(tr("Subnet {n}", n=answer.subnet) + " ", 9), theme.style(self.app, colour, bold=True))
        if width >= WITH_ZONE:
            text.append(pad(clean(answer.zone or ""), 16))
        latency = (
            "" if answer.latency_ms is None else f"{answer.latency_ms:.{0 if answer.latency_ms >= 100 else 1}f} ms"
        )
        text.append(f"{latency:>7}" if narrow else f"{latency:>9}  ", theme.style(self.app, "foreground"))
        return text.append(clean(answer.ip or ""), faint) if width >= WITH_ADDRESS else text

    def _unanswered(self, answer: Answer) -> Text:
        text = Text(f"#{answer.n:<5}", theme.style(self.app, "faint"))
        text.append(" ✗ ", theme.style(self.app, "error", bold=True, reverse=True))
        return text.append(f" {clean(answer.error)}", theme.style(self.app, "error"))
