"""Real labs on the fake cloud: wants of real specs, traits of the real resource types."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pltui import topology
from pltui.engine.events import Event
from pltui.engine.feed import Feed
from pltui.engine.model import Desired
from pltui.engine.polling import CancellationToken
from pltui.engine.reconcile import Outcome, Reconciler
from pltui.resources.registry import RESOURCE_TYPES
from pltui.spec import load, parse
from tests.fakecloud.cloud import FakeCloud

SPECS = Path(__file__).parents[2] / "specs"
REGION = "ap-northeast-1"
ZONES = tuple(topology.Zone(f"{REGION}{letter}", f"apne1-az{n}") for n, letter in ((4, "a"), (1, "c"), (2, "d")))
AREA = topology.Region(REGION, ZONES)
TRAITS = {kind: resource.traits for kind, resource in RESOURCE_TYPES.items()}

# Every kind of resource, each as few times as can be.
SMALL = """
version: 1
name: small
provider:
  vpc: {zones: 1}
  servers: {count: 1}
  load_balancer: {cross_zone: true}
consumers:
  consumer: {vpc: {zones: 1}}
"""


def wants_of(spec: str) -> tuple[Desired, ...]:
    """The wants of a published spec, by the name of its file."""
    return topology.all_desired(load(SPECS / f"{spec}.yaml"), AREA)


def small() -> tuple[Desired, ...]:
    return topology.all_desired(parse(SMALL), AREA)


def cloud_for(all_desired: Sequence[Desired]) -> FakeCloud:
    return FakeCloud(TRAITS, all_desired)


class Session:
    """One process working on a cloud."""

    def __init__(self, cloud: FakeCloud, all_desired: Sequence[Desired], *, patience: float = 300.0) -> None:
        self.cloud, self.all_desired, self.patience = cloud, tuple(all_desired), patience
        self.stop = CancellationToken()
        self.events: list[Event] = []
        self._subscriptions = ExitStack()

    def reconciler(self, all_desired: Sequence[Desired], *, only: bool = False) -> Reconciler:
        feed = Feed(clock=lambda: "2026-01-01T00:00:00.000Z")
        self._subscriptions.enter_context(feed.subscription(self.events.append))
        return Reconciler(
            self.cloud, feed, all_desired, self.stop, patience=self.patience, names=self.all_desired, only=only
        )

    async def converge(self) -> Outcome:
        return await self.reconciler(self.all_desired).converge()

    async def destroy(self) -> Outcome:
        return await self.reconciler(()).converge()

    async def pending(self) -> list[str]:
        """Addresses that are not as wanted."""
        return sorted(step.address for step in (await self.reconciler(self.all_desired).look()).steps)


async def until_killed(cloud: FakeCloud, work: Coroutine[Any, Any, Outcome]) -> None:
    """Let a process do `work` until the cloud's script, or a test, sets `cloud.killed`; then none of it is left."""
    task = asyncio.create_task(work)
    await cloud.killed.wait()
    assert not task.done(), "it had ended before"
    deletions = asyncio.all_tasks() - {asyncio.current_task()}
    for each in deletions:
        each.cancel()
    await asyncio.gather(*deletions, return_exceptions=True)
    cloud.revive()


def assert_exactly_one_of_each(cloud: FakeCloud, all_desired: Sequence[Desired]) -> None:
    counts = Counter(thing.address for thing in cloud.things if thing.ours)
    assert counts == Counter(desired.address for desired in all_desired)
