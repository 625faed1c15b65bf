"""The planner, a pure function: takes desired and observed resources, returns ordered steps.

A replacement is a deletion: a resource that cannot be changed as desired is deleted, with everything that depends on
it, and the next pass creates. So a plan never contains a create and a delete of one address.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pltui.engine.classification import Classification
from pltui.engine.model import Change, Desired, Milestone, Observed, Op, State, Step, Traits, Unreadable, step_key
from pltui.engine.ordering import DeleteOrder, add_weights
from pltui.engine.references import targets
from pltui.engine.withholding import Withheld
from pltui.i18n import Phrase

DOES_NOT_EXIST = Phrase("does not exist")
NONE: frozenset[str] = frozenset()  # shared by the many steps without requirements


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps of one pass.

    `later` is for display: steps that must wait for a deletion, planned by the pass after it. `notes` is for display
    too: consequences for others, a sentence each. `milestones`: those that a step awaits, by name. `mismatches` are no
    steps: creates of this run after which a field that needs a replacement shows another value. `unreadable`: types
    that could not be read; `withheld`: addresses that may have to change, but do not for that reason.
    """

    steps: tuple[Step, ...]
    later: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    milestones: Mapping[str, Milestone] = field(default_factory=dict)
    mismatches: tuple[Step, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    withheld: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> tuple[tuple[str, str, tuple[Change, ...]], ...]:
        """The parts by which two plans are compared: keys, reasons and changes of the steps."""
        return tuple((step.key, step.why, step.changes) for step in self.steps)

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that write, or that force other deletions."""
        return tuple(step for step in self.steps if step.op is not Op.WAIT)


def make_plan(
    all_desired: Sequence[Desired],
    observed: Sequence[Observed],
    traits: Mapping[str, Traits],
    *,
    made: Collection[str] = (),
    unreadable: Sequence[Unreadable] = (),
) -> Plan:
    """Return the steps from `observed` to `all_desired`; none if everything exists and works.

    Later passes may add steps that had to wait. `made`: ids created by the run, which are not replaced again: a run
    replaces a resource once. `unreadable`: types of which nothing is known; changes that depend on them are left out.
    The order of `observed` does not matter.
    """
    with _without_garbage_collection():
        order = {desired.address: n for n, desired in enumerate(all_desired)}
        ordered = sorted(observed, key=lambda item: (order.get(item.address, len(order)), item.address, item.id))
        kinds = frozenset(one.kind for one in unreadable)
        return replace(
            _Planner(Classification(all_desired, ordered, traits, kinds, made)).plan(), unreadable=tuple(unreadable)
        )


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause garbage collection, which doubles the time of a large plan and finds no cycles in it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Planner:
    """Builds the steps of a classification."""

    def __init__(self, classification: Classification) -> None:
        self._classification, self._traits = classification, classification.traits
        self._wanted, self._kept = classification.wanted, classification.kept
        self._creating, self._there = classification.presence.creatable, classification.presence.there
        self._pending = {address for address, item in self._kept.items() if item.state is State.PENDING}
        self._updating: dict[str, tuple[Change, ...]] = {}  # the changes of this pass
        self._unmet: set[str] = set()  # addresses with changes left for a later pass
        self._divide_changes()
        self._create_keys = {address: step_key(Op.CREATE, address) for address in self._creating}
        self._other_keys: dict[str, list[str]] = {}  # address -> keys of the update and the wait there
        self._replaced = classification.replacements()

    def _divide_changes(self) -> None:
        """Separate the changes of this pass from later ones; creates that come after the latter are postponed."""
        while True:
            possible = {
                address: self._possible_changes(address, differing)
                for address, differing in self._differing_resources()
            }
            self._updating = {address: changes for address, changes in possible.items() if changes}
            self._unmet = {
                address for address, all_ in self._differing_resources() if len(possible[address]) < len(all_)
            }
            if not self._unmet:
                return
            early = [one for one in self._creating if not self._unmet.isdisjoint(self._wanted[one].after)]
            if not early:
                return
            self._classification.presence.remove(early)

    def plan(self) -> Plan:
        """Return the plan."""
        changing = [*self._update_steps()]
        updates = [*changing, *self._wait_steps({step.address: step.key for step in changing})]
        for step in updates:
            self._other_keys.setdefault(step.address, []).append(step.key)
        milestones = self._milestones(changing)
        deletes = [*self._delete_steps(updates)]
        withheld = Withheld(self._classification, deletes) if self._classification.unreadable else None
        if withheld:
            deletes = [step for step in deletes if step.key not in withheld.keys]
        steps = add_weights([*updates, *self._create_steps(), *deletes], self._traits, milestones)
        later = (*self._later_updates(), *self._later_creates())
        plan = Plan(steps, later, milestones=milestones, mismatches=tuple(self._mismatch_steps()))
        return self._drop_withheld_waits(plan, withheld) if withheld else plan

    def _mismatch_steps(self) -> Iterator[Step]:
        for address, changes in self._classification.mismatches.items():
            item = self._kept[address]
            yield Step(
                Op.CREATE,
                address,
                item.kind,
                _format_differences(changes),
                self._wanted[address],
                item,
                changes=changes,
            )

    def _drop_withheld_waits(self, plan: Plan, withheld: Withheld) -> Plan:
        """Return `plan` without later steps that would wait for something withheld."""
        addresses = {
            deletion.observed.address
            for key, deletion in self._classification.deletions.items()
            if key in withheld.keys
        }
        addresses |= withheld.addresses - self._classification.unknown
        later = tuple(step for step in plan.later if step.address not in withheld.addresses)
        return replace(plan, later=later, withheld=tuple(sorted(addresses)))

    # -- in this pass ---------------------------------------------------------------------------------------------

    def _update_steps(self) -> Iterator[Step]:
        for address, changes in self._updating.items():
            desired, item = self._wanted[address], self._kept[address]
            requires_created = self._aimed_addresses(desired, changes) & self._creating
            # The new target may have to meet the same requirements as for a create, not only exist.
            after = self._keys_of_creates(desired.after) if requires_created else NONE
            yield Step(
                Op.UPDATE, address, item.kind, _format_differences(changes), desired, item, changes=changes,
                requires_created=self._keys_of_creates(requires_created), after=after,
                settle=self._settle_keys(desired),
            )  # fmt: skip

    def _possible_changes(self, address: str, differing: Sequence[Change]) -> tuple[Change, ...]:
        """Return the changes whose new values can be resolved in this pass."""
        spec = self._wanted[address].spec
        return tuple(change for change in differing if targets(spec[change.field]) <= self._there)

    def _wait_steps(self, changing: Mapping[str, str]) -> Iterator[Step]:
        """Yield waits. `changing`: keys of the updates, by address; if one fails, its wait is pointless."""
        for address, item in self._kept.items():
            if address in self._pending and address not in self._unmet:
                desired = self._wanted[address]
                settle = self._settle_keys(desired)
                if settle is not None:
                    yield Step(
                        Op.WAIT,
                        address,
                        item.kind,
                        Phrase("is {status}", status=item.status or "pending"),
                        desired,
                        item,
                        settle=settle | {changing[address]} if address in changing else settle,
                    )

    def _settle_keys(self, desired: Desired) -> frozenset[str] | None:
        """Return the keys of the steps without which it will not work; None if a later pass is needed for that."""
        if not desired.works_with:
            return NONE
        if not self._there.issuperset(desired.works_with) or not self._unmet.isdisjoint(desired.works_with):
            return None
        waits = (step_key(Op.WAIT, address) for address in desired.works_with if address in self._pending)
        updates = (step_key(Op.UPDATE, address) for address in desired.works_with if address in self._updating)
        return self._keys_of_creates(desired.works_with).union(waits, updates)

    def _keys_of_creates(self, addresses: Iterable[str]) -> frozenset[str]:
        """Return the keys of the creates among `addresses`."""
        return frozenset([self._create_keys[address] for address in addresses if address in self._create_keys]) or NONE

    def _create_steps(self) -> Iterator[Step]:
        for desired in self._classification.all_desired:
            if desired.address in self._creating:
                after = self._keys_of_creates(desired.after) if desired.after else NONE
                if self._other_keys:
                    after = after.union(*(self._other_keys.get(address, ()) for address in desired.after))
                yield Step(
                    Op.CREATE, desired.address, desired.kind, DOES_NOT_EXIST, desired,
                    requires_created=self._keys_of_creates(self._classification.presence.references(desired.address)),
                    after=after, awaits=desired.awaits, settle=self._settle_keys(desired),
                )  # fmt: skip

    def _milestones(self, changing: Iterable[Step]) -> dict[str, Milestone]:
        """Return the awaited milestones, by name.

        Existing resources, and those not creatable in this pass, do not count, except that one left without an
        essential field completes its milestones by its update.
        """
        all_desired = [desired for desired in self._classification.all_desired if desired.address in self._creating]
        awaited = dict.fromkeys(name for desired in all_desired for name in desired.awaits)
        found = {name: Milestone([], []) for name in awaited}
        for desired in all_desired:
            key = self._create_keys[desired.address]
            for name in desired.milestones:
                if name in found:
                    found[name].creates.append(key)
            for name in desired.completes:
                if name in found:
                    found[name].completions.append(key)
        for step in changing:
            if any(change.field in self._traits[step.kind].essential for change in step.changes):
                for name in self._wanted[step.address].completes:
                    if name in found:
                        found[name].completions.append(step.key)
        return found

    def _delete_steps(self, updates: Sequence[Step]) -> Iterator[Step]:
        deletions, along = self._classification.deletions, self._classification.cascades()
        order = DeleteOrder(
            {key: deletion.observed for key, deletion in deletions.items()},
            self._classification.ends,
            updates,
            self._traits,
        )
        for key, deletion in deletions.items():
            address = deletion.observed.address
            yield Step(
                Op.DELETE, address, deletion.observed.kind, deletion.why, self._wanted.get(address), deletion.observed,
                changes=deletion.changes, after=frozenset(order.before[key]), within=order.parents[key],
                replaces=self._replaced.get(address) == key,
                hangs_on=deletions[deletion.cause].observed.address if deletion.cause else "",
                takes_along=tuple(along.get(key, ())),
            )  # fmt: skip

    # -- in a later pass ------------------------------------------------------------------------------------------

    def _later_updates(self) -> Iterator[Step]:
        for address, differing in self._differing_resources():
            desired, item = self._wanted[address], self._kept[address]
            changes = tuple(c for c in differing if not targets(desired.spec[c.field]) <= self._there)
            if changes:
                why = _add_requirement(
                    _format_differences(changes), self._aimed_addresses(desired, changes) - self._there
                )
                yield Step(Op.UPDATE, address, item.kind, why, desired, item, changes=changes)

    def _later_creates(self) -> Iterator[Step]:
        """Yield creates, except those that are the second half of a replacement."""
        for address, desired in self._wanted.items():
            if address not in self._there and address not in self._replaced:
                why = _add_requirement(DOES_NOT_EXIST, {*self._classification.presence.needs(address)} - self._there)
                yield Step(Op.CREATE, address, desired.kind, why, desired)

    # -- differences ----------------------------------------------------------------------------------------------

    def _differing_resources(self) -> Iterator[tuple[str, tuple[Change, ...]]]:
        """Yield address and differing fields of each kept resource that differs, in the order of `kept`."""
        changes = self._classification.changes
        return ((address, changes[address]) for address in self._kept if address in changes)

    @staticmethod
    def _aimed_addresses(desired: Desired, changes: Sequence[Change]) -> set[str]:
        """Return the addresses that the changed fields will refer to."""
        return {target for change in changes for target in targets(desired.spec[change.field])}


def _format_differences(changes: Sequence[Change]) -> str:
    return Phrase("differs: {fields}", fields=", ".join(change.field for change in changes))


def _add_requirement(why: str, missing: Collection[str]) -> str:
    """Return `why` with the requirement of a later step.

    That is other resources, or the end of the previous resource of its name.
    """
    if missing:
        return Phrase("{why}; waits for {missing}", why=why, missing=", ".join(sorted(missing)))
    return Phrase("{why}; waits until the resource of the same name is gone", why=why)
