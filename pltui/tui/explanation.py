"""An explanation on screen: in colour, and without ids where there is little room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderResult
from rich.style import Style
from rich.text import Text

from pltui.explain.text import ExplanationLine, Tone, toned_lines
from pltui.tui import theme
from pltui.tui.hanging import Hanging, Pair

if TYPE_CHECKING:
    from pltui.explain.explanation import Explained
    from pltui.tui.app import LabApp

BRIEF = 100  # cells of a line below which ids are left out
INDENT = 2  # of all there is to a question: on screen its colour tells it apart
COLOURS = {Tone.BLOCKED: "error", Tone.NOTED: "warning", Tone.WARNING: "warning"}
BOLD = frozenset({Tone.QUESTION, Tone.VERDICT, Tone.ANSWERS})


class ExplanationPanel:
    """As wide as there is room, in the colours the app's theme has now."""

    def __init__(self, app: LabApp, explained: Explained) -> None:
        self._full = Hanging([_drawn(app, line) for line in toned_lines(explained)])
        self._brief = Hanging([_drawn(app, line) for line in toned_lines(explained, brief=True)])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._brief if options.max_width < BRIEF else self._full


def _drawn(app: LabApp, line: ExplanationLine) -> Pair:
    text = Text(line.text, _style(app, line))
    if line.tone is Tone.QUESTION:
        return Text(), text
    if line.tone is Tone.VERDICT:
        return Text(line.head[INDENT:], theme.style(app, "faint")), text
    named = line.subnet or line.tone is Tone.BLOCKED  # its head is what it tells of, else only what sort of thing
    head = Text(line.head[INDENT:], theme.style(app, "foreground" if named else "faint"))
    mark = len(head) - len(head.plain.lstrip())
    if line.tone in COLOURS:
        head.stylize(theme.style(app, COLOURS[line.tone], bold=True), mark, mark + 1)
    if line.subnet:  # by its letter and colour, as everywhere
        letter = Text(theme.letter(line.subnet), theme.style(app, theme.lane(line.subnet), bold=True, reverse=True))
        head = head[: mark - 2] + letter + head[mark - 1 :]
    return head, text


def _style(app: LabApp, line: ExplanationLine) -> Style:
    if line.subnet:
        return theme.style(app, theme.lane(line.subnet), bold=True)
    return theme.style(app, COLOURS.get(line.tone, "foreground"), bold=line.tone in BOLD)
