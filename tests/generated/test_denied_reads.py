"""Reads beside the look, denied: of zones, of offerings, of connections to the service. None closes a command."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pltui.engine.plan import Plan
from pltui.engine.reconcile import Outcome
from pltui.errors import LabError
from pltui.lab.session import Lab
from pltui.spec import parse
from tests.fakeaws.faults import Call, Fault, always
from tests.generated.bare import Account, converge, destroy

ZONES = "DescribeAvailabilityZones"


def planning(plans: list[Plan], *, removal: bool = False) -> Callable[[Lab], Awaitable[Outcome]]:
    """A process that plans, and then converges."""

    async def plan(lab: Lab) -> Outcome:
        plans.append(await lab.plan(destroy=removal))
        return await lab.reconcile()

    return plan


@pytest.mark.parametrize("operation", [ZONES, "DescribeInstanceTypeOfferings"])
async def test_a_lab_that_exists_is_planned_kept_and_destroyed(operation: str) -> None:
    account, plans = Account(), list[Plan]()
    await account.made()
    denied = always(Fault.DENIED, operation)
    ended = await account.process(planning(plans), denied)
    assert ended.ok, ended
    assert plans[0].steps == ()
    assert account.writes == []
    assert (await account.process(destroy, denied)).ok
    assert account.cloud.standing() == []


async def test_a_lab_with_a_part_missing_in_a_known_zone_is_repaired() -> None:
    account = Account()
    await account.made()
    await account.cloud.hand("ec2", "StopInstances", InstanceIds=[account.id("provider/server-1")])
    ended = await account.process(converge, always(Fault.DENIED, ZONES))
    assert ended.ok, ended
    assert account.writes == ["StartInstances"]


async def test_a_lab_that_needs_a_zone_is_refused_with_the_action_and_nothing_is_written() -> None:
    account, seen = Account(), list[Plan | None]()

    async def look(lab: Lab) -> Outcome:
        seen.append(await lab.look())
        with pytest.raises(LabError, match="ec2:DescribeAvailabilityZones") as raised:
            await lab.plan()
        assert raised.value.code == 4
        return await converge(lab)

    ended = await account.process(look, always(Fault.DENIED, ZONES))
    assert seen == [None]
    assert ended.error is not None
    assert ended.error.code == 4
    assert account.writes == []


async def test_listed_zones_in_which_the_lab_is_not_yet_are_refused_with_the_action() -> None:
    account = Account()
    listed = parse(
        "version: 1\nname: small\nprovider: {vpc: {zones: [ap-northeast-1a]}, servers: {count: 1}}\n"
        "consumers: {consumer: {vpc: {zones: 1}}}\n"
    )
    ended = await account.process(converge, always(Fault.DENIED, ZONES), of=listed)
    assert ended.error is not None
    assert ended.error.code == 4


async def test_connections_that_may_not_be_read_are_a_note_of_the_plan() -> None:
    account, plans = Account(), list[Plan]()
    await account.made()
    denied = always(Fault.DENIED, "DescribeVpcEndpointConnections")

    ended = await account.process(planning(plans, removal=True), denied)
    assert ended.ok, ended
    [note] = plans[0].notes
    assert str(note) == "cannot read who is connected to provider/endpoint-service (ec2:DescribeVpcEndpointConnections)"


async def test_a_lost_answer_and_then_a_rejection_of_the_account_stops_further_creates() -> None:
    """What became of the first try is unknown, and the second answer concerns every create."""
    account = Account()
    account, tries = Account(), list[Any]()

    def script(call: Call) -> Fault | None:
        if call.operation != "CreateNatGateway" or (tries and call.parameters["ClientToken"] != tries[0]):
            return None
        tries.append(call.parameters["ClientToken"])
        return Fault.LOST if len(tries) == 1 else Fault.DENIED

    ended = await account.process(converge, script)
    assert not ended.ok
    assert ended.outcome is not None
    assert any("nothing more is created" in one for one in ended.outcome.problems)


@pytest.mark.parametrize("fault", [Fault.INTERNAL, Fault.THROTTLED, Fault.LOST])
async def test_an_optional_read_that_keeps_failing_stops_nothing(fault: Fault) -> None:
    account = Account()
    ended = await account.process(converge, always(fault, "DescribeInstanceTypeOfferings"))
    assert ended.ok, ended
