"""One lab on one target: what commands and the screen do, without either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pltui import topology
from pltui.asking import Asker, answers, asker, faults
from pltui.engine.errors import ClaimedError, CloudError, InterruptedRunError
from pltui.engine.feed import Feed
from pltui.engine.lease import Lease, Process
from pltui.engine.plan import Plan
from pltui.engine.reconcile import ECHO, Outcome, Reconciler
from pltui.engine.types import Phase, Seen, Want
from pltui.engine.waiting import Stop
from pltui.errors import LabError, Refused, explained
from pltui.holder import ThisProcess
from pltui.probe.answer import Answer
from pltui.settings import Settings
from pltui.spec.model import Spec

if TYPE_CHECKING:
    from pltui.aws.client import Aws
    from pltui.aws.wire import Wire
    from pltui.launcher import Sandbox
    from pltui.resources.cloud import AwsCloud

# How long to bear with a refusal that time may heal: on AWS interfaces outlive what they belonged to by up to five
# minutes (ELBv2 and PrivateLink, as seen by practitioners). An emulator lets go at once, the sandbox in lab time.
PATIENCE, LEAST_PATIENCE = 300.0, 10.0

# How long a lease that was taken over is left to stand before it counts, in seconds.
READ_BACK, LEAST_READ_BACK = 2.0, 1.0

T = TypeVar("T")
Review = Callable[[Plan, bool], None]


class Lab:
    """Raises LabError from every method; `feed` tells what happens meanwhile.

    `wire` and `process` stand in for botocore and for this process where it is tried without them.
    """

    def __init__(
        self, path: str, spec: Spec, settings: Settings, *, wire: Wire | None = None, process: Process | None = None
    ) -> None:
        settings.check()
        self.path, self.spec, self.settings = path, spec, settings
        self.region = settings.choose_region(spec.region)
        self.feed = Feed()
        self.wants: tuple[Want, ...] = ()
        self.seen: list[Seen] = []
        self._zones: list[topology.Zone] = []
        self._aws: Aws | None = None
        self._cloud: AwsCloud | None = None
        self._sandbox: Sandbox | None = None
        self._patience = PATIENCE if settings.on_aws else LEAST_PATIENCE
        self._stop = Stop()
        self._wire, self._process = wire, process or ThisProcess()
        self._running: tuple[Stop, Lease] | None = None  # of the run that goes on
        self._told: dict[str, dict[str, Any]] = {}

    @property
    def target(self) -> str:
        return self.settings.target

    @property
    def endpoint(self) -> str | None:
        """Where calls go, as far as it is known; None for AWS's own endpoints."""
        return self._sandbox.endpoint_url if self._sandbox else self.settings.endpoint_url

    @property
    def client(self) -> Aws:
        assert self._aws is not None, "open() comes first"
        return self._aws

    async def account(self) -> str | None:
        """Whose account calls go to; None where it is nobody's."""
        if not self.settings.on_aws:
            return None
        return str((await self.read(self.client.call("sts", "GetCallerIdentity")))["Account"])

    # -- beginning and end ----------------------------------------------------------------------------------------

    async def open(self, *, planning: bool = True, looking: bool = True) -> None:
        """Find or start what answers calls, make clients, and work out what is wanted.

        `looking`: all of the lab will be looked at next, so the first reads go out beside that. Without `planning`
        nothing is worked out that needs to be asked for: enough for the switch.
        """
        await self._promptly(self._open(planning, looking))

    async def _open(self, planning: bool, looking: bool) -> None:
        from pltui.aws.account import check_accounts, offered_zones
        from pltui.aws.client import Aws, Target
        from pltui.resources.base import Lab as Resources
        from pltui.resources.cloud import AwsCloud

        if not self.settings.on_aws and self.settings.endpoint_url is None:
            await self._start_sandbox()
        account = self.spec.provider.account
        self._aws = Aws(
            Target(
                self.region,
                self.endpoint,
                profile=self.settings.profile or account.profile,
                dummy_credentials=not self.settings.on_aws,
            ),
            self._stopped_during,
            wire=self._wire,
            guard=self._may_write,
            valid=self._may_still_write,
        )
        self._cloud = AwsCloud(Resources(self.spec.name, self._aws, shows_within=self._patience * ECHO))
        try:
            if self.settings.on_aws:
                await check_accounts(self._aws, self.spec)
            if planning:
                ahead = self._cloud.begin() if looking else asyncio.sleep(0)
                self._zones, _ = await asyncio.gather(offered_zones(self._aws), ahead)
                self.wants = topology.wants(self.spec, self._zones, self.region)
        except CloudError as error:
            raise explained(error) from error
        except topology.ZoneError as error:
            raise LabError(str(error), "see vpc.zones in the spec") from error

    async def _start_sandbox(self) -> None:
        from pltui import launcher

        try:
            if await asyncio.to_thread(launcher.find) is None:
                message = launcher.died() or "starting the sandbox"
                self.feed.emit("", Phase.RUN, {"verb": "open", "message": message})
            self._sandbox = await launcher.ensure_async()
            speed = launcher.parse_speed(str((await asyncio.to_thread(self._sandbox.status))["speed"]))
        except launcher.LauncherError as error:
            raise LabError(str(error), "`pltui sandbox status` tells more") from error
        self._patience = max(LEAST_PATIENCE, PATIENCE / speed)

    @property
    def stopping(self) -> bool:
        """Whether somebody asked for a stop."""
        return self._stop.asked

    def settling(self, seconds: float) -> float:
        """What AWS does within `seconds`, here takes at most so long."""
        return max(seconds * self._patience / PATIENCE, LEAST_PATIENCE)

    async def stopped_within(self, seconds: float) -> bool:
        """Sleep; whether somebody asked for a stop meanwhile."""
        self._renew()
        return await self._stopped_during(seconds)

    async def _stopped_during(self, seconds: float) -> bool:
        try:
            await self._stop.sleep(seconds)
        except InterruptedRunError:
            return True
        return False

    def stop(self, reason: str = "interrupted") -> None:
        """Start no new call; what runs ends as interrupted."""
        self._renew()
        self._stop.set(reason)

    def resume(self) -> None:
        """Work again after a stop, as for leaving things in order."""
        self._stop = Stop()

    def _renew(self) -> None:
        """That a run was ended, and not by anybody, says nothing of what comes after it."""
        if self._stop and not self._stop.asked and self._running is None:
            self._stop = Stop()

    async def read(self, reading: Awaitable[T]) -> T:
        """What `reading` AWS comes to, for which nobody has to wait who asked for a stop."""
        try:
            return await self._promptly(reading)
        except CloudError as error:
            raise explained(error) from error

    async def _promptly(self, reading: Awaitable[T]) -> T:
        """What `reading` comes to; raises LabError as soon as a stop is asked for: a read may be left unanswered."""
        self._renew()
        try:
            return await self._stop.unless(reading)
        except InterruptedRunError as stopped:
            raise LabError(str(stopped), code=130) from None

    async def _may_write(self) -> None:
        """Asked before each write of a run. Raises InterruptedRunError."""
        if self._running is not None:
            stop, lease = self._running
            stop.check()
            await lease.check()

    def _may_still_write(self) -> bool:
        """Asked on the thread that sends a write, which may have waited for its turn."""
        running = self._running
        return running is None or running[1].valid()

    async def close(self) -> None:
        self.stop("closed")

    # -- observe, plan, run ---------------------------------------------------------------------------------------

    async def look(self) -> Plan | None:
        """As `plan`; None where something of another's is in the way of one."""
        try:
            return await self._look(self.wants)
        except ClaimedError:
            return None

    async def plan(self) -> Plan:
        """What would change; reads only. Raises Refused where something of another's has the name of what is wanted."""
        try:
            return await self._look(self.wants)
        except ClaimedError as error:
            raise explained(error) from error

    async def reconcile(self, *, keep_switch: bool = False, review: Review | None = None) -> Outcome:
        """Converge to the spec; with `keep_switch` a cross-zone switch that differs is left as it is.

        `review` sees each plan before it is carried out, and whether it is the first; what it raises ends the run.
        """
        wants = self.wants
        if keep_switch:
            observed = await self.cross_zone()
            wants = tuple(_with_switch(want, observed) for want in wants)
        return await self._run("reconcile", wants, review=review)

    async def destroy(self) -> Outcome:
        """Remove what is ours, and nothing else."""
        return await self._run("destroy", ())

    async def _run(
        self, verb: str, wants: Sequence[Want], *, only: bool = False, review: Review | None = None
    ) -> Outcome:
        if self.settings.read_only:
            raise Refused(f"{verb} would write, and --read-only forbids it")
        if self.stopping:
            raise LabError(self._stop.reason, code=130)
        self._stop = Stop()
        text = f"timed out after {self.settings.timeout:g} s"
        timer = asyncio.get_running_loop().call_later(self.settings.timeout, lambda: self._stop.set(text, asked=False))
        self.feed.emit("", Phase.RUN, {"verb": verb, "lab": self.spec.name, "resources": len(wants)})
        lease = self._new_lease(verb)
        self._running = self._stop, lease
        reconciler = self._reconciler(wants, only=only, lease=lease, review=review)
        outcome = reconciler.outcome
        try:
            await reconciler.converge()
        except CloudError as error:
            outcome.ok, outcome.message = False, error.message
            if self.stopping:
                raise LabError(self._stop.reason, code=130) from error
            told = explained(error)
            told.code = 1 if outcome.writes else told.code  # a refusal is one only where nothing was written
            raise told from error
        except LabError as error:
            outcome.ok, outcome.message = False, error.message
            raise
        except asyncio.CancelledError:
            outcome.interrupted, outcome.message = True, "left while it was going on"
            lease.abandon()
            raise
        finally:
            timer.cancel()
            self._remember(reconciler, only=only)
            if trouble := await lease.release(settled=reconciler.settled):
                outcome.problems.append(trouble)
            self._running = None
            self.feed.emit("", Phase.FINISHED, outcome.document())
        return outcome

    def _new_lease(self, verb: str) -> Lease:
        from pltui.aws.shelf import ParameterShelf

        return Lease(
            ParameterShelf(self.client.unguarded(), self.spec.name),
            self._process,
            verb,
            self._stop,
            read_back=READ_BACK if self.settings.on_aws else LEAST_READ_BACK,
            timeout=self.settings.lock_timeout,
            told=partial(self._say, verb),
        )

    def _say(self, verb: str, message: str) -> None:
        self.feed.emit("", Phase.RUN, {"verb": verb, "message": message})

    def _reconciler(
        self, wants: Sequence[Want], *, only: bool = False, lease: Lease | None = None, review: Review | None = None
    ) -> Reconciler:
        assert self._cloud is not None, "open() comes first"
        return Reconciler(
            self._cloud,
            self.feed,
            wants,
            self._stop,
            patience=self._patience,
            names=wants if only else self.wants,
            only=only,
            told=self._told,
            adopt=self.settings.adopt,
            lease=lease,
            review=review,
        )

    async def _look(self, wants: Sequence[Want], *, only: bool = False) -> Plan:
        self._renew()
        reconciler = self._reconciler(wants, only=only)
        try:
            return await self._promptly(reconciler.look())
        except ClaimedError:
            raise
        except CloudError as error:
            raise explained(error) from error
        finally:
            self._remember(reconciler, only=only)

    def _remember(self, reconciler: Reconciler, *, only: bool) -> None:
        if only:
            fresh = {want.address for want in reconciler.wants}
            self.seen = [item for item in self.seen if item.address not in fresh] + reconciler.seen
        else:
            self.seen = reconciler.seen

    # -- the switch -----------------------------------------------------------------------------------------------

    async def cross_zone(self) -> bool | None:
        """The load balancer's switch as observed; None while there is no load balancer."""
        switch = self._switch(self.spec.provider.load_balancer.cross_zone)
        await self._look((switch,), only=True)
        found = next((item for item in self.seen if item.address == topology.LOAD_BALANCER), None)
        return found.spec.get("cross_zone") if found else None

    async def faults(self) -> tuple[str, ...]:
        """What is broken on purpose on the sandbox, a sentence each."""
        return await faults(self._sandbox)

    async def set_cross_zone(self, on: bool) -> Outcome:
        """Flip the load balancer's switch and nothing else. Raises LabError while there is no load balancer."""
        outcome = await self._run("cross-zone", (self._switch(on),), only=True)
        found = next((item for item in self.seen if item.address == topology.LOAD_BALANCER), None)
        if outcome.ok and found is None:
            raise LabError("there is no load balancer yet", "`pltui reconcile` makes it")
        if outcome.ok and found and found.spec.get("cross_zone") is not on:
            raise LabError(f"the load balancer is {found.status}, and cannot be switched", "`pltui reconcile` mends it")
        return outcome

    def _switch(self, on: bool) -> Want:
        """The load balancer with but its switch wanted: no other field is compared."""
        balancer = self.spec.provider.load_balancer
        return Want(topology.LOAD_BALANCER, "load_balancer", {"cross_zone": on}, balancer.name)

    def write_back(self, on: bool) -> bool:
        """Write the switch into the spec's file, keeping its comments; False when it says so already."""
        from pltui.spec import write_cross_zone

        changed = write_cross_zone(self.path, on)
        provider = self.spec.provider
        balancer = replace(provider.load_balancer, cross_zone=on)
        self.spec = replace(self.spec, provider=replace(provider, load_balancer=balancer))
        if self._zones:  # otherwise nothing was worked out that would change
            self.wants = topology.wants(self.spec, self._zones, self.region)
        return changed

    # -- the probe ------------------------------------------------------------------------------------------------

    def asker(self, consumer: str | None = None, via: str = "auto") -> Asker:
        """Who sends requests as `consumer`'s client; see pltui.asking.asker."""
        return asker(self, consumer, via)

    def answers(self, consumer: str | None = None, via: str = "auto") -> AsyncGenerator[Answer, None]:
        """Ask without end, a fresh connection each time."""
        return answers(self, consumer, via)

    async def find(self, *addresses: str) -> dict[str, str]:
        """Address -> id of those of `addresses` that are there, freshly looked at."""
        wants = tuple(want for want in self.wants if want.address in addresses)
        await self._look(wants, only=True)
        return {item.address: item.id for item in self.seen if item.address in addresses}

    @property
    def sandbox(self) -> Sandbox | None:
        """The sandbox it works on, if it does, once it is open."""
        return self._sandbox

    @property
    def zones(self) -> Sequence[topology.Zone]:
        """The region's, as the account names them; empty until it is open."""
        return self._zones

    async def explain(self) -> str:
        """The path of each consumer's request hop by hop, as lines of plain text; on AWS nobody is commanded to ask."""
        from pltui import explain, explain_text

        return "\n".join(explain_text.lines(await explain.explain(self, probe=not self.settings.on_aws)))


def _with_switch(want: Want, observed: bool | None) -> Want:
    if want.address != topology.LOAD_BALANCER or observed is None:
        return want
    return replace(want, spec={**want.spec, "cross_zone": observed})
