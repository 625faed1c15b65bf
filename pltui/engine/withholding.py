"""Withholding of changes that depend on unreadable resource types.

The existing resources of an unreadable type are unknown. So none of it is created, nothing that refers to it is created
or repointed, and nothing is deleted that a resource of it may refer to. A change that would follow from one of these is
withheld, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pltui.engine.classification import Classification
from pltui.engine.model import Step, Traits


class Withheld:
    """`keys` are the withheld steps, `addresses` the desired resources that are therefore not created or replaced.

    The latter are those of unreadable types, and those that need a withheld one.
    """

    def __init__(self, classification: Classification, deletes: Iterable[Step]) -> None:
        self._classification = classification
        self._deletes = {step.key: step for step in deletes}
        self._replacements = {step.address: step.key for step in self._deletes.values() if step.replaces}
        self._followers = self._following()
        self.keys: set[str] = set()
        self.addresses: set[str] = set()
        for address in classification.unknown:
            self._add_address(address)
        for key, step in self._deletes.items():
            if may_be_referred_to(step.kind, classification.unreadable, classification.traits):
                self._add_key(key)

    def _following(self) -> dict[str, list[str]]:
        """Return key of a deletion -> the deletions that are impossible or pointless without it."""
        found: dict[str, list[str]] = {}
        for key, step in self._deletes.items():
            for other in step.after:
                found.setdefault(other, []).append(key)  # the resource deleted before it refers to it, and stays
            if step.within:
                found.setdefault(key, []).append(step.within)  # the parent's deletion would include it
            if cause := self._classification.deletions[key].cause:
                found.setdefault(cause, []).append(key)
        return found

    def _add_address(self, address: str) -> None:
        """Add a desired resource and all that need it, whose replacements could not be created again."""
        queue = [address]
        while queue:
            one = queue.pop()
            if one not in self.addresses and one not in self._classification.kept:  # kept resources can be referred to
                self.addresses.add(one)
                queue += self._classification.presence.dependants(one)
                if one in self._replacements:
                    self._add_key(self._replacements[one])

    def _add_key(self, key: str) -> None:
        queue = [key]
        while queue:
            one = queue.pop()
            if one in self._deletes and one not in self.keys:
                self.keys.add(one)
                queue += self._followers.get(one, ())
                if self._deletes[one].address in self._classification.wanted:
                    self._add_address(self._deletes[one].address)


def may_be_referred_to(kind: str, by: Collection[str], traits: Mapping[str, Traits]) -> bool:
    """Return True if a resource of one of the types `by` may refer to one of `kind`."""
    for one in by:
        referred = traits[one].refers_to
        if referred is None or kind in referred:
            return True
    return False
