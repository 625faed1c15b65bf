"""The pure function at the heart: what is wanted and what is seen go in, ordered steps come out.

Replacement is deletion: a resource that cannot become what is wanted is deleted, with everything seen to hang on it,
and the next pass creates. So a plan never holds a create and a delete of one address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pltui.engine.types import Change, Field, Op, Ref, Seen, State, Step, Traits, Want


@dataclass(frozen=True, slots=True)
class Plan:
    steps: tuple[Step, ...]

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that write, or that take something along."""
        return tuple(step for step in self.steps if step.op is not Op.WAIT)


def make_plan(wants: Sequence[Want], seen: Sequence[Seen], traits: Mapping[str, Traits]) -> Plan:
    """Steps from `seen` to `wants`; empty when all is there and works. Later passes may add what had to wait."""
    return _Planner(wants, seen, traits).plan()


class UnresolvedError(LookupError):
    """A Ref to something that does not exist (any more)."""


def resolve(value: Any, known: Mapping[str, Seen]) -> Any:
    """`value` with every Ref replaced by what it stands for; raises UnresolvedError."""
    match value:
        case Ref(address, attribute):
            found = known[address].attribute(attribute) if address in known else None
            if found is None:
                raise UnresolvedError(address)
            return found
        case Mapping():
            return {key: resolve(item, known) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return type(value)(resolve(item, known) for item in value)
        case _:
            return value


def refs(value: Any) -> Iterator[Ref]:
    """Every Ref in `value`, at any depth."""
    match value:
        case Ref():
            yield value
        case Mapping():
            for item in value.values():
                yield from refs(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from refs(item)


def _strings(value: Any) -> Iterator[str]:
    """Every string in `value`, at any depth: the ids it refers to are among them."""
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from _strings(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from _strings(item)


def _resolve_known(value: Any, known: Mapping[str, Seen]) -> Any:
    """As `resolve`, but a Ref to what does not exist stays one."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(_resolve_known(item, known) for item in value)
    try:
        return resolve(value, known)
    except UnresolvedError:
        return value


@dataclass
class _Planner:
    wants: Sequence[Want]
    seen: Sequence[Seen]
    traits: Mapping[str, Traits]
    by_address: dict[str, Want] = field(init=False)
    kept: dict[str, Seen] = field(init=False, default_factory=dict)  # address -> the one that stays
    doomed: dict[str, tuple[Seen, str]] = field(init=False, default_factory=dict)  # delete key -> it, and why

    def __post_init__(self) -> None:
        self.by_address = {want.address: want for want in self.wants}

    def plan(self) -> Plan:
        self._sort_out()
        while self._doom_more():
            pass
        creating = self._creatable()
        updates = [*self._updates(creating), *self._waits(creating)]
        steps = [*updates, *self._creates(creating, {step.key for step in updates}), *self._deletes(updates)]
        return Plan(_weighed(steps, self.traits))

    # -- what stays, what goes ------------------------------------------------------------------------------------

    def _sort_out(self) -> None:
        candidates: dict[str, list[Seen]] = {}
        for item in self.seen:
            if item.state is State.DELETING:
                self._doom(item, "is being deleted")
            elif item.address not in self.by_address:
                self._doom(item, "not wanted")
            elif item.state is State.FAILED:
                self._doom(item, f"failed: {item.status}" if item.status else "failed")
            else:
                candidates.setdefault(item.address, []).append(item)
        for address, items in candidates.items():
            best = items[0] if len(items) == 1 else min(items, key=self._worth)
            self.kept[address] = best
            for item in items:
                if item is not best:
                    self._doom(item, f"surplus: {best.id} is kept")

    def _worth(self, item: Seen) -> tuple[int, int, bool, str]:
        """Least for the duplicate to keep: fits best, is most referred to, works, was named first."""
        unfit = 0
        for name, want in self.by_address[item.address].spec.items():
            if name in item.spec and not any(refs(want)):
                unfit += item.spec[name] != want
        referred = sum(bool(item.identities & self._references(o)) for o in self.seen if o is not item)
        return unfit, -referred, item.state is not State.READY, item.id

    def _doom(self, item: Seen, why: str) -> None:
        self.doomed.setdefault(_delete_key(item), (item, why))

    def _doom_more(self) -> bool:
        """One sweep for what must be replaced, for its own fields' sake or for what it hangs on; whether any was."""
        dead = {identity: item.address for item, _ in self.doomed.values() for identity in item.identities}
        there = self.kept.keys() | self._creatable() if dead else frozenset[str]()
        reasons = {a: self._hangs_on(item, dead, there) or self._unfit(item) for a, item in self.kept.items()}
        for address, why in reasons.items():
            if why:
                self._doom(self.kept.pop(address), why)
        return any(reasons.values())

    def _unfit(self, item: Seen) -> str | None:
        for change in self._differences(item):
            kind = self._field(item, change.field)
            if kind is Field.FIXED or (kind is Field.GROWS and not set(change.was) <= set(_strings(change.want))):
                return f"{change.field} cannot change in place"
        return None

    def _hangs_on(self, item: Seen, dead: Mapping[str, str], there: Collection[str]) -> str | None:
        """It is spared where a field can be pointed elsewhere at any time, or in this pass lets go of what dies."""
        if not dead:
            return None
        want = self.by_address[item.address]
        holders = {dead[need] for need in item.needs if need in dead}
        for name, value in item.spec.items():
            kind = self._field(item, name)
            found = {dead[string] for string in _strings(value) if string in dead}
            if kind is Field.MUTABLE and name in want.spec:
                targets = {ref.address for ref in refs(want.spec[name])}
                found = found & targets if targets <= {*there} else found
            if kind is not Field.REPOINTABLE:
                holders |= found
        return f"hangs on {min(holders)}" if holders else None

    # -- steps ----------------------------------------------------------------------------------------------------

    def _creatable(self) -> set[str]:
        """Missing addresses all of whose references exist or can be created in this pass too."""
        leaving = {item.address for item, _ in self.doomed.values()}
        missing = {a for a in self.by_address if a not in self.kept and a not in leaving}
        while True:
            there = missing | self.kept.keys()
            able = {a for a in missing if self._targets(a) <= there}
            if able == missing:
                return able
            missing = able

    def _targets(self, address: str) -> set[str]:
        want = self.by_address[address]
        return {ref.address for ref in refs(want.spec)} | set(want.after)

    def _updates(self, creating: set[str]) -> Iterator[Step]:
        there = creating | self.kept.keys()
        for address, item in self.kept.items():
            want = self.by_address[address]
            targets = {c.field: {ref.address for ref in refs(want.spec[c.field])} for c in self._differences(item)}
            changes = tuple(c for c in self._differences(item) if targets[c.field] <= there)
            if changes:
                why = "differs: " + ", ".join(c.field for c in changes)
                upon = {_key(Op.CREATE, a) for c in changes for a in targets[c.field] if a in creating}
                step = Step(Op.UPDATE, address, item.kind, why, want, item, changes, upon=frozenset(upon))
                yield replace(step, settle=self._settle(want, creating))

    def _waits(self, creating: set[str]) -> Iterator[Step]:
        for address, item in self.kept.items():
            want = self.by_address[address]
            settle = self._settle(want, creating)
            if item.state is State.PENDING and settle is not None:
                yield Step(Op.WAIT, address, item.kind, f"is {item.status or 'pending'}", want, item, settle=settle)

    def _settle(self, want: Want, creating: set[str]) -> frozenset[str] | None:
        """Keys of the steps without which it will not work; None where a later pass must bring that about."""
        if not set(want.works_with) <= creating | self.kept.keys():
            return None
        pending = {a for a, item in self.kept.items() if item.state is State.PENDING}
        return frozenset(
            _key(op, address)
            for address in want.works_with
            for op, among in ((Op.CREATE, creating), (Op.WAIT, pending))
            if address in among
        )

    def _creates(self, creating: set[str], others: set[str]) -> Iterator[Step]:
        keys = others | {_key(Op.CREATE, address) for address in creating}
        for want in self.wants:
            if want.address in creating:
                upon = {_key(Op.CREATE, ref.address) for ref in refs(want.spec)} & keys
                after = {_key(op, address) for address in want.after for op in Op} & keys
                yield Step(
                    Op.CREATE, want.address, want.kind, "does not exist", want,
                    upon=frozenset(upon), after=frozenset(after), settle=self._settle(want, creating),
                )  # fmt: skip

    def _deletes(self, updates: Sequence[Step]) -> Iterator[Step]:
        """Each after what was seen to refer to it: other deletions, and updates that let go of it."""
        keys = {identity: key for key, (item, _) in self.doomed.items() for identity in item.identities}
        parents = {key: self._parent(item, keys) for key, (item, _) in self.doomed.items()}
        after = self._release_order(updates, keys, parents)
        while circle := _circle(after):
            child = next((key for key in circle if parents.get(key)), None)
            if child:  # what it holds holds its parent: it cannot go along
                parents[child] = None
                after = self._release_order(updates, keys, parents)
            else:  # they hold each other: whether one lets go, the cloud says
                after[circle[1]].discard(circle[0])
        for key, (item, why) in self.doomed.items():
            want = self.by_address.get(item.address)
            yield Step(
                Op.DELETE, item.address, item.kind, why, want, item, after=frozenset(after[key]), within=parents[key]
            )

    def _release_order(
        self, updates: Sequence[Step], keys: Mapping[str, str], parents: Mapping[str, str | None]
    ) -> dict[str, set[str]]:
        """Delete key -> the keys that come before it. `keys` are by identity; `parents` take the others along."""
        after: dict[str, set[str]] = {key: {parent} if parent else set() for key, parent in parents.items()}
        holding = [(key, item) for key, (item, _) in self.doomed.items()]
        holding += [(step.key, step.seen) for step in updates if step.op is Op.UPDATE and step.seen]
        for holder, item in holding:
            for target in {keys[s] for s in self._references(item, blocking=True) if s in keys}:
                if target not in (holder, parents.get(holder)) and not parents[target]:
                    after[target].add(holder)
        return after

    def _parent(self, item: Seen, keys: Mapping[str, str]) -> str | None:
        """The key of the deletion that takes `item` along."""
        name = self.traits[item.kind].dies_with
        return keys.get(str(item.spec.get(name))) if name else None

    # -- what differs, what refers to what ------------------------------------------------------------------------

    def _differences(self, item: Seen) -> list[Change]:
        out = []
        for name, value in self.by_address[item.address].spec.items():
            if name in item.spec:
                wanted = _resolve_known(value, self.kept)
                if wanted != item.spec[name]:
                    out.append(Change(name, item.spec[name], wanted))
        return out

    def _field(self, item: Seen, name: str) -> Field:
        return self.traits[item.kind].fields.get(name, Field.FIXED)

    def _references(self, item: Seen, *, blocking: bool = False) -> set[str]:
        """The identities it refers to; with `blocking`, only those that cannot go while it does."""
        strings = set(item.needs)
        for name, value in item.spec.items():
            if not (blocking and self._field(item, name) is Field.REPOINTABLE):
                strings.update(_strings(value))
        return strings


def _circle(after: Mapping[str, set[str]]) -> list[str]:
    """Keys each of which comes before the next, and the last is the first; empty when there is an order."""
    try:
        TopologicalSorter(after).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def _weighed(steps: Sequence[Step], traits: Mapping[str, Traits]) -> tuple[Step, ...]:
    """Each with the number of calls on the longest way from it to the end; what must settle is looked at as well."""
    needs = {step.key: step.upon | step.after for step in steps}
    calls = {step.key: 1 + traits[step.kind].settles for step in steps}
    weights = dict.fromkeys(needs, 0)
    for key in reversed([*TopologicalSorter(needs).static_order()]):
        for need in needs[key]:
            weights[need] = max(weights[need], weights[key] + calls[key])
    return tuple(replace(step, weight=weights[step.key]) for step in steps)


def _key(op: Op, address: str) -> str:
    return f"{op}:{address}:"


def _delete_key(item: Seen) -> str:
    return f"{Op.DELETE}:{item.address}:{item.id}"
