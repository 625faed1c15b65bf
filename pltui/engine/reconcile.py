"""The reconciliation loop: observe, plan, run, until there is nothing left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

from pltui.engine.attempts import Attempts
from pltui.engine.claims import ADOPT_HINT, describe_claim, describe_never
from pltui.engine.cloud import Cloud
from pltui.engine.errors import (
    ClaimedError,
    DeniedError,
    InterruptedRunError,
    NotYetError,
    OutcomeUnknownError,
    UnreachedError,
)
from pltui.engine.events import ResourceObserved, StepFailed, StepPlanned
from pltui.engine.executor import Runner
from pltui.engine.feed import Feed
from pltui.engine.lease import Lease
from pltui.engine.model import Desired, Observation, Observed, Op, State, Step, Unreadable
from pltui.engine.outcome import Outcome
from pltui.engine.plan import Plan, make_plan
from pltui.engine.polling import CancellationToken, failure_status, pause_after
from pltui.engine.problems import (
    Problem,
    describe_problems,
    describe_unreadable,
    is_connection_failure,
    lost_endpoint,
    mismatch_error,
)
from pltui.engine.progress import RunProgress
from pltui.engine.result import AccountRefusal, NeverReadyError, Result
from pltui.i18n import Phrase

__all__ = ["STALE_READ_WINDOW", "Outcome", "Reconciler"]

# A pass that changes nothing ends the run; this bounds the passes that do, for example if a resource fails each time it
# is created. The last pass only observes.
MOST_PASSES = 10
# Fraction of the patience during which an unchanged read after a write counts as stale (EC2 API reference, "Eventual
# consistency").
STALE_READ_WINDOW = 1 / 20
# Fraction of the patience for which a pass may only wait before the lab is observed again: the dependencies of the
# waits may have been changed by others. Doubled each further time.
IDLE = 1 / 5


class Reconciler:
    """One run towards `all_desired`.

    `names` are all desired resources of the lab, by which objects are recognised even if fewer are desired. `only`
    narrows the run to the kinds and addresses of `all_desired`: nothing else is observed, nothing counts as extra, and
    nothing is created or deleted, because such resources list only fields to change. `told` has the last event of each
    address. `adopt` adopts foreign objects with the name of a desired resource. `lease` is taken before the first
    write; the caller releases it. `review` receives each plan before it is executed, and True for the first; its
    exception ends the run. `attempts` may include those of earlier runs. `say` receives messages about the run as a
    whole.
    """

    def __init__(
        self,
        cloud: Cloud,
        feed: Feed,
        all_desired: Sequence[Desired],
        stop: CancellationToken,
        *,
        patience: float,
        names: Sequence[Desired] = (),
        only: bool = False,
        told: dict[str, ResourceObserved] | None = None,
        adopt: bool = False,
        lease: Lease | None = None,
        review: Callable[[Plan, bool], None] | None = None,
        attempts: Attempts | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._cloud, self._feed, self.all_desired, self._stop = cloud, feed, tuple(all_desired), stop
        self._patience, self._adopt, self._lease, self._review = patience, adopt, lease, review
        self._names = tuple(names) or self.all_desired
        self._kinds: Collection[str] | None = {desired.kind for desired in all_desired} if only else None
        self._told = {} if told is None else told
        self._attempts, self._say = attempts or Attempts(), say
        self._waiting: dict[str, str] = {}  # by address: the status of each wait at the end of the last pass
        self._failing = ""  # the reason for which the present observation is repeated
        self._refusal: AccountRefusal | None = None  # no create is started after it
        self._lately: dict[str, tuple[Step, float]] = {}  # key -> step done, or possibly done, and its time
        self._problems: list[Problem] = []  # failures of the last pass
        self.unreached = False  # True if steps failed because the endpoint went away
        self._made: set[str] = set()  # ids created by this run
        self.settled = True  # True if all writes are known to be visible
        self.looked = False  # True if `observed` and `unreadable` are valid
        self.unsure: dict[str, Desired] = {}  # by address: possibly created, and not observed since
        self.observed: list[Observed] = []
        self.unreadable: tuple[Unreadable, ...] = ()  # types that the last observation could not read
        self.outcome = Outcome()
        self._progress = RunProgress(self.outcome, feed)

    async def look(self) -> Plan:
        """Observe, report changes, and plan.

        Raises:
            ClaimedError: If a foreign object has the place of a desired resource.
        """
        observation = await self._observe_with_retries()
        observed, self.unreadable = observation.observed, observation.unreadable
        if self._kinds is not None:
            addresses = {desired.address for desired in self.all_desired}
            observed = [item for item in observed if item.address in addresses]
        claimed = self._claimed_objects(observed)
        self.observed, self.looked = [item for item in observed if not item.foreign], True
        self._tell_observed()
        plan = self._make_plan([*self.observed, *claimed])
        self._refuse_claims(claimed, [item for item in observed if item.foreign], plan)
        self.observed += claimed
        if self._kinds is None:
            return plan
        return Plan(tuple(s for s in plan.steps if s.op in (Op.UPDATE, Op.WAIT)), unreadable=plan.unreadable)

    def _make_plan(self, observed: Sequence[Observed]) -> Plan:
        made = self._made | self._attempts.mismatched
        return make_plan(self.all_desired, observed, self._cloud.traits, made=made, unreadable=self.unreadable)

    def _refuse_claims(self, claimed: Sequence[Observed], foreign: Sequence[Observed], plan: Plan) -> None:
        """Raise ClaimedError for foreign objects that cannot be adopted, and without `adopt` for those that can."""
        replaced = {step.address for step in plan.steps if step.replaces}
        deletes = [step for step in plan.steps if step.op is Op.DELETE and step.observed and step.observed.foreign]
        never = [describe_never(step) for step in deletes if step.observed and not self._parent_id(step.observed)]
        never += [describe_claim(item) for item in foreign if item not in claimed and item.address in replaced]
        if never:
            raise ClaimedError(never, Phrase("delete or rename it, or give this lab's another name"))
        if claimed and not self._adopt:
            raise ClaimedError([describe_claim(item) for item in claimed if not self._parent_id(item)], ADOPT_HINT)

    async def _observe_with_retries(self) -> Observation:
        """Observe everything; repeat after an error that may pass.

        A listed object may be missing because it was just being deleted. After a write, an observation is repeated for
        as long as a wait tolerates failing reads.
        """
        loop = asyncio.get_running_loop()
        begun, said = loop.time(), ""
        while True:
            try:
                return await self._stop.unless(
                    self._cloud.observe(
                        self._names, self._kinds, creating=bool(self.all_desired) and self._kinds is None
                    )
                )
            except (NotYetError, OutcomeUnknownError) as error:
                waited = loop.time() - begun
                bears = self.outcome.wrote or (isinstance(error, NotYetError) and self._is_fresh(waited))
                if not bears or waited >= self._patience:
                    raise
                self._failing = failure_status(error)
                if self.outcome.wrote and error.message != said:
                    said = error.message
                    self._say(self._failing)
                await self._stop.sleep(pause_after(waited))

    def _is_fresh(self, seconds: float) -> bool:
        """Return True if a read may still be stale so many seconds after a write."""
        return seconds < self._patience * STALE_READ_WINDOW

    def _claimed_objects(self, observed: Sequence[Observed]) -> list[Observed]:
        """Return foreign objects in the place of missing desired resources, with their children."""
        free = {desired.address for desired in self.all_desired} - {
            item.address for item in observed if not item.foreign
        }
        roots = [item for item in observed if item.foreign and not self._parent_id(item) and item.address in free]
        parents = {item.id for item in roots}
        return roots + [item for item in observed if item.foreign and self._parent_id(item) in parents]

    def _parent_id(self, item: Observed) -> str:
        """Return the id of the parent with which it is deleted."""
        name = self._cloud.traits[item.kind].parent_field
        return str(item.spec.get(name, "")) if name else ""

    async def converge(self) -> Outcome:
        """Run until the plan is empty, nothing changes any more, or a stop is requested.

        Raises:
            CloudError: If an observation fails.
            LockedError: If another run is changing the lab.
            NotApproved: If `review` rejects a plan.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        outcome, why = self.outcome, ""
        try:
            await self._run_passes(outcome)
        except InterruptedRunError:
            self._note_waiting()
        except Exception as error:
            why = error.args[0] if error.args else ""
            if isinstance(error, UnreachedError):  # covers the steps that failed for the same reason
                outcome.problems = describe_problems(
                    [one for one in self._problems if not is_connection_failure(one[1])]
                )
            raise
        finally:
            outcome.interrupted = not outcome.ok and self._stop.asked
            outcome.seconds = loop.time() - begun
            outcome.message = outcome.sentence(why or self._stop.reason)
        return outcome

    async def _run_passes(self, outcome: Outcome) -> None:
        stuck: tuple[object, ...] | None = None
        pauses = 0  # passes that ended because steps only waited
        while True:
            plan = await self._fresh_look()
            self._failing = ""
            if self._review:
                self._review(plan, outcome.passes == 0)
            if await self._must_take(plan):
                continue  # the observation may show another run's unfinished work
            outcome.passes += 1
            self._progress.finish_ready(plan, self.observed)
            outcome.left = sorted({step.address for step in (*plan.steps, *plan.mismatches)} | {*plan.withheld})
            if not plan.steps:
                outcome.ok, outcome.failed = True, 0
                outcome.problems.clear()
                outcome.left = sorted({*outcome.left} | self._progress.unfinished)
                self._note_shortcomings(plan)
                return
            ends = self._is_refused(plan) or outcome.passes - pauses == MOST_PASSES or plan.fingerprint == stuck
            if self._stop or ends:
                self._note_waiting()
                self._note_shortcomings(plan)
                return
            for step in plan.steps:
                self._feed.emit(step.address, StepPlanned.of(step))
            self.settled = False
            created = self._lease.note_create if self._lease else lambda: None
            runner = Runner(
                self._cloud,
                self._feed,
                self._remaining_resources(plan),
                self._stop,
                self._patience,
                given_up=self._attempts.given_up(),
                created=created,
                idle_s=self._patience * IDLE * 2**pauses,
            )
            result = await runner.run(plan)
            pauses += result.paused
            self._waiting = {step.address: status for step, status in result.waiting}
            self._note_what_stands(plan, runner, result)
            self._made |= {
                runner.existing_resources[step.address].id
                for step in result.made
                if step.address in runner.existing_resources
            }
            self._count_result(outcome, result)
            outcome.left = sorted({step.address for step in plan.steps} - {step.address for step in result.done})
            if result.interrupted or self._stop:
                self._note_waiting()
                return
            # A plan without progress is not retried unless the state has changed.
            moved = result.done or result.made or result.written or result.unknown or result.paused
            stuck = None if moved else plan.fingerprint

    def _note_waiting(self) -> None:
        """Add what a run that was not asked to stop was waiting for to its problems."""
        if not self._stop.asked:
            waiting = {address: status for address, status in self._waiting.items() if address in self.outcome.left}
            self.outcome.problems += [f"{address}: {status}" for address, status in waiting.items()]
            self.outcome.problems += [self._failing] if self._failing else []

    def _is_refused(self, plan: Plan) -> bool:
        """Return True if the plan would create something, also after a deletion, but creates are no longer allowed."""
        creating = (step.op is Op.CREATE or step.replaces for step in (*plan.steps, *plan.later))
        return self._refusal is not None and any(creating)

    async def _must_take(self, plan: Plan) -> bool:
        """Take the lease when it is first needed; return True if another observation is needed under it.

        The last writes of a run that ended without releasing it are given time to become visible, even if there seems
        to be nothing to do.
        """
        lease = self._lease
        if lease is None or lease.is_holder:
            return False
        if not plan.changes and not await lease.left_behind():
            return False
        if before := await lease.acquire():
            await self._stop.sleep(max(0.0, self._patience * STALE_READ_WINDOW - before.quiet))
        creates = (step for step in plan.steps if step.op is Op.CREATE)
        unguarded = any(self._cloud.traits[step.kind].unguarded for step in creates)
        return not lease.covers(self._cloud.observation_start, creating=unguarded)

    async def _fresh_look(self) -> Plan:
        """Observe until recent writes are visible, or until they should be, so that they count as undone.

        Otherwise existing resources would be created a second time.
        """
        begun = asyncio.get_running_loop().time()
        while True:
            plan = await self.look()
            now = asyncio.get_running_loop().time()
            echoes = [step for step in plan.steps if self._is_stale_read(step, now)]
            if not plan.steps:  # with nothing else to do, wait for the value to become visible
                echoes = [step for step in plan.mismatches if self._is_recent(step, now)]
            if not echoes:
                self.settled = True
                self.unsure.clear()
                self.outcome.unknown = 0
                return plan
            await self._stop.sleep(pause_after(now - begun))

    def _is_stale_read(self, step: Step, now: float) -> bool:
        """Return True if the step was done, or possibly done, too recently to be visible."""
        done, at = self._lately.get(step.key, (None, 0.0))
        return done is not None and now - at < self._patience * STALE_READ_WINDOW and step.changes == done.changes

    def _is_recent(self, step: Step, now: float) -> bool:
        """Return True if the step was done too recently to be visible everywhere."""
        return step.key in self._lately and now - self._lately[step.key][1] < self._patience * STALE_READ_WINDOW

    def _remaining_resources(self, plan: Plan) -> dict[str, Observed]:
        deletions = {(step.address, step.observed.id) for step in plan.steps if step.op is Op.DELETE and step.observed}
        return {item.address: item for item in self.observed if (item.address, item.id) not in deletions}

    def _note_what_stands(self, plan: Plan, runner: Runner, result: Result) -> None:
        """Keep the resources known from the calls' answers until the next successful observation."""
        deletions = {step.key: step.observed for step in plan.steps if step.op is Op.DELETE and step.observed}
        gone = {step.key for step in result.done}
        self.observed = [
            *runner.existing_resources.values(),
            *(item for key, item in deletions.items() if key not in gone),
        ]

    def _count_result(self, outcome: Outcome, result: Result) -> None:
        now = asyncio.get_running_loop().time()
        unknown = [step for step, _ in result.unknown if step.op is not Op.WAIT]
        written = result.written | {step.key: step for step in result.done if step.op is not Op.WAIT}
        self._lately |= {key: (step, now) for key, step in written.items()}
        outcome.wrote |= bool(written)
        self._progress.add(result, written)
        self.unsure |= {step.address: step.desired for step in unknown if step.op is Op.CREATE and step.desired}
        outcome.unknown = len(unknown)
        for step, _ in (*result.failed, *result.unknown):
            self._told.pop(step.address, None)  # the failure was its last event, so report its state again
        self._refusal = self._refusal or result.refusal
        existing = {step.key for step in result.made}
        for step, error in result.failed:
            if step.key in existing or isinstance(error, NeverReadyError):
                self._attempts.add_failure(step.address, error)
        outcome.failed = len(result.failed)
        self.unreached = lost_endpoint(result.failed)
        self._problems = [*result.failed, *result.unknown]
        outcome.problems = describe_problems(self._problems)
        if result.refusal:
            outcome.problems.append(str(result.refusal))
        outcome.denied = not outcome.wrote and any(isinstance(error, DeniedError) for _, error in result.failed)

    def _note_shortcomings(self, plan: Plan) -> None:
        """Record the problems that no further pass of this run would solve."""
        outcome = self.outcome
        mismatches = [(step, mismatch_error(step)) for step in plan.mismatches]
        for step, error in mismatches:
            self._told.pop(step.address, None)
            self._feed.emit(step.address, StepFailed.of(step, error))
        self._attempts.not_again(step.observed.id for step in plan.mismatches if step.observed)
        outcome.unreadable = plan.unreadable
        outcome.failed += len(mismatches)
        outcome.problems += [*describe_problems(mismatches), *describe_unreadable(plan.unreadable, plan.withheld)]
        outcome.ok = outcome.ok and not mismatches and not plan.unreadable
        outcome.denied = outcome.denied or (bool(plan.unreadable) and not outcome.wrote)
        if outcome.ok:
            self._attempts.forget()

    # -- telling --------------------------------------------------------------------------------------------------

    def _tell_observed(self) -> None:
        """Emit an event for each resource that differs from its last event."""
        denied = {one.kind: one.action for one in self.unreadable}
        now = {
            desired.address: ResourceObserved.missing(desired.kind, desired.name, denied=denied)
            for desired in self.all_desired
        }
        for item in self.observed:
            if item.address not in now or item.state is not State.DELETING or not now[item.address].id:
                now[item.address] = ResourceObserved.of(item)
        if self._kinds is None:
            for address in self._told.keys() - now.keys():
                kind = self._told[address].kind
                now[address] = ResourceObserved.missing(kind if kind in denied else "", denied=denied)
        for address, detail in now.items():
            if self._told.get(address) != detail:
                self._told[address] = detail
                self._feed.emit(address, detail)
