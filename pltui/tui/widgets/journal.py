"""The log: the feed's events as lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.text import Text
from textual.widgets import RichLog

from pltui.engine.types import Event, Phase
from pltui.snapshot import repeats
from pltui.text import clean, pad
from pltui.tui import theme
from pltui.words import tr

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
_COUNTED = ("changes", "takes_along")  # long: told by name, and by number


def words(detail: Mapping[str, Any]) -> str:
    """A detail in a few words, without what is empty, stands beside it anyway, or would fill the line by itself."""
    found = [*_told(detail), *_counted(detail)]
    return clean("  ".join(found))


def _told(detail: Mapping[str, Any]) -> Iterator[str]:
    for key, value in detail.items():
        if key not in ("kind", *_COUNTED) and not isinstance(value, Mapping) and value not in (None, "", [], ()):
            words = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else clean(value)
            yield f"{key} {words}"


def _counted(detail: Mapping[str, Any]) -> Iterator[str]:
    if changes := detail.get("changes"):
        yield "~ " + ", ".join(str(change.get("field")) for change in changes)
    if along := detail.get("takes_along"):
        yield tr("takes along {n}", n=len(along))


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
        text.append(f"{event.phase.value:<9} ", theme.style(self.app, COLOURS.get(event.phase, "faint")))
        text.append(pad(clean(event.address or "lab"), 32) + " ")
        return text.append(words(event.detail), faint)
