"""The log: the feed's events as lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text
from textual.widgets import RichLog

from pltui.engine.types import Event, Phase
from pltui.snapshot import repeats
from pltui.text import clean
from pltui.tui import theme

KEPT = 2000
_COLOURS = {
    Phase.DONE: "success",
    Phase.FAILED: "error",
    Phase.BLOCKED: "warning",
    Phase.UNKNOWN: "warning",
    Phase.STARTED: "primary",
    Phase.RUN: "accent",
    Phase.FINISHED: "accent",
}


def words(detail: dict[str, Any]) -> str:
    """A detail as `key value` pairs, without what is empty or would fill the line by itself."""
    short = ((key, value) for key, value in detail.items() if not isinstance(value, Mapping))
    return clean("  ".join(f"{key} {value}" for key, value in short if value not in (None, "", [], ())))


class Journal(RichLog):
    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, max_lines=KEPT, markup=False, highlight=False, wrap=False, min_width=0)
        # The last things told of each address: a look every few seconds must not fill the log.
        self._told: dict[str, deque[Event]] = {}

    def add(self, events: Iterable[Event]) -> None:
        for event in events:
            told = self._told.setdefault(event.address, deque(maxlen=2))
            if not repeats(told, event):
                told.append(event)
                self.write(self._line(event))

    def _line(self, event: Event) -> Text:
        faint = theme.style(self.app, "faint")
        text = Text(f"{clean(event.at)[11:19]} ", faint, no_wrap=True)
        text.append(f"{event.phase.value:<9} ", theme.style(self.app, _COLOURS.get(event.phase, "faint")))
        text.append(f"{clean(event.address or 'lab'):<32} ")
        return text.append(words(dict(event.detail)), faint)
