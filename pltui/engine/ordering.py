"""Which step comes before which, and how much hangs on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError

from pltui.engine.model import Observed, Op, Step, Traits
from pltui.engine.references import mentioned


class DeleteOrder:
    """Each deletion comes after all that was seen to refer to its resource: deletions, and updates that let go of it.

    What dies with its parent comes within the parent's deletion, unless it holds something that holds that parent.
    `before`: key of a deletion -> the keys that come before it. `parents`: -> the deletion that takes it along.
    """

    def __init__(
        self,
        deletions: Mapping[str, Observed],
        ends: Mapping[str, str],
        updates: Iterable[Step],
        traits: Mapping[str, Traits],
    ) -> None:
        """`ends`: identity -> the key of the deletion that ends it."""
        holding = {step.key: step.observed for step in updates if step.op is Op.UPDATE and step.observed}
        self._holds = {
            key: {ends[s] for s in mentioned(item, traits[item.kind], blocking=True) if s in ends and ends[s] != key}
            for items in (deletions, holding)
            for key, item in items.items()
        }
        self.parents = {key: _parent(item, ends, traits) for key, item in deletions.items()}
        self._holders: dict[str, list[str]] = {}
        for holder, held in self._holds.items():
            for target in held:
                self._holders.setdefault(target, []).append(holder)
        self.before = {key: self._first(key) for key in deletions}
        self._break_circles()

    def _first(self, key: str) -> set[str]:
        """The deletions before it: its parent's, or else those of all that refer to it."""
        if parent := self.parents[key]:
            return {parent}
        return {holder for holder in self._holders.get(key, ()) if self.parents.get(holder) != key}

    def _break_circles(self) -> None:
        """Take apart every circle of keys each of which comes before the next.

        The child in it that is nearest to the place where it closes is deleted by itself, not by its parent. Where
        there is none, they hold each other: whether one lets go, the cloud says.

        One walk in depth, which goes back no farther than to that child. It begins with the parents, as circles through
        many children meet in their parent, and takes keys in order, so that equal worlds have equal plans.
        """
        done: set[str] = set()
        for start in (*filter(None, self.parents.values()), *self.before):
            if start not in done:
                self._walk(start, done)

    def _walk(self, start: str, done: set[str]) -> None:
        path = {start: self._onward(start)}  # key -> the keys before it that are not visited yet
        while path:
            key, onward = next(reversed(path.items()))
            following = onward.pop() if onward else None
            if following is None:
                path.popitem()
                done.add(key)
            elif following in path:
                self._open(path, following)
            elif following not in done:
                path[following] = self._onward(following)

    def _onward(self, key: str) -> list[str]:
        return sorted(self.before.get(key, ()), reverse=True)

    def _open(self, path: dict[str, list[str]], end: str) -> None:
        """Open the circle that leads from `end` along `path` and back to `end`.

        A child in it comes to be deleted by itself, and before its parent where it holds that.
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
        self.before[key] = self._first(key)
        path[key] = self._onward(key)
        if parent and not self.parents[parent] and parent in self._holds[key]:
            self.before[parent].add(key)
            if parent in path:
                path[parent].append(key)


def _parent(item: Observed, keys: Mapping[str, str], traits: Mapping[str, Traits]) -> str | None:
    """The key of the deletion that takes `item` along."""
    name = traits[item.kind].parent_field
    return keys.get(str(item.spec.get(name))) if name else None


def weighed(
    steps: list[Step], traits: Mapping[str, Traits], milestones: Mapping[str, frozenset[str]]
) -> tuple[Step, ...]:
    """Each with the number of calls on the longest way from it to the end; what must settle is looked at as well.

    A milestone is a node of its own, without a call: its members and those who await it need no edges between them.
    Changes `steps`. Raises CycleError.
    """
    numbers = {key: n for n, key in enumerate((*(step.key for step in steps), *milestones))}
    calls = [*(1 + traits[step.kind].eventually_ready for step in steps), *([0] * len(milestones))]
    needs = [
        [numbers[key] for among in (step.requires_created, step.after, step.awaits) for key in among] for step in steps
    ]
    needs += [[numbers[key] for key in members] for members in milestones.values()]
    weights, dependants = [0] * len(numbers), [0] * len(numbers)  # `dependants`: how many of them are not visited yet
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
