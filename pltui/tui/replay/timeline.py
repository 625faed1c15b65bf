"""Position in a recording: a bar to click or drag, with time, speed and event number."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from rich.text import Text
from textual.events import MouseDown, MouseEvent, MouseMove, MouseUp
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from pltui.i18n import tr
from pltui.text import pad
from pltui.text import width as cells_of
from pltui.tui.replay.playback import MOST_PAUSE, SPEEDS
from pltui.tui.theming import theme

LEAST_BAR = 20  # least cells of the bar before the texts beside it are omitted
DONE, TO_COME, HERE, MARK = "━", "─", "●", "┃"
TENTHS = 600  # seconds; longer recordings show no tenths
# State -> sign, and its colour.
_SIGNS = {"playing": ("▶", "success"), "paused": ("┃┃", "warning"), "finished": ("█", "faint")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Values shown; times are in seconds from the beginning of the recording."""

    moment: float
    length: float
    count: int  # number of events that have happened
    events: int
    speed: float
    state: str  # one of _SIGNS
    real_wait: float = 0.0  # real seconds of a shortened wait; 0 if there is none
    marks: tuple[float, ...] = ()  # highlighted moments


class Timeline(Widget):
    """One line with the position in the recording."""

    reading: reactive[Reading | None] = reactive(None)

    class Seek(Message):
        """The user wants to go to this moment."""

        def __init__(self, moment: float) -> None:
            super().__init__()
            self.moment = moment

    def render(self) -> Text:
        reading = self.reading
        if reading is None:
            return Text()
        head, tail = self._beside(reading)
        cells = self._bar_cells(head, tail)
        return Text.assemble(head, self._bar(reading, cells), tail, no_wrap=True, overflow="ellipsis")

    # -- drawing --------------------------------------------------------------------------------------------------

    def _beside(self, reading: Reading) -> tuple[Text, Text]:
        """Texts before and after the bar, of the same width at any position."""
        sign, colour = _SIGNS[reading.state]
        faint = theme.style(self.app, "faint")
        room = max(cells_of(_speed(speed)) for speed in (*SPEEDS, reading.speed))
        head = Text(pad(sign, 3), theme.style(self.app, colour, bold=True))
        head.append(pad(_speed(reading.speed), room + 1), theme.style(self.app, "foreground", bold=True))
        length = _time(reading.length, reading.length)
        now = _time(reading.moment, reading.length).rjust(len(length))
        tail = Text.assemble((f" {now}", theme.style(self.app, "foreground", bold=True)), (f" / {length}", faint))
        event = _event(reading.count, reading.events)
        cut = _cut(reading.real_wait)
        room = max(cells_of(_event(reading.events, reading.events)), cells_of(_cut(reading.length)))
        if self._bar_cells(head, tail) - room - 2 >= LEAST_BAR:
            style = theme.style(self.app, "warning") if reading.real_wait else faint
            tail.append("  ").append(pad(cut if reading.real_wait else event, room), style)
        elif reading.real_wait:  # the reason for the faster time has precedence
            tail = Text(f" {cut}", theme.style(self.app, "warning"))
        return head, tail

    def _bar_cells(self, head: Text, tail: Text) -> int:
        return max(0, self.content_size.width - head.cell_len - tail.cell_len)

    def _bar(self, reading: Reading, cells: int) -> Text:
        here = _cell(reading.moment, reading.length, cells)
        done, to_come = theme.style(self.app, "primary"), theme.style(self.app, "faint")
        text = Text(DONE * here, done).append(TO_COME * (cells - here), to_come)
        signs = {_cell(mark, reading.length, cells): (MARK, "accent") for mark in reading.marks}
        for cell, (sign, colour) in (signs | {here: (HERE, "foreground")}).items():
            text = Text.assemble(text[:cell], (sign, theme.style(self.app, colour, bold=True)), text[cell + 1 :])
        return text

    # -- the mouse ------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: MouseDown) -> None:
        """Go to the moment under the mouse, and start a drag."""
        if self._seek(event, reach=0):
            self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Go to the moment under the mouse during a drag."""
        if self.app.mouse_captured is self:
            self._seek(event, reach=self.size.width)

    def on_mouse_up(self, event: MouseUp) -> None:
        """End the drag."""
        self.release_mouse()

    def _seek(self, event: MouseEvent, *, reach: int) -> bool:
        """Post the moment under the mouse, or the nearest within `reach` cells of the bar; False if there is none."""
        if self.reading is None:
            return False
        head, tail = self._beside(self.reading)
        cells = self._bar_cells(head, tail)
        cell = event.x - self.gutter.left - head.cell_len
        if cells < 2 or not -reach <= cell < cells + reach:
            return False
        self.post_message(self.Seek(max(0, min(cells - 1, cell)) / (cells - 1) * self.reading.length))
        return True


def _cell(moment: float, length: float, cells: int) -> int:
    """Cell of the bar for a moment: the first one for the beginning, the last one only for the end."""
    return int(moment / length * (cells - 1) + 1e-9) if length else max(0, cells - 1)


def _speed(speed: float) -> str:
    return tr("instant") if speed == inf else f"{speed:g}×"


def _event(count: int, events: int) -> str:
    return tr("event {n} of {count}", n=count, count=events)


def _cut(seconds: float) -> str:
    return tr("waiting {time}, shown in {seconds} s", time=_time(seconds, TENTHS), seconds=f"{MOST_PAUSE:g}")


def _time(seconds: float, length: float) -> str:
    """Format as `0:05.6`, `12:03` or `1:02:03`; tenths only in short recordings."""
    whole, tenths = int(seconds), int(seconds * 10) % 10
    minutes, rest = divmod(whole, 60)
    text = f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
    return f"{text}.{tenths}" if length < TENTHS else text
