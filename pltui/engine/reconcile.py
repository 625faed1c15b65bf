"""observe -> plan -> run -> observe, until there is nothing left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from pltui.engine.cloud import Cloud
from pltui.engine.describe import describe, plain
from pltui.engine.errors import CloudError, DeniedError
from pltui.engine.feed import Feed
from pltui.engine.plan import Plan, make_plan
from pltui.engine.run import Result, Runner
from pltui.engine.types import Op, Phase, Seen, State, Step, Want
from pltui.engine.waiting import Stop

# A pass that changes nothing ends the run; this bounds the passes that do, such as a thing that fails each time it is
# made anew. The last one only looks.
MOST_PASSES = 10


@dataclass
class Outcome:
    """How a run ended. `message` is one plain sentence; `denied` says a permission was missing before any write."""

    ok: bool = False
    interrupted: bool = False
    denied: bool = False
    created: int = 0
    updated: int = 0
    deleted: int = 0
    failed: int = 0
    passes: int = 0
    seconds: float = 0.0
    message: str = ""
    problems: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # addresses that are not as wanted

    @property
    def writes(self) -> int:
        return self.created + self.updated + self.deleted

    def document(self) -> dict[str, Any]:
        return {
            "ok": self.ok, "interrupted": self.interrupted, "created": self.created, "updated": self.updated,
            "deleted": self.deleted, "failed": self.failed, "passes": self.passes,
            "seconds": round(self.seconds, 3), "message": self.message, "problems": self.problems, "left": self.left,
        }  # fmt: skip


class Reconciler:
    """One run towards `wants`.

    `names` are all wants of the lab, by which things are recognised also where less or nothing is wanted. `only`
    narrows the run to the kinds and addresses of `wants`: nothing else is looked at, nothing counts as extra, and
    nothing is created or deleted, as such wants say but what is to change. `told` is what the feed last heard of each
    address.
    """

    def __init__(
        self,
        cloud: Cloud,
        feed: Feed,
        wants: Sequence[Want],
        stop: Stop,
        *,
        patience: float,
        names: Sequence[Want] = (),
        only: bool = False,
        told: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        self._cloud, self._feed, self.wants, self._stop = cloud, feed, tuple(wants), stop
        self._patience = patience
        self._names = tuple(names) or self.wants
        self._kinds: Collection[str] | None = {want.kind for want in wants} if only else None
        self._told = {} if told is None else told
        self._wrote = False  # something was, or may have been
        self.seen: list[Seen] = []

    async def look(self) -> Plan:
        """Observe, tell what is new, and plan."""
        seen = await self._cloud.observe(self._names, self._kinds)
        if self._kinds is not None:
            addresses = {want.address for want in self.wants}
            seen = [item for item in seen if item.address in addresses]
        self.seen = seen
        self._tell_observed()
        plan = make_plan(self.wants, seen, self._cloud.traits)
        return plan if self._kinds is None else Plan(tuple(s for s in plan.steps if s.op in (Op.UPDATE, Op.WAIT)))

    async def converge(self) -> Outcome:
        """Run until the plan is empty, nothing moves any more, or a stop is asked for. Raises CloudError on a look."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        outcome = Outcome()
        while True:
            outcome.passes += 1
            plan = await self.look()
            outcome.left = sorted({step.address for step in plan.steps})
            if not plan.steps:
                outcome.ok, outcome.failed = True, 0
                outcome.problems.clear()
                break
            if self._stop or outcome.passes == MOST_PASSES:
                break
            self._tell_planned(plan)
            result = await Runner(self._cloud, self._feed, self._known(plan), self._stop, self._patience).run(plan)
            self._count(outcome, result)
            outcome.left = sorted({step.address for step in plan.steps} - {step.address for step in result.done})
            if result.interrupted or self._stop:
                break
            if not (result.done or result.unknown):
                break
        outcome.interrupted = not outcome.ok and bool(self._stop) and not self._stop.expired
        outcome.seconds = loop.time() - begun
        outcome.message = self._message(outcome)
        return outcome

    def _known(self, plan: Plan) -> dict[str, Seen]:
        doomed = {(step.address, step.seen.id) for step in plan.steps if step.op is Op.DELETE and step.seen}
        return {item.address: item for item in self.seen if (item.address, item.id) not in doomed}

    def _count(self, outcome: Outcome, result: Result) -> None:
        for step in result.done:
            outcome.created += step.op is Op.CREATE
            outcome.updated += step.op is Op.UPDATE
            outcome.deleted += step.op is Op.DELETE
        outcome.failed = len(result.failed)
        outcome.problems = [_problem(step, error) for step, error in (*result.failed, *result.unknown)]
        self._wrote |= bool(outcome.writes or result.unknown)
        outcome.denied = not self._wrote and any(isinstance(error, DeniedError) for _, error in result.failed)

    def _message(self, outcome: Outcome) -> str:
        counts = [
            f"{count} {word}"
            for count, word in (
                (outcome.created, "created"),
                (outcome.updated, "updated"),
                (outcome.deleted, "deleted"),
            )
            if count
        ]
        done = ", ".join(counts) or "nothing to change"
        if outcome.ok:
            return done
        why = self._stop.reason or (f"{outcome.failed} failed" if outcome.failed else "it does not settle")
        left = ", ".join(outcome.left[:8]) + (f" and {len(outcome.left) - 8} more" if len(outcome.left) > 8 else "")
        return f"{why}: {done}" + (f"; not as wanted yet: {left}" if left else "")

    # -- telling --------------------------------------------------------------------------------------------------

    def _tell_observed(self) -> None:
        """An event for each resource that is not as it was last told."""
        now = {want.address: _observed(None, want.kind, want.name) for want in self.wants}
        for item in self.seen:
            if item.address not in now or item.state is not State.DELETING or not now[item.address]["id"]:
                now[item.address] = _observed(item, item.kind, item.name)
        if self._kinds is None:
            now |= {address: _observed(None) for address in self._told.keys() - now.keys()}
        for address, detail in now.items():
            if self._told.get(address) != detail:
                self._told[address] = detail
                self._feed.emit(address, Phase.OBSERVED, detail)

    def _tell_planned(self, plan: Plan) -> None:
        for step in plan.steps:
            self._feed.emit(step.address, Phase.PLANNED, describe(step))


def _observed(item: Seen | None, kind: str = "", name: str = "") -> dict[str, Any]:
    """What OBSERVED tells of one resource, or of its absence."""
    if item is None:
        return {"kind": kind, "name": name, "id": "", "state": "absent", "status": "", "spec": {}}
    seen = {"id": item.id, "state": str(item.state), "status": item.status, "spec": plain(dict(item.spec))}
    return {"kind": kind, "name": name, **seen}


def _problem(step: Step, error: CloudError) -> str:
    action = f" ({error.action})" if error.action else ""
    code = f" {error.code}:" if error.code else ""
    hint = f"; {error.hint}" if error.hint else ""
    return f"{step.op} {step.address}{action}:{code} {error.message}{hint}"
