"""Tabs of the detail screen: each shows one aspect of a resource as lines, and as a document to copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text
from textual.app import App

from pltui.i18n import tr
from pltui.text import clean
from pltui.tui.rendering.age import age
from pltui.tui.rendering.documents import plain, to_yaml, yaml_lines
from pltui.tui.rendering.tree_row import CHANGED, REMOVED, REPLACED, state, waiting
from pltui.tui.theming import theme
from pltui.tui.widgets.journal import COLOURS, words
from pltui.view.diagnosis import causes, differing_fields, links, waits_for
from pltui.view.lab_snapshot import Condition, LabSnapshot, Row

# Colours of the theme for the roles of words in a document.
_ROLES = {
    "key": "primary",
    "mark": "faint",
    "text": "foreground",
    "number": "accent",
    "constant": "accent",
    "reference": "warning",
}
_ADDED = "+"
LONGEST = 2000  # characters of a line that are shown


@dataclass(frozen=True, slots=True)
class TabSubject:
    """One resource of a snapshot, at a moment."""

    world: LabSnapshot
    row: Row
    now: datetime | None


@dataclass(frozen=True, slots=True)
class DetailTab:
    """One tab; `title` and `empty` are English here, and translated where they are shown."""

    title: str
    document: Callable[[TabSubject], Any]  # JSON types, references and sets: see `documents.plain`
    lines: Callable[[App[Any], TabSubject], Iterator[Text]]
    count: Callable[[TabSubject], int] | None = None  # shown beside the title
    empty: str = ""  # shown if there are no lines


# -- spec and observed ------------------------------------------------------------------------------------------------


def desired_fields(subject: TabSubject) -> Any:
    """The desired fields."""
    return dict(subject.row.desired.spec) if subject.row.desired else {}


def observed_fields(subject: TabSubject) -> Any:
    """The observed fields."""
    return subject.row.observed.document() if subject.row.observed else {}


def outline(app: App[Any], document: Any) -> Iterator[Text]:
    """Lines of a document, each word in the colour of its role."""
    if not document:
        return
    for line in yaml_lines(document):
        text = Text(no_wrap=False, overflow="fold")
        for word, role in line:
            text.append(clean(word, LONGEST), theme.style(app, _ROLES.get(role, "")))
        yield text


# -- differences ------------------------------------------------------------------------------------------------------


def changes(subject: TabSubject) -> Any:
    """The planned action, its reason, and the fields that differ."""
    found = [change.document() for change in differing_fields(subject.world, subject.row)]
    return {"action": subject.row.action or None, "why": subject.row.why or None, "changes": found} if found else {}


def _change_lines(app: App[Any], subject: TabSubject) -> Iterator[Text]:
    row = subject.row
    if row.why:
        yield Text(tr(row.why), theme.style(app, "faint"))
    for change in differing_fields(subject.world, row):
        forces = change.forces_replacement
        sign = REPLACED if forces else CHANGED
        text = Text.assemble(
            (f"{sign} ", theme.style(app, "error" if forces else "warning", bold=True)),
            (clean(change.field), theme.style(app, "primary")),
        )
        if forces:
            text.append(f"  {tr('forces replacement')}", theme.style(app, "error", bold=True))
        yield text
        yield from _difference_lines(app, plain(change.was), plain(change.want))


def _difference_lines(app: App[Any], was: Any, desired: Any) -> Iterator[Text]:
    """Lines for the removed and the added items of two lists; for other values, both values."""
    gone, come = [was], [desired]
    if isinstance(was, list) and isinstance(desired, list):
        gone, come = [item for item in was if item not in desired], [item for item in desired if item not in was]
        if not (gone or come):  # only the order differs
            gone, come = was, desired
    for sign, colour, values in ((REMOVED, "error", gone), (_ADDED, "success", come)):
        for value in values:
            for number, line in enumerate(to_yaml(value).splitlines()):
                text = Text(overflow="fold").append(
                    f"    {sign if number == 0 else ' '} ", theme.style(app, colour, bold=True)
                )
                yield text.append(clean(line, LONGEST), theme.style(app, colour))


# -- events -----------------------------------------------------------------------------------------------------------


def events(subject: TabSubject) -> Any:
    """Events of the resource, the newest first."""
    return [event.document() for event in reversed(subject.row.events)]


def _event_lines(app: App[Any], subject: TabSubject) -> Iterator[Text]:
    faint = theme.style(app, "faint")
    for event in reversed(subject.row.events):
        text = Text(overflow="fold").append(f"{clean(event.at)[11:19]} {age(event.at, subject.now):>4}  ", faint)
        text.append(f"{event.phase.value:<9} ", theme.style(app, COLOURS.get(event.phase, "faint")))
        yield text.append(words(event.detail), theme.style(app, "foreground"))


# -- why --------------------------------------------------------------------------------------------------------------


def reasons(subject: TabSubject) -> Any:
    """State, error, dependencies, and the resources that cause a failure or a wait."""
    row, found = subject.row, links(subject.world, subject.row)
    other = waits_for(subject.world, row.address)
    return {
        "address": row.address,
        "state": row.word or None,
        "error": row.error or None,
        "hint": row.hint or None,
        "waits_for": other.address if other else None,
        "caused_by": [cause.address for cause in causes(subject.world, row.address)],
        "needs": {link.address: list(link.fields) for link in found.needs},
        "needed_by": {link.address: list(link.fields) for link in found.needed_by},
    }


def _reason_lines(app: App[Any], subject: TabSubject) -> Iterator[Text]:
    row, world, now = subject.row, subject.world, subject.now
    yield Text(_condition_sentence(row, now), theme.style(app, "foreground"))
    if row.why and row.condition is not Condition.WORKING:
        yield Text(f"{tr('The plan')}: {_planned_action(row)}", theme.style(app, "warning"))
    for cause in causes(world, row.address):
        yield Text(f"{clean(cause.address)}: {cause.error}", theme.style(app, "error", bold=True))
        if cause.hint:
            yield Text(cause.hint, theme.style(app, "warning"))
    if other := waits_for(world, row.address):
        text = waiting(row, other, now)
        yield Text(text[:1].upper() + text[1:], theme.style(app, "warning"))


def _planned_action(row: Row) -> str:
    return f"{tr(row.action)}: {tr(row.why)}" if row.action else tr(row.why)


def _condition_sentence(row: Row, now: datetime | None) -> str:
    """A sentence on the resource's condition."""
    word, rest = state(row)
    word = word or tr("not checked yet")
    since = age(row.age_from, now)
    state_text = f"{word} ({rest})" if rest and rest != word else word
    return (
        tr("State: {state}, for {age}.", state=state_text, age=since)
        if since
        else tr("State: {state}.", state=state_text)
    )


DETAIL_TABS = (
    DetailTab(
        "spec", desired_fields, lambda app, of: outline(app, desired_fields(of)),
        empty="Not in the spec: left over, or owned by someone else.",
    ),
    DetailTab(
        "observed", observed_fields, lambda app, of: outline(app, observed_fields(of)),
        empty="Not checked yet.",
    ),
    DetailTab(
        "diff", changes, _change_lines, lambda of: len(differing_fields(of.world, of.row)),
        empty="Matches the spec.",
    ),
    DetailTab(
        "events", events, _event_lines, lambda of: len(of.row.events),
        empty="No events yet.",
    ),
    DetailTab("why", reasons, _reason_lines),
)  # fmt: skip
