"""Desired resources that exist after a pass: kept and creatable ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

from pltui.engine.model import Desired
from pltui.engine.references import targets


class Presence:
    """`there` are the addresses that exist after the pass, `creatable` those that the pass creates.

    Both only shrink: removing an address also removes all that cannot be created without it. The work of a removal is
    proportional to the number of references to the removed addresses.
    """

    def __init__(self, wanted: Mapping[str, Desired], kept: Collection[str], leaving: Collection[str]) -> None:
        """Compute both sets. `leaving`: addresses not creatable in this pass, such as those being deleted."""
        self._wanted = wanted
        self._references: dict[str, tuple[str, ...]] = {}
        self.creatable = {address for address in wanted if address not in kept and address not in leaving}
        self.there = self.creatable | set(kept)
        self.remove([address for address in self.creatable if not self.there.issuperset(self.needs(address))])

    def references(self, address: str) -> tuple[str, ...]:
        """Return the addresses that the desired resource at `address` refers to."""
        found = self._references.get(address)
        if found is None:
            found = self._references[address] = tuple(targets(self._wanted[address].spec))
        return found

    def needs(self, address: str) -> tuple[str, ...]:
        """Return the addresses without which it cannot be created."""
        return self.references(address) + self._wanted[address].after

    def remove(self, addresses: Iterable[str]) -> set[str]:
        """Remove `addresses`; return the addresses that need one of those no longer there."""
        affected: set[str] = set()
        queue = [address for address in addresses if address in self.there]
        while queue:
            gone = queue.pop()
            if gone in self.there:
                self.there.remove(gone)
                self.creatable.discard(gone)
                dependants = self.dependants(gone)
                affected.update(dependants)
                queue += [address for address in dependants if address in self.creatable]
        return affected

    def dependants(self, address: str) -> Sequence[str]:
        """Return the addresses of the desired resources that need it."""
        return self._dependants.get(address, ())

    @cached_property
    def _dependants(self) -> dict[str, list[str]]:
        """Address -> the addresses that need it."""
        found: dict[str, list[str]] = {}
        for address in self._wanted:
            for need in self.needs(address):
                found.setdefault(need, []).append(address)
        return found
