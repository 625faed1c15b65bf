"""Order of steps, and the number of calls that depend on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError

from pltui.engine.model import Milestone, Observed, Op, Step, Traits
from pltui.engine.references import referenced_identities


class DeleteOrder:
    """Order of deletions: each comes after all deletions and releasing updates of resources that refer to it.

    A resource that is deleted with its parent is part of the parent's deletion, unless it blocks an object that blocks
    that parent. `before`: key of a deletion -> the keys that come before it. `parents`: key -> the deletion that
    includes it.
    """

    def __init__(
        self,
        deletions: Mapping[str, Observed],
        ends: Mapping[str, str],
        updates: Iterable[Step],
        traits: Mapping[str, Traits],
    ) -> None:
        """Compute the order. `ends`: identity -> key of the deletion that ends it."""
        holding = {step.key: step.observed for step in updates if step.op is Op.UPDATE and step.observed}
        self._holds = {
            key: {
                ends[s]
                for s in referenced_identities(item, traits[item.kind], blocking=True)
                if s in ends and ends[s] != key
            }
            for items in (deletions, holding)
            for key, item in items.items()
        }
        self.parents = {key: _parent_key(item, ends, traits) for key, item in deletions.items()}
        self._holders: dict[str, list[str]] = {}
        for holder, held in self._holds.items():
            for target in held:
                self._holders.setdefault(target, []).append(holder)
        self.before = {key: self._keys_before(key) for key in deletions}
        self._break_circles()

    def _keys_before(self, key: str) -> set[str]:
        """Return the keys before a deletion: its parent's, or else those of all that refer to it."""
        if parent := self.parents[key]:
            return {parent}
        return {holder for holder in self._holders.get(key, ()) if self.parents.get(holder) != key}

    def _break_circles(self) -> None:
        """Break every cycle of deletions.

        The child nearest to the end of the cycle is deleted by itself, not with its parent. Without a child, the
        resources block each other, and the cloud decides whether one is released.

        One depth-first walk, which backtracks no farther than to that child. It starts with the parents, because cycles
        through many children meet in their parent, and takes keys in order, so that equal states give equal plans.
        """
        done: set[str] = set()
        for start in (*filter(None, self.parents.values()), *self.before):
            if start not in done:
                self._break_cycles(start, done)

    def _break_cycles(self, start: str, done: set[str]) -> None:
        path = {start: self._next_keys(start)}  # key -> the unvisited keys before it
        while path:
            key, onward = next(reversed(path.items()))
            following = onward.pop() if onward else None
            if following is None:
                path.popitem()
                done.add(key)
            elif following in path:
                self._break_cycle(path, following)
            elif not self.before.get(following):
                done.add(following)
            elif following not in done:
                path[following] = self._next_keys(following)

    def _next_keys(self, key: str) -> list[str]:
        return sorted(self.before.get(key, ()), reverse=True)

    def _break_cycle(self, path: dict[str, list[str]], end: str) -> None:
        """Break the cycle that leads from `end` along `path` back to `end`.

        A child in it is then deleted by itself, and before its parent if it blocks that.
        """
        last = next(reversed(path))
        for key in reversed(path):
            if self.parents.get(key):
                break
            if key == end:
                self.before[last].discard(end)
                return
        while next(reversed(path)) != key:
            path.popitem()
        parent = self.parents[key]
        self.parents[key] = None
        self.before[key] = self._keys_before(key)
        path[key] = self._next_keys(key)
        if parent and not self.parents[parent] and parent in self._holds[key]:
            self.before[parent].add(key)
            if parent in path:
                path[parent].append(key)


def _parent_key(item: Observed, keys: Mapping[str, str], traits: Mapping[str, Traits]) -> str | None:
    """Return the key of the deletion that includes `item`."""
    name = traits[item.kind].parent_field
    return keys.get(str(item.spec.get(name))) if name else None


def add_weights(
    steps: list[Step], traits: Mapping[str, Traits], milestones: Mapping[str, Milestone]
) -> tuple[Step, ...]:
    """Return the steps with the number of calls on the longest chain that depends on each, observations included.

    A milestone is a node of its own without a call: its members and the steps that await it need no edges between them.
    Changes `steps`.

    Raises:
        CycleError: If steps wait for each other.
    """
    numbers = {key: n for n, key in enumerate((*(step.key for step in steps), *milestones))}
    calls = [*(1 + traits[step.kind].eventually_ready for step in steps), *([0] * len(milestones))]
    needs = [
        [numbers[key] for among in (step.requires_created, step.after, step.awaits) for key in among] for step in steps
    ]
    needs += [[numbers[key] for key in (*one.creates, *one.completions)] for one in milestones.values()]
    weights, dependants = [0] * len(numbers), [0] * len(numbers)  # `dependants`: number of unvisited ones
    for each in needs:
        for n in each:
            dependants[n] += 1
    ready = [n for n, number in enumerate(dependants) if not number]
    for n in ready:
        weight = weights[n] + calls[n]
        for need in needs[n]:
            weights[need] = max(weights[need], weight)
            dependants[need] -= 1
            if not dependants[need]:
                ready.append(need)
    if len(ready) < len(numbers):
        raise CycleError("steps wait for each other", [key for key, n in numbers.items() if dependants[n]])
    for n, step in enumerate(steps):
        if weights[n]:
            steps[n] = step.weighing(weights[n])
    return tuple(steps)
