"""Serialise observations and runs of a lab: one run at a time, under the lease, cancellable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pltui.aws.settings import Settings
from pltui.aws.user_errors import as_lab_error
from pltui.engine.attempts import Attempts
from pltui.engine.errors import ClaimedError, CloudError, InterruptedRunError, UnreachedError
from pltui.engine.events import ResourceObserved, RunFinished, RunMessage, RunStarted
from pltui.engine.feed import Feed
from pltui.engine.lease import Lease, Process
from pltui.engine.model import Desired, Observed, Unreadable
from pltui.engine.plan import Plan
from pltui.engine.polling import INTERRUPTED, CancellationToken
from pltui.engine.reconcile import Outcome, Reconciler
from pltui.errors import LabError, Refused
from pltui.i18n import Phrase
from pltui.lab.process_identity import LeaseOwner, ProcessIdentity
from pltui.spec.model import Spec

if TYPE_CHECKING:
    from pltui.aws.client import Aws
    from pltui.resources.registry import AwsCloud

# Seconds to retry an error that may pass: on AWS, interfaces outlive their owner by up to five minutes (ELBv2 and
# PrivateLink, as seen by practitioners). An emulator releases them at once, the sandbox in lab time.
PATIENCE, LEAST_PATIENCE = 300.0, 10.0

# Seconds between the takeover of a lease and the read that confirms it.
READ_BACK, LEAST_READ_BACK = 2.0, 1.0

# Maximum age in seconds of the observation on which a run starts to write (`Lease`): an observation takes two round
# trips, and several if a service is far away. Every holder keeps its lease for that time after a create, so it is
# shorter for an endpoint on this machine, where a lab is created within a second.
FRESH, LEAST_FRESH = 5.0, 0.5

T = TypeVar("T")
Review = Callable[[Plan, bool], None]


class Running:
    """Base of a lab: state of the last observation, and runs under the lease.

    Every method raises LabError; `feed` carries the events meanwhile.
    """

    def __init__(self, spec: Spec, settings: Settings, process: Process | None = None) -> None:
        self.spec, self.settings = spec, settings
        self.feed = Feed()
        self.all_desired: tuple[Desired, ...] = ()
        self.observed: list[Observed] = []
        self.unreadable: tuple[Unreadable, ...] = ()  # types that the last observation could not read
        self.unsure: tuple[Desired, ...] = ()  # possibly created by the last run, and not observed since
        self.looked = False  # True once the whole lab was observed: `observed`, `unreadable` and `unsure` are valid
        self.wrote = False  # True if a run wrote, or may have written
        self._aws: Aws | None = None
        self._cloud: AwsCloud | None = None
        self._patience = PATIENCE if settings.on_aws else LEAST_PATIENCE
        self._stop = CancellationToken()
        self._process = process or ProcessIdentity()
        self._running: tuple[CancellationToken, Lease] | None = None  # of the current run
        self._told: dict[str, ResourceObserved] = {}

    @property
    def client(self) -> Aws:
        """Client for AWS's API. Requires an open lab."""
        assert self._aws is not None, "open() comes first"
        return self._aws

    # -- stopping -------------------------------------------------------------------------------------------------

    @property
    def stopping(self) -> bool:
        """True if a stop was requested."""
        return self._stop.asked

    async def stopped_within(self, seconds: float) -> bool:
        """Sleep for `seconds`; return True if a stop was requested meanwhile."""
        self._renew_token()
        return await self._stopped_during(seconds)

    async def _stopped_during(self, seconds: float) -> bool:
        try:
            await self._stop.sleep(seconds)
        except InterruptedRunError:
            return True
        return False

    def stop(self, reason: str = INTERRUPTED) -> None:
        """Start no new call; the current run ends as interrupted."""
        self._renew_token()
        self._stop.set(reason)

    def resume(self) -> None:
        """Accept work again after a stop, for example to clean up."""
        self._stop = CancellationToken()

    def _renew_token(self) -> None:
        """Reset the token if a run was ended without a request, such as by its timeout: later work may proceed."""
        if self._stop and not self._stop.asked and self._running is None:
            self._stop = CancellationToken()

    async def read(self, reading: Awaitable[T]) -> T:
        """Await a read of AWS; a requested stop ends the wait at once.

        Raises:
            LabError: If the read fails or a stop is requested.
        """
        try:
            return await self._await_promptly(reading)
        except CloudError as error:
            raise as_lab_error(error) from error

    async def _await_promptly(self, reading: Awaitable[T]) -> T:
        """Await `reading`; raise LabError as soon as a stop is requested, because a read may be left unanswered."""
        self._renew_token()
        try:
            return await self._stop.unless(reading)
        except InterruptedRunError as stopped:
            raise LabError(str(stopped), code=130) from None

    async def _may_write(self) -> None:
        """Guard called before each write of a run. Raises InterruptedRunError."""
        if self._running is not None:
            stop, lease = self._running
            stop.check()
            await lease.check()

    def _may_still_write(self) -> bool:
        """Guard called on the thread that sends a write, which may have waited for its turn."""
        running = self._running
        return running is None or running[1].valid()

    def settling(self, seconds: float) -> float:
        """Return the time limit on this target, in seconds, for an effect that takes `seconds` on AWS."""
        return max(seconds * self._patience / PATIENCE, LEAST_PATIENCE)

    # -- looking and running ---------------------------------------------------------------------------------------

    async def _run(
        self,
        verb: str,
        all_desired: Sequence[Desired],
        *,
        only: bool = False,
        review: Review | None = None,
        attempts: Attempts | None = None,
    ) -> Outcome:
        if self.settings.read_only:
            raise Refused(Phrase("--read-only does not allow {verb}", verb=verb))
        if self.stopping:
            raise LabError(self._stop.reason, code=130)
        self._stop = CancellationToken()
        text = Phrase("timed out after {timeout:g} s", timeout=self.settings.timeout)
        timer = asyncio.get_running_loop().call_later(self.settings.timeout, lambda: self._stop.set(text, asked=False))
        self.feed.emit("", RunStarted(verb, self.spec.name, len(all_desired)))
        lease = self._new_lease(verb)
        self._running = self._stop, lease
        reconciler = self._make_reconciler(
            all_desired, only=only, lease=lease, review=review, attempts=attempts, verb=verb
        )
        outcome, unreached = reconciler.outcome, False
        try:
            await reconciler.converge()
        except CloudError as error:
            outcome.ok = False
            unreached = isinstance(error, UnreachedError)
            # Earlier steps often failed for the same reason; report it once.
            outcome.problems = [problem for problem in outcome.problems if error.message not in problem]
            stopped = LabError(self._stop.reason, code=130) if self.stopping else None
            raise _with_outcome(stopped or as_lab_error(error), outcome) from error
        except LabError as error:
            outcome.ok = False
            if not outcome.wrote:
                outcome.message = error.message
            _with_outcome(error, outcome)
            raise
        except asyncio.CancelledError:
            outcome.interrupted, outcome.message = True, Phrase("quit before it finished")
            lease.abandon()
            raise
        finally:
            timer.cancel()
            self.wrote |= outcome.wrote
            self._remember_observation(reconciler, only=only)
            trouble = await lease.release(settled=reconciler.settled)
            if trouble and not (unreached or reconciler.unreached):
                outcome.problems.append(trouble)
            self._running = None
            self.feed.emit("", RunFinished.of(outcome))
        return outcome

    async def holder(self) -> LeaseOwner | None:
        """Return the current owner of the lab's lease, or None. Reads only, also during a run.

        Raises:
            LabError: If the lease cannot be read.
        """
        try:
            standing = await self._new_lease("look").in_force()
        except CloudError as error:
            raise as_lab_error(error) from error
        if standing is None:
            return None
        if standing.holder is None:
            return LeaseOwner(Phrase("an unknown run (its lease cannot be read)"), "", "")
        own = self._running is not None and standing.holder.run == self._running[1].run
        return LeaseOwner(standing.holder.host, standing.holder.verb, standing.holder.since, own)

    def _new_lease(self, verb: str) -> Lease:
        from pltui.aws.lease_store import ParameterLeaseStore

        return Lease(
            ParameterLeaseStore(self.client.without_guard(), self.spec.name),
            self._process,
            verb,
            self._stop,
            read_back=READ_BACK if self.settings.on_aws else LEAST_READ_BACK,
            timeout=self.settings.lock_timeout,
            fresh=FRESH if self.settings.on_aws else LEAST_FRESH,
            told=partial(self.say, verb),
        )

    def say(self, verb: str, message: str) -> None:
        """Emit a message about the work called `verb` on the feed."""
        self.feed.emit("", RunMessage(verb, message))

    def _make_reconciler(
        self,
        all_desired: Sequence[Desired],
        *,
        only: bool = False,
        lease: Lease | None = None,
        review: Review | None = None,
        attempts: Attempts | None = None,
        verb: str = "look",
    ) -> Reconciler:
        assert self._cloud is not None, "open() comes first"
        return Reconciler(
            self._cloud,
            self.feed,
            all_desired,
            self._stop,
            patience=self._patience,
            names=all_desired if only else self.all_desired,
            only=only,
            told=self._told,
            adopt=self.settings.adopt,
            lease=lease,
            review=review,
            attempts=attempts,
            say=partial(self.say, verb),
        )

    async def _look(self, all_desired: Sequence[Desired], *, only: bool = False) -> Plan:
        self._renew_token()
        reconciler = self._make_reconciler(all_desired, only=only)
        try:
            return await self._await_promptly(reconciler.look())
        except ClaimedError:
            raise
        except CloudError as error:
            raise as_lab_error(error) from error
        finally:
            self._remember_observation(reconciler, only=only)

    def _remember_observation(self, reconciler: Reconciler, *, only: bool) -> None:
        """Keep the result of an observation; after a failed one, keep the previous result."""
        if reconciler.looked and only:
            fresh = {desired.address for desired in reconciler.all_desired}
            self.observed = [item for item in self.observed if item.address not in fresh] + reconciler.observed
        elif reconciler.looked:
            self.looked, self.unsure = True, tuple(reconciler.unsure.values())
            self.observed, self.unreadable = reconciler.observed, reconciler.unreadable


def _with_outcome(error: LabError, outcome: Outcome) -> LabError:
    """Return the error that ended a run early, with its outcome. It is a refusal only if nothing was written."""
    if outcome.wrote:
        error.code, error.outcome = 130 if error.code == 130 else 1, outcome
    return error
