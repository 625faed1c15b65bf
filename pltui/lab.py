"""One lab on one target: what commands and the screen do, without either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pltui import topology
from pltui.asking import Asker, answers, asker, faults
from pltui.engine.errors import ClaimedError, CloudError
from pltui.engine.lease import Process
from pltui.engine.plan import Plan
from pltui.engine.reconcile import ECHO, Outcome
from pltui.engine.types import Phase, Want
from pltui.errors import LabError, explained
from pltui.probe.answer import Answer
from pltui.running import LEAST_PATIENCE, PATIENCE, Review, Running
from pltui.settings import Settings
from pltui.spec.model import Spec

if TYPE_CHECKING:
    from pltui.aws.wire import Wire
    from pltui.launcher import Sandbox


class Lab(Running):
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
        self._zones: list[topology.Zone] = []
        self._sandbox: Sandbox | None = None
        self._wire = wire

    @property
    def target(self) -> str:
        return self.settings.target

    @property
    def endpoint(self) -> str | None:
        """Where calls go, as far as it is known; None for AWS's own endpoints."""
        return self._sandbox.endpoint_url if self._sandbox else self.settings.endpoint_url

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
