"""What is not ours is neither taken for ours nor touched."""

from collections.abc import Mapping
from typing import Any

import pytest

from pltui.aws.settings import Settings
from pltui.errors import Refused
from pltui.lab.session import Lab
from tests.fakeaws import FakeAws
from tests.fakeaws.ssm import NEWEST_IMAGE
from tests.fakeaws.world import Item
from tests.generated.bare import Account, converge, destroy
from tests.generated.bystanders import make_bystanders
from tests.generated.invariants import assert_exactly, assert_others_untouched, photograph
from tests.generated.labs import all_desired, spec
from tests.generated.process import REGION, Host, process


class Careless(FakeAws):
    """An endpoint that ignores filters, as emulators do with those they do not know."""

    async def send(self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0) -> Item:
        left = {name: value for name, value in parameters.items() if name not in ("Filters", "Filter", "PathPrefix")}
        return await super().send(service, operation, left, urgency)


async def test_where_filters_are_ignored_all_that_is_not_ours_stays_as_it_was() -> None:
    cloud = Careless(lag=0.0, pace=0.0)
    await make_bystanders(cloud)
    host = Host()
    assert (await process(cloud, spec("b"), converge, host=host)).ok
    others = photograph(cloud.standing())
    for verb in (converge, destroy):
        settings = Settings(target="aws", region=REGION, timeout=3600)
        lab = Lab("lab.yaml", spec("a"), settings, wire=cloud, process=host.process(99))
        await lab.open()
        outcome = await verb(lab)
        assert outcome.ok, outcome
        assert_others_untouched(cloud, others)
    assert_exactly(cloud, {}, others)


async def _twin(cloud: FakeAws, kind: str) -> None:
    """Something of another's with the very name the lab wants for its own."""
    [name] = {desired.spec["name"] for desired in all_desired("a") if desired.kind == kind}
    vpc = (await cloud.hand("ec2", "CreateVpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
    zone = f"{REGION}a"
    match kind:
        case "load_balancer":
            subnet = await cloud.hand("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=zone)
            balancer = await cloud.hand(
                "elbv2", "CreateLoadBalancer", Name=name, Type="network", Scheme="internal",
                Subnets=[subnet["Subnet"]["SubnetId"]],
            )  # fmt: skip
            group = await cloud.hand("elbv2", "CreateTargetGroup", Name="by-hand", Protocol="TCP", Port=80, VpcId=vpc)
            action = {"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}
            arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
            await cloud.hand(
                "elbv2", "CreateListener", LoadBalancerArn=arn, Protocol="TCP", Port=80, DefaultActions=[action]
            )
        case "target_group":
            subnet = await cloud.hand("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=zone)
            started = await cloud.hand(
                "ec2", "RunInstances", ImageId=NEWEST_IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1,
                SubnetId=subnet["Subnet"]["SubnetId"],
            )  # fmt: skip
            group = await cloud.hand("elbv2", "CreateTargetGroup", Name=name, Protocol="TCP", Port=80, VpcId=vpc)
            await cloud.hand(
                "elbv2", "RegisterTargets", TargetGroupArn=group["TargetGroups"][0]["TargetGroupArn"],
                Targets=[{"Id": started["Instances"][0]["InstanceId"], "Port": 80}],
            )  # fmt: skip
        case "role":
            await cloud.hand("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument="{}")
        case "instance_profile":
            await cloud.hand("iam", "CreateInstanceProfile", InstanceProfileName=name)


TWINS = ["load_balancer", "target_group", "role", "instance_profile"]


@pytest.mark.parametrize("adopt", [False, True], ids=["", "adopting"])
@pytest.mark.parametrize("kind", TWINS)
async def test_what_is_anothers_and_has_a_wanted_name_stops_a_run_before_it_writes(kind: str, adopt: bool) -> None:
    """Also where it may be taken over, if that would take more than changes in place."""
    account = Account()
    await _twin(account.cloud, kind)
    others = photograph(account.cloud.standing())
    ended = await account.process(converge, adopt=adopt)
    assert isinstance(ended.error, Refused), ended
    assert not account.writes
    assert_others_untouched(account.cloud, others)


async def test_what_could_be_taken_over_is_only_where_that_was_asked_for() -> None:
    """A load balancer of the lab's whose tags somebody took off."""
    account = Account()
    await account.made()
    arn = account.id("provider/load-balancer")
    await account.cloud.hand("elbv2", "RemoveTags", ResourceArns=[arn], TagKeys=["pltui:lab"])
    ended = await account.process(converge)
    assert isinstance(ended.error, Refused)
    assert not account.writes
    ended = await account.process(converge, adopt=True)
    assert ended.ok, ended
    assert account.writes == ["AddTags"]


async def test_what_others_have_beside_ours_is_left_as_it_is() -> None:
    """A route in a table of theirs in our VPC, and our server in a group of theirs."""
    account = Account()
    await account.made()
    hand, vpc = account.cloud.hand, account.id("provider/vpc")
    table = (await hand("ec2", "CreateRouteTable", VpcId=vpc))["RouteTable"]["RouteTableId"]
    way_out = account.id("provider/internet-gateway")
    await hand("ec2", "CreateRoute", RouteTableId=table, DestinationCidrBlock="192.0.2.0/24", GatewayId=way_out)
    group = await hand("elbv2", "CreateTargetGroup", Name="small-theirs", Protocol="TCP", Port=80, VpcId=vpc)
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    server = account.id("provider/server-1")
    await hand("elbv2", "RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": server, "Port": 80}])
    ended = await account.process(converge)
    assert ended.ok, ended
    assert not account.writes


async def test_routes_that_services_wrote_into_our_tables_are_left_as_they_are() -> None:
    """Those of a gateway endpoint and of VPC Lattice: no call removes them."""
    account = Account()
    await account.made()
    vpc, table = account.id("consumer/vpc"), account.id("consumer/private-route-table-1")
    name = f"com.amazonaws.{REGION}.s3"
    await account.cloud.hand("ec2", "CreateVpcEndpoint", VpcId=vpc, ServiceName=name, RouteTableIds=[table])
    thing = account.cloud.world.ref("route_table", table)
    route = {"GatewayId": "VpcLattice", "Origin": "CreateRoute", "State": "active"}
    routes = [*thing.truth["Routes"], {"DestinationPrefixListId": "pl-0721453c7ac4ec009", **route}]
    account.cloud.world.change(thing, Routes=routes)
    ended = await account.process(converge)
    assert ended.ok, ended
    assert not account.writes


async def test_a_route_of_another_hand_in_the_place_of_ours_is_pointed_back() -> None:
    """A route to another destination is left, unless it leads through a gateway as the lab's do."""
    account = Account()
    await account.made()
    thing = account.cloud.world.ref("route_table", account.id("consumer/public-route-table"))
    strange = {"NetworkInterfaceId": "eni-00000000000000001", "Origin": "CreateRoute", "State": "active"}
    kept = [route for route in thing.truth["Routes"] if route["DestinationCidrBlock"] != "0.0.0.0/0"]
    added = [{"DestinationCidrBlock": cidr, **strange} for cidr in ("0.0.0.0/0", "192.0.2.0/24")]
    account.cloud.world.change(thing, Routes=[*kept, *added])
    ended = await account.process(converge)
    assert ended.ok, ended
    assert account.writes == ["ReplaceRoute"]


@pytest.mark.parametrize("kind", TWINS)
async def test_what_is_anothers_and_has_a_name_of_ours_is_not_destroyed(kind: str) -> None:
    account = Account()
    await _twin(account.cloud, kind)
    others = photograph(account.cloud.standing())
    ended = await account.process(destroy)
    assert ended.ok, ended
    assert_others_untouched(account.cloud, others)
