"""The help, made from the bindings themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text
from textual.binding import Binding

from pltui.i18n import tr
from pltui.text import pad
from pltui.tui import keymap, theme
from pltui.tui.command import GROUPS, Command
from pltui.tui.hanging import Hanging, Pair
from pltui.tui.widgets.stream import Stream
from pltui.tui.widgets.topology import Topology
from pltui.tui.widgets.tree import LabTree

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


def help_text(app: LabApp, offered: Iterable[Command]) -> Hanging:
    """Every key with what it does, by group."""
    commands = sorted(offered, key=lambda command: GROUPS.index(command.group))
    lines: list[Pair] = []
    for group, members in groupby(commands, key=lambda command: command.group):
        lines += _section(app, tr(group), [member.binding(shown=False) for member in members])
    palette = Binding("ctrl+p", "command_palette", tooltip="Every command by name")
    tab = Binding("tab", "", tooltip="Go between the tree, the answers and the log")
    lines += _section(app, tr("Everywhere"), [palette, tab])
    for title, widget in ((IN_TREE, LabTree), (IN_TOPOLOGY, Topology), (IN_ANSWERS, Stream)):
        lines += _section(app, tr(title), [b for b in widget.BINDINGS if isinstance(b, Binding)])
    signs = [(_mark(app, sign), Text(tr(meaning))) for sign, meaning in SIGNS.items()]
    return Hanging([*lines, _title(app, tr("Signs")), *signs])


def _section(app: LabApp, title: str, bindings: Sequence[Binding]) -> list[Pair]:
    return [_title(app, title), *(_line(app, binding) for binding in bindings), (Text(), Text())]


def _title(app: LabApp, title: str) -> Pair:
    return Text(), Text(title, theme.style(app, "primary", bold=True))


def _line(app: LabApp, binding: Binding) -> Pair:
    keys = keymap.display(app, app.preferences.keys.get(binding.id or "", binding.key))
    return _mark(app, keys), Text(tr(binding.tooltip))


def _mark(app: LabApp, mark: str) -> Text:
    return Text(f"  {pad(mark, 8)} ", theme.style(app, "accent", bold=True))
