"""The help, made from the bindings themselves."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text
from textual.binding import Binding

from pltui.text import pad
from pltui.tui import keymap, theme
from pltui.tui.command import GROUPS, Command
from pltui.tui.widgets.stream import Stream
from pltui.tui.widgets.topology import Topology
from pltui.tui.widgets.tree import LabTree
from pltui.words import tr

if TYPE_CHECKING:
    from pltui.tui.app import LabApp

IN_TREE, IN_TOPOLOGY, IN_ANSWERS = "In the tree", "In the topology", "In the answers"
SIGNS = {
    "●": "ready",
    "◐": "working",
    "○": "missing",
    "·": "not looked for yet",
    "✗": "failed",
    "⊘": "blocked",
    "?": "unknown",
}


def help_text(app: LabApp, offered: Iterable[Command]) -> Text:
    """Every key with what it does, by group."""
    text = Text()
    commands = sorted(offered, key=lambda command: GROUPS.index(command.group))
    for group, members in groupby(commands, key=lambda command: command.group):
        _section(app, text, tr(group), [member.binding(shown=False) for member in members])
    palette = Binding("ctrl+p", "command_palette", tooltip="Every command by name")
    _section(
        app,
        text,
        tr("Everywhere"),
        [palette, Binding("tab", "", tooltip="Go between the tree, the answers and the log")],
    )
    for title, widget in ((IN_TREE, LabTree), (IN_TOPOLOGY, Topology), (IN_ANSWERS, Stream)):
        _section(app, text, tr(title), [b for b in widget.BINDINGS if isinstance(b, Binding)])
    signs = "   ".join(f"{sign} {tr(meaning)}" for sign, meaning in SIGNS.items())
    text.append(f"\n{tr('Signs')}\n", theme.style(app, "primary", bold=True)).append(f"  {signs}\n")
    return text


def _section(app: LabApp, text: Text, title: str, bindings: list[Binding]) -> None:
    text.append(f"{title}\n" if not text.plain else f"\n{title}\n", theme.style(app, "primary", bold=True))
    for binding in bindings:
        keys = keymap.display(app, app.preferences.keys.get(binding.id or "", binding.key))
        text.append(f"  {pad(keys, 8)}", theme.style(app, "accent", bold=True)).append(f" {tr(binding.tooltip)}\n")
