"""One lab on one fake account, and the events of its runs."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from pltui import topology
from pltui.aws.client import Aws, Target
from pltui.engine.events import Event, Phase
from pltui.engine.feed import Feed
from pltui.engine.model import Observed
from pltui.engine.plan import Plan
from pltui.engine.polling import CancellationToken
from pltui.engine.reconcile import Outcome, Reconciler
from pltui.resources.base import AwsContext
from pltui.resources.registry import AwsCloud
from pltui.spec import parse
from tests.fakeaws import FakeAws
from tests.fakecloud import labs
from tests.fakecloud.clock import run

SPEC = """
version: 1
name: small
provider:
  vpc: {{zones: 1}}
  servers: {{count: 1, instance_type: [t3.micro, t3a.micro]}}
  load_balancer: {{cross_zone: true}}
consumers:
  consumer: {{vpc: {{zones: 2}}, client: {{{client}}}}}
"""
A, C = labs.ZONES[0].name, labs.ZONES[1].name
INTERNAL = {"Code": "Client.InternalError", "Message": "Client.InternalError: Client error on launch"}


@dataclass
class Told:
    at: float  # seconds since the run began
    event: Event

    @property
    def detail(self) -> Any:
        return self.event.detail


@dataclass
class Story:
    """One lab on one fake account, and all that its runs told."""

    client: str = ""
    fake: FakeAws = field(default_factory=lambda: FakeAws(lag=0.0))
    told: list[Told] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    _subscriptions: ExitStack = field(default_factory=ExitStack)

    def reconciler(self, stop: CancellationToken, *, destroy: bool = False) -> Reconciler:
        all_desired = topology.all_desired(parse(SPEC.format(client=self.client)), labs.AREA)
        target = Target(labs.REGION, "http://127.0.0.1:1")
        lab = AwsContext("small", Aws(target, wire=self.fake))
        self.warnings = lab.warnings
        feed = Feed(clock=lambda: "2026-01-01T00:00:00.000Z")
        loop = asyncio.get_running_loop()
        begun = loop.time()
        hear = feed.subscription(lambda event: self.told.append(Told(loop.time() - begun, event)))
        self._subscriptions.enter_context(hear)
        chosen = () if destroy else all_desired
        return Reconciler(AwsCloud(lab), feed, chosen, stop, patience=300.0, names=all_desired)

    def converge(self, *, destroy: bool = False, timeout: float = 900.0) -> Outcome:
        async def main() -> Outcome:
            stop = CancellationToken()
            asyncio.get_running_loop().call_later(timeout, lambda: stop.set("timed out", asked=False))
            reconciler = self.reconciler(stop, destroy=destroy)
            outcome = await reconciler.converge()
            self.observed = reconciler.observed
            return outcome

        return run(main())

    def plan(self) -> Plan:
        async def main() -> Plan:
            reconciler = self.reconciler(CancellationToken())
            plan = await reconciler.look()
            self.observed = reconciler.observed
            return plan

        return run(main())

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send a call that is not the run's."""
        return run(
            Aws(Target(labs.REGION, "http://127.0.0.1:1"), wire=self.fake).call(service, operation, **parameters)
        )

    def one(self, address: str) -> Observed:
        [found] = [item for item in self.observed if item.address == address]
        return found

    def of(self, address: str, phase: Phase) -> list[Told]:
        return [told for told in self.told if told.event.address == address and told.event.phase is phase]

    def launches(self, address: str) -> list[tuple[str, str]]:
        """(type, subnet) of each RunInstances for `address`."""
        return [
            (call.parameters["InstanceType"], call.parameters["SubnetId"])
            for call in self.fake.writes
            if call.operation == "RunInstances"
            and {"Key": "pltui:address", "Value": address} in call.parameters["TagSpecifications"][0]["Tags"]
        ]

    def made(self, address: str) -> int:
        """How many instances there have been for `address` within the last hour."""
        tagged = {"Key": "pltui:address", "Value": address}
        return sum(tagged in instance.truth["Tags"] for instance in self.fake.world.all("instance"))
