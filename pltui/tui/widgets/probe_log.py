"""ProbeLog of answers: a viewport on a ring buffer, at the newest line unless it is held or scrolled back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Event, MouseScrollDown, MouseScrollUp
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pltui.i18n import tr
from pltui.probe.answer import Answer
from pltui.text import clean, cut, pad
from pltui.text import width as cells_of
from pltui.tui.theming import theme

# Lines kept: seven minutes at the default rate.
KEPT = 2000
DRAWN = 200  # rendered lines that are cached: more than any screen shows
WHEEL = 3  # lines per step of the mouse wheel
WITH_BLANKS, WITH_ZONE, WITH_ADDRESS = 31, 46, 59  # cells from which there is room for these


@dataclass(frozen=True, slots=True)
class Mark:
    """An occurrence between two answers, such as a change of the switch."""

    text: str
    consumer: str = ""  # consumer that it concerns; "" for all
    short: str = ""  # shorter text for narrow streams


Line = Answer | Mark
Runs = list[tuple[str, Style]]  # a line, left to right


def _look(keys: str, how: str, label: str, tooltip: str, identity: str) -> Binding:
    return Binding(keys, f"look('{how}')", label, show=False, id=identity, tooltip=tooltip)


class ProbeLog(ScrollView, can_focus=True):
    """The answers of one consumer, with marks between them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _look("up,k", "-1", "up", "Back in time", "stream.up"),
        _look("down,j", "1", "down", "Forward in time", "stream.down"),
        _look("pageup", "-page", "page up", "A page back", "stream.page_up"),
        _look("pagedown", "page", "page down", "A page forward", "stream.page_down"),
        _look("home", "first", "oldest", "To the oldest answer kept", "stream.oldest"),
        _look("end", "last", "newest", "Follow the newest answer", "stream.newest"),
    ]

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self.empty = ""
        # While it follows, the newest lines are drawn in place. It has a scrollable size only while it is held, because
        # every new line would change that size, and so cause a layout of the screen.
        self.following = True
        self._dropped = 0  # number of lines removed from the buffer
        self._drawn: dict[int, Strip] = {}  # number of a line since the beginning -> its rendering
        self._look: tuple[int, Style] | None = None  # width and style of these renderings

    def add(self, lines: Iterable[Line]) -> None:
        """Append new lines; cheap for any number."""
        before = len(self.lines)
        added = 0
        for line in lines:
            self.lines.append(line)
            added += 1
        dropped = before + added - len(self.lines)
        self._dropped += dropped
        if not self.following and added:
            self.virtual_size = Size(0, len(self.lines))
            if dropped:
                self._go_to(self.scroll_offset.y - dropped)
        if added:
            self.refresh()

    def clear(self) -> None:
        """Remove all lines, and follow new ones."""
        self.hold(False)
        self._dropped += len(self.lines)
        self.lines.clear()
        self.refresh()

    def say(self, text: str) -> None:
        """Set the text shown while there are no answers."""
        self.empty = text
        self.refresh()

    # -- following and scrolling back -------------------------------------------------------------------------------

    def hold(self, held: bool) -> None:
        """Hold the view while answers continue to arrive, or follow them again."""
        if held is not self.following:
            return
        first = self._first
        self.following = not held
        self.virtual_size = Size(0, len(self.lines) if held else 0)
        self._go_to(first if held else 0)
        self.refresh()

    @property
    def _first(self) -> int:
        """Index of the topmost visible line."""
        return max(0, len(self.lines) - self.size.height) if self.following else self.scroll_offset.y

    @property
    def newer(self) -> int:
        """Number of lines below the visible ones while the view is held."""
        return 0 if self.following else max(0, len(self.lines) - self._first - (self.size.height - 1))

    def _go_to(self, y: int) -> None:
        self.scroll_y = self.scroll_target_y = max(0, y)

    def action_look(self, lines: str) -> None:
        """Scroll by so many lines, by "page" or "-page", or to "first" or "last"."""
        page, every = self.size.height - 1, len(self.lines)
        named = {"page": page, "-page": -page, "first": -every, "last": every}
        self._move(named[lines] if lines in named else int(lines))

    def _move(self, lines: int) -> None:
        if self.following and lines > 0:
            return
        self.hold(True)
        last = max(0, len(self.lines) - self.size.height)
        self._go_to(min(self._first + lines, last))
        if lines > 0 and self._first >= last:
            self.hold(False)
        self.refresh()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._wheel(event, -WHEEL)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._wheel(event, WHEEL)

    def _wheel(self, event: Event, lines: int) -> None:
        self._move(lines)
        event.stop()
        event.prevent_default()

    def on_click(self, event: Click) -> None:
        """Follow the newest answers again after a click on the line that shows that the view is held."""
        if not self.following and event.y == self.size.height - 1:
            self.hold(False)

    # -- drawing ----------------------------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Redraw everything, as after a change of theme."""
        self._look = None
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        look = self.size.width, self.rich_style
        if look != self._look or len(self._drawn) > DRAWN:
            self._look = look
            self._drawn.clear()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        index = self._first + y
        if not self.following and y == self.size.height - 1:
            return self._strip(self._hold_notice())
        if index >= len(self.lines):
            return self._strip([(self.empty if y == 0 and not self.lines else "", theme.style(self.app, "faint"))])
        number = self._dropped + index
        if number not in self._drawn:
            self._drawn[number] = self._strip(self._runs(self.lines[index], self.size.width))
        return self._drawn[number]

    def _strip(self, runs: Runs) -> Strip:
        """A strip of the line's width. Not through Rich's Text, as there may be a thousand lines per second."""
        width, base = self._look or (self.size.width, self.rich_style)
        strip = Strip([Segment(text, base + style) for text, style in runs])
        if strip.cell_length > width:
            strip = Strip([*strip.crop(0, width - 1), Segment("…", base)])
        return strip.adjust_cell_length(width, base)

    def _runs(self, line: Line, width: int) -> Runs:
        if isinstance(line, Mark):
            whole = clean(line.text)
            words = f" {clean(line.short) if line.short and cells_of(whole) + 6 > width else whole} "
            side = max(2, (width - cells_of(words)) // 2)
            rule = "─" * side
            return [(f"{rule}{words}{rule}", theme.style(self.app, "accent", bold=True))]
        return self._answer_runs(line, width) if line.error is None else self._failure_runs(line)

    def _hold_notice(self) -> Runs:
        """Line in place of the newest visible one, so that old answers are not mistaken for new ones."""
        return [(f" ▼ {tr('held · {n} newer', n=self.newer)} ", theme.style(self.app, "warning", reverse=True))]

    def _answer_runs(self, answer: Answer, width: int) -> Runs:
        faint, plain, narrow = theme.style(self.app, "faint"), Style.null(), width < WITH_BLANKS
        runs = [(f"#{answer.n:<4}" if narrow else f"#{answer.n:<5}", faint)]
        if answer.subnet is None:
            runs.append((f"- HTTP {answer.status} ", theme.style(self.app, "warning")))
            runs.append((pad(cut(clean(answer.text), 24), 10), plain))
        else:
            colour = theme.lane(answer.subnet)
            badge = theme.style(self.app, colour, bold=True, reverse=True)
            name = " " + pad(tr("Subnet {n}", n=answer.subnet) + " ", 9)
            runs += [(f" {theme.letter(answer.subnet)} ", badge), (name, theme.style(self.app, colour, bold=True))]
        if width >= WITH_ZONE:
            runs.append((pad(clean(answer.zone or ""), 16), plain))
        latency = (
            "" if answer.latency_ms is None else f"{answer.latency_ms:.{0 if answer.latency_ms >= 100 else 1}f} ms"
        )
        runs.append((f"{latency:>7}" if narrow else f"{latency:>9}  ", theme.style(self.app, "foreground")))
        return [*runs, (clean(answer.ip or ""), faint)] if width >= WITH_ADDRESS else runs

    def _failure_runs(self, answer: Answer) -> Runs:
        error = theme.style(self.app, "error")
        badge = theme.style(self.app, "error", bold=True, reverse=True)
        number = f"#{answer.n:<5}", theme.style(self.app, "faint")
        return [number, (" ✗ ", badge), (f" {clean(answer.error)}", error)]
