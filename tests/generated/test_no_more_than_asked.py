"""A run does no more than it was asked for, and what others did to a lab does not keep it from going."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pltui.engine.plan import Plan
from pltui.engine.reconcile import Outcome
from pltui.errors import Refused
from pltui.lab.session import Lab
from tests.fakeaws.faults import Call, Fault, always, first
from tests.generated.bare import Account, converge, destroy
from tests.generated.process import REGION

LATE = 60.0  # seconds: longer than what was just done is waited for to show


async def test_once_told_to_stop_not_even_what_rounds_off_is_sent() -> None:
    account = Account()
    labs: list[Lab] = []

    def script(call: Call) -> None:
        if call.operation == "CreateVpc":
            labs[0].stop()

    async def verb(lab: Lab) -> Outcome:
        labs.append(lab)
        return await lab.reconcile()

    ended = await account.process(verb, script)
    assert ended.outcome
    assert ended.outcome.interrupted
    assert "ModifyVpcAttribute" not in account.writes


async def test_what_a_plan_is_not_approved_for_is_not_done() -> None:
    def refuse(plan: Plan, first: bool) -> None:
        raise Refused("no")

    account = Account()
    ended = await account.process(lambda lab: lab.reconcile(review=refuse))
    assert isinstance(ended.error, Refused)
    assert not [call for call in account.sent if call.write]


async def test_what_is_refused_is_not_asked_for_over_and_over() -> None:
    account = Account()
    ended = await account.process(converge, always(Fault.REFUSED, "CreateLoadBalancer"))
    assert not ended.ok
    assert account.writes.count("CreateLoadBalancer") <= 2


async def test_read_only_writes_nothing() -> None:
    account = Account()
    for verb in (converge, destroy, lambda lab: lab.set_cross_zone(True)):
        ended = await account.process(verb, read_only=True)
        assert isinstance(ended.error, Refused)
    assert not [call for call in account.sent if call.write]


async def test_a_load_balancer_that_is_gone_is_not_made_by_a_switch() -> None:
    account = Account()
    await account.made()
    await account.cloud.hand("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[account.id("consumer/endpoint")])
    await account.cloud.hand(
        "ec2", "DeleteVpcEndpointServiceConfigurations", ServiceIds=[account.id("provider/endpoint-service")]
    )
    arn = account.id("provider/load-balancer")
    await account.cloud.hand("elbv2", "DeleteLoadBalancer", LoadBalancerArn=arn)
    ended = await account.process(lambda lab: lab.set_cross_zone(False))
    assert not ended.ok
    assert not account.writes


async def test_what_is_gone_already_holds_up_no_destroy() -> None:
    account = Account()
    await account.made()
    begun = asyncio.get_running_loop().time()
    ended = await account.process(destroy, first(Fault.LOST, "DeleteSubnet"))
    assert ended.ok, ended
    assert asyncio.get_running_loop().time() - begun < LATE


async def test_a_way_out_of_a_vpc_is_not_taken_away_while_it_is_used() -> None:
    """While a NAT gateway has its public address that is refused, time and again."""
    account = Account(pace=0.05)
    await account.made()
    ended = await account.process(destroy)
    assert ended.ok, ended
    assert account.writes.count("DetachInternetGateway") == 2, "one on either side"


async def _connected(account: Account) -> None:
    """Another's endpoint to the lab's service."""
    hand = account.cloud.hand
    vpc = (await hand("ec2", "CreateVpc", CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]
    subnet = await hand("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.9.0.0/24", AvailabilityZone=f"{REGION}a")
    services = await hand("ec2", "DescribeVpcEndpointServiceConfigurations")
    await hand(
        "ec2", "CreateVpcEndpoint", VpcEndpointType="Interface", VpcId=vpc,
        ServiceName=services["ServiceConfigurations"][0]["ServiceName"], SubnetIds=[subnet["Subnet"]["SubnetId"]],
    )  # fmt: skip


async def _entangled(account: Account) -> None:
    """Rules of two groups that name each other."""
    one, other = account.id("consumer/instance-security-group"), account.id("consumer/endpoint-security-group")
    for group, peer in ((one, other), (other, one)):
        rule = {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 9, "UserIdGroupPairs": [{"GroupId": peer}]}
        await account.cloud.hand("ec2", "AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[rule])


async def _protected(account: Account) -> None:
    arn = account.id("provider/load-balancer")
    on = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    await account.cloud.hand("elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=on)


async def _burdened(account: Account) -> None:
    """More policies on the lab's role than it has itself."""
    [role] = [one.id for one in account.cloud.standing() if one.type == "role"]
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    await account.cloud.hand("iam", "AttachRolePolicy", RoleName=role, PolicyArn=policy)
    await account.cloud.hand("iam", "PutRolePolicy", RoleName=role, PolicyName="more", PolicyDocument="{}")


async def _crowned(account: Account) -> None:
    """A table of the lab's is its VPC's main one."""
    table, vpc = account.id("provider/private-route-table-1"), account.id("provider/vpc")
    tables = await account.cloud.hand("ec2", "DescribeRouteTables", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    [main] = [a for t in tables["RouteTables"] for a in t["Associations"] if a["Main"]]
    await account.cloud.hand(
        "ec2", "ReplaceRouteTableAssociation", AssociationId=main["RouteTableAssociationId"], RouteTableId=table
    )


async def _guarded(account: Account) -> None:
    """A machine of the lab's is protected from termination."""
    machine = account.id("provider/server-1")
    await account.cloud.hand(
        "ec2", "ModifyInstanceAttribute", InstanceId=machine, DisableApiTermination={"Value": True}
    )


@pytest.mark.parametrize("done", [_connected, _guarded, _entangled, _protected, _burdened, _crowned])
async def test_what_others_did_to_a_lab_does_not_keep_it_from_going(done: Callable[[Account], Awaitable[None]]) -> None:
    account = Account()
    await account.made()
    before = {(one.type, one.id) for one in account.cloud.standing()}
    await done(account)
    hands = {(one.type, one.id) for one in account.cloud.standing()} - before
    ended = await account.process(destroy)
    assert ended.ok, ended
    left = {(one.type, one.id) for one in account.cloud.standing()}
    assert left <= {key for key in hands if key[0] in ("vpc", "subnet", "endpoint")}
