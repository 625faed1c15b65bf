"""Help, generated from the bindings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from rich.text import Text
from textual.app import App
from textual.binding import Binding

from pltui.i18n import tr
from pltui.text import pad
from pltui.tui.actions.action import GROUPS, Action
from pltui.tui.rendering.hanging_indent import Hanging, Pair
from pltui.tui.theming import theme
from pltui.tui.user_settings import keymap
from pltui.tui.widgets.probe_log import ProbeLog
from pltui.tui.widgets.topology import Topology
from pltui.tui.widgets.tree import LabTree

IN_TREE, IN_TOPOLOGY, IN_ANSWERS = "In the tree", "In the topology", "In the answers"
SIGNS = {
    "●": "ready",
    "◐": "working",
    "○": "missing",
    "·": "not checked yet",
    "✗": "failed",
    "⊘": "blocked",
    "?": "unknown",
}


def help_text(app: App[Any], offered: Iterable[Action], keys: Mapping[str, str]) -> Hanging:
    """List every key with its effect, by group; `keys` are the user's own keys by id."""

    def section(title: str, bindings: Iterable[Binding]) -> list[Pair]:
        mine = [replace(each, key=keys.get(each.id or "", each.key)) for each in bindings]
        return _section(app, title, mine)

    actions = sorted(offered, key=lambda action: GROUPS.index(action.group))
    lines: list[Pair] = []
    for group, members in groupby(actions, key=lambda action: action.group):
        lines += section(tr(group), [member.binding(shown=False) for member in members])
    palette = Binding("ctrl+p", "command_palette", tooltip="Find a command by name")
    tab = Binding("tab", "", tooltip="Move between the tree, the answers and the log")
    lines += section(tr("Everywhere"), [palette, tab])
    for title, widget in ((IN_TREE, LabTree), (IN_TOPOLOGY, Topology), (IN_ANSWERS, ProbeLog)):
        lines += section(tr(title), [b for b in widget.BINDINGS if isinstance(b, Binding)])
    signs = [(_mark(app, sign), Text(tr(meaning))) for sign, meaning in SIGNS.items()]
    return Hanging([*lines, _title(app, tr("Symbols")), *signs])


def _section(app: App[Any], title: str, bindings: Sequence[Binding]) -> list[Pair]:
    return [_title(app, title), *(_line(app, binding) for binding in bindings), (Text(), Text())]


def _title(app: App[Any], title: str) -> Pair:
    return Text(), Text(title, theme.style(app, "primary", bold=True))


def _line(app: App[Any], binding: Binding) -> Pair:
    return _mark(app, keymap.display_keys(app, binding.key)), Text(tr(binding.tooltip))


def _mark(app: App[Any], mark: str) -> Text:
    return Text(f"  {pad(mark, 8)} ", theme.style(app, "accent", bold=True))
