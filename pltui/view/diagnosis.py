"""Diagnosis of a resource: differences, waits, causes and dependencies. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pltui.engine.events import FieldChange
from pltui.engine.json_values import plain_value
from pltui.engine.model import Observed, options
from pltui.engine.references import UnresolvedError, resolve, strings, targets
from pltui.topology.relations import AFTER, WORKS_WITH, Link
from pltui.view.lab_snapshot import Condition, LabSnapshot, Row

# -- differences ------------------------------------------------------------------------------------------------------


def differing_fields(world: LabSnapshot, row: Row) -> tuple[FieldChange, ...]:
    """Return the fields that differ from the desired ones.

    They come from the last plan or else from the last observation: a switch that was flipped and is kept so appears
    only there.
    """
    if row.changes or row.desired is None or not row.fresh or not row.id:
        return row.changes
    shown = row.observed_spec
    wanted = {name: _known_value(world, value) for name, value in row.desired.spec.items() if name in shown}
    return tuple(
        FieldChange(name, shown[name], plain_value(value))
        for name, value in wanted.items()
        if value is not _UNKNOWN and plain_value(shown[name]) not in map(plain_value, options(value))
    )


_UNKNOWN = object()


def _known_value(world: LabSnapshot, value: Any) -> Any:
    """Return a desired value, resolved; _UNKNOWN if it refers to a resource that the snapshot does not know."""
    rows = (world.rows[address] for address in targets(value) if address in world.rows)
    known = {row.address: Observed(row.address, row.kind, row.id, {}) for row in rows if row.id}
    try:
        return resolve(value, known)
    except UnresolvedError:
        return _UNKNOWN


# -- waits ------------------------------------------------------------------------------------------------------------


def waits_for(world: LabSnapshot, address: str) -> Row | None:
    """Return the resource that the one at `address` ultimately waits for before it can be worked on.

    None if it waits for nothing, or for nothing that is being worked on. Of several, the one worked on the longest.
    """
    row = world.rows.get(address)
    if row is None or not world.running:
        return None
    found = [world.rows[other] for other in _waited_for(world, row, set()) if other != address]
    return min(found, key=lambda other: other.since, default=None)


def _waited_for(world: LabSnapshot, row: Row, observed: set[str]) -> Iterator[str]:
    """Yield the addresses at the end of each chain of waits from `row`."""
    observed.add(row.address)
    further = [other for other in _unmet_dependencies(world, row) if other.address not in observed]
    for other in further:
        yield from _waited_for(world, other, observed)
    if not further and row.condition is Condition.WORKING:
        yield row.address


def _unmet_dependencies(world: LabSnapshot, row: Row) -> Iterator[Row]:
    """Yield the resources whose turn is before that of `row`.

    If it is to be deleted, these are the resources that need it; otherwise those that it needs.
    """
    relations = world.relations
    if row.leaving:
        links = relations.needed_by.get(row.address, ()) if row.condition is not Condition.WORKING else ()
        yield from (other for other, _ in _existing_links(world, links) if other.there and other.leaving)
    elif row.condition in (Condition.ABSENT, Condition.WORKING):
        for other, link in _existing_links(world, relations.needs.get(row.address, ())):
            # Work that has begun waits only for resources without which it cannot succeed.
            counts = row.condition is Condition.ABSENT or WORKS_WITH in link.fields
            settled = {AFTER, WORKS_WITH} & set(link.fields)
            if counts and not (other.condition is Condition.READY if settled else other.there):
                yield other


def _existing_links(world: LabSnapshot, links: Iterable[Link]) -> Iterator[tuple[Row, Link]]:
    return ((world.rows[link.address], link) for link in links if link.address in world.rows)


# -- causes and dependencies ------------------------------------------------------------------------------------------


def causes(world: LabSnapshot, address: str) -> list[Row]:
    """Return the failed resources among the one at `address` and all its dependencies: deepest first, each once."""
    found: dict[str, Row] = {}
    _gather_causes(world, address, set(), found)
    return list(found.values())


def _gather_causes(world: LabSnapshot, address: str, observed: set[str], found: dict[str, Row]) -> None:
    row = world.rows.get(address)
    if row is None or address in observed or row.condition in (Condition.READY, Condition.WORKING):
        return
    observed.add(address)
    for link in world.relations.needs.get(address, ()):
        _gather_causes(world, link.address, observed, found)
    if row.condition in (Condition.FAILED, Condition.LOST):
        found[address] = row


@dataclass(frozen=True, slots=True)
class Links:
    """The dependencies of one resource in both directions."""

    needs: tuple[Link, ...]
    needed_by: tuple[Link, ...]


def links(world: LabSnapshot, row: Row) -> Links:
    """Return the dependencies of `row` in both directions: the desired ones first, then those only observed."""
    by_id = {other.id: other.address for other in world.rows.values() if other.id}
    needs = list(world.relations.needs.get(row.address, ()))
    for name, identity in _mentioned_strings(row):
        if (address := by_id.get(identity, row.address)) != row.address:
            _add_link(needs, address, name)
    needed_by = list(world.relations.needed_by.get(row.address, ()))
    for other in world.rows.values() if row.id else ():
        for name, identity in _mentioned_strings(other):
            if identity == row.id and other.address != row.address:
                _add_link(needed_by, other.address, name)
    return Links(tuple(needs), tuple(needed_by))


def _mentioned_strings(row: Row) -> Iterator[tuple[str, str]]:
    """Yield (field, string) for every string in the last observation."""
    return ((name, each) for name, value in row.observed_spec.items() for each in strings(value))


def _add_link(found: list[Link], address: str, field_name: str) -> None:
    if all(link.address != address for link in found):
        found.append(Link(address, (field_name,)))
