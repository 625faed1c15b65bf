"""What is read again, when, and what traffic follows later than the API shows."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pltui.reach.parse import Answers
from pltui.reach.world import World
from pltui.sandbox.clock import Clock
from pltui.sandbox.network.lag import CROSS_ZONE_LAG, Lag
from pltui.sandbox.network.reader import topics
from pltui.sandbox.network.sync import Sync, changing_topics
from tests.reach.test_path import GROUP, lab


@pytest.mark.parametrize(
    ("service", "action", "expected"),
    [
        ("elbv2", "ModifyLoadBalancerAttributes", {"balancer_attributes"}),
        ("elasticloadbalancing", "ModifyTargetGroupAttributes", {"group_attributes"}),
        ("elbv2", "RegisterTargets", {"targets"}),
        ("elbv2", "CreateListener", {"listeners"}),
        ("ec2", "StopInstances", {"instances"}),
        ("ec2", "AuthorizeSecurityGroupIngress", {"security_groups"}),
        ("ec2", "AcceptVpcEndpointConnections", {"services", "endpoints", "interfaces"}),
        ("ec2", "ModifyVpcAttribute", {"vpcs", "security_groups"}),
        ("ec2", "CreateRoute", set()),
        ("ec2", "DescribeInstances", set()),
        ("route53", "ChangeResourceRecordSets", {"zones"}),
        ("iam", "CreateRole", set()),
    ],
)
def test_a_call_makes_only_what_it_can_have_changed_be_read(service: str, action: str, expected: set[str]) -> None:
    assert topics(service, action) == expected


class Recorder:
    """A reader that notes what it is asked for."""

    def __init__(self, region: str, log: list[frozenset[str]], failures: int = 0) -> None:
        self.answers = Answers(region)
        self._log = log
        self.failures = failures

    @property
    def all_topics(self) -> frozenset[str]:
        return frozenset({"everything"})

    def read(self, wanted: frozenset[str]) -> frozenset[str]:
        self._log.append(wanted)
        failed = wanted if self.failures else frozenset()
        self.failures = max(self.failures - 1, 0)
        return failed


async def test_a_burst_of_calls_is_read_once_and_a_new_region_whole() -> None:
    log: list[frozenset[str]] = []
    published: list[World] = []

    async def publish(world: World) -> None:
        published.append(world)

    sync = Sync(lambda region: Recorder(region, log), publish, lambda seconds: seconds)
    task = asyncio.create_task(sync.run())
    sync.wake("eu-west-1", frozenset({"instances"}))
    await sync.settled()
    assert log == [{"everything"}]
    for topic in ("instances", "targets", "instances"):
        sync.wake("eu-west-1", frozenset({topic}))
    await sync.settled()
    assert log[1:] == [{"instances", "targets"}]
    assert published == []  # nothing had changed
    task.cancel()


async def test_what_could_not_be_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pltui.sandbox.network.sync._RETRY", 0.01)
    log: list[frozenset[str]] = []

    async def publish(world: World) -> None:
        pass

    sync = Sync(lambda region: Recorder(region, log, failures=2), publish, lambda seconds: seconds)
    task = asyncio.create_task(sync.run())
    sync.wake("eu-west-1")
    async with asyncio.timeout(10):
        while len(log) < 3:
            await sync.settled()
            await asyncio.sleep(0)
    assert log == [{"everything"}] * 3
    task.cancel()


def test_states_that_pass_by_themselves_are_looked_at_again() -> None:
    quiet = Answers("r", instances=({"State": {"Name": "running"}},))
    assert changing_topics(quiet) == frozenset()
    assert changing_topics(replace(quiet, instances=({"State": {"Name": "pending"}},))) == {"instances"}
    assert changing_topics(replace(quiet, endpoints=({"State": "pendingAcceptance"},))) == frozenset()
    assert changing_topics(replace(quiet, endpoints=({"State": "pending"},))) == {"endpoints", "interfaces"}


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("level", ["load balancer", "target group"])
def test_nodes_follow_the_switch_a_while_after_the_api_shows_it(level: str) -> None:
    time = Time()
    lag = Lag(Clock(1.0, time))

    def seen(value: bool) -> World:
        return lab(cross_zone=value) if level == "load balancer" else lab(by_group=value)

    def in_force(world: World) -> bool | None:
        switched = world.load_balancers["nlb"] if level == "load balancer" else world.target_groups[GROUP]
        return switched.cross_zone

    assert in_force(lag.apply(seen(False))) is False
    assert lag.next_change() is None
    assert in_force(lag.apply(seen(True))) is False
    assert lag.next_change() == CROSS_ZONE_LAG
    time.now = CROSS_ZONE_LAG - 1
    assert in_force(lag.apply(seen(True))) is False
    time.now = CROSS_ZONE_LAG
    assert in_force(lag.apply(seen(True))) is True
    assert lag.next_change() is None


def test_a_switch_turned_back_in_time_never_took_effect() -> None:
    time = Time()
    lag = Lag(Clock(1.0, time))
    lag.apply(lab(cross_zone=False))
    lag.apply(lab(cross_zone=True))
    time.now = 1.0
    lag.apply(lab(cross_zone=False))
    time.now = 2 * CROSS_ZONE_LAG
    assert lag.apply(lab(cross_zone=False)).load_balancers["nlb"].cross_zone is False
    assert lag.next_change() is None
