"""Who is in whose way, as plain moto tells it."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator

import pytest

from pltui.resources import blockers
from pltui.resources.base import AwsContext
from pltui.spec import parse
from tests.resources.world import World

SPEC = """
version: 1
name: held
provider: {vpc: {zones: 1}, servers: {count: 1}, load_balancer: {name: held-nlb}}
consumers: {consumer: {vpc: {zones: 1}}}
"""


@pytest.fixture(scope="module")
def world(moto_url: str) -> Iterator[World]:
    world = World(moto_url, "eu-north-1", parse(SPEC))
    world.converge()
    yield world
    world.destroy()


@pytest.fixture
def lab(world: World) -> AwsContext:
    return AwsContext("another", world.aws)  # to whom all of it is somebody else's


def told(finding: Awaitable[Iterable[blockers.Blocker]]) -> str:
    async def main() -> str:
        return ", ".join(map(str, await finding))

    return asyncio.run(main())


def test_a_subnet_a_group_and_a_way_out_are_held_by_interfaces(world: World, lab: AwsContext) -> None:
    server, vpc = world.id("provider/server-1"), world.id("provider/vpc")
    group = world.id("provider/service-security-group")
    assert f"(instance {server})" in told(blockers.of_subnet(lab, world.id("provider/private-subnet-1")))
    assert f"(instance {server})" in told(blockers.of_group(lab, group, vpc))
    assert f"(instance {server})" not in told(blockers.of_way_out(lab, vpc)), "it has no public address"


def test_a_group_is_held_by_those_whose_rules_name_it(world: World, lab: AwsContext) -> None:
    ec2, vpc, ours = world.raw("ec2"), world.id("consumer/vpc"), world.id("consumer/endpoint-security-group")
    theirs = ec2.create_security_group(GroupName="names-it", Description="x", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": ours}]}
    ec2.authorize_security_group_egress(GroupId=theirs, IpPermissions=[rule])
    assert f"{theirs} by its rules" in told(blockers.of_group(lab, ours, vpc))
    ec2.delete_security_group(GroupId=theirs)


def test_a_vpc_is_held_by_what_is_in_it_but_for_what_goes_with_it(world: World, lab: AwsContext) -> None:
    found = told(blockers.of_vpc(lab, world.id("consumer/vpc")))
    parts = ("private-subnet-1", "internet-gateway", "private-route-table-1", "instance-security-group", "endpoint")
    for part in parts:
        assert world.id(f"consumer/{part}") in found
    assert "of lab held" in found
    groups = world.raw("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])
    assert not [group["GroupId"] for group in groups["SecurityGroups"] if group["GroupId"] in found]


def test_each_other_thing_is_held_by_what_uses_it(world: World, lab: AwsContext) -> None:
    balancer, role = world.id("provider/load-balancer"), world.id("consumer/role")
    assert world.id("provider/endpoint-service") in told(blockers.of_balancer(lab, balancer))
    assert world.id("provider/target-group")
    assert told(blockers.of_target_group(lab, world.id("provider/target-group"))) == balancer
    assert world.id("consumer/instance-profile") in told(blockers.of_role(lab, role))
    table = world.id("consumer/private-route-table-1")
    assert told(blockers.of_table(lab, table)) == world.id("consumer/private-subnet-1")


def test_a_place_is_taken_by_what_is_in_it(world: World, lab: AwsContext) -> None:
    vpc = world.id("consumer/vpc")
    subnet, group = world.id("consumer/private-subnet-1"), world.id("consumer/instance-security-group")
    cidr = world.raw("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"][0]["CidrBlock"]
    assert f"{subnet} (" in told(blockers.at_cidr(lab, vpc, cidr))
    assert cidr in told(blockers.at_cidr(lab, vpc, "10.0.0.0/16"))
    assert f"{group} (" in told(blockers.at_group_name(lab, vpc, "CONSUMER-instance-sg"))
    assert world.id("consumer/internet-gateway") in told(blockers.at_way_out(lab, vpc))
    assert told(blockers.at_zone_name(lab, vpc, "example.local")) == f"hosted zone {world.id('consumer/zone')}"
    assert not told(blockers.at_zone_name(lab, world.id("provider/vpc"), "example.local"))
