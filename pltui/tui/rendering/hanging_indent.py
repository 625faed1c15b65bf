"""Rich renderable: lines with a label and a hanging indent."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from pltui.text import width

ROOM = 24  # cells of text below which a line is wrapped without an indent

Pair = tuple[Text, Text]  # label and text


class Hanging:
    """Lines wrapped to the available width, each indented by its label."""

    def __init__(self, lines: Sequence[Pair]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for head, text in self._lines:
            indent = width(head.plain)
            room = options.max_width - indent
            if not text or room < ROOM:
                yield head + text
                continue
            first, *others = text.wrap(console, room)
            yield head + first
            for line in others:
                yield Text(" " * indent) + line
