"""What is in the place of something of ours, and only shows when that is made: it is named and stays as it is."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.generated.account import ZONE, Account, converged, group_by_hand, reconciled
from tests.generated.invariants import assert_exactly, assert_others_untouched
from tests.generated.labs import NAMES, all_desired
from tests.generated.process import REGION


async def another_labs_group(account: Account) -> str:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "pltui:lab", "Value": "other"}]}]
    return await group_by_hand(account, TagSpecifications=tags) + " (of lab other)"


async def subnet_by_hand(account: Account) -> str:
    """In the place of one that somebody deleted."""
    ours = account.id("consumer/private-subnet-1")
    [was] = [one.detail for one in account.cloud.standing() if one.id == ours]
    await account.hand("ec2", "TerminateInstances", InstanceIds=[account.id("consumer/client")])
    await account.hand("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[account.id("consumer/endpoint")])
    await asyncio.sleep(60)
    await account.hand("ec2", "DeleteSubnet", SubnetId=ours)
    made = await account.hand(
        "ec2", "CreateSubnet", VpcId=was["VpcId"], CidrBlock=was["CidrBlock"].replace("/20", "/24"),
        AvailabilityZone=ZONE,
    )  # fmt: skip
    return f"{made['Subnet']['SubnetId']} with {made['Subnet']['CidrBlock']}"


async def zone_by_hand(account: Account) -> str:
    ours = next(one for one in account.cloud.standing() if one.type == "hosted_zone")
    records = [one.detail for one in account.cloud.standing() if one.type == "record"]
    changes = [{"Action": "DELETE", "ResourceRecordSet": record} for record in records]
    await account.hand("route53", "ChangeResourceRecordSets", HostedZoneId=ours.id, ChangeBatch={"Changes": changes})
    await account.hand("route53", "DeleteHostedZone", Id=ours.id)
    made = await account.hand(
        "route53", "CreateHostedZone", Name="example.local", CallerReference="by hand",
        VPC={"VPCRegion": REGION, "VPCId": account.id("consumer/vpc")}, HostedZoneConfig={"PrivateZone": True},
    )  # fmt: skip
    return f"hosted zone {made['HostedZone']['Id'].rpartition('/')[2]}"


async def gateway_by_hand(account: Account) -> str:
    """On the VPC in place of ours; nothing with a public address is left in it."""
    ours, vpc = account.id("consumer/internet-gateway"), account.id("consumer/vpc")
    await account.hand("ec2", "DeleteNatGateway", NatGatewayId=account.id("consumer/nat-gateway-1"))
    await asyncio.sleep(60)
    await account.hand("ec2", "DetachInternetGateway", InternetGatewayId=ours, VpcId=vpc)
    made = await account.hand("ec2", "CreateInternetGateway")
    theirs = str(made["InternetGateway"]["InternetGatewayId"])
    await account.hand("ec2", "AttachInternetGateway", InternetGatewayId=theirs, VpcId=vpc)
    return theirs


async def service_by_hand(account: Account) -> str:
    await account.hand("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[account.id("consumer/endpoint")])
    await asyncio.sleep(60)
    service = account.id("provider/endpoint-service")
    await account.hand("ec2", "DeleteVpcEndpointServiceConfigurations", ServiceIds=[service])
    await asyncio.sleep(10)
    made = await account.hand(
        "ec2", "CreateVpcEndpointServiceConfiguration", AcceptanceRequired=True,
        NetworkLoadBalancerArns=[account.id("provider/load-balancer")],
    )  # fmt: skip
    return str(made["ServiceConfiguration"]["ServiceId"])


# What else is missing then, and is as wanted in the end where it does not need that place.
PLACES: dict[Callable[[Account], Awaitable[str]], tuple[str, set[str]]] = {
    another_labs_group: ("consumer/instance-security-group", {"consumer/client"}),
    subnet_by_hand: ("consumer/private-subnet-1", {"consumer/client", "consumer/endpoint"}),
    zone_by_hand: ("consumer/zone", set()),
    gateway_by_hand: ("consumer/internet-gateway/attachment", {"consumer/nat-gateway-1"}),
    service_by_hand: ("provider/endpoint-service", {"consumer/endpoint"}),
}


@pytest.mark.parametrize("hand", PLACES)
async def test_what_is_in_the_place_of_ours_is_named_and_stays_and_all_else_is_done(
    hand: Callable[[Account], Awaitable[str]],
) -> None:
    address, behind = PLACES[hand]
    account = await converged()
    whole = account.ours()
    named = await hand(account)
    theirs = {key: one for key, one in account.everything().items() if key[1] in named}
    await account.hand("ec2", "DeleteTags", Resources=[account.id("provider/vpc")], Tags=[{"Key": "Name"}])

    for adopt in (False, True):
        ended = await reconciled(account, adopt=adopt)
        assert ended.outcome, str(ended)
        assert (ended.outcome.ok, ended.outcome.denied, ended.outcome.failed) == (False, False, 1)
        [problem] = ended.outcome.problems
        assert problem.startswith(f"create {address} (")
        assert f"(taken by {named})" in problem
        assert ";" in problem, "what to do is told"
        assert address in ended.outcome.left
    assert whole - account.ours() <= {address, *behind}
    [vpc] = [one for one in account.cloud.standing() if one.id == account.id("provider/vpc")]
    assert vpc.tags["Name"] == "provider-vpc", "what has nothing to do with it is done"
    assert_others_untouched(account.cloud, theirs)


async def test_our_subnet_with_anothers_table_is_given_ours_again_and_the_table_stays() -> None:
    """The association is part of our subnet."""
    account = await converged()
    vpc, subnet = account.id("consumer/vpc"), account.id("consumer/private-subnet-1")
    table = (await account.hand("ec2", "CreateRouteTable", VpcId=vpc))["RouteTable"]["RouteTableId"]
    theirs = {key: one for key, one in account.everything().items() if key[1] == table}
    [held] = [
        one["RouteTableAssociationId"]
        for thing in account.cloud.standing()
        if thing.type == "route_table"
        for one in thing.detail["Associations"]
        if one.get("SubnetId") == subnet
    ]
    await account.hand("ec2", "ReplaceRouteTableAssociation", AssociationId=held, RouteTableId=table)
    ended = await reconciled(account)
    assert ended.ok, str(ended)
    assert_others_untouched(account.cloud, theirs)
    assert_exactly(account.cloud, {NAMES["a"]: all_desired("a")}, theirs)
