"""Line of tabs: the open one stands out even without colours, and a click opens another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from pltui.text import width
from pltui.tui.theming import theme

GAP = 1


class TabLine(Widget):
    """`titles` are shown unchanged; `active` is the index of the open tab. Keys are handled by the parent."""

    titles: reactive[Sequence[str]] = reactive((), layout=True)
    active: reactive[int] = reactive(0)

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def render(self) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        for index, (_, label) in enumerate(self._labels()):
            chosen = index == self.active
            text.append(label, theme.style(self.app, "primary" if chosen else "faint", bold=chosen, reverse=chosen))
            text.append(" " * GAP)
        return text

    def on_click(self, event: Click) -> None:
        """Post the tab under the mouse."""
        offset = event.get_content_offset(self)
        for index, (start, label) in enumerate(self._labels()):
            if offset is not None and start <= offset.x < start + width(label):
                self.post_message(self.Chosen(index))

    def _labels(self) -> Iterator[tuple[int, str]]:
        """(first cell, text) of each tab; without numbers if there is no room for them."""
        full = [f" {number} {title} " for number, title in enumerate(self.titles, 1)]
        fits = sum(width(label) + GAP for label in full) <= self.size.width
        start = 0
        for label in full if fits else [f" {title} " for title in self.titles]:
            yield start, label
            start += width(label) + GAP
