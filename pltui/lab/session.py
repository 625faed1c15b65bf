"""One lab on one target: everything that the commands and the screen do, independent of both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pltui import topology
from pltui.aws.access import Access
from pltui.aws.settings import Settings
from pltui.aws.user_errors import as_lab_error
from pltui.engine.attempts import Attempts
from pltui.engine.errors import ClaimedError, CloudError
from pltui.engine.events import RunMessage
from pltui.engine.lease import Process
from pltui.engine.model import Desired
from pltui.engine.plan import Plan
from pltui.engine.reconcile import STALE_READ_WINDOW, Outcome
from pltui.errors import LabError
from pltui.i18n import Phrase
from pltui.lab import spec_reload
from pltui.lab.lookup import SharedLookup
from pltui.lab.placement import Placed
from pltui.lab.runner import LEAST_PATIENCE, PATIENCE, Review
from pltui.probe.answer import Answer
from pltui.probe.factory import Prober, answers, asker
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
    """A lab: its spec, its target, and all operations on it.

    Every method raises LabError; `feed` carries the events meanwhile. `wire` and `process` replace botocore and this
    process's identity in tests.
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
        self._lookup = SharedLookup(self._find_ids)

    @property
    def target(self) -> str:
        """Target: "sandbox" or "aws"."""
        return self.settings.target

    @property
    def profile(self) -> str | None:
        """AWS profile of the credentials, if one is named."""
        return self.settings.profile or self.spec.provider.account.profile

    @property
    def partition(self) -> topology.Partition:
        """AWS partition of the region."""
        from pltui.aws.partitions import partition_of

        return partition_of(self.region)

    @property
    def read_only(self) -> bool:
        """True if the lab refuses to write."""
        return self.settings.read_only

    @property
    def endpoint(self) -> str | None:
        """URL that calls go to, as far as known; None for AWS's own endpoints."""
        return self._sandbox.endpoint_url if self._sandbox else self.chosen_endpoint

    @property
    def chosen_endpoint(self) -> str | None:
        """Endpoint given by --endpoint-url, or for AWS by the environment or the profile.

        None for the target's own endpoint.

        Raises:
            Refused: If some calls would go to AWS and others elsewhere.
        """
        return self.access.endpoint_url()

    async def account(self) -> str | None:
        """Return the id of the AWS account that receives the calls; None on the sandbox."""
        if not self.settings.on_aws:
            return None
        return str((await self.read(self.client.call("sts", "GetCallerIdentity")))["Account"])

    # -- beginning and end ----------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        """Resolve the credentials for AWS. Blocks; does nothing on the sandbox.

        May ask for an MFA code on the terminal, so it must come before anything is drawn.

        Raises:
            Refused: If there are no credentials, or no terminal to ask on.
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
        """Raise LabError for a client that could never send requests: on AWS there is no other access to it."""
        problem = topology.access_problem(self.spec) if self.settings.on_aws else ""
        if problem:
            raise LabError(problem, ADVICE, 2)

    async def open(self, *, planning: bool = True, looking: bool = True) -> None:
        """Find or start the endpoint, create clients, and compute the desired resources.

        `looking`: the whole lab will be observed next, so the first reads are sent concurrently. Without `planning`
        nothing is computed that requires reads; this is enough for the switch.
        """
        await self._await_promptly(self._open(planning, looking))

    async def _open(self, planning: bool, looking: bool) -> None:
        from pltui.aws.account import check_accounts
        from pltui.aws.client import Aws
        from pltui.resources.base import AwsContext as Resources
        from pltui.resources.registry import REPEATABLE, AwsCloud
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
            repeatable=REPEATABLE,
        )
        self._resources = Resources(self.spec.name, self._aws, shows_within=self._patience * STALE_READ_WINDOW)
        self._cloud = AwsCloud(self._resources, self._process.clock)
        try:
            if self.settings.on_aws:
                await check_accounts(self._aws, self.spec)
            if planning:
                # The order matters: the survey shares the reads that `begin` starts.
                self._survey = Survey(self._aws)
                ahead = self._cloud.begin() if looking else asyncio.sleep(0)
                await asyncio.gather(ahead, self._survey.read(self._cloud, self.spec))
                self._place_resources()
        except CloudError as error:
            raise as_lab_error(error) from error

    async def _start_sandbox(self) -> None:
        from pltui.sandbox import launcher
        from pltui.sandbox.status import ask, read_speed

        if await ask(launcher.find) is None:
            message = await ask(launcher.crash_notice) or Phrase("starting the sandbox")
            self.feed.emit("", RunMessage("open", message))
        self._sandbox = await ask(launcher.ensure)
        speed = launcher.parse_speed(await read_speed(self._sandbox))
        self._patience = max(LEAST_PATIENCE, PATIENCE / speed)

    async def close(self) -> None:
        """Stop background work and close the client."""
        self.stop("closed")
        if self._aws is not None:
            await self._aws.close()

    # -- observe, plan, run ---------------------------------------------------------------------------------------

    async def look(self) -> Plan | None:
        """Observe and plan as `plan` does; return None if a foreign resource or the region prevents a plan."""
        await self._refresh_placement()
        try:
            plan = await self._look(self.all_desired)
        except ClaimedError:
            return None
        return None if self._misplaced else plan

    async def plan(self, *, destroy: bool = False, remove_guardduty: bool = False) -> Plan:
        """Return the changes of `reconcile` or `destroy`; reads only. `remove_guardduty`: see `destroy`.

        Raises:
            Refused: If a foreign resource has the name of a desired one.
        """
        if not destroy:
            self._check_access()
        from pltui.resources.beyond import disconnections

        self._count_guardduty(remove_guardduty)
        await self._refresh_placement()
        if not destroy:
            self._check_placed()
        try:
            plan = await self._look(() if destroy else self.all_desired)
        except ClaimedError as error:
            raise as_lab_error(error) from error
        assert self._resources is not None, "open() comes first"
        own = {item.id for item in self.observed}
        return replace(plan, notes=await self.read(disconnections(self._resources, plan, own)))

    async def reconcile(
        self, *, keep_switch: bool = False, review: Review | None = None, attempts: Attempts | None = None
    ) -> Outcome:
        """Converge to the spec; with `keep_switch`, leave a differing cross-zone switch as it is.

        `review` receives each plan before it is executed, and True for the first; an exception from it ends the run.
        `attempts` is shared between runs that learn from each other's failures.
        """
        self._check_access()
        await self._refresh_placement()
        self._check_placed()
        all_desired = self.all_desired
        if keep_switch:
            all_desired = topology.with_switch(all_desired, await self.cross_zone())
        return await self._run("reconcile", all_desired, review=review, attempts=attempts)

    async def destroy(self, *, review: Review | None = None, remove_guardduty: bool = False) -> Outcome:
        """Delete the lab's resources and no others; `review` as in `reconcile`.

        `remove_guardduty`: also delete GuardDuty's endpoints and groups in the lab's VPCs, which otherwise block the
        deletion of the VPCs.
        """
        from pltui.resources.beyond import other_regions

        self._count_guardduty(remove_guardduty)
        try:
            outcome = await self._run("destroy", (), review=review)
        finally:
            self._count_guardduty(False)
        idle = outcome.ok and not outcome.writes
        if idle and (regions := await self._await_promptly(other_regions(self.client, self.spec.name))):
            words = {"lab": self.spec.name, "region": self.region, "regions": ", ".join(regions)}
            outcome.message = Phrase("nothing of lab {lab} in {region}; it is in {regions}", **words)
        return outcome

    def _count_guardduty(self, counts: bool) -> None:
        """Set whether GuardDuty's objects in the lab's VPCs count as the lab's."""
        if self._resources is not None:
            self._resources.removes_guardduty = counts

    async def bill(self) -> Bill:
        """Return the cost as observed and as desired, at list prices; on the sandbox, the cost it would have on AWS."""
        if self._billing is None:
            from pltui.cost.estimate import Billing

            self._billing = Billing(self)
        return await self._billing.bill()

    # -- faults -----------------------------------------------------------------------------------------------------

    async def possible_faults(self) -> tuple[LabFault, ...]:
        """Return all available and active faults; empty on AWS."""
        from pltui.lab import faults as lab_faults

        return await lab_faults.list_faults(self)

    async def inject_fault(self, fault: LabFault) -> None:
        """Inject a fault, then observe the lab.

        Raises:
            Refused: If there is no sandbox.
        """
        from pltui.lab import faults as lab_faults

        await lab_faults.inject_fault(self, fault)
        await self.look()

    async def clear_faults(self, faults: Sequence[LabFault]) -> Outcome | None:
        """Clear these faults; return the outcome of undoing those made through the API, or None if there were none."""
        from pltui.lab import faults as lab_faults

        await lab_faults.clear_faults(self, faults)
        all_desired = lab_faults.desired_after_clearing(self.all_desired, faults)
        return await self._run("mend", all_desired, only=True) if all_desired else None

    # -- the switch -----------------------------------------------------------------------------------------------

    async def cross_zone(self) -> bool | None:
        """Return the load balancer's switch as observed; None if there is no load balancer."""
        switch = self._desired_switch(self.spec.provider.load_balancer.cross_zone)
        await self._look((switch,), only=True)
        found = next((item for item in self.observed if item.address == topology.LOAD_BALANCER), None)
        return found.spec.get("cross_zone") if found else None

    async def sandbox_end_notice(self) -> str:
        """Return a sentence if the sandbox of this lab has ended; otherwise ""."""
        from pltui.sandbox.status import tell_end

        return await tell_end(self._sandbox)

    async def faults(self) -> tuple[str, ...]:
        """Return a sentence for each active fault of the sandbox; empty if it does not answer."""
        from pltui.sandbox.status import known_faults

        return tuple(str(each["text"]) for each in await known_faults(self._sandbox))

    async def set_cross_zone(self, on: bool) -> Outcome:
        """Set the load balancer's switch and nothing else.

        Raises:
            LabError: If there is no load balancer, or it cannot be switched.
        """
        outcome = await self._run("cross-zone", (self._desired_switch(on),), only=True)
        found = next((item for item in self.observed if item.address == topology.LOAD_BALANCER), None)
        if outcome.ok and found is None:
            raise LabError(Phrase("there is no load balancer yet"), Phrase("`pltui reconcile` creates it"))
        if outcome.ok and found and found.spec.get("cross_zone") is not on:
            raise LabError(
                Phrase("the load balancer is {status}, and cannot be switched", status=found.status),
                Phrase("`pltui reconcile` repairs it"),
            )
        return outcome

    def _desired_switch(self, on: bool) -> Desired:
        """Return the load balancer with only its switch desired, so that no other field is compared."""
        name = self.spec.provider.load_balancer.name
        return Desired(topology.LOAD_BALANCER, "load_balancer", {"cross_zone": on}, name)

    def write_back(self, on: bool) -> bool:
        """Write the switch into the spec's file, keeping its comments; return False if unchanged."""
        from pltui.spec import write_cross_zone

        changed = write_cross_zone(self.path, on)
        provider = self.spec.provider
        balancer = replace(provider.load_balancer, cross_zone=on)
        self.spec = replace(self.spec, provider=replace(provider, load_balancer=balancer))
        if self._survey:  # otherwise there are no desired resources to update
            self._place_resources()
        return changed

    # -- the spec, reloaded -----------------------------------------------------------------------------------------

    def reread(self) -> spec_reload.Saved:
        """Read the spec's file; return the spec that it now contains, or its problems."""
        return spec_reload.read(self)

    # -- the probe ------------------------------------------------------------------------------------------------

    def asker(self, consumer: str | None = None, via: str = "auto") -> Prober:
        """Return a prober that sends requests as `consumer`'s client; see `pltui.probe.factory.asker`."""
        return asker(self, consumer, via)

    def answers(
        self, consumer: str | None = None, via: str = "auto", *, pace: Callable[[], ProbePace] | None = None
    ) -> AsyncGenerator[Answer, None]:
        """Send requests without end, each on a fresh connection; see `pltui.probe.factory.answers`."""
        return answers(self, consumer, via, pace)

    async def find(self, *addresses: str, max_age_s: float = 0.0) -> dict[str, str]:
        """Return address -> id of those that exist, as observed at most `max_age_s` ago; see `SharedLookup`."""
        return await self._lookup.find(addresses, max_age_s)

    async def _find_ids(self, addresses: Collection[str]) -> Mapping[str, str]:
        all_desired = tuple(desired for desired in self.all_desired if desired.address in addresses)
        await self._look(all_desired, only=True)
        return {item.address: item.id for item in self.observed if item.address in addresses}

    @property
    def sandbox(self) -> Sandbox | None:
        """The sandbox that the lab is on; None on another target and until the lab is open."""
        return self._sandbox

    async def paths(self) -> Explained:
        """Return the path of each consumer's requests from configuration and health alone: no request, no write."""
        return await self._explain(probe=False)

    async def explain(self) -> Explained:
        """Return the paths along with the results of some real requests; on AWS no request is sent."""
        return await self._explain(probe=not self.settings.on_aws)

    async def _explain(self, *, probe: bool) -> Explained:
        from pltui.explain import explanation

        return await explanation.explain(self, probe=probe)
