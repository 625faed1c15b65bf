"""The help, made from the bindings themselves."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from rich.text import Text
from textual.app import App
from textual.binding import Binding

from pltui.tui import theme
from pltui.tui.command import GROUPS, Command
from pltui.tui.widgets.stream import Stream
from pltui.tui.widgets.tree import LabTree

_LEGEND = "● ready   ◐ working   ○ missing   · not looked for yet   ✗ failed   ⊘ blocked   ? unknown"


def help_text(app: App[Any], offered: Iterable[Command]) -> Text:
    """Every key with what it does, by group."""
    text = Text()
    commands = sorted(offered, key=lambda command: GROUPS.index(command.group))
    for group, members in groupby(commands, key=lambda command: command.group):
        _section(app, text, group, [member.binding(shown=False) for member in members])
    palette = Binding("ctrl+p", "command_palette", tooltip="Every command by name")
    _section(
        app, text, "Everywhere", [palette, Binding("tab", "", tooltip="Go between the tree, the answers and the log")]
    )
    for title, widget in (("In the tree", LabTree), ("In the answers", Stream)):
        _section(app, text, title, [b for b in widget.BINDINGS if isinstance(b, Binding)])
    text.append("\nSigns\n", theme.style(app, "primary", bold=True)).append(f"  {_LEGEND}\n")
    return text


def _section(app: App[Any], text: Text, title: str, bindings: list[Binding]) -> None:
    text.append(f"{title}\n" if not text.plain else f"\n{title}\n", theme.style(app, "primary", bold=True))
    for binding in bindings:
        keys = ", ".join(app.get_key_display(Binding(key, "")) for key in binding.key.split(","))
        text.append(f"  {keys:<8}", theme.style(app, "accent", bold=True)).append(f" {binding.tooltip}\n")
