"""Classification of observed resources: kept, changed or deleted, with the reasons. The first half of planning."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pltui.engine.model import Change, Desired, Field, Observed, Op, State, Traits, options, step_key
from pltui.engine.presence import Presence
from pltui.engine.references import SCALARS, differences, referenced_identities, strings, targets
from pltui.i18n import Phrase

NOT_WANTED, BEING_DELETED, FAILED = Phrase("no longer needed"), Phrase("is being deleted"), Phrase("failed")


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion and its reason."""

    observed: Observed
    why: str
    changes: tuple[Change, ...] = ()  # of fields that cannot change in place
    cause: str = ""  # key of the deletion that forces it

    @property
    def key(self) -> str:
        """Key of its step."""
        return step_key(Op.DELETE, self.observed.address, self.observed.id)


@dataclass
class Classification:
    """`wanted`, `kept` and `changes` are by address, `deletions` by the key of the deletion.

    Deletions cascade in rounds: a round examines only resources that refer to one deleted in the round before, so all
    rounds together examine every resource once and every reference once.
    """

    all_desired: Sequence[Desired]
    observed: Sequence[Observed]
    traits: Mapping[str, Traits]
    unreadable: Collection[str] = ()  # types whose existing resources are unknown
    made: Collection[str] = ()  # ids created by this run, which are not replaced, whatever they show
    wanted: dict[str, Desired] = field(init=False)
    kept: dict[str, Observed] = field(init=False, default_factory=dict)
    changes: dict[str, tuple[Change, ...]] = field(init=False, default_factory=dict)
    deletions: dict[str, Deletion] = field(init=False, default_factory=dict)
    mismatches: dict[str, tuple[Change, ...]] = field(init=False, default_factory=dict)  # of `made`: forcing changes
    unknown: set[str] = field(init=False)  # addresses of the desired resources of unreadable types
    ends: dict[str, str] = field(init=False, default_factory=dict)  # identity -> key of the deletion that ends it
    presence: Presence = field(init=False)

    def __post_init__(self) -> None:
        self.wanted = {desired.address: desired for desired in self.all_desired}
        self.unknown = (
            {desired.address for desired in self.all_desired if desired.kind in self.unreadable}
            if self.unreadable
            else set()
        )
        self._sort_observed()
        self._fit = dict(self.kept)  # before cascading deletions
        leaving = {deletion.observed.address for deletion in self.deletions.values()}
        self.presence = Presence(self.wanted, self.kept, leaving | self.unknown)
        self._doom_dependants()
        self._above = {key: deletion.cause for key, deletion in self.deletions.items() if deletion.cause}
        self._join_cascades()

    # -- the outcome ----------------------------------------------------------------------------------------------

    def replacements(self) -> dict[str, str]:
        """Return address -> key of the deletion, for resources that are deleted and created again.

        Of several with one address, the last one marked for deletion counts, which would have been kept.
        """
        return {
            deletion.observed.address: key
            for key, deletion in self.deletions.items()
            if deletion.observed.state is not State.DELETING
            and deletion.observed.address in self.wanted
            and deletion.observed.address not in self.kept
        }

    def cascades(self) -> dict[str, list[str]]:
        """Return key of a deletion -> addresses of all deletions it forces, transitively."""
        along: dict[str, list[str]] = {}
        for key, deletion in self.deletions.items():
            if deletion.cause:
                along.setdefault(self._cascade_root(key), []).append(deletion.observed.address)
        return along

    # -- at first sight -------------------------------------------------------------------------------------------

    def _sort_observed(self) -> None:
        duplicates: dict[str, list[Observed]] = {}
        for item in self.observed:
            if item.state is State.DELETING:
                self._add_deletion(Deletion(item, BEING_DELETED))
            elif item.address not in self.wanted:
                self._add_deletion(Deletion(item, NOT_WANTED))
            elif item.state is State.FAILED:
                self._add_deletion(
                    Deletion(item, Phrase("failed: {status}", status=item.status) if item.status else FAILED)
                )
            elif item.address in self.kept:
                duplicates.setdefault(item.address, [self.kept[item.address]]).append(item)
            else:
                self.kept[item.address] = item
        for address, items in duplicates.items():
            best = self.kept[address] = min(items, key=self._sort_key)
            for item in items:
                if item is not best:
                    self._add_deletion(Deletion(item, Phrase("duplicate: {id} is kept", id=best.id)))

    def _sort_key(self, item: Observed) -> tuple[int, int, bool]:
        """Return the sort key of a duplicate, least for the one to keep: fits best, most referred to, works, first."""
        unfit = 0
        for name, desired in self.wanted[item.address].spec.items():
            if name in item.spec and not targets(desired):
                unfit += item.spec[name] not in options(desired)
        referring = {n for identity in item.identities for n in self._referrers.get(identity, ())}
        others = sum(self.observed[n] is not item for n in referring)
        return unfit, -others, item.state is not State.READY

    @cached_property
    def _referrers(self) -> dict[str, list[int]]:
        """Identity -> positions in `observed` of the resources that refer to it."""
        identities = {identity for item in self.observed for identity in item.identities}
        found: dict[str, list[int]] = {}
        for n, item in enumerate(self.observed):
            for identity in referenced_identities(item, self.traits[item.kind]) & identities:
                found.setdefault(identity, []).append(n)
        return found

    @cached_property
    def _by_address(self) -> dict[str, Observed]:
        """Observed resources by address, as they are now."""
        return {item.address: item for item in self.observed} | self._fit

    @cached_property
    def _position(self) -> dict[str, int]:
        """Address -> its position in `observed`."""
        return {item.address: n for n, item in enumerate(self.observed)}

    def _add_deletion(self, deletion: Deletion) -> None:
        key = deletion.key
        if key not in self.deletions:
            self.deletions[key] = deletion
            for identity in deletion.observed.identities:
                self.ends[identity] = key

    # -- cascading deletions --------------------------------------------------------------------------------------

    def _doom_dependants(self) -> None:
        """Mark what must be replaced, because of its own fields or of a dependency, round by round."""
        suspects: Iterable[str] = tuple(self.kept)
        while new_deletions := [
            deletion for address in suspects if (deletion := self._find_deletion(self.kept[address]))
        ]:
            for deletion in new_deletions:
                del self.kept[deletion.observed.address]
                self.changes.pop(deletion.observed.address, None)
                self.mismatches.pop(deletion.observed.address, None)
                self._add_deletion(deletion)
            suspects = self._affected_addresses(new_deletions)

    def _affected_addresses(self, new_deletions: Sequence[Deletion]) -> list[str]:
        """Return the kept addresses that refer, or will refer, to something deleted in this round."""
        found = self.presence.remove(deletion.observed.address for deletion in new_deletions)
        for deletion in new_deletions:
            for identity in deletion.observed.identities:
                found.update(self.observed[n].address for n in self._referrers.get(identity, ()))
        return sorted(found & self.kept.keys(), key=self._position.__getitem__)

    def _find_deletion(self, item: Observed) -> Deletion | None:
        if self.ends and (holder := self._cause_key(item)):
            # The deletion of its dependency does not make its own field differ, so compare with the current state.
            forcing = self._forcing_changes(item, self._differences(item, self._by_address))
            return Deletion(
                item, Phrase("depends on {address}", address=self._deleted_address(holder)), forcing, holder
            )
        changes = self._differences(item, self.kept)
        forcing = self._forcing_changes(item, changes) if changes else ()
        if forcing and item.id not in self.made:
            return Deletion(item, Phrase("{field} cannot change in place", field=forcing[0].field), forcing)
        self._note_changes(self.mismatches, item, forcing)
        self._note_changes(self.changes, item, tuple(c for c in changes if c not in forcing) if forcing else changes)
        return None

    @staticmethod
    def _note_changes(where: dict[str, tuple[Change, ...]], item: Observed, changes: tuple[Change, ...]) -> None:
        if changes:
            where[item.address] = changes
        else:
            where.pop(item.address, None)

    def _differences(self, item: Observed, known: Mapping[str, Observed]) -> tuple[Change, ...]:
        """Return the fields that differ. A field that will refer to an unknown resource cannot be compared."""
        desired = self.wanted[item.address]
        changes = differences(desired, item, known)
        if not self.unknown:
            return changes
        return tuple(change for change in changes if self.unknown.isdisjoint(targets(desired.spec[change.field])))

    def _forcing_changes(self, item: Observed, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Return the changes that need a replacement."""
        fields = self.traits[item.kind].fields
        return tuple(change for change in changes if _forces_replacement(fields.get(change.field, Field.FIXED), change))

    def _cause_key(self, item: Observed) -> str | None:
        """Return the key of the first deletion that forces this resource's deletion.

        Fields that can be repointed at any time, or that release the deleted resource in this pass, do not count.
        """
        fields = self.traits[item.kind].fields
        holders = {self.ends[need] for need in item.needs if need in self.ends}
        for name, value in item.spec.items():
            keys = self._ending_keys(value)
            if keys and (kind := fields.get(name, Field.FIXED)) is not Field.REPOINTABLE:
                holders |= self._unreleased_keys(item, name, keys) if kind is Field.MUTABLE else keys
        holders.discard(step_key(Op.DELETE, item.address, item.id))
        return min(holders, key=lambda key: (self._deleted_address(key), key), default=None)

    def _ending_keys(self, value: Any) -> set[str]:
        """Return the keys of the deletions of resources that `value` refers to."""
        if type(value) is str:
            return {self.ends[value]} if value in self.ends else set()
        return set() if type(value) in SCALARS else {self.ends[s] for s in strings(value) if s in self.ends}

    def _unreleased_keys(self, item: Observed, name: str, keys: set[str]) -> set[str]:
        """Return those of `keys` that a mutable field cannot release in this pass."""
        desired = self.wanted[item.address].spec if item.address in self.wanted else {}
        if name not in desired:
            return keys
        aims = targets(desired[name])
        return {key for key in keys if self._deleted_address(key) in aims} if aims <= self.presence.there else keys

    def _join_cascades(self) -> None:
        """Attribute a replacement to the deletion of its dependency, if that is deleted as well."""
        for key, deletion in self.deletions.items():
            holder = self._cause_key(deletion.observed) if deletion.changes and not deletion.cause else None
            if holder and self._cascade_root(holder) != key:
                why = Phrase("{why}, and depends on {address}", why=deletion.why, address=self._deleted_address(holder))
                self.deletions[key] = replace(deletion, why=why, cause=holder)
                self._above[key] = holder

    def _cascade_root(self, key: str) -> str:
        """Return the key at the beginning of a cascade, and compress the path for later calls."""
        passed = []
        while above := self._above.get(key):
            passed.append(key)
            key = above
        self._above.update(dict.fromkeys(passed, key))
        return key

    def _deleted_address(self, key: str) -> str:
        return self.deletions[key].observed.address


def _forces_replacement(kind: Field, change: Change) -> bool:
    if kind is Field.GROWS:
        return not set(change.before) <= set(strings(change.after))
    return kind is Field.FIXED
