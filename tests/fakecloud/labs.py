"""Real labs on the fake cloud: wants of real specs, traits of the real resource types."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pltui import topology
from pltui.engine.feed import Feed
from pltui.engine.reconcile import Outcome, Reconciler
from pltui.engine.types import Event, Want
from pltui.engine.waiting import Stop
from pltui.resources.cloud import CATALOGUE
from pltui.spec import load, parse
from tests.fakecloud.cloud import FakeCloud

SPECS = Path(__file__).parents[2] / "specs"
REGION = "ap-northeast-1"
ZONES = tuple(topology.Zone(f"{REGION}{letter}", f"apne1-az{n}") for n, letter in ((4, "a"), (1, "c"), (2, "d")))
AREA = topology.Region(REGION, ZONES)
TRAITS = {kind: resource.traits for kind, resource in CATALOGUE.items()}

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


def wants_of(spec: str) -> tuple[Want, ...]:
    """The wants of a published spec, by the name of its file."""
    return topology.wants(load(SPECS / f"{spec}.yaml"), AREA)


def small() -> tuple[Want, ...]:
    return topology.wants(parse(SMALL), AREA)


def cloud_for(wants: Sequence[Want]) -> FakeCloud:
    return FakeCloud(TRAITS, wants)


class Session:
    """One process working on a cloud."""

    def __init__(self, cloud: FakeCloud, wants: Sequence[Want], *, patience: float = 300.0) -> None:
        self.cloud, self.wants, self.patience = cloud, tuple(wants), patience
        self.stop = Stop()
        self.events: list[Event] = []
        self._subscriptions = ExitStack()

    def reconciler(self, wants: Sequence[Want], *, only: bool = False) -> Reconciler:
        feed = Feed(clock=lambda: "2026-01-01T00:00:00.000Z")
        self._subscriptions.enter_context(feed.subscribed(self.events.append))
        return Reconciler(self.cloud, feed, wants, self.stop, patience=self.patience, names=self.wants, only=only)

    async def converge(self) -> Outcome:
        return await self.reconciler(self.wants).converge()

    async def destroy(self) -> Outcome:
        return await self.reconciler(()).converge()

    async def pending(self) -> list[str]:
        """Addresses that are not as wanted."""
        return sorted(step.address for step in (await self.reconciler(self.wants).look()).steps)


async def until_killed(cloud: FakeCloud, work: Coroutine[Any, Any, Outcome]) -> None:
    """Let a process do `work` until the cloud's script, or a test, sets `cloud.killed`; then none of it is left."""
    task = asyncio.create_task(work)
    await cloud.killed.wait()
    assert not task.done(), "it had ended before"
    doomed = asyncio.all_tasks() - {asyncio.current_task()}
    for each in doomed:
        each.cancel()
    await asyncio.gather(*doomed, return_exceptions=True)
    cloud.revive()


def assert_exactly_one_of_each(cloud: FakeCloud, wants: Sequence[Want]) -> None:
    counts = Counter(thing.address for thing in cloud.things if thing.ours)
    assert counts == Counter(want.address for want in wants)
