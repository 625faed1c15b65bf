"""One lab on one target: what commands and the screen do, without either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pltui import topology
from pltui.aws.access import Access
from pltui.aws.settings import Settings
from pltui.aws.user_errors import explained
from pltui.engine.attempts import Attempts
from pltui.engine.errors import ClaimedError, CloudError
from pltui.engine.lease import Process
from pltui.engine.model import Desired, Phase
from pltui.engine.plan import Plan
from pltui.engine.reconcile import STALE_READ_WINDOW, Outcome
from pltui.errors import LabError
from pltui.i18n import Phrase
from pltui.lab import spec_reload
from pltui.lab.placement import Placed
from pltui.lab.runner import LEAST_PATIENCE, PATIENCE, Review
from pltui.probe.answer import Answer
from pltui.probe.factory import Prober, answers, asker, faults, gone
from pltui.probe.schedule import ProbePace
from pltui.spec.model import Spec
from pltui.topology.access import ADVICE

if TYPE_CHECKING:
    from pltui.aws.transport import Wire
    from pltui.cost.estimate import Billing
    from pltui.cost.prices import Bill
    from pltui.explain.explanation import Explained
    from pltui.lab.faults import LabFault
    from pltui.resources.base import AwsContext as Resources
    from pltui.sandbox.launcher import Sandbox


class Lab(Placed):
    """Raises LabError from every method; `feed` tells what happens meanwhile.

    `wire` and `process` stand in for botocore and for this process where it is tried without them.
    """

    def __init__(
        self, path: str, spec: Spec, settings: Settings, *, wire: Wire | None = None, process: Process | None = None
    ) -> None:
        settings.check()
        super().__init__(spec, settings, process)
        self.path = path
        self.region = settings.choose_region(spec.region)
        self._sandbox: Sandbox | None = None
        self._billing: Billing | None = None
        self._resources: Resources | None = None
        self._wire = wire
        self.access = Access(settings, self.profile, self.region, checks=wire is None)

    @property
    def target(self) -> str:
        return self.settings.target

    @property
    def profile(self) -> str | None:
        """Whose credentials AWS is asked with, where one is named."""
        return self.settings.profile or self.spec.provider.account.profile

    @property
    def partition(self) -> topology.Partition:
        """The partition of AWS that the region is in."""
        from pltui.aws.partitions import partition_of

        return partition_of(self.region)

    @property
    def read_only(self) -> bool:
        return self.settings.read_only

    @property
    def endpoint(self) -> str | None:
        """Where calls go, as far as it is known; None for AWS's own endpoints."""
        return self._sandbox.endpoint_url if self._sandbox else self.chosen_endpoint

    @property
    def chosen_endpoint(self) -> str | None:
        """The endpoint of --endpoint-url, or for AWS of the environment or the profile; None for the target's own.

        Raises Refused where calls would go to AWS and elsewhere.
        """
        return self.access.endpoint_url()

    async def account(self) -> str | None:
        """Whose account calls go to; None where it is nobody's."""
        if not self.settings.on_aws:
            return None
        return str((await self.read(self.client.call("sts", "GetCallerIdentity")))["Account"])

    # -- beginning and end ----------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        """Resolve the credentials for AWS, which may ask for an MFA code on the terminal: before anything is drawn.

        Blocks. Does nothing on the sandbox. Raises Refused where there are none, and where no terminal is there to ask.
        """
        if self._wire is None:
            self.access.sign_in()

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences about the endpoint, the credentials and the clients, as far as they are known."""
        problem = "" if self.settings.on_aws else topology.access_problem(self.spec)
        problems = [problem] if problem else []
        problems += [self._misplaced.message] if self._misplaced else []
        return (*self.access.notices, *problems, *(self._resources.warnings if self._resources else ()))

    def _check_access(self) -> None:
        """Raises LabError for a client that could never be asked: on AWS nothing else leads to it."""
        problem = topology.access_problem(self.spec) if self.settings.on_aws else ""
        if problem:
            raise LabError(problem, ADVICE, 2)

    async def open(self, *, planning: bool = True, looking: bool = True) -> None:
        """Find or start what answers calls, make clients, and work out what is wanted.

        `looking`: all of the lab will be looked at next, so the first reads go out beside that. Without `planning`
        nothing is worked out that needs to be asked for: enough for the switch.
        """
        await self._promptly(self._open(planning, looking))

    async def _open(self, planning: bool, looking: bool) -> None:
        from pltui.aws.account import check_accounts
        from pltui.aws.client import Aws
        from pltui.resources.base import AwsContext as Resources
        from pltui.resources.registry import AwsCloud
        from pltui.resources.survey import Survey

        if not self.settings.on_aws and self.settings.endpoint_url is None:
            await self._start_sandbox()
        if self._aws is not None:
            await self._aws.close()
        target = self.access.target(self._sandbox.endpoint_url if self._sandbox else None)
        self._aws = Aws(
            target,
            self._stopped_during,
            wire=self.access.connect(target, self._wire),
            guard=self._may_write,
            valid=self._may_still_write,
        )
        self._resources = Resources(self.spec.name, self._aws, shows_within=self._patience * STALE_READ_WINDOW)
        self._cloud = AwsCloud(self._resources, self._process.clock)
        try:
            if self.settings.on_aws:
                await check_accounts(self._aws, self.spec)
            if planning:
                # In this order: what begins the look is what the survey shares its reads with.
                self._survey = Survey(self._aws)
                ahead = self._cloud.begin() if looking else asyncio.sleep(0)
                await asyncio.gather(ahead, self._survey.read(self._cloud, self.spec))
                self._place()
        except CloudError as error:
            raise explained(error) from error

    async def _start_sandbox(self) -> None:
        from pltui.sandbox import launcher

        try:
            if await asyncio.to_thread(launcher.find) is None:
                message = launcher.died() or Phrase("starting the sandbox")
                self.feed.emit("", Phase.RUN, {"verb": "open", "message": message})
            self._sandbox = await launcher.ensure_async()
            speed = launcher.parse_speed(str((await asyncio.to_thread(self._sandbox.status))["speed"]))
        except launcher.LauncherError as error:
            raise LabError(str(error), Phrase("`pltui sandbox status` tells more")) from error
        self._patience = max(LEAST_PATIENCE, PATIENCE / speed)

    async def close(self) -> None:
        """End what is still going on in the background."""
        self.stop("closed")
        if self._aws is not None:
            await self._aws.close()

    # -- observe, plan, run ---------------------------------------------------------------------------------------

    async def look(self) -> Plan | None:
        """As `plan`; None where something of another's, or the region, is in the way of one."""
        await self._refresh()
        try:
            plan = await self._look(self.all_desired)
        except ClaimedError:
            return None
        return None if self._misplaced else plan

    async def plan(self, *, destroy: bool = False, remove_guardduty: bool = False) -> Plan:
        """The changes of `reconcile` or `destroy`; reads only. `remove_guardduty`: see `destroy`.

        Raises Refused where something of another's has the name of what is wanted.
        """
        if not destroy:
            self._check_access()
        from pltui.resources.beyond import disconnections

        self._count_guardduty(remove_guardduty)
        await self._refresh()
        if not destroy:
            self._check_placed()
        try:
            plan = await self._look(() if destroy else self.all_desired)
        except ClaimedError as error:
            raise explained(error) from error
        assert self._resources is not None, "open() comes first"
        own = {item.id for item in self.observed}
        return replace(plan, notes=await self.read(disconnections(self._resources, plan, own)))

    async def reconcile(
        self, *, keep_switch: bool = False, review: Review | None = None, attempts: Attempts | None = None
    ) -> Outcome:
        """Converge to the spec; with `keep_switch` a cross-zone switch that differs is left as it is.

        `review` sees each plan before it is carried out, and whether it is the first; what it raises ends the run.
        `attempts` are what this run and others learn from each other.
        """
        self._check_access()
        await self._refresh()
        self._check_placed()
        all_desired = self.all_desired
        if keep_switch:
            observed = await self.cross_zone()
            all_desired = tuple(_with_switch(desired, observed) for desired in all_desired)
        return await self._run("reconcile", all_desired, review=review, attempts=attempts)

    async def destroy(self, *, review: Review | None = None, remove_guardduty: bool = False) -> Outcome:
        """Remove what is ours, and nothing else; `review` as `reconcile` has it.

        `remove_guardduty`: also GuardDuty's endpoints and groups in the lab's VPCs; without it they block the VPCs.
        """
        from pltui.resources.beyond import other_regions

        self._count_guardduty(remove_guardduty)
        try:
            outcome = await self._run("destroy", (), review=review)
        finally:
            self._count_guardduty(False)
        idle = outcome.ok and not outcome.writes
        if idle and (regions := await self._promptly(other_regions(self.client, self.spec.name))):
            words = {"lab": self.spec.name, "region": self.region, "regions": ", ".join(regions)}
            outcome.message = Phrase("nothing of lab {lab} in {region}; it is in {regions}", **words)
        return outcome

    def _count_guardduty(self, counts: bool) -> None:
        """True if GuardDuty's objects in the lab's VPCs count as the lab's from now on."""
        if self._resources is not None:
            self._resources.removes_guardduty = counts

    async def bill(self) -> Bill:
        """What it costs as last seen and as wanted, at list prices; on the sandbox, what it would cost on AWS."""
        if self._billing is None:
            from pltui.cost.estimate import Billing

            self._billing = Billing(self)
        return await self._billing.bill()

    # -- what is broken on purpose ----------------------------------------------------------------------------------

    async def breakages(self) -> tuple[LabFault, ...]:
        """All that can be broken, and all that is; nothing on AWS."""
        from pltui.lab import faults as breaking

        return await breaking.breakages(self)

    async def break_(self, breakage: LabFault) -> None:
        """Raises Refused where there is no sandbox."""
        from pltui.lab import faults as breaking

        await breaking.break_(self, breakage)
        await self.look()

    async def mend(self, breakages: Sequence[LabFault]) -> Outcome | None:
        """End these; the outcome of putting back what was changed by the API, None where nothing was."""
        from pltui.lab import faults as breaking

        await breaking.clear(self, breakages)
        all_desired = breaking.put_back(self.all_desired, breakages)
        return await self._run("mend", all_desired, only=True) if all_desired else None

    # -- the switch -----------------------------------------------------------------------------------------------

    async def cross_zone(self) -> bool | None:
        """The load balancer's switch as observed; None while there is no load balancer."""
        switch = self._switch(self.spec.provider.load_balancer.cross_zone)
        await self._look((switch,), only=True)
        found = next((item for item in self.observed if item.address == topology.LOAD_BALANCER), None)
        return found.spec.get("cross_zone") if found else None

    async def gone(self) -> str:
        """A sentence where the sandbox it was opened on is there no more; empty otherwise."""
        return await gone(self._sandbox)

    async def faults(self) -> tuple[str, ...]:
        """What is broken on purpose on the sandbox, a sentence each."""
        return await faults(self._sandbox)

    async def set_cross_zone(self, on: bool) -> Outcome:
        """Flip the load balancer's switch and nothing else. Raises LabError while there is no load balancer."""
        outcome = await self._run("cross-zone", (self._switch(on),), only=True)
        found = next((item for item in self.observed if item.address == topology.LOAD_BALANCER), None)
        if outcome.ok and found is None:
            raise LabError(Phrase("there is no load balancer yet"), Phrase("`pltui reconcile` makes it"))
        if outcome.ok and found and found.spec.get("cross_zone") is not on:
            raise LabError(
                Phrase("the load balancer is {status}, and cannot be switched", status=found.status),
                Phrase("`pltui reconcile` mends it"),
            )
        return outcome

    def _switch(self, on: bool) -> Desired:
        """The load balancer with but its switch wanted: no other field is compared."""
        balancer = self.spec.provider.load_balancer
        return Desired(topology.LOAD_BALANCER, "load_balancer", {"cross_zone": on}, balancer.name)

    def write_back(self, on: bool) -> bool:
        """Write the switch into the spec's file, keeping its comments; False when it says so already."""
        from pltui.spec import write_cross_zone

        changed = write_cross_zone(self.path, on)
        provider = self.spec.provider
        balancer = replace(provider.load_balancer, cross_zone=on)
        self.spec = replace(self.spec, provider=replace(provider, load_balancer=balancer))
        if self._survey:  # otherwise nothing was worked out that would change
            self._place()
        return changed

    # -- the spec, saved anew ---------------------------------------------------------------------------------------

    def reread(self) -> spec_reload.Saved:
        """What the spec's file says now, or what is wrong with it. Reads a file."""
        return spec_reload.read(self)

    # -- the probe ------------------------------------------------------------------------------------------------

    def asker(self, consumer: str | None = None, via: str = "auto") -> Prober:
        """Who sends requests as `consumer`'s client; see pltui.probe.factory.asker."""
        return asker(self, consumer, via)

    def answers(
        self, consumer: str | None = None, via: str = "auto", *, pace: Callable[[], ProbePace] | None = None
    ) -> AsyncGenerator[Answer, None]:
        """Ask without end, a fresh connection each time; see pltui.probe.factory.answers."""
        return answers(self, consumer, via, pace)

    async def find(self, *addresses: str) -> dict[str, str]:
        """Address -> id of those of `addresses` that are there, freshly looked at."""
        all_desired = tuple(desired for desired in self.all_desired if desired.address in addresses)
        await self._look(all_desired, only=True)
        return {item.address: item.id for item in self.observed if item.address in addresses}

    @property
    def sandbox(self) -> Sandbox | None:
        """The sandbox it works on, if it does, once it is open."""
        return self._sandbox

    async def paths(self) -> Explained:
        """How each consumer's requests go, by configuration and health alone: nobody asks, and nothing is written."""
        from pltui.explain import explanation

        return await explanation.explain(self, probe=False)

    async def explain(self) -> Explained:
        """The same, beside what really comes of some requests; on AWS nobody is commanded to ask."""
        from pltui.explain import explanation

        return await explanation.explain(self, probe=not self.settings.on_aws)


def _with_switch(desired: Desired, observed: bool | None) -> Desired:
    if desired.address != topology.LOAD_BALANCER or observed is None:
        return desired
    return replace(desired, spec={**desired.spec, "cross_zone": observed})
