"""One resource as a line of the tree: sign, name, state, age, id, and a note."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.style import Style
from rich.text import Text
from textual.app import App

from pltui.engine.model import Op
from pltui.i18n import tr
from pltui.text import clean, cut, pad, width
from pltui.topology import Address
from pltui.tui.rendering.age import age
from pltui.tui.rendering.columns import GAP as GAP_CELLS
from pltui.tui.rendering.columns import STATE, Columns
from pltui.tui.theming import theme
from pltui.view.diagnosis import differing_fields, waits_for
from pltui.view.diagram.signs import COLOURS, GLYPHS
from pltui.view.lab_snapshot import Condition, LabSnapshot, Row

GAP, BOLD = " " * GAP_CELLS, Style(bold=True)
# Terraform's signs.
CHANGED, REPLACED, REMOVED = "~", "-/+", "-"


def short_id(identity: str) -> str:
    """The last part of an ARN; other ids unchanged."""
    return identity.rpartition(":")[2] if identity.startswith("arn:") else identity


def colour(world: LabSnapshot, row: Row) -> str:
    """Name of the theme's colour for sign and state."""
    if row.address in world.broken:
        return "error"
    differs = row.condition is Condition.READY and (row.action or differing_fields(world, row))
    return "warning" if differs else COLOURS[row.condition]


def state(row: Row) -> tuple[str, str]:
    """The state as one word, and the rest of the service's own text."""
    word, _, rest = row.word.partition(" (")
    if width(word) > STATE:
        return tr("waiting" if row.condition is Condition.WORKING else row.condition.name.lower()), row.word
    return tr(word), rest.removesuffix(")")


def note(world: LabSnapshot, row: Row, now: datetime | None) -> tuple[str, str]:
    """The note and the name of its colour; empty if the resource is as desired."""
    if row.error:
        return row.error, COLOURS[row.condition]
    if broken := world.broken.get(row.address):
        return f"✗ {clean(broken)}", "error"
    if (changed := changes(world, row)) and row.condition is not Condition.WORKING:
        return changed, "warning"
    if other := waits_for(world, row.address):
        return waiting(row, other, now), "faint"
    return changed or state(row)[1], "faint"


def changes(world: LabSnapshot, row: Row) -> str:
    """The fields that differ, after the sign of the action; "" if there is no difference."""
    fields = ", ".join(clean(change.field) for change in differing_fields(world, row))
    if row.action == "replace":
        return f"{REPLACED} {fields or row.why}"
    if row.action == Op.DELETE:
        return f"{REMOVED} {row.why}"
    return f"{CHANGED} {fields}" if fields else ""


def waiting(row: Row, other: Row, now: datetime | None) -> str:
    """Text saying that `row` waits for `other`.

    A resource on the same side of the lab is named by its label, another one by its address.
    """
    beside = Address.parse(row.address).side == Address.parse(other.address).side
    name = other.label if beside else clean(other.address)
    return tr(
        "waits for {name}: {state} {age}", name=name, state=state(other)[0], age=age(other.age_from, now)
    ).rstrip()


def line(app: App[Any], world: LabSnapshot, row: Row, columns: Columns, now: datetime | None) -> Text:
    """Render the row in the cells of `columns`.

    The note has precedence: if it does not fit into its column, it follows the state in place of age and id.
    """
    text = Text(no_wrap=True)
    hue, faint = theme.style(app, colour(world, row)), theme.style(app, "faint")
    text.append(f"{GLYPHS[row.condition]} ", hue + BOLD)
    text.append(pad(cut(row.label, columns.name), columns.name))
    if not columns.state:
        return text
    word, (words, shade) = state(row)[0], note(world, row, now)
    if width(words) > columns.note and not columns.id:
        text.append(f"{GAP}{word}", hue)
        room = columns.beside_name - width(word)
        return text.append(cut(f"{GAP}{words}", room), theme.style(app, shade))
    text.append(GAP + pad(word, columns.state), hue)
    if columns.age:
        text.append(GAP + age(row.age_from, now).rjust(columns.age), faint)
    if columns.id:
        text.append(GAP + pad(cut(short_id(row.id), columns.id), columns.id), faint)
    elif columns.note and not words:
        words, shade = short_id(row.id), "faint"
    return text.append(GAP + cut(words, columns.note), theme.style(app, shade)) if columns.note else text
