"""`reconcile --watch` for a day: few reads, every drift mended and told, and memory as flat as the first hour's."""

import asyncio
import gc
from dataclasses import replace
from typing import Any

import pytest

from pltui.aws.settings import Settings
from pltui.cli.output import Output
from pltui.cli.reconcile_watch import LONGEST, watch
from pltui.engine.model import Observation
from pltui.engine.plan import Plan
from pltui.errors import NotApproved
from pltui.lab.session import Lab
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.faults import Call, Fault, Script, always, no_faults
from tests.generated.another_hand import drift
from tests.generated.invariants import assert_exactly, assert_works
from tests.generated.labs import NAMES, all_desired, spec
from tests.generated.process import REGION, Caller, Host

HOUR = 3600.0
MOST_READS = 40  # of one look at the small lab


def watched(cloud: FakeAws) -> tuple[Lab, Caller]:
    wire, host = Caller(cloud), Host()
    host.living.add("1")
    return Lab("lab.yaml", spec("a"), Settings(target="aws", region=REGION), wire=wire, process=host.process(1)), wire


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is told."""
    told: list[str] = []
    monkeypatch.setattr(Output, "say", lambda self, text: told.append(text))
    return told


async def test_where_nothing_happens_it_looks_once_a_minute_and_writes_nothing() -> None:
    lab, wire = watched(FakeAws(lag=0.0, pace=0.05))
    await lab.open()
    task = asyncio.create_task(watch(lab, Output()))
    await asyncio.sleep(HOUR)
    reads, writes = len(wire.calls), len(wire.writes)
    await asyncio.sleep(HOUR)
    looks = HOUR / LONGEST
    assert len(wire.writes) == writes
    assert 0 < len(wire.calls) - reads <= looks * MOST_READS
    lab.stop()
    assert await task == 130


async def test_what_another_hand_changed_is_told_with_where_to_ask_who_it_was_and_mended(lines: list[str]) -> None:
    cloud = FakeAws(lag=0.0, pace=0.05)
    lab, _ = watched(cloud)
    await lab.open()
    task = asyncio.create_task(watch(lab, Output()))
    await asyncio.sleep(HOUR)
    balancer = next(one for one in cloud.standing() if one.type == "load_balancer")
    off = [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]
    await cloud.hand("elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=balancer.id, Attributes=off)
    lines.clear()
    await asyncio.sleep(2 * LONGEST)
    said = "\n".join(lines)
    assert "changed outside pltui since 20" in said
    assert "cross_zone: false -> true" in said
    assert (
        f"aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue={balancer.id}"
        in said
    )
    assert_works(cloud, NAMES["a"], all_desired("a"))
    lab.stop()
    await task


@pytest.mark.parametrize("hours", [3, pytest.param(24, marks=pytest.mark.slow)])
async def test_a_day_of_drift_is_mended_by_the_minute_and_leaves_memory_flat(hours: int) -> None:
    cloud = FakeAws(lag=0.0, pace=0.05)
    lab, wire = watched(cloud)
    await lab.open()
    task = asyncio.create_task(watch(lab, Output()))
    held = []
    for hour in range(1, hours + 1):
        await drift(cloud, hour * 5, NAMES["a"])
        await asyncio.sleep(HOUR)
        assert_exactly(cloud, {NAMES["a"]: all_desired("a")}, {})
        wire.calls.clear()  # what the test itself keeps
        gc.collect()
        held.append(len(gc.get_objects()))
    lab.stop()
    await task
    assert held[-1] < held[len(held) // 3] * 1.02, held


async def watched_for(seconds: float, cloud: FakeAws, *, script: Script = no_faults) -> tuple[int, Caller]:
    lab, wire = watched(cloud)
    wire.script = script
    await lab.open()
    asyncio.get_running_loop().call_later(seconds, lab.stop)
    return await watch(lab, Output()), wire


async def test_what_ends_at_each_launch_is_launched_twice_and_asked_for_more_seldom() -> None:
    cloud, looks = FakeAws(lag=0.0, pace=0.05), list[float]()
    cloud.world.ended_at_launch = [{"Code": "Client.InternalError", "Message": "Client error on launch"}] * 1000

    def script(call: Call) -> Fault | None:
        looks.extend([asyncio.get_running_loop().time()] if call.operation == "DescribeVpcs" else [])
        return None

    code, wire = await watched_for(HOUR, cloud, script=script)
    launched = {one.parameters["ClientToken"] for one in wire.writes if one.operation == "RunInstances"}
    assert code == 130
    assert len(launched) <= 4  # each of the two machines twice
    assert len([at for at in looks if at > HOUR / 2]) <= HOUR / 2 / LONGEST * 4


async def test_what_shows_another_value_than_it_was_made_with_is_replaced_once() -> None:
    cloud = FakeAws(lag=0.0, pace=0.05)
    lab, wire = watched(cloud)
    await lab.open()
    task = asyncio.create_task(watch(lab, Output()))
    await asyncio.sleep(HOUR)
    odd = {"target_group": {"protocol": "UDP"}}
    observed = lab._cloud.observe

    async def observe(*given: Any, **more: Any) -> Observation:
        found = await observed(*given, **more)
        changed = [replace(one, spec={**one.spec, **odd.get(one.kind, {})}) for one in found.observed]
        return replace(found, observed=changed)

    lab._cloud.observe = observe
    before = len(wire.writes)
    await asyncio.sleep(HOUR)
    made = [call for call in wire.writes[before:] if call.operation == "CreateTargetGroup"]
    assert len(made) == 1
    lab.stop()
    await task


async def test_a_permission_that_is_missing_from_the_first_run_on_ends_it_at_once() -> None:
    code, wire = await watched_for(HOUR, FakeAws(lag=0.0, pace=0.05), script=always(Fault.DENIED, "CreateVpc"))
    assert code == 4
    assert sum(call.operation == "CreateVpc" for call in wire.calls) <= 2


async def test_what_was_agreed_to_is_what_the_first_run_does_and_no_other() -> None:
    cloud, reviewed = FakeAws(lag=0.0, pace=0.05), list[bool]()
    lab, _ = watched(cloud)
    await lab.open()
    task = asyncio.create_task(watch(lab, Output(), lambda _, first: reviewed.append(first)))
    await asyncio.sleep(HOUR)
    seen_first = len(reviewed)
    await drift(cloud, 5, NAMES["a"])
    await asyncio.sleep(HOUR)
    assert reviewed[0]
    assert len(reviewed) == seen_first
    lab.stop()
    await task


async def test_a_read_that_is_denied_later_is_said_and_the_watch_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    problems: list[str] = []
    monkeypatch.setattr(Output, "complain", lambda self, text: problems.append(text))
    cloud = FakeAws(lag=0.0, pace=0.05)
    lab, wire = watched(cloud)
    await lab.open()
    task = asyncio.create_task(watch(lab, Output()))
    await asyncio.sleep(HOUR)
    wire.script = always(Fault.DENIED, "DescribeNatGateways")
    await asyncio.sleep(2 * LONGEST)
    assert any("ec2:DescribeNatGateways is denied" in problem for problem in problems)
    [gateway] = [one for one in cloud.standing() if one.type == "nat_gateway"][:1]
    await cloud.hand("ec2", "DeleteNatGateway", NatGatewayId=gateway.id)
    wire.script = no_faults
    await asyncio.sleep(5 * LONGEST)
    assert_works(cloud, NAMES["a"], all_desired("a"))
    lab.stop()
    assert await task == 130


async def test_a_plan_that_was_not_agreed_to_ends_the_watch_also_after_a_write() -> None:
    cloud, passes = FakeAws(lag=0.0, pace=0.05), list[bool]()
    lab, wire = watched(cloud)
    await lab.open()

    def review(_: Plan, first: bool) -> None:
        passes.append(first)
        if not first:
            raise NotApproved("the lab has changed since the plan was made")

    with pytest.raises(NotApproved) as raised:
        await watch(lab, Output(), review)
    assert raised.value.code == 1
    assert lab.wrote
    assert passes == [True, False]
    count = len(wire.writes)
    await asyncio.sleep(HOUR)
    assert len(wire.writes) == count
