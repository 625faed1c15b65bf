"""What stays, what goes and why: the half of planning that looks at the world as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pltui.engine.references import differences, mentioned, strings, targets
from pltui.engine.types import Change, Field, Op, Seen, State, Traits, Want, options, step_key
from pltui.words import Phrase


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
    """`wanted`, `kept` and `creatable` are by address, `doomed` by the key of the deletion."""

    wants: Sequence[Want]
    seen: Sequence[Seen]
    traits: Mapping[str, Traits]
    wanted: dict[str, Want] = field(init=False)
    kept: dict[str, Seen] = field(init=False, default_factory=dict)
    doomed: dict[str, Doom] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.wanted = {want.address: want for want in self.wants}
        self._sort()
        self._found = {item.address: item for item in self.seen} | self.kept  # as things stand, by address
        while self._doom_more():
            pass
        self._join_cascades()

    # -- the outcome ----------------------------------------------------------------------------------------------

    def creatable(self) -> set[str]:
        """Missing addresses all of whose references exist or can be created in this pass too."""
        leaving = {doom.seen.address for doom in self.doomed.values()}
        missing = {a for a in self.wanted if a not in self.kept and a not in leaving}
        while True:
            there = missing | self.kept.keys()
            able = {a for a in missing if self.needs(a) <= there}
            if able == missing:
                return able
            missing = able

    def needs(self, address: str) -> set[str]:
        """The addresses without which it cannot be created."""
        want = self.wanted[address]
        return targets(want.spec) | set(want.after)

    def replaced(self) -> dict[str, str]:
        """Addresses of what goes and comes back -> the keys of their deletions.

        Of several that share an address, the last to be doomed is the one that would have stayed.
        """
        back = self.wanted.keys() - self.kept.keys()
        dooms = (doom for doom in self.doomed.values() if doom.seen.state is not State.DELETING)
        return {doom.seen.address: doom.key for doom in dooms if doom.seen.address in back}

    def taken_along(self) -> dict[str, list[str]]:
        """The keys of deletions that take others along -> the addresses of those, transitively."""
        along: dict[str, list[str]] = {}
        for key, doom in self.doomed.items():
            if doom.cause:
                along.setdefault(self._root(key), []).append(doom.seen.address)
        return along

    # -- at first sight -------------------------------------------------------------------------------------------

    def _sort(self) -> None:
        candidates: dict[str, list[Seen]] = {}
        for item in self.seen:
            if item.state is State.DELETING:
                self._doom(Doom(item, Phrase("is being deleted")))
            elif item.address not in self.wanted:
                self._doom(Doom(item, Phrase("not wanted")))
            elif item.state is State.FAILED:
                self._doom(
                    Doom(item, Phrase("failed: {status}", status=item.status) if item.status else Phrase("failed"))
                )
            else:
                candidates.setdefault(item.address, []).append(item)
        for address, items in candidates.items():
            best = items[0] if len(items) == 1 else min(items, key=self._worth)
            self.kept[address] = best
            for item in items:
                if item is not best:
                    self._doom(Doom(item, Phrase("surplus: {id} is kept", id=best.id)))

    def _worth(self, item: Seen) -> tuple[int, int, bool]:
        """Least for the duplicate to keep: fits best, is most referred to, works, was named first."""
        unfit = 0
        for name, want in self.wanted[item.address].spec.items():
            if name in item.spec and not targets(want):
                unfit += item.spec[name] not in options(want)
        others = (other for other in self.seen if other is not item)
        referred = sum(bool(item.identities & mentioned(other, self.traits[other.kind])) for other in others)
        return unfit, -referred, item.state is not State.READY

    def _doom(self, doom: Doom) -> None:
        self.doomed.setdefault(doom.key, doom)

    # -- what else must go ----------------------------------------------------------------------------------------

    def _doom_more(self) -> bool:
        """One sweep for what must be replaced, for its own fields' sake or for what it hangs on; whether any was."""
        dead, there = self._dead(), self._there()
        dooms = [doom for item in self.kept.values() if (doom := self._judged(item, dead, there))]
        for doom in dooms:
            del self.kept[doom.seen.address]
            self._doom(doom)
        return bool(dooms)

    def _judged(self, item: Seen, dead: Mapping[str, str], there: Collection[str]) -> Doom | None:
        if holder := self._holder(item, dead, there):
            # That what it hangs on is about to go does not make its own field differ: compared as things stand.
            forcing = tuple(self._forcing(item, self._found))
            return Doom(item, Phrase("hangs on {address}", address=self._address(holder)), forcing, holder)
        forcing = tuple(self._forcing(item, self.kept))
        return (
            Doom(item, Phrase("{field} cannot change in place", field=forcing[0].field), forcing) if forcing else None
        )

    def _forcing(self, item: Seen, known: Mapping[str, Seen]) -> Iterator[Change]:
        """The differences that only a replacement can mend."""
        for change in differences(self.wanted[item.address], item, known):
            kind = self._field(item, change.field)
            if kind is Field.FIXED or (kind is Field.GROWS and not set(change.was) <= set(strings(change.want))):
                yield change

    def _holder(self, item: Seen, dead: Mapping[str, str], there: Collection[str]) -> str | None:
        """The key of the first deletion it hangs on.

        It is spared where a field can be pointed elsewhere at any time, or in this pass lets go of what dies.
        """
        want = self.wanted[item.address]
        holders = {dead[need] for need in item.needs if need in dead}
        for name, value in item.spec.items():
            kind = self._field(item, name)
            keys = {dead[string] for string in strings(value) if string in dead}
            if keys and kind is Field.MUTABLE and name in want.spec:
                aims = targets(want.spec[name])
                keys = {key for key in keys if self._address(key) in aims} if aims <= {*there} else keys
            if kind is not Field.REPOINTABLE:
                holders |= keys
        holders.discard(step_key(Op.DELETE, item.address, item.id))
        return min(holders, key=lambda key: (self._address(key), key), default=None)

    def _join_cascades(self) -> None:
        """What must go for its own fields' sake, and hangs on something that goes as well, is taken along by that."""
        dead, there = self._dead(), self._there()
        for key, doom in self.doomed.items():
            holder = self._holder(doom.seen, dead, there) if doom.changes and not doom.cause else None
            if holder and self._root(holder) != key:
                why = Phrase("{why}, and hangs on {address}", why=doom.why, address=self._address(holder))
                self.doomed[key] = replace(doom, why=why, cause=holder)

    def _root(self, key: str) -> str:
        while cause := self.doomed[key].cause:
            key = cause
        return key

    def _dead(self) -> dict[str, str]:
        """Identities -> the keys of the deletions that end them."""
        return {identity: key for key, doom in self.doomed.items() for identity in doom.seen.identities}

    def _there(self) -> set[str]:
        return self.creatable() | self.kept.keys() if self.doomed else set()

    def _address(self, key: str) -> str:
        return self.doomed[key].seen.address

    def _field(self, item: Seen, name: str) -> Field:
        return self.traits[item.kind].fields.get(name, Field.FIXED)
