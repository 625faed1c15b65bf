"""The pure function at the heart: what is wanted and what is seen go in, ordered steps come out.

Replacement is deletion: a resource that cannot become what is wanted is deleted, with everything seen to hang on it,
and the next pass creates. So a plan never holds a create and a delete of one address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pltui.engine.order import ordered_deletes, weighed
from pltui.engine.references import differences, targets
from pltui.engine.sorting import Sorting
from pltui.engine.types import Change, Op, Seen, State, Step, Traits, Want, step_key
from pltui.words import Phrase


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps of one pass.

    `later` is for show: steps that have to wait for a deletion, planned by the pass after it. `notes` is for show too:
    consequences for others, a sentence each. `milestones`: name -> keys of the creates that
    reach it, for each that a step awaits.
    """

    steps: tuple[Step, ...]
    later: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    milestones: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that write, or that take something along."""
        return tuple(step for step in self.steps if step.op is not Op.WAIT)


def make_plan(wants: Sequence[Want], seen: Sequence[Seen], traits: Mapping[str, Traits]) -> Plan:
    """Steps from `seen` to `wants`; empty when all is there and works. Later passes may add what had to wait.

    In which order `seen` lists things makes no difference.
    """
    order = {want.address: n for n, want in enumerate(wants)}
    ordered = sorted(seen, key=lambda item: (order.get(item.address, len(order)), item.address, item.id))
    return _Planner(Sorting(wants, ordered, traits)).plan()


class _Planner:
    """Steps, once it is clear what stays and what goes."""

    def __init__(self, sorting: Sorting) -> None:
        self._sorting, self._traits = sorting, sorting.traits
        self._wanted, self._kept = sorting.wanted, sorting.kept
        self._creating = sorting.creatable()
        self._there = self._creating | self._kept.keys()

    def plan(self) -> Plan:
        changing = [*self._updates()]
        updates = [*changing, *self._waits({step.address: step.key for step in changing})]
        creates = self._creates({step.key for step in updates})
        deletes = ordered_deletes([*self._deletes()], updates, self._traits)
        milestones = self._milestones()
        steps = weighed([*updates, *creates, *deletes], self._traits, milestones)
        return Plan(steps, (*self._later_updates(), *self._later_creates()), milestones=milestones)

    # -- in this pass ---------------------------------------------------------------------------------------------

    def _updates(self) -> Iterator[Step]:
        for address, item in self._kept.items():
            want = self._wanted[address]
            changes = tuple(c for c in self._differences(item) if targets(want.spec[c.field]) <= self._there)
            if changes:
                upon = self._aims(want, changes) & self._creating
                # What it is to be pointed at may need more than to exist, as it did when it was made.
                after = {address for address in want.after if address in self._creating} if upon else set()
                yield Step(
                    Op.UPDATE, address, item.kind, _differs(changes), want, item, changes,
                    upon=frozenset(step_key(Op.CREATE, target) for target in upon),
                    after=frozenset(step_key(Op.CREATE, target) for target in after), settle=self._settle(want),
                )  # fmt: skip

    def _waits(self, changing: Mapping[str, str]) -> Iterator[Step]:
        """`changing`: keys of the updates, by address; where one fails, waiting would be in vain."""
        for address, item in self._kept.items():
            want = self._wanted[address]
            settle = self._settle(want)
            if item.state is State.PENDING and settle is not None:
                settle |= {changing[address]} if address in changing else set()
                yield Step(
                    Op.WAIT,
                    address,
                    item.kind,
                    Phrase("is {status}", status=item.status or "pending"),
                    want,
                    item,
                    settle=settle,
                )

    def _settle(self, want: Want) -> frozenset[str] | None:
        """Keys of the steps without which it will not work; None where a later pass must bring that about."""
        if not set(want.works_with) <= self._there:
            return None
        pending = {address for address, item in self._kept.items() if item.state is State.PENDING}
        return frozenset(
            step_key(op, address)
            for address in want.works_with
            for op, among in ((Op.CREATE, self._creating), (Op.WAIT, pending))
            if address in among
        )

    def _creates(self, others: set[str]) -> Iterator[Step]:
        keys = others | {step_key(Op.CREATE, address) for address in self._creating}
        for want in self._sorting.wants:
            if want.address in self._creating:
                upon = {step_key(Op.CREATE, target) for target in targets(want.spec)} & keys
                after = {step_key(op, address) for address in want.after for op in Op} & keys
                yield Step(
                    Op.CREATE, want.address, want.kind, Phrase('does not exist'), want,
                    upon=frozenset(upon), after=frozenset(after), awaits=want.awaits, settle=self._settle(want),
                )  # fmt: skip

    def _milestones(self) -> dict[str, frozenset[str]]:
        """What exists already is no part of a milestone, nor what this pass cannot create: neither delays anything."""
        wants = [want for want in self._sorting.wants if want.address in self._creating]
        keys: dict[str, set[str]] = {name: set() for want in wants for name in want.awaits}
        for want in wants:
            for name in keys.keys() & set(want.milestones):
                keys[name].add(step_key(Op.CREATE, want.address))
        return {name: frozenset(creates) for name, creates in keys.items()}

    def _deletes(self) -> Iterator[Step]:
        doomed, replaced, along = self._sorting.doomed, self._sorting.replaced(), self._sorting.taken_along()
        for key, doom in doomed.items():
            address = doom.seen.address
            yield Step(
                Op.DELETE, address, doom.seen.kind, doom.why, self._wanted.get(address), doom.seen, doom.changes,
                replaces=replaced.get(address) == key,
                hangs_on=doomed[doom.cause].seen.address if doom.cause else "",
                takes_along=tuple(along.get(key, ())),
            )  # fmt: skip

    # -- in a later one -------------------------------------------------------------------------------------------

    def _later_updates(self) -> Iterator[Step]:
        for address, item in self._kept.items():
            want = self._wanted[address]
            changes = tuple(c for c in self._differences(item) if not targets(want.spec[c.field]) <= self._there)
            if changes:
                why = _once(_differs(changes), self._aims(want, changes) - self._there)
                yield Step(Op.UPDATE, address, item.kind, why, want, item, changes)

    def _later_creates(self) -> Iterator[Step]:
        """Creations, but for those that are the other half of a replacement."""
        known = self._there | self._sorting.replaced().keys()
        for address, want in self._wanted.items():
            if address not in known:
                why = _once(Phrase("does not exist"), self._sorting.needs(address) - self._there)
                yield Step(Op.CREATE, address, want.kind, why, want)

    # -- what differs ---------------------------------------------------------------------------------------------

    def _differences(self, item: Seen) -> tuple[Change, ...]:
        return differences(self._wanted[item.address], item, self._kept)

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
