"""An explanation as a Rich renderable: coloured, and without ids in narrow panels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.style import Style
from rich.text import Text
from textual.app import App

from pltui.explain.text import ExplanationLine, Tone, toned_lines
from pltui.tui.rendering.hanging_indent import Hanging, Pair
from pltui.tui.theming import theme

if TYPE_CHECKING:
    from pltui.explain.explanation import Explained

BRIEF = 100  # cells of a line below which ids are left out
INDENT = 2  # of lines below a question, removed here because the question has a colour of its own
COLOURS = {Tone.BLOCKED: "error", Tone.NOTED: "warning", Tone.WARNING: "warning"}
BOLD = frozenset({Tone.QUESTION, Tone.VERDICT, Tone.ANSWERS})


class ExplanationPanel:
    """Adapts to the available width; colours are those of the app's theme at its creation."""

    def __init__(self, app: App[Any], explained: Explained) -> None:
        self._full = Hanging([_draw_line(app, line) for line in toned_lines(explained)])
        self._brief = Hanging([_draw_line(app, line) for line in toned_lines(explained, brief=True)])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._brief if options.max_width < BRIEF else self._full


def _draw_line(app: App[Any], line: ExplanationLine) -> Pair:
    text = Text(line.text, _style(app, line))
    if line.tone is Tone.QUESTION:
        return Text(), text
    if line.tone is Tone.VERDICT:
        return Text(line.head[INDENT:], theme.style(app, "faint")), text
    named = line.subnet or line.tone is Tone.BLOCKED  # the head is a name; otherwise only a kind
    head = Text(line.head[INDENT:], theme.style(app, "foreground" if named else "faint"))
    mark = len(head) - len(head.plain.lstrip())
    if line.tone in COLOURS:
        head.stylize(theme.style(app, COLOURS[line.tone], bold=True), mark, mark + 1)
    if line.subnet:  # letter and colour of the subnet, as in all views
        letter = Text(theme.letter(line.subnet), theme.style(app, theme.lane(line.subnet), bold=True, reverse=True))
        head = head[: mark - 2] + letter + head[mark - 1 :]
    return head, text


def _style(app: App[Any], line: ExplanationLine) -> Style:
    if line.subnet:
        return theme.style(app, theme.lane(line.subnet), bold=True)
    return theme.style(app, COLOURS.get(line.tone, "foreground"), bold=line.tone in BOLD)
