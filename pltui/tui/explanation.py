"""An explanation on screen: what stands before a line in columns of its own, and what it tells in colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderResult
from rich.style import Style
from rich.text import Text

from pltui.explain_text import Line, Tone, told
from pltui.text import width
from pltui.tui import theme

if TYPE_CHECKING:
    from pltui.explain import Explained
    from pltui.tui.app import LabApp

NARROW = 24  # cells that are left for a line's text, at least, before it goes on below what stands before it
COLOURS = {Tone.BLOCKED: "error", Tone.NOTED: "warning", Tone.WARNING: "warning"}
BOLD = frozenset({Tone.QUESTION, Tone.VERDICT, Tone.ANSWERS})


class Explanation:
    """As wide as there is room, line by line."""

    def __init__(self, lines: Sequence[tuple[Text, Text]]) -> None:
        """`lines`: what stands before, and what is told."""
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for head, text in self._lines:
            indent = width(head.plain)
            room = options.max_width - indent
            if not text:
                yield head
            elif room < NARROW:
                yield head + text
            else:
                first, *others = text.wrap(console, room) or [text]
                yield head + first
                for line in others:
                    yield Text(" " * indent) + line


def shown(app: LabApp, explained: Explained) -> Explanation:
    """In the colours of the app's theme."""
    return Explanation([pair for line in told(explained) for pair in _drawn(app, line)])


def _drawn(app: LabApp, line: Line) -> list[tuple[Text, Text]]:
    text = Text(line.text, _style(app, line))
    if line.tone is Tone.QUESTION:
        return [(Text(), text), (Text(), Text())]
    if line.tone is Tone.VERDICT:
        return [(Text(line.head, theme.style(app, "faint")), text)]
    head = Text(line.head, theme.style(app, "foreground" if line.subnet or line.tone is Tone.BLOCKED else "faint"))
    mark = len(line.head) - len(line.head.lstrip())
    if line.tone in COLOURS:
        head.stylize(theme.style(app, COLOURS[line.tone], bold=True), mark, mark + 1)
    if line.subnet:  # by its letter and colour, as everywhere
        letter = Text(theme.letter(line.subnet), theme.style(app, theme.lane(line.subnet), bold=True, reverse=True))
        head = head[: mark - 2] + letter + head[mark - 1 :]
    return [(head, text)]


def _style(app: LabApp, line: Line) -> Style:
    if line.subnet:
        return theme.style(app, theme.lane(line.subnet), bold=True)
    return theme.style(app, COLOURS.get(line.tone, "foreground"), bold=line.tone in BOLD)
