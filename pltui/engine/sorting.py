"""What stays, what goes and why: the half of planning that looks at the world as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pltui.engine.presence import Presence
from pltui.engine.references import SCALARS, differences, mentioned, strings, targets
from pltui.engine.types import Change, Field, Op, Seen, State, Traits, Want, options, step_key
from pltui.words import Phrase

NOT_WANTED, BEING_DELETED, FAILED = Phrase("not wanted"), Phrase("is being deleted"), Phrase("failed")


@dataclass(frozen=True, slots=True)
class Doom:
    """Why something goes."""

    seen: Seen
    why: str
    changes: tuple[Change, ...] = ()  # to fields that cannot change in place
    cause: str = ""  # key of the deletion that takes it along

    @property
    def key(self) -> str:
        return step_key(Op.DELETE, self.seen.address, self.seen.id)


@dataclass
class Sorting:
    """`wanted`, `kept` and `changes` are by address, `doomed` by the key of the deletion.

    What goes takes others along, in rounds: a round looks again only at what refers to something that the round before
    it doomed, so all rounds together cost one look at every resource and one at every reference.
    """

    wants: Sequence[Want]
    seen: Sequence[Seen]
    traits: Mapping[str, Traits]
    unreadable: Collection[str] = ()  # types of which it is unknown what exists
    made: Collection[str] = ()  # ids of what this run has created: that is not replaced, however it is shown
    wanted: dict[str, Want] = field(init=False)
    kept: dict[str, Seen] = field(init=False, default_factory=dict)
    changes: dict[str, tuple[Change, ...]] = field(init=False, default_factory=dict)
    doomed: dict[str, Doom] = field(init=False, default_factory=dict)
    mismatches: dict[str, tuple[Change, ...]] = field(init=False, default_factory=dict)  # of `made`: would force that
    unknown: set[str] = field(init=False)  # addresses of the desired resources of unreadable types
    ends: dict[str, str] = field(init=False, default_factory=dict)  # identity -> key of the deletion that ends it
    presence: Presence = field(init=False)

    def __post_init__(self) -> None:
        self.wanted = {want.address: want for want in self.wants}
        self.unknown = (
            {want.address for want in self.wants if want.kind in self.unreadable} if self.unreadable else set()
        )
        self._sort()
        self._fit = dict(self.kept)  # before any of it is doomed
        leaving = {doom.seen.address for doom in self.doomed.values()}
        self.presence = Presence(self.wanted, self.kept, leaving | self.unknown)
        self._doom_dependants()
        self._above = {key: doom.cause for key, doom in self.doomed.items() if doom.cause}
        self._join_cascades()

    # -- the outcome ----------------------------------------------------------------------------------------------

    def replaced(self) -> dict[str, str]:
        """Addresses of what goes and comes back -> the keys of their deletions.

        Of several that share an address, the last to be doomed is the one that would have stayed.
        """
        return {
            doom.seen.address: key
            for key, doom in self.doomed.items()
            if doom.seen.state is not State.DELETING
            and doom.seen.address in self.wanted
            and doom.seen.address not in self.kept
        }

    def taken_along(self) -> dict[str, list[str]]:
        """The keys of deletions that take others along -> the addresses of those, transitively."""
        along: dict[str, list[str]] = {}
        for key, doom in self.doomed.items():
            if doom.cause:
                along.setdefault(self._root(key), []).append(doom.seen.address)
        return along

    # -- at first sight -------------------------------------------------------------------------------------------

    def _sort(self) -> None:
        duplicates: dict[str, list[Seen]] = {}
        for item in self.seen:
            if item.state is State.DELETING:
                self._doom(Doom(item, BEING_DELETED))
            elif item.address not in self.wanted:
                self._doom(Doom(item, NOT_WANTED))
            elif item.state is State.FAILED:
                self._doom(Doom(item, Phrase("failed: {status}", status=item.status) if item.status else FAILED))
            elif item.address in self.kept:
                duplicates.setdefault(item.address, [self.kept[item.address]]).append(item)
            else:
                self.kept[item.address] = item
        for address, items in duplicates.items():
            best = self.kept[address] = min(items, key=self._worth)
            for item in items:
                if item is not best:
                    self._doom(Doom(item, Phrase("surplus: {id} is kept", id=best.id)))

    def _worth(self, item: Seen) -> tuple[int, int, bool]:
        """Least for the duplicate to keep: fits best, is most referred to, works, was named first."""
        unfit = 0
        for name, want in self.wanted[item.address].spec.items():
            if name in item.spec and not targets(want):
                unfit += item.spec[name] not in options(want)
        referring = {n for identity in item.identities for n in self._referring.get(identity, ())}
        others = sum(self.seen[n] is not item for n in referring)
        return unfit, -others, item.state is not State.READY

    @cached_property
    def _referring(self) -> dict[str, list[int]]:
        """Identity -> the positions in `seen` of what refers to it."""
        identities = {identity for item in self.seen for identity in item.identities}
        found: dict[str, list[int]] = {}
        for n, item in enumerate(self.seen):
            for identity in mentioned(item, self.traits[item.kind]) & identities:
                found.setdefault(identity, []).append(n)
        return found

    @cached_property
    def _found(self) -> dict[str, Seen]:
        """By address, as things are."""
        return {item.address: item for item in self.seen} | self._fit

    @cached_property
    def _position(self) -> dict[str, int]:
        """Address -> its position in `seen`."""
        return {item.address: n for n, item in enumerate(self.seen)}

    def _doom(self, doom: Doom) -> None:
        key = doom.key
        if key not in self.doomed:
            self.doomed[key] = doom
            for identity in doom.seen.identities:
                self.ends[identity] = key

    # -- what else must go ----------------------------------------------------------------------------------------

    def _doom_dependants(self) -> None:
        """Doom what must be replaced, for its own fields' sake or for what it hangs on, round by round."""
        suspects: Iterable[str] = tuple(self.kept)
        while dooms := [doom for address in suspects if (doom := self._judged(self.kept[address]))]:
            for doom in dooms:
                del self.kept[doom.seen.address]
                self.changes.pop(doom.seen.address, None)
                self.mismatches.pop(doom.seen.address, None)
                self._doom(doom)
            suspects = self._affected(dooms)

    def _affected(self, dooms: Sequence[Doom]) -> list[str]:
        """The addresses of what is kept, and refers or is to refer to something that no longer stays or comes."""
        found = self.presence.remove(doom.seen.address for doom in dooms)
        for doom in dooms:
            for identity in doom.seen.identities:
                found.update(self.seen[n].address for n in self._referring.get(identity, ()))
        return sorted(found & self.kept.keys(), key=self._position.__getitem__)

    def _judged(self, item: Seen) -> Doom | None:
        if self.ends and (holder := self._holder(item)):
            # That what it hangs on is about to go does not make its own field differ: compared as things stand.
            forcing = self._forcing(item, self._differences(item, self._found))
            return Doom(item, Phrase("hangs on {address}", address=self._address(holder)), forcing, holder)
        changes = self._differences(item, self.kept)
        forcing = self._forcing(item, changes) if changes else ()
        if forcing and item.id not in self.made:
            return Doom(item, Phrase("{field} cannot change in place", field=forcing[0].field), forcing)
        self._note(self.mismatches, item, forcing)
        self._note(self.changes, item, tuple(c for c in changes if c not in forcing) if forcing else changes)
        return None

    @staticmethod
    def _note(where: dict[str, tuple[Change, ...]], item: Seen, changes: tuple[Change, ...]) -> None:
        if changes:
            where[item.address] = changes
        else:
            where.pop(item.address, None)

    def _differences(self, item: Seen, known: Mapping[str, Seen]) -> tuple[Change, ...]:
        """The fields that are not as desired. One that is to refer to something unknown cannot be compared."""
        want = self.wanted[item.address]
        changes = differences(want, item, known)
        if not self.unknown:
            return changes
        return tuple(change for change in changes if self.unknown.isdisjoint(targets(want.spec[change.field])))

    def _forcing(self, item: Seen, changes: Iterable[Change]) -> tuple[Change, ...]:
        """The changes that only a replacement can make."""
        fields = self.traits[item.kind].fields
        return tuple(change for change in changes if _forces(fields.get(change.field, Field.FIXED), change))

    def _holder(self, item: Seen) -> str | None:
        """The key of the first deletion it hangs on.

        It is spared where a field can be pointed elsewhere at any time, or in this pass lets go of what dies.
        """
        fields = self.traits[item.kind].fields
        holders = {self.ends[need] for need in item.needs if need in self.ends}
        for name, value in item.spec.items():
            keys = self._ending(value)
            if keys and (kind := fields.get(name, Field.FIXED)) is not Field.REPOINTABLE:
                holders |= self._held(item, name, keys) if kind is Field.MUTABLE else keys
        holders.discard(step_key(Op.DELETE, item.address, item.id))
        return min(holders, key=lambda key: (self._address(key), key), default=None)

    def _ending(self, value: Any) -> set[str]:
        """The keys of the deletions that end what `value` refers to."""
        if type(value) is str:
            return {self.ends[value]} if value in self.ends else set()
        return set() if type(value) in SCALARS else {self.ends[s] for s in strings(value) if s in self.ends}

    def _held(self, item: Seen, name: str, keys: set[str]) -> set[str]:
        """Those of `keys` that a mutable field cannot let go of in this pass."""
        desired = self.wanted[item.address].spec if item.address in self.wanted else {}
        if name not in desired:
            return keys
        aims = targets(desired[name])
        return {key for key in keys if self._address(key) in aims} if aims <= self.presence.there else keys

    def _join_cascades(self) -> None:
        """What must go for its own fields' sake, and hangs on something that goes as well, is taken along by that."""
        for key, doom in self.doomed.items():
            holder = self._holder(doom.seen) if doom.changes and not doom.cause else None
            if holder and self._root(holder) != key:
                why = Phrase("{why}, and hangs on {address}", why=doom.why, address=self._address(holder))
                self.doomed[key] = replace(doom, why=why, cause=holder)
                self._above[key] = holder

    def _root(self, key: str) -> str:
        """The key of the deletion at the beginning of the cascade. Shortens the way for who asks next."""
        passed = []
        while above := self._above.get(key):
            passed.append(key)
            key = above
        self._above.update(dict.fromkeys(passed, key))
        return key

    def _address(self, key: str) -> str:
        return self.doomed[key].seen.address


def _forces(kind: Field, change: Change) -> bool:
    if kind is Field.GROWS:
        return not set(change.was) <= set(strings(change.want))
    return kind is Field.FIXED
