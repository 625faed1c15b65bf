"""Counts of a run, and its steps that have written and not come to their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pltui.engine.events import StepDone
from pltui.engine.feed import Feed
from pltui.engine.model import Observed, Op, State, Step
from pltui.engine.outcome import Outcome
from pltui.engine.plan import Plan
from pltui.engine.result import Result


class RunProgress:
    """Counts each create, update and deletion of a run once, in the pass or observation that shows its end."""

    def __init__(self, outcome: Outcome, feed: Feed) -> None:
        self._outcome, self._feed = outcome, feed
        self._unfinished: dict[str, Step] = {}  # by key

    @property
    def unfinished(self) -> set[str]:
        """Addresses of the steps that have written and not come to their end."""
        return {step.address for step in self._unfinished.values()}

    def add(self, result: Result, written: Mapping[str, Step]) -> None:
        """Count the steps of a pass. `written`: by key, its steps that wrote."""
        done = {step.key for step in result.done}
        unknown = {step.key for step, _ in result.unknown}
        for step in result.done:
            self._count(step.op)
        self._review(result)
        begun = {step.key: step for step in result.made}
        begun |= {key: step for key, step in written.items() if key not in unknown}
        self._unfinished |= {key: step for key, step in begun.items() if key not in done}
        self._sum_up()

    def finish_ready(self, plan: Plan, observed: Sequence[Observed]) -> None:
        """Count and report steps as done that an earlier pass left unfinished and that `observed` shows complete."""
        unseen = {one.kind for one in plan.unreadable}
        open_ = {step.address for step in (*plan.steps, *plan.later, *plan.mismatches)}
        working = {item.address: item for item in observed if item.state is State.READY}
        ids = {item.id for item in observed}
        for step in [*self._unfinished.values()]:
            item = working.get(step.address)
            if step.kind in unseen:
                continue
            if step.op is Op.DELETE and step.observed and step.observed.id not in ids:
                self._announce(step, None)
            elif step.op is not Op.DELETE and item and step.address not in open_:
                self._announce(step, item)

    def _announce(self, step: Step, observed: Observed | None) -> None:
        self._feed.emit(step.address, StepDone.of(step, observed))
        self._finish(step.key)

    def _review(self, result: Result) -> None:
        """Count steps that earlier passes left unfinished and that this pass has ended or started again."""
        again = {step.key for step in (*result.done, *result.made)} | result.written.keys()
        ended = {step.address for step in result.done if step.op in (Op.WAIT, Op.UPDATE)}
        for key, step in [*self._unfinished.items()]:
            if key in again and step.op is not Op.CREATE:
                del self._unfinished[key]  # this pass counts it
            elif key in again or (step.address in ended and step.op is not Op.DELETE):
                self._finish(key)

    def _finish(self, key: str) -> None:
        """Count an unfinished step as done: its resource is as desired, or gone again."""
        self._count(self._unfinished.pop(key).op)
        self._sum_up()

    def _count(self, op: Op) -> None:
        self._outcome.created += op is Op.CREATE
        self._outcome.updated += op is Op.UPDATE
        self._outcome.deleted += op is Op.DELETE

    def _sum_up(self) -> None:
        creates = sum(step.op is Op.CREATE for step in self._unfinished.values())
        self._outcome.unfinished, self._outcome.begun = creates, len(self._unfinished) - creates
