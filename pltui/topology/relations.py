"""Dependencies between a lab's desired resources, computed once for all displays. Knows nothing of screens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pltui.engine.model import Desired
from pltui.engine.references import targets

# Reasons of a link other than the names of referring fields.
AFTER, WORKS_WITH = "after", "works with"


@dataclass(frozen=True, slots=True)
class Link:
    """A dependency: `address` is the other end; `fields` are those that refer to it, or AFTER or WORKS_WITH."""

    address: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relations:
    """Address -> its links, in the order of declaration."""

    needs: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)
    needed_by: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)

    @classmethod
    def among(cls, all_desired: Iterable[Desired]) -> Relations:
        """Return the relations among desired resources."""
        needs = {desired.address: tuple(_links_of(desired)) for desired in all_desired}
        needed_by: dict[str, list[Link]] = {}
        for address, links in needs.items():
            for link in links:
                needed_by.setdefault(link.address, []).append(Link(address, link.fields))
        return cls(needs, {address: tuple(links) for address, links in needed_by.items()})


def _links_of(desired: Desired) -> Iterator[Link]:
    fields: dict[str, list[str]] = {}
    for name, value in desired.spec.items():
        for address in sorted(targets(value)):
            fields.setdefault(address, []).append(name)
    for reason, addresses in ((AFTER, desired.after), (WORKS_WITH, desired.works_with)):
        for address in addresses:
            fields.setdefault(address, []).append(reason)
    return (Link(address, tuple(names)) for address, names in fields.items())
