"""Nothing is made twice: each rule that sees to it, where it alone makes the difference."""

import asyncio
from typing import Any

import pytest

from tests.fakeaws import world as aws
from tests.fakeaws.faults import Call, Fault, first, no_faults
from tests.generated.bare import Account, converge
from tests.generated.invariants import assert_exactly
from tests.generated.labs import all_desired

LATE = 60.0  # seconds: longer than what was just done is waited for to show
ENDS = ("Delete", "Terminate", "Release", "Detach")


# By type: its create, and the deletion of one at an address by another hand.
GUARDED = {
    "endpoint": ("CreateVpcEndpoint", "DeleteVpcEndpoints", "VpcEndpointIds", "consumer/endpoint"),
    "endpoint_service": ("CreateVpcEndpointServiceConfiguration", "", "", ""),
    "instance": ("RunInstances", "TerminateInstances", "InstanceIds", "provider/server-1"),
    "nat_gateway": ("CreateNatGateway", "DeleteNatGateway", "NatGatewayId", "provider/nat-gateway-1"),
}


@pytest.mark.parametrize("type_", GUARDED)
async def test_a_create_whose_answer_is_lost_makes_one_however_late_it_shows(
    type_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, delete, parameter, address = GUARDED[type_]
    account = Account(lag=1.0, pace=0.05)
    if delete:
        await account.made()
        id_: Any = account.id(address)
        await account.cloud.hand("ec2", delete, **{parameter: [id_] if parameter.endswith("s") else id_})
        await asyncio.sleep(300)
    monkeypatch.setitem(aws.LAG, type_, LATE)  # type: ignore[arg-type]
    ended = await account.process(converge, first(Fault.LOST, create))
    assert ended.ok, ended
    assert not [name for name in account.writes if name.startswith(ENDS)]
    assert_exactly(account.cloud, {"small": all_desired("a")}, {})


async def test_what_does_not_show_yet_is_waited_for_in_the_same_pass() -> None:
    account = Account(lag=1.0, pace=0.05)
    ended = await account.process(converge)
    assert ended.outcome
    assert ended.outcome.passes <= 3, "one that makes, one that mends what came too early, and a last look"


@pytest.mark.parametrize("operation", ["CreateVpc", "AllocateAddress", "CreateInternetGateway", "CreateRouteTable"])
async def test_what_a_killed_process_may_just_have_made_is_not_made_again(operation: str) -> None:
    account = Account(lag=4.0, pace=0.05)
    await account.process(converge, first(Fault.KILLED_AFTER, operation))
    ended = await account.process(converge)
    assert ended.ok, ended
    assert not [name for name in account.writes if name.startswith(ENDS)]


@pytest.mark.parametrize("fault", [None, Fault.LOST], ids=["answered", "lost"])
async def test_what_was_changed_is_not_changed_again_before_it_shows(fault: Fault | None) -> None:
    account = Account(lag=5.0)
    await account.made()
    group = account.id("provider/service-security-group")
    [found] = [one for one in account.cloud.standing() if one.id == group]
    rules = found.detail["IpPermissions"]
    await account.cloud.hand("ec2", "RevokeSecurityGroupIngress", GroupId=group, IpPermissions=rules)
    await asyncio.sleep(LATE)
    mend = "AuthorizeSecurityGroupIngress"
    ended = await account.process(converge, first(fault, mend) if fault else no_faults)
    assert ended.ok, ended
    assert account.writes == [mend]


async def test_what_was_changed_and_undone_at_once_is_changed_again_after_a_while() -> None:
    account = Account(lag=5.0)
    await account.made()
    group = account.id("provider/service-security-group")
    [found] = [one for one in account.cloud.standing() if one.id == group]
    rules = found.detail["IpPermissions"]
    undo, mend = "RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"
    await account.cloud.hand("ec2", undo, GroupId=group, IpPermissions=rules)
    await asyncio.sleep(LATE)

    async def undone() -> None:
        await asyncio.sleep(0.05)
        await account.cloud.hand("ec2", undo, GroupId=group, IpPermissions=rules)

    def script(call: Call) -> None:
        if call.operation == mend and mend not in account.writes[:-1]:
            asyncio.ensure_future(undone())  # noqa: RUF006

    async with asyncio.timeout(4 * LATE):
        ended = await account.process(converge, script)
    assert ended.ok, ended
    assert account.writes == [mend, mend]


async def test_what_was_made_and_not_rounded_off_is_not_made_again_before_it_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(aws.LAG, "vpc", 12.0)  # type: ignore[arg-type]  # longer than all else that is waited for

    def script(call: Call) -> Fault | None:
        """At first nothing can be done in or to a VPC."""
        early = asyncio.get_running_loop().time() < 2.0
        return Fault.REFUSED if early and call.write and "'vpc-" in str(call.parameters) else None

    account = Account(lag=1.0)
    ended = await account.process(converge, script)
    assert ended.ok, ended
    assert account.writes.count("CreateVpc") == 2, "one on either side"


async def test_a_machine_is_made_of_the_newest_image_though_one_of_an_older_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = Account()
    await account.process(converge, first(Fault.KILLED_AFTER, "RunInstances"))
    await account.cloud.hand("ec2", "TerminateInstances", InstanceIds=[account.id("provider/server-1")])
    monkeypatch.setattr("tests.fakeaws.ssm.NEWEST_IMAGE", "ami-00000000000000001")
    ended = await account.process(converge)
    assert ended.ok, ended
