"""Executor of one plan: each step starts once its requirements are met, and a failure stops only its dependents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from pltui.engine.cloud import Cloud, admission, notice, urgency, written
from pltui.engine.errors import (
    CloudError,
    DeniedError,
    InterruptedRunError,
    NotYetError,
    OutcomeUnknownError,
    RefusedError,
)
from pltui.engine.events import Detail, StepBlocked, StepDone, StepFailed, StepStarted, StepUnknown, StepWaiting
from pltui.engine.feed import Feed
from pltui.engine.idle_timer import IdleTimer
from pltui.engine.model import Milestone, Observed, Op, State, Step
from pltui.engine.plan import Plan
from pltui.engine.polling import CancellationToken, Poller, pause_after, read_exception
from pltui.engine.references import UnresolvedError, resolve
from pltui.engine.result import AccountRefusal, NeverReadyError, Result
from pltui.i18n import Phrase
from pltui.text import clean

REPORT = Phrase("this is a bug in pltui: please report it")


class _LaterError(Exception):
    """The resource exists, but completing it is not possible now: the next observation finds it."""


class _PausedError(Exception):
    """The pass has ended while this step was waiting: the next pass continues the wait."""


class _BlockedError(Exception):
    """The resource exists, but a dependency that it needs to work has failed, so waiting is useless."""

    def __init__(self, keys: Collection[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


class _RefusedBeforeError(Exception):
    """Not created, because of an earlier rejection that concerns the whole account."""


class Runner:
    """Executes a plan once.

    `known` maps addresses to existing resources; `patience` is the number of seconds to retry rejections that may pass.
    `given_up`: addresses that are not created or updated again in this run, with the reason. `created` is called for
    each unguarded create (`Traits.unguarded`). After `idle_s` seconds in which steps have only waited, the pass ends:
    the objects of the waits may have been changed since the observation.
    """

    def __init__(
        self,
        cloud: Cloud,
        feed: Feed,
        known: Mapping[str, Observed],
        stop: CancellationToken,
        patience: float,
        *,
        given_up: Mapping[str, CloudError] = MappingProxyType({}),
        created: Callable[[], None] = lambda: None,
        idle_s: float,
    ) -> None:
        self._created = created
        self._idle = IdleTimer(idle_s, self._end_waits)
        self._cloud, self._feed, self._stop, self._patience = cloud, feed, stop, patience
        self._given_up = given_up
        self._known = dict(known)
        self._sent: dict[str, list[asyncio.Future[bool]]] = {}  # started creates by type
        self._watcher = Poller(cloud, stop, patience, lambda kind: self._sent.get(kind, ()))
        self._result = Result()
        self._steps: dict[str, Step] = {}
        self._made: dict[str, asyncio.Future[bool]] = {}
        self._accepted: dict[str, asyncio.Future[bool]] = {}
        self._done: dict[str, asyncio.Future[bool]] = {}
        self._milestones: dict[str, asyncio.Task[list[str]]] = {}  # keys of the steps that each lacks in the end
        self._early: dict[str, asyncio.Task[Observed]] = {}  # waits started before the create was completed
        self._statuses: dict[str, str] = {}  # key of a waiting step -> last status

    async def run(self, plan: Plan) -> Result:
        """Execute all steps; return their outcome. Never raises a step's error."""
        loop = asyncio.get_running_loop()
        self._steps = {step.key: step for step in plan.steps}
        self._made = {key: loop.create_future() for key in self._steps}
        self._accepted = {key: loop.create_future() for key in self._steps}
        self._done = {key: loop.create_future() for key in self._steps}
        self._milestones = {
            name: asyncio.create_task(self._wait_for_milestone(milestone))
            for name, milestone in plan.milestones.items()
        }
        self._idle.restart()
        try:
            await asyncio.gather(*(self._run_step(step) for step in plan.steps))
        finally:
            self._idle.stop()
        return self._result

    def _end_waits(self) -> None:
        """End every wait, because steps have only waited for long."""
        self._result.paused = True
        self._watcher.end(_PausedError())

    @property
    def existing_resources(self) -> Mapping[str, Observed]:
        """Existing resources by address, except those to be deleted, as known from the calls' answers."""
        return self._known

    async def _wait_for_milestone(self, milestone: Milestone) -> list[str]:
        """Wait for all its steps; return the failed creates, and the completions that were not fully accepted."""
        missed = [key for key in milestone.creates if not await self._made[key]]
        return missed + [key for key in milestone.completions if not await self._accepted[key]]

    async def _run_step(self, step: Step) -> None:
        """Run one step from start to end; its futures are always resolved."""
        succeeded = False
        written.set(lambda: self._note_write(step))
        urgency.set(step.weight)
        notice.set(lambda text: self._emit_waiting(step, clean(text)))
        admission.set(lambda: self._check_refusal(step))
        try:
            if await self._may_start(step):
                await self._carry_out(step)
                self._result.done.append(step)
                succeeded = True
        except Exception as error:
            self._record_end(step, error)
        finally:
            if early := self._early.pop(step.key, None):
                early.cancel()
                early.add_done_callback(read_exception)
            self._idle.restart()
            for future in (self._made[step.key], self._accepted[step.key], self._done[step.key]):
                if not future.done():
                    future.set_result(succeeded)

    def _note_write(self, step: Step) -> None:
        self._result.written[step.key] = step

    def _record_end(self, step: Step, error: Exception) -> None:
        """Record and report the reason why a step was not completed."""
        if not isinstance(error, RefusedError) and self._made[step.key].done() and not self._accepted[step.key].done():
            self._accepted[step.key].set_result(True)  # the remaining calls were not rejected
        if isinstance(error, InterruptedRunError | _PausedError) and (status := self._statuses.get(step.key)):
            self._result.waiting.append((step, status))
        match error:
            case InterruptedRunError():
                self._result.interrupted = True
                self._report_incomplete(step)
            case _PausedError():
                pass
            case _BlockedError():
                self._report_blocked(step, error.keys)
            case _RefusedBeforeError():
                self._tell_refusal(step)
            case _LaterError():
                self._emit_waiting(step, clean(str(error)), self._known[step.address].id)
            case OutcomeUnknownError():
                self._result.unknown.append((step, error))
                self._note_create(step)
                self._note_refusal(step, error)
                self._emit(step, StepUnknown(step.op, step.kind, clean(error.message), error.action))
            case CloudError():
                self._report_failure(step, error)
            case _:  # a bug in one resource type must not stop the others
                self._report_failure(
                    step, CloudError(f"{type(error).__name__}: {error}", code="InternalError", hint=REPORT)
                )

    def _report_incomplete(self, step: Step) -> None:
        """Report a resource that was created but not completed."""
        if step.op is Op.CREATE and self._made[step.key].done() and step.address in self._known:
            observed = self._known[step.address]
            status = observed.status or Phrase("as it is")
            self._emit_waiting(
                step, Phrase("left {status}: {reason}", status=status, reason=self._stop.reason), observed.id
            )

    def _report_failure(self, step: Step, error: CloudError) -> None:
        self._result.failed.append((step, error))
        self._note_refusal(step, error)
        self._emit(step, StepFailed.of(step, error))

    def _note_refusal(self, step: Step, error: CloudError) -> None:
        if self._result.refusal is None and self._concerns_others(step, error):
            self._result.refusal = AccountRefusal(step, error)

    def _concerns_others(self, step: Step, error: CloudError) -> bool:
        """Return True if other creates would fail for the same reason.

        A call that completes a create needs a permission of its own, which other creates do not need. A permission for
        another action, such as iam:PassRole, they may need too.
        """
        if step.op is not Op.CREATE or step.address in self._given_up:
            return False
        own = isinstance(error, DeniedError) and error.needed in ("", error.action)
        return error.account_wide and not (own and self._made[step.key].done())

    async def _may_start(self, step: Step) -> bool:
        """Return True if the step may start: its requirements and those ordered before it are met.

        Report what is missing.
        """
        missing = [key for key in step.requires_created if not await self._made[key]]
        missing += [key for key in step.after if not await self._done[key]]
        missing += [key for name in step.awaits for key in await asyncio.shield(self._milestones[name])]
        if self._stop:
            raise InterruptedRunError(self._stop.reason)
        self._check_refusal(step)
        if missing:
            self._report_blocked(step, missing)
        return not missing

    def _check_refusal(self, step: Step) -> None:
        """Raise _RefusedBeforeError for a create that has not started; a started one is completed."""
        begun = self._made[step.key].done() or step.key in self._result.written
        if step.op is Op.CREATE and self._result.refusal and not begun:
            raise _RefusedBeforeError

    def _tell_refusal(self, step: Step) -> None:
        refusal = self._result.refusal
        assert refusal is not None
        self._result.blocked.append(step)
        self._emit(step, StepBlocked(step.op, step.kind, (refusal.step.address,), str(refusal)))

    def _report_blocked(self, step: Step, by: Collection[str]) -> None:
        if not self._result.interrupted and not self._result.paused:
            self._result.blocked.append(step)
            addresses = sorted({self._steps[key].address for key in by})
            self._emit(step, StepBlocked(step.op, step.kind, tuple(addresses)))

    async def _carry_out(self, step: Step) -> None:
        if step.within:
            self._emit(step, replace(StepDone.of(step, None), along_with=self._steps[step.within].address))
            return
        if step.op in (Op.CREATE, Op.UPDATE) and step.address in self._given_up:
            raise self._given_up[step.address]
        if step.op is not Op.WAIT:
            self._emit(step, StepStarted(step.op, step.kind))
        observed: Observed | None
        match step.op:
            case Op.CREATE:
                self._sent.setdefault(step.kind, []).append(self._made[step.key])
                observed = await self._wait_until_ready(step, await self._repeat_call(step))
            case Op.UPDATE:
                observed = await self._repeat_call(step)
                observed = await self._wait_until_ready(step, observed) if observed else step.observed
            case Op.WAIT:
                observed = await self._wait_until_ready(step, step.observed)
            case Op.DELETE:
                await self._repeat_call(step)
                await self._wait_for_removal(step)
                observed = None
        self._emit(step, StepDone.of(step, observed))

    # -- the calls ------------------------------------------------------------------------------------------------

    async def _repeat_call(self, step: Step) -> Observed | None:
        """Send the step's call; repeat it while it is rejected only because something else has not settled."""
        loop = asyncio.get_running_loop()
        begun, told = dict[str, float](), ""  # error code -> time of its first occurrence
        while True:
            try:
                with self._idle.call():
                    observed = await self._send_call(step)
                if not self._accepted[step.key].done():
                    self._accepted[step.key].set_result(True)
                return observed
            except NotYetError as error:
                waited = loop.time() - begun.setdefault(error.code, loop.time())
                applied = step.op is Op.UPDATE and step.key in self._result.written
                if applied or self._made[step.key].done():  # it must not be created a second time
                    raise _LaterError(error.message) from error
                if waited >= min(self._patience, error.lasts_s or self._patience):
                    raise
                if error.message != told:
                    told = error.message
                    self._emit_waiting(step, clean(told))
                await self._stop.sleep(pause_after(waited))

    async def _send_call(self, step: Step) -> Observed | None:
        if step.op is Op.DELETE:
            assert step.observed is not None
            if step.observed.state is not State.DELETING:
                await self._cloud.delete(step.observed)
            return None
        assert step.desired is not None
        try:
            spec = resolve({k: v for k, v in step.desired.spec.items() if self._must_resolve(step, k)}, self._known)
        except UnresolvedError as error:
            raise CloudError(Phrase("{address} does not exist", address=error.args[0])) from error
        desired = replace(step.desired, spec=spec)
        if step.op is Op.CREATE:
            # Few creates return all fields: until the next observation the requested values are assumed.
            def whole(observed: Observed) -> Observed:
                return replace(observed, spec={**spec, **observed.spec})

            made = await self._cloud.create(desired, lambda observed: self._note_existence(step, whole(observed)))
            return whole(made)
        assert step.observed is not None
        changes = [replace(change, after=spec[change.field]) for change in step.changes]
        return await self._cloud.update(desired, step.observed, changes)

    @staticmethod
    def _must_resolve(step: Step, name: str) -> bool:
        """Return True if the field must be resolved. An update's other fields may refer to missing resources."""
        return step.op is Op.CREATE or any(change.field == name for change in step.changes)

    def _note_create(self, step: Step) -> None:
        if step.op is Op.CREATE and self._cloud.traits[step.kind].unguarded:
            self._created()

    def _note_existence(self, step: Step, observed: Observed) -> None:
        """Record that others may refer to the resource; if it is pending, start waiting for it at once."""
        self._known[step.address] = observed
        if not self._made[step.key].done():
            self._made[step.key].set_result(True)
            self._result.made.append(step)
            self._note_create(step)
            if observed.state is State.PENDING and step.settle is not None:
                self._early[step.key] = asyncio.create_task(self._wait_until_settled(step, observed))

    async def _wait_until_ready(self, step: Step, observed: Observed | None) -> Observed:
        """Return `observed` once it works; raise CloudError if it never will."""
        assert observed is not None
        if step.op is Op.CREATE:
            self._note_existence(step, observed)
        if observed.state is State.PENDING and step.settle is None:
            return observed
        if observed.state is State.PENDING:
            observed = await (self._early.pop(step.key, None) or self._wait_until_settled(step, observed))
        if observed.state is not State.READY:
            raise NeverReadyError(
                Phrase("{address} is {status}", address=step.address, status=observed.status or observed.state),
                code=observed.status.partition(" (")[0],  # without the reason, which is in the message
                hint=observed.hint,
            )
        return observed

    async def _wait_until_settled(self, step: Step, observed: Observed) -> Observed:
        """Return `observed` once it is no longer pending."""
        self._report_waiting(step, observed)
        missing = [key for key in step.settle or () if not await self._done[key]]
        if self._stop:
            raise InterruptedRunError(self._stop.reason)
        if missing:
            raise _BlockedError(missing)

        def is_settled(now: Observed | None) -> bool:
            # A resource stalled before has just been changed, which may not be visible yet.
            return now is not None and (now.state is not State.PENDING or (now.stalled and not observed.stalled))

        now = await self._watcher.wait_until(observed, is_settled, lambda now: self._report_waiting(step, now))
        if now is None:
            raise CloudError(Phrase("{address} ({id}) has vanished", address=step.address, id=observed.id))
        if now.stalled:
            raise _LaterError(now.status)
        return now

    async def _wait_for_removal(self, step: Step) -> None:
        assert step.observed is not None
        if self._cloud.traits[step.kind].slow_delete or step.observed.state is State.DELETING:
            going = replace(step.observed, state=State.DELETING)
            await self._watcher.wait_until(going, lambda now: now is None, lambda now: self._report_waiting(step, now))

    # -- telling --------------------------------------------------------------------------------------------------

    def _report_waiting(self, step: Step, observed: Observed) -> None:
        """Report the status of a wait, unless it is the one reported last."""
        if self._statuses.get(step.key) == observed.status:
            return
        self._statuses[step.key] = observed.status
        self._emit_waiting(step, observed.status, observed.id)

    def _emit_waiting(self, step: Step, status: str, id_: str | None = None) -> None:
        self._emit(step, StepWaiting(step.op, step.kind, id_, status))

    def _emit(self, step: Step, detail: Detail) -> None:
        self._feed.emit(step.address, detail)
