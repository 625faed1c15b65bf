"""The real engine, resource types and client on the fake: labs come to be exactly as wanted, and go without a trace."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pltui.aws.client import Aws, Target
from pltui.engine.feed import Feed
from pltui.engine.model import Desired
from pltui.engine.polling import CancellationToken
from pltui.engine.reconcile import Outcome, Reconciler
from pltui.resources.base import AwsContext
from pltui.resources.registry import AwsCloud
from tests.fakeaws import FakeAws
from tests.fakecloud import labs
from tests.fakecloud.clock import run

LABS: dict[str, Callable[[], tuple[Desired, ...]]] = {
    "small": labs.small,
    "privatelink": lambda: labs.wants_of("privatelink"),
}


def reconciler(fake: FakeAws, name: str, all_desired: Sequence[Desired], names: Sequence[Desired]) -> Reconciler:
    cloud = AwsCloud(AwsContext(name, Aws(Target(labs.REGION), wire=fake)))
    feed = Feed(clock=lambda: "2026-01-01T00:00:00.000Z")
    return Reconciler(cloud, feed, all_desired, CancellationToken(), patience=900.0, names=names)


def converge(fake: FakeAws, name: str, *, destroy: bool = False) -> Outcome:
    names = LABS[name]()
    return run(reconciler(fake, name, () if destroy else names, names).converge())


def types(fake: FakeAws) -> Counter[str]:
    return Counter(one.type for one in fake.standing())


@pytest.mark.parametrize("lag", [0.0, 1.0])
@pytest.mark.parametrize("name", LABS)
def test_a_lab_comes_to_be_exactly_as_wanted_and_goes_without_a_trace(name: str, lag: float) -> None:
    fake = FakeAws(lag=lag)
    made = converge(fake, name)
    assert made.ok, made.problems
    assert types(fake) == Counter(desired.kind for desired in LABS[name]())
    gone = converge(fake, name, destroy=True)
    assert gone.ok, gone.problems
    assert fake.standing() == []


def test_what_is_as_wanted_is_only_read() -> None:
    fake = FakeAws(lag=0.0)
    converge(fake, "small")
    before = len(fake.writes)
    again = converge(fake, "small")
    assert (again.ok, len(fake.writes)) == (True, before)


def test_listings_in_pages_of_one_make_no_difference() -> None:
    fake = FakeAws(lag=0.0, page=1)
    assert converge(fake, "small").ok
    assert types(fake) == Counter(desired.kind for desired in LABS["small"]())


def test_two_runs_send_the_same_calls() -> None:
    def calls() -> list[tuple[str, Any]]:
        fake = FakeAws(lag=0.0)
        converge(fake, "small")
        return [
            (call.operation, dict(call.parameters)) for call in fake.writes if "CallerReference" not in call.parameters
        ]

    assert calls() == calls()


def test_a_call_that_is_cancelled_is_applied_all_the_same() -> None:
    async def main() -> list[str]:
        fake = FakeAws(lag=0.0)
        task = asyncio.create_task(fake.send("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(1)
        return [one.type for one in fake.standing()]

    assert run(main()) == ["vpc"]
