"""Which step comes before which, and how much hangs on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from pltui.engine.references import mentioned
from pltui.engine.types import Op, Seen, Step, Traits


def ordered_deletes(deletes: Sequence[Step], updates: Sequence[Step], traits: Mapping[str, Traits]) -> list[Step]:
    """Each delete after what was seen to refer to its resource: other deletions, and updates that let go of it.

    What dies with its parent comes within the parent's deletion, unless it holds something that holds that parent.
    """
    doomed = {step.key: step.seen for step in deletes if step.seen}
    holders = doomed | {step.key: step.seen for step in updates if step.op is Op.UPDATE and step.seen}
    keys = {identity: key for key, item in doomed.items() for identity in item.identities}
    holds = {
        key: {keys[s] for s in mentioned(item, traits[item.kind], blocking=True) if s in keys} - {key}
        for key, item in holders.items()
    }
    parents = {key: _parent(item, keys, traits) for key, item in doomed.items()}
    after = _before_each(holds, parents)
    while circle := _circle(after):
        child = next((key for key in circle if parents.get(key)), None)
        if child:
            parents[child] = None
            after = _before_each(holds, parents)
        else:  # they hold each other: whether one lets go, the cloud says
            after[circle[1]].discard(circle[0])
    return [replace(step, after=frozenset(after[step.key]), within=parents[step.key]) for step in deletes]


def _before_each(holds: Mapping[str, set[str]], parents: Mapping[str, str | None]) -> dict[str, set[str]]:
    """Delete key -> the keys that come before it."""
    after: dict[str, set[str]] = {key: {parent} if parent else set() for key, parent in parents.items()}
    for holder, held in holds.items():
        for target in held:
            if target != parents.get(holder) and not parents[target]:
                after[target].add(holder)
    return after


def _parent(item: Seen, keys: Mapping[str, str], traits: Mapping[str, Traits]) -> str | None:
    """The key of the deletion that takes `item` along."""
    name = traits[item.kind].dies_with
    return keys.get(str(item.spec.get(name))) if name else None


def _circle(after: Mapping[str, set[str]]) -> list[str]:
    """Keys each of which comes before the next, and the last is the first; empty when there is an order."""
    try:
        TopologicalSorter(after).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def weighed(
    steps: Sequence[Step], traits: Mapping[str, Traits], milestones: Mapping[str, frozenset[str]]
) -> tuple[Step, ...]:
    """Each with the number of calls on the longest way from it to the end; what must settle is looked at as well.

    A milestone is a node of its own, without a call: its members and those who await it need no edges between them.
    """
    needs = {step.key: step.upon | step.after | frozenset(step.awaits) for step in steps} | dict(milestones)
    calls = {step.key: 1 + traits[step.kind].settles for step in steps} | dict.fromkeys(milestones, 0)
    weights = dict.fromkeys(needs, 0)
    for key in reversed([*TopologicalSorter(needs).static_order()]):
        for need in needs[key]:
            weights[need] = max(weights[need], weights[key] + calls[key])
    return tuple(replace(step, weight=weights[step.key]) for step in steps)
