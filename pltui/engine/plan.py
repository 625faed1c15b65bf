"""The pure function at the heart: what is wanted and what is seen go in, ordered steps come out.

Replacement is deletion: a resource that cannot become what is wanted is deleted, with everything seen to hang on it,
and the next pass creates. So a plan never holds a create and a delete of one address.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pltui.engine.order import DeleteOrder, weighed
from pltui.engine.references import targets
from pltui.engine.sorting import Sorting
from pltui.engine.types import Change, Op, Seen, State, Step, Traits, Unreadable, Want, step_key
from pltui.engine.withholding import Withheld
from pltui.words import Phrase

DOES_NOT_EXIST = Phrase("does not exist")
NONE: frozenset[str] = frozenset()  # shared by the many steps that wait for nothing


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps of one pass.

    `later` is for show: steps that have to wait for a deletion, planned by the pass after it. `notes` is for show too:
    consequences for others, a sentence each. `milestones`: name -> keys of the creates that
    reach it, for each that a step awaits. `mismatches` are no steps: creates of this run after which a field that only
    a replacement changes is shown with another value. `unreadable`: types that could not be read; `withheld`: addresses
    of what may have to change, and does not for that reason.
    """

    steps: tuple[Step, ...]
    later: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    milestones: Mapping[str, frozenset[str]] = field(default_factory=dict)
    mismatches: tuple[Step, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    withheld: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that write, or that take something along."""
        return tuple(step for step in self.steps if step.op is not Op.WAIT)


def make_plan(
    wants: Sequence[Want],
    seen: Sequence[Seen],
    traits: Mapping[str, Traits],
    *,
    made: Collection[str] = (),
    unreadable: Sequence[Unreadable] = (),
) -> Plan:
    """Steps from `seen` to `wants`; empty when all is there and works. Later passes may add what had to wait.

    `made`: ids of what the run has created. Replacing it again would not help: a run replaces a resource once.
    `unreadable`: types of which nothing is known; changes that depend on them are left out.
    In which order `seen` lists things makes no difference.
    """
    with _uncollected():
        order = {want.address: n for n, want in enumerate(wants)}
        ordered = sorted(seen, key=lambda item: (order.get(item.address, len(order)), item.address, item.id))
        kinds = frozenset(one.kind for one in unreadable)
        return replace(_Planner(Sorting(wants, ordered, traits, kinds, made)).plan(), unreadable=tuple(unreadable))


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Pause garbage collection: it doubles the time of a large plan, which has no cycles to be found."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Planner:
    """Steps, once it is clear what stays and what goes."""

    def __init__(self, sorting: Sorting) -> None:
        self._sorting, self._traits = sorting, sorting.traits
        self._wanted, self._kept = sorting.wanted, sorting.kept
        self._creating, self._there = sorting.presence.creatable, sorting.presence.there
        self._pending = {address for address, item in self._kept.items() if item.state is State.PENDING}
        changes = ((address, self._possible(address, differing)) for address, differing in self._changed())
        self._updating = {address: found for address, found in changes if found}
        self._create_keys = {address: step_key(Op.CREATE, address) for address in self._creating}
        self._other_keys: dict[str, list[str]] = {}  # address -> keys of the update and the wait there
        self._replaced = sorting.replaced()

    def plan(self) -> Plan:
        changing = [*self._updates()]
        updates = [*changing, *self._waits({step.address: step.key for step in changing})]
        for step in updates:
            self._other_keys.setdefault(step.address, []).append(step.key)
        milestones = self._milestones()
        deletes = [*self._deletes(updates)]
        withheld = Withheld(self._sorting, deletes) if self._sorting.unreadable else None
        if withheld:
            deletes = [step for step in deletes if step.key not in withheld.keys]
        steps = weighed([*updates, *self._creates(), *deletes], self._traits, milestones)
        later = (*self._later_updates(), *self._later_creates())
        plan = Plan(steps, later, milestones=milestones, mismatches=tuple(self._mismatches()))
        return self._without(plan, withheld) if withheld else plan

    def _mismatches(self) -> Iterator[Step]:
        for address, changes in self._sorting.mismatches.items():
            item = self._kept[address]
            yield Step(Op.CREATE, address, item.kind, _differs(changes), self._wanted[address], item, changes)

    def _without(self, plan: Plan, withheld: Withheld) -> Plan:
        """`plan` without what is for a later pass and would wait for something that is withheld."""
        addresses = {doom.seen.address for key, doom in self._sorting.doomed.items() if key in withheld.keys}
        addresses |= withheld.addresses - self._sorting.unknown
        later = tuple(step for step in plan.later if step.address not in withheld.addresses)
        return replace(plan, later=later, withheld=tuple(sorted(addresses)))

    # -- in this pass ---------------------------------------------------------------------------------------------

    def _updates(self) -> Iterator[Step]:
        for address, changes in self._updating.items():
            want, item = self._wanted[address], self._kept[address]
            upon = self._aims(want, changes) & self._creating
            # What it is to be pointed at may need more than to exist, as it did when it was made.
            after = self._keys(want.after) if upon else NONE
            yield Step(
                Op.UPDATE, address, item.kind, _differs(changes), want, item, changes,
                upon=self._keys(upon), after=after, settle=self._settle(want),
            )  # fmt: skip

    def _possible(self, address: str, differing: Sequence[Change]) -> tuple[Change, ...]:
        """The changes whose new values can be resolved in this pass."""
        spec = self._wanted[address].spec
        return tuple(change for change in differing if targets(spec[change.field]) <= self._there)

    def _waits(self, changing: Mapping[str, str]) -> Iterator[Step]:
        """`changing`: keys of the updates, by address; where one fails, waiting would be in vain."""
        for address, item in self._kept.items():
            if address in self._pending:
                want = self._wanted[address]
                settle = self._settle(want)
                if settle is not None:
                    yield Step(
                        Op.WAIT,
                        address,
                        item.kind,
                        Phrase("is {status}", status=item.status or "pending"),
                        want,
                        item,
                        settle=settle | {changing[address]} if address in changing else settle,
                    )

    def _settle(self, want: Want) -> frozenset[str] | None:
        """Keys of the steps without which it will not work; None where a later pass must bring that about."""
        if not want.works_with:
            return NONE
        if not self._there.issuperset(want.works_with):
            return None
        waits = (step_key(Op.WAIT, address) for address in want.works_with if address in self._pending)
        updates = (step_key(Op.UPDATE, address) for address in want.works_with if address in self._updating)
        return self._keys(want.works_with).union(waits, updates)

    def _keys(self, addresses: Iterable[str]) -> frozenset[str]:
        """Keys of the creates among `addresses`."""
        return frozenset([self._create_keys[address] for address in addresses if address in self._create_keys]) or NONE

    def _creates(self) -> Iterator[Step]:
        for want in self._sorting.wants:
            if want.address in self._creating:
                after = self._keys(want.after) if want.after else NONE
                if self._other_keys:
                    after = after.union(*(self._other_keys.get(address, ()) for address in want.after))
                yield Step(
                    Op.CREATE, want.address, want.kind, DOES_NOT_EXIST, want,
                    upon=self._keys(self._sorting.presence.references(want.address)), after=after,
                    awaits=want.awaits, settle=self._settle(want),
                )  # fmt: skip

    def _milestones(self) -> dict[str, frozenset[str]]:
        """Name -> keys of creates. Resources that exist, or cannot be created in this pass, are no part of it."""
        wants = [want for want in self._sorting.wants if want.address in self._creating]
        keys: dict[str, set[str]] = {name: set() for want in wants for name in want.awaits}
        for want in wants:
            for name in want.milestones:
                if name in keys:
                    keys[name].add(self._create_keys[want.address])
        return {name: frozenset(creates) for name, creates in keys.items()}

    def _deletes(self, updates: Sequence[Step]) -> Iterator[Step]:
        doomed, along = self._sorting.doomed, self._sorting.taken_along()
        order = DeleteOrder({key: doom.seen for key, doom in doomed.items()}, self._sorting.ends, updates, self._traits)
        for key, doom in doomed.items():
            address = doom.seen.address
            yield Step(
                Op.DELETE, address, doom.seen.kind, doom.why, self._wanted.get(address), doom.seen, doom.changes,
                after=frozenset(order.before[key]), within=order.parents[key],
                replaces=self._replaced.get(address) == key,
                hangs_on=doomed[doom.cause].seen.address if doom.cause else "",
                takes_along=tuple(along.get(key, ())),
            )  # fmt: skip

    # -- in a later one -------------------------------------------------------------------------------------------

    def _later_updates(self) -> Iterator[Step]:
        for address, differing in self._changed():
            want, item = self._wanted[address], self._kept[address]
            changes = tuple(c for c in differing if not targets(want.spec[c.field]) <= self._there)
            if changes:
                why = _once(_differs(changes), self._aims(want, changes) - self._there)
                yield Step(Op.UPDATE, address, item.kind, why, want, item, changes)

    def _later_creates(self) -> Iterator[Step]:
        """Creations, but for those that are the other half of a replacement."""
        for address, want in self._wanted.items():
            if address not in self._there and address not in self._replaced:
                why = _once(DOES_NOT_EXIST, {*self._sorting.presence.needs(address)} - self._there)
                yield Step(Op.CREATE, address, want.kind, why, want)

    # -- what differs ---------------------------------------------------------------------------------------------

    def _changed(self) -> Iterator[tuple[str, tuple[Change, ...]]]:
        """Address and differing fields of what is kept and differs, in the order of what is kept."""
        changes = self._sorting.changes
        return ((address, changes[address]) for address in self._kept if address in changes)

    @staticmethod
    def _aims(want: Want, changes: Sequence[Change]) -> set[str]:
        """The addresses that what changes is to refer to."""
        return {target for change in changes for target in targets(want.spec[change.field])}


def _differs(changes: Sequence[Change]) -> str:
    return Phrase("differs: {fields}", fields=", ".join(change.field for change in changes))


def _once(why: str, missing: Collection[str]) -> str:
    """`why`, and what a later step waits for: others, or the end of its own namesake."""
    if missing:
        return Phrase("{why}; waits for {missing}", why=why, missing=", ".join(sorted(missing)))
    return Phrase("{why}; waits until its namesake is gone", why=why)
