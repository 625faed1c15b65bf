"""The published lab, converged on plain moto and read back with raw boto3."""

import base64
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from pltui.engine.model import Op
from pltui.spec import load
from tests.fakecloud.labs import SPECS
from tests.resources.world import World, tags

LAB = "privatelink"
ZONES = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
PRIVATE = ["10.0.128.0/20", "10.0.144.0/20", "10.0.160.0/20"]
PUBLIC = ["10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"]
SIDES = ["provider", "consumer"]


@pytest.fixture(scope="module")
def world(moto_url: str) -> Iterator[World]:
    world = World(moto_url, "ap-northeast-1", load(SPECS / "privatelink.yaml"))
    outcome = world.converge()
    assert (outcome.created, outcome.updated, outcome.deleted) == (len(world.all_desired), 0, 0)
    world.plan()
    yield world
    world.destroy()


@pytest.fixture(scope="module")
def ec2(world: World) -> Any:
    return world.raw("ec2")


@pytest.fixture(scope="module")
def elbv2(world: World) -> Any:
    return world.raw("elbv2")


def one(found: list[Any]) -> Any:
    [item] = found
    return item


def by_name(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Ours, by their Name tag."""
    return {tags(item)["Name"]: item for item in items if tags(item).get("pltui:lab") == LAB}


def test_a_second_run_writes_nothing(world: World) -> None:
    before = world.account()
    assert world.converge().writes == 0
    assert world.plan() == []
    assert world.account() == before


# -- whose they are ---------------------------------------------------------------------------------------------------

TAGGED = {
    "vpc": 2, "subnet": 12, "internet_gateway": 2, "elastic_ip": 2, "nat_gateway": 2, "route_table": 4,
    "security_group": 3, "instance": 4, "endpoint_service": 1, "endpoint": 1,
}  # fmt: skip


def test_every_ec2_resource_that_can_is_created_with_name_lab_and_address(world: World, ec2: Any) -> None:
    answer = ec2.describe_tags(Filters=[{"Name": "tag:pltui:lab", "Values": [LAB]}])["Tags"]
    ids = {tag["ResourceId"] for tag in answer}
    wanted = {desired.address: desired for desired in world.all_desired if desired.kind in TAGGED}
    assert Counter(desired.kind for desired in wanted.values()) == TAGGED
    # Not the other way round: moto remembers the tags of what was deleted.
    assert {world.id(address) for address in wanted} <= ids
    for address, desired in wanted.items():
        filters = [{"Name": "resource-id", "Values": [world.id(address)]}]
        found = {tag["Key"]: tag["Value"] for tag in ec2.describe_tags(Filters=filters)["Tags"]}
        assert {key: found[key] for key in ("Name", "pltui:lab", "pltui:address")} == {
            "Name": desired.name, "pltui:lab": LAB, "pltui:address": address,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("provider/load-balancer", "provider-nlb"),
        ("provider/target-group", "provider-target-group"),
        ("provider/load-balancer/listener", "provider-nlb-tcp-80"),
    ],
)
def test_every_load_balancing_resource_is_tagged(world: World, elbv2: Any, address: str, name: str) -> None:
    found = one(elbv2.describe_tags(ResourceArns=[world.id(address)])["TagDescriptions"])
    assert tags(found) == {"Name": name, "pltui:lab": LAB, "pltui:address": address}


def test_role_and_profile_are_tagged_and_live_under_the_labs_path(world: World) -> None:
    iam = world.raw("iam")
    role = iam.get_role(RoleName=world.id("consumer/role"))["Role"]
    profile = iam.get_instance_profile(InstanceProfileName=world.id("consumer/instance-profile"))["InstanceProfile"]
    assert (role["Path"], profile["Path"]) == (f"/pltui/{world.region}/{LAB}/",) * 2
    assert tags(role)["pltui:address"] == "consumer/role"
    assert tags(profile)["pltui:address"] == "consumer/instance-profile"


# -- networks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
def test_a_vpc_has_its_block_and_both_dns_flags(world: World, ec2: Any, side: str) -> None:
    vpc = by_name(ec2.describe_vpcs()["Vpcs"])[f"{side}-vpc"]
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    for name in ("enableDnsSupport", "enableDnsHostnames"):
        answer = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)
        assert answer[name[0].upper() + name[1:]] == {"Value": True}


@pytest.mark.parametrize("side", SIDES)
def test_a_vpc_has_a_public_and_a_private_subnet_in_each_zone(world: World, ec2: Any, side: str) -> None:
    vpc = world.id(f"{side}/vpc")
    subnets = {n: s for n, s in by_name(ec2.describe_subnets()["Subnets"]).items() if s["VpcId"] == vpc}
    assert {n: (s["CidrBlock"], s["AvailabilityZone"]) for n, s in subnets.items()} == {
        f"{side}-{tier}-{n}": (cidr, zone)
        for tier, cidrs in (("private", PRIVATE), ("public", PUBLIC))
        for n, (cidr, zone) in enumerate(zip(cidrs, ZONES, strict=True), 1)
    }


@pytest.mark.parametrize("side", SIDES)
def test_public_subnets_leave_by_the_internet_gateway_and_private_ones_by_the_one_nat_gateway(
    world: World, ec2: Any, side: str
) -> None:
    gateway = by_name(ec2.describe_internet_gateways()["InternetGateways"])[f"{side}-igw"]
    assert [a["VpcId"] for a in gateway["Attachments"]] == [world.id(f"{side}/vpc")]
    nat = by_name(ec2.describe_nat_gateways()["NatGateways"])[f"{side}-nat-1"]
    assert (nat["State"], nat["ConnectivityType"]) == ("available", "public")
    assert nat["SubnetId"] == world.id(f"{side}/public-subnet-1")
    assert one(nat["NatGatewayAddresses"])["AllocationId"] == world.id(f"{side}/elastic-ip-1")
    tables = by_name(ec2.describe_route_tables()["RouteTables"])
    for table, key, target, tier in (
        (f"{side}-public", "GatewayId", gateway["InternetGatewayId"], "public"),
        (f"{side}-private-1", "NatGatewayId", nat["NatGatewayId"], "private"),
    ):
        routes = {r["DestinationCidrBlock"]: r.get(key) for r in tables[table]["Routes"]}
        assert routes["0.0.0.0/0"] == target
        assert set(routes) == {"0.0.0.0/0", "10.0.0.0/16"}
        associated = {a.get("SubnetId") for a in tables[table]["Associations"]} - {None}
        assert associated == {world.id(f"{side}/{tier}-subnet-{n}") for n in (1, 2, 3)}


@pytest.mark.parametrize(
    ("name", "vpc", "sources"),
    [
        ("provider-service-sg", "provider", PRIVATE),
        ("consumer-endpoint-sg", "consumer", PRIVATE),
        ("consumer-instance-sg", "consumer", []),
    ],
)
def test_a_security_group_admits_port_80_from_private_subnets_or_nothing_and_lets_all_out(
    world: World, ec2: Any, name: str, vpc: str, sources: list[str]
) -> None:
    group = by_name(ec2.describe_security_groups()["SecurityGroups"])[name]
    assert (group["GroupName"], group["VpcId"]) == (name, world.id(f"{vpc}/vpc"))
    rules = [
        (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], peer["CidrIp"])
        for rule in group["IpPermissions"]
        for peer in rule["IpRanges"]
    ]
    assert sorted(rules) == [("tcp", 80, 80, source) for source in sources]
    out = one(group["IpPermissionsEgress"])
    assert (out["IpProtocol"], [peer["CidrIp"] for peer in out["IpRanges"]]) == ("-1", ["0.0.0.0/0"])


# -- provider ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_server_runs_in_its_subnet_and_serves_its_greeting(world: World, ec2: Any, n: int) -> None:
    id_ = world.id(f"provider/server-{n}")
    instance = one(one(ec2.describe_instances(InstanceIds=[id_])["Reservations"])["Instances"])
    assert (instance["State"]["Name"], instance["InstanceType"]) == ("running", "t3.micro")
    assert tags(instance)["Name"] == f"provider-service-{n}"
    assert instance["SubnetId"] == world.id(f"provider/private-subnet-{n}")
    assert [g["GroupId"] for g in instance["SecurityGroups"]] == [world.id("provider/service-security-group")]
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    answer = ec2.describe_instance_attribute(InstanceId=id_, Attribute="userData")
    script = base64.b64decode(answer["UserData"]["Value"]).decode()
    assert script.startswith("#!/bin/bash\n")
    assert f"'Hello from Provider VPC on Subnet {n}' > /var/www/html/index.html" in script
    assert "ExecStart=/usr/bin/python3 -m http.server 80 --directory /var/www/html" in script
    assert "dnf" not in script  # nothing is installed, so nothing has to be reached


def test_a_machines_volume_is_tagged_as_the_machine_is(world: World, ec2: Any) -> None:
    """Policies of organisations may demand tags of volumes, too."""
    mine = [{"Name": "tag:pltui:lab", "Values": [LAB]}, {"Name": "tag:pltui:address", "Values": ["consumer/client"]}]
    volume = one(ec2.describe_volumes(Filters=mine)["Volumes"])
    assert one(volume["Attachments"])["InstanceId"] == world.id("consumer/client")


def test_all_machines_run_the_newest_amazon_linux_2023(world: World, ec2: Any) -> None:
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    newest = world.raw("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    ids = [item.id for item in world.observed if item.kind == "instance"]
    reservations = ec2.describe_instances(InstanceIds=ids)["Reservations"]
    assert [i["ImageId"] for r in reservations for i in r["Instances"]] == [newest] * 4


def test_the_load_balancer_is_internal_and_has_a_node_in_every_private_subnet(world: World, elbv2: Any) -> None:
    balancer = one(elbv2.describe_load_balancers(Names=["provider-nlb"])["LoadBalancers"])
    assert (balancer["Type"], balancer["Scheme"], balancer["State"]["Code"]) == ("network", "internal", "active")
    nodes = {zone["ZoneName"]: zone["SubnetId"] for zone in balancer["AvailabilityZones"]}
    assert nodes == {zone: world.id(f"provider/private-subnet-{n}") for n, zone in enumerate(ZONES, 1)}
    answer = elbv2.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])
    values = {a["Key"]: a["Value"] for a in answer["Attributes"]}
    assert values["load_balancing.cross_zone.enabled"] == "true"
    assert values["deletion_protection.enabled"] == "false"


def test_the_target_group_checks_tcp_80_every_30_s_and_follows_the_load_balancers_switch(
    world: World, elbv2: Any
) -> None:
    arn = world.id("provider/target-group")
    group = one(elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"])
    assert (group["Protocol"], group["Port"], group["TargetType"]) == ("TCP", 80, "instance")
    assert group["VpcId"] == world.id("provider/vpc")
    assert len(group["TargetGroupName"]) <= 32
    assert (group["HealthCheckProtocol"], group["HealthCheckPort"]) == ("TCP", "80")
    assert (group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]) == (30, 10)
    assert (group["HealthyThresholdCount"], group["UnhealthyThresholdCount"]) == (3, 3)
    targets = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    wanted = [(world.id(f"provider/server-{n}"), 80) for n in (1, 2, 3)]
    assert sorted((t["Target"]["Id"], t["Target"]["Port"]) for t in targets) == sorted(wanted)


def test_one_listener_forwards_tcp_80_to_the_target_group(world: World, elbv2: Any) -> None:
    listener = one(elbv2.describe_listeners(LoadBalancerArn=world.id("provider/load-balancer"))["Listeners"])
    assert (listener["Protocol"], listener["Port"]) == ("TCP", 80)
    action = one(listener["DefaultActions"])
    assert (action["Type"], action["TargetGroupArn"]) == ("forward", world.id("provider/target-group"))


def test_the_endpoint_service_stands_on_the_load_balancer_and_needs_no_acceptance(world: World, ec2: Any) -> None:
    service = one(ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"])
    assert service["NetworkLoadBalancerArns"] == [world.id("provider/load-balancer")]
    assert service["AcceptanceRequired"] is False


# -- consumer ---------------------------------------------------------------------------------------------------------


def test_the_endpoint_is_in_private_subnet_1_only_and_has_no_private_dns(world: World, ec2: Any) -> None:
    endpoint = one(ec2.describe_vpc_endpoints(VpcEndpointIds=[world.id("consumer/endpoint")])["VpcEndpoints"])
    service = one(ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"])
    assert (endpoint["VpcEndpointType"], endpoint["State"].lower()) == ("Interface", "available")
    assert endpoint["ServiceName"] == service["ServiceName"]
    assert endpoint["VpcId"] == world.id("consumer/vpc")
    assert endpoint["SubnetIds"] == [world.id("consumer/private-subnet-1")]
    assert [g["GroupId"] for g in endpoint["Groups"]] == [world.id("consumer/endpoint-security-group")]
    assert endpoint["PrivateDnsEnabled"] is False


def test_the_client_can_be_reached_by_session_manager_alone(world: World, ec2: Any) -> None:
    iam = world.raw("iam")
    instance = one(one(ec2.describe_instances(InstanceIds=[world.id("consumer/client")])["Reservations"])["Instances"])
    assert (tags(instance)["Name"], instance["InstanceType"]) == ("consumer-instance", "t3.micro")
    assert instance["SubnetId"] == world.id("consumer/private-subnet-1")
    assert [g["GroupId"] for g in instance["SecurityGroups"]] == [world.id("consumer/instance-security-group")]
    assert "KeyName" not in instance
    name = instance["IamInstanceProfile"]["Arn"].rpartition("/")[2]
    role = one(iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"])
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole")
    policies = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in policies] == ["AmazonSSMManagedInstanceCore"]


def test_the_private_zone_belongs_to_the_consumers_vpc_and_says_whose_it_is(world: World) -> None:
    zone = world.raw("route53").get_hosted_zone(Id=world.id("consumer/zone"))
    assert zone["HostedZone"]["Name"] == "example.local."
    assert zone["HostedZone"]["Config"] == {
        "Comment": f"pltui:lab={LAB} pltui:address=consumer/zone", "PrivateZone": True,
    }  # fmt: skip
    assert zone["HostedZone"]["CallerReference"].startswith(f"pltui:{LAB}:{world.region}:consumer/zone:")
    assert [vpc["VPCId"] for vpc in zone["VPCs"]] == [world.id("consumer/vpc")]


def test_the_record_is_an_alias_to_the_endpoints_first_name(world: World, ec2: Any) -> None:
    records = world.raw("route53").list_resource_record_sets(HostedZoneId=world.id("consumer/zone"))
    record = one([r for r in records["ResourceRecordSets"] if r["Type"] == "A"])
    endpoint = one(ec2.describe_vpc_endpoints(VpcEndpointIds=[world.id("consumer/endpoint")])["VpcEndpoints"])
    assert record["Name"] == "provider-nlb.example.local."
    assert record["AliasTarget"]["DNSName"].rstrip(".") == endpoint["DnsEntries"][0]["DnsName"]
    assert record["AliasTarget"]["HostedZoneId"] == endpoint["DnsEntries"][0]["HostedZoneId"]
    assert record["AliasTarget"]["EvaluateTargetHealth"] is False


def test_the_switch_changes_one_attribute_and_nothing_else(world: World, elbv2: Any) -> None:
    before = world.account()
    for on in (False, True):
        assert (world.toggle(on).updated, world.account()) == (1, before)
        answer = elbv2.describe_load_balancer_attributes(LoadBalancerArn=world.id("provider/load-balancer"))
        values = {a["Key"]: a["Value"] for a in answer["Attributes"]}
        assert values["load_balancing.cross_zone.enabled"] == str(on).lower()
        assert [(step.op, step.address) for step in world.plan()] == (
            [] if on else [(Op.UPDATE, "provider/load-balancer")]
        )
