"""All that is known of one resource: wanted, observed, what differs, what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text
from textual.app import App

from pltui.engine.types import Ref
from pltui.snapshot import Row
from pltui.text import clean
from pltui.tui import theme
from pltui.tui.widgets.journal import words
from pltui.tui.widgets.tree import COLOURS, GLYPHS


def details(app: App[Any], row: Row) -> Text:
    """The text of the details panel."""
    text = Text()
    colour = theme.style(app, COLOURS[row.condition], bold=True)
    text.append(f"{GLYPHS[row.condition]} {row.word or 'not looked for yet'}", colour)
    text.append(f"   {clean(row.kind)}   {row.id or 'no id'}\n", theme.style(app, "faint"))
    if row.error:
        text.append(f"{row.error}\n", theme.style(app, "error", bold=True))
    if row.hint:
        text.append(f"{row.hint}\n", theme.style(app, "warning"))
    _section(app, text, "wanted", lines(row.want.spec) if row.want else ["nothing: it is left over"])
    _section(app, text, "observed", lines(row.observed) or ["not looked for yet"])
    _section(app, text, "differs", _differences(row) or ["nothing"])
    happened = (f"{clean(e.at)[11:19]}  {e.phase.value:<9} {words(dict(e.detail))}" for e in reversed(row.events))
    _section(app, text, "events, newest first", list(happened) or ["none"])
    return text


def _section(app: App[Any], text: Text, title: str, body: list[str]) -> None:
    text.append(f"\n{title}\n", theme.style(app, "primary", bold=True))
    for line in body:
        text.append(f"  {line}\n")


def _differences(row: Row) -> list[str]:
    found = [
        clean(f"{change.get('field')}: {_value(change.get('was'))} → {_value(change.get('want'))}")
        for change in row.changes
    ]
    return [row.why, *found] if row.why else found


def lines(value: Mapping[str, Any], indent: str = "") -> list[str]:
    """A mapping as an outline, one fact a line, safe to show."""
    return list(_lines(value, indent))


def _lines(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            yield f"{indent}{clean(key)}:"
            yield from _lines(item, indent + "  ")
        else:
            yield f"{indent}{clean(key)}: {clean(_value(item))}"


def _value(value: Any) -> str:
    if isinstance(value, Ref):
        return f"{value.attribute} of {value.address}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if value is None or value == "":
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
