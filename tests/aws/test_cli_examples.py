"""The parsers read what the AWS CLI documents that AWS answers, and objects that no lab has."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from pltui.aws.client import Aws, Target
from pltui.engine.model import Desired, Observed, Ref, State
from pltui.reachability.parse import ApiResponses, parse_network_model
from pltui.resources.base import AwsContext, ObservationReads
from pltui.resources.registry import RESOURCE_TYPES
from pltui.resources.role import path_of
from tests.aws.cli_examples import CALLS, FOLDER, examples
from tests.aws.cli_examples.replay import LAB, Item, Replay, documented

BALANCER = "arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/app/my-load-balancer/50dc6c495c0c9188"
SERVED = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/NLBforService/1238753950b25123"
GROUP = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067"
LISTENER = f"{BALANCER.replace(':loadbalancer/', ':listener/')}/f2f7dc8efc522ab2"
VPCS = ("vpc-0065acced4EXAMPLE", "vpc-3EXAMPLE", "vpc-3ac0fb5f", "vpc-0ee975135dEXAMPLE")
POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def _lab(aws: Aws) -> AwsContext:
    return AwsContext(LAB, aws)


def _at_path(key: str) -> Callable[[Item], object]:
    """IAM's objects are a lab's by their path."""
    path = path_of(_lab(Aws(Target("us-east-1"), wire=Replay())))

    def change(answer: Item) -> None:
        answer[key] = [{**item, "Path": path} for item in answer[key]]

    return change


def _more_vpcs(answer: Item) -> None:
    """The examples of one call are of other VPCs than those of another."""
    answer["Vpcs"] += [{"VpcId": vpc, "CidrBlock": "10.9.0.0/16", "State": "available"} for vpc in VPCS]


DOCUMENTED = {
    "DescribeVpcs": _more_vpcs,
    "ListRoles": _at_path("Roles"),
    "ListInstanceProfiles": _at_path("InstanceProfiles"),
}


async def observe(kind: str, more: dict[str, Callable[[Item], object]] | None = None) -> dict[str, Observed]:
    """By id; an object that several examples show is there once."""
    lab = _lab(Aws(Target("us-east-1"), wire=Replay({**DOCUMENTED, **(more or {})})))
    policy = Desired("documented/policy", "role_policy", {"role": Ref("documented/role"), "policy": POLICY}, "policy")
    return {observed.id: observed for observed in await RESOURCE_TYPES[kind].observe(ObservationReads(lab, [policy]))}


NONE: frozenset[str] = frozenset()

# Kind -> id -> (state, status, fields that the example shows)
EXPECTED: dict[str, dict[str, tuple[State, str, dict[str, Any]]]] = {
    "vpc": {
        "vpc-0e9801d129EXAMPLE": (
            State.READY, "available",
            {"name": "Not Shared", "cidr": "30.1.0.0/16", "dns_support": True, "dns_hostnames": True},
        ),
        "vpc-06e4ab6c6cEXAMPLE": (State.READY, "available", {"name": "Shared VPC", "cidr": "10.0.0.0/16"}),
    },
    "internet_gateway": {"igw-0d0fb496b3EXAMPLE": (State.READY, "", {"name": "my-igw"})},
    "internet_gateway_attachment": {
        "igw-0d0fb496b3EXAMPLE/vpc-0a60eb65b4EXAMPLE": (
            State.READY, "available", {"gateway": "igw-0d0fb496b3EXAMPLE", "vpc": "vpc-0a60eb65b4EXAMPLE"},
        ),
    },
    "subnet": {
        "subnet-0bb1c79de3EXAMPLE": (
            State.READY, "available",
            {"vpc": "vpc-0ee975135dEXAMPLE", "cidr": "172.31.80.0/20", "zone": "us-east-1d", "map_public_ip": False},
        ),
        "subnet-8EXAMPLE": (State.READY, "available", {"name": "MySubnet", "map_public_ip": True}),
    },
    "elastic_ip": {
        "eipalloc-12345678": (State.READY, "203.0.113.0", {"name": ""}),
        "eipalloc-282d9641": (State.READY, "203.0.113.25", {"name": ""}),
    },
    "nat_gateway": {
        "nat-01234567890abcdef": (
            State.READY, "available",
            {"name": "public-nat", "subnet": "subnet-655eab5f08EXAMPLE", "allocation": "eipalloc-0790180cd2EXAMPLE"},
        ),
        "nat-1234567890abcdef0": (State.READY, "available", {"name": "private-nat", "allocation": ""}),
    },
    "route_table": {
        "rtb-09ba434c1bEXAMPLE": (State.READY, "", {"vpc": "vpc-0065acced4EXAMPLE", "main": True}),
        "rtb-a1eec7de": (State.READY, "", {"vpc": "vpc-3EXAMPLE", "main": True}),
        "rtb-07a98f76e5EXAMPLE": (State.READY, "", {"vpc": "vpc-0065acced4EXAMPLE", "main": False}),
    },
    "route_table_association": {
        "rtbassoc-0b100c28b2EXAMPLE": (
            State.READY, "", {"subnet": "subnet-0d3d002af8EXAMPLE", "table": "rtb-07a98f76e5EXAMPLE"},
        ),
    },
    "route": {
        "rtb-09ba434c1bEXAMPLE/0.0.0.0/0": (State.PENDING, "blackhole", {"target": "nat-06c018cbd8EXAMPLE"}),
        "rtb-a1eec7de/0.0.0.0/0": (State.READY, "active", {"target": "igw-fEXAMPLE"}),
    },
    "security_group": {
        "sg-903004f8": (
            State.READY, "",
            {
                "group_name": "MySecurityGroup", "description": "My security group", "vpc": "vpc-1a2b3c4d",
                "ingress": frozenset({"all from sg-903004f8", "tcp/22 from 203.0.113.0/24"}),
                "egress": frozenset({"all to 0.0.0.0/0"}),
            },
        ),
    },
    "instance": {
        "i-1234567890abcdef0": (
            State.READY, "running",
            {
                "subnet": "subnet-04a636d18e83cfacb", "instance_type": "t3.nano", "http_tokens": "optional",
                "groups": frozenset({"sg-1234567890abcdefg"}), "profile": "AmazonSSMRoleForInstancesQuickSetup",
                "running": True,
            },
        ),
    },
    "load_balancer": {
        BALANCER: (
            State.READY, "active",
            {
                "name": "my-load-balancer", "scheme": "internet-facing", "type": "application",
                "subnets": frozenset({"subnet-8360a9e7", "subnet-b7d581c0"}), "deletion_protection": False,
            },
        ),
    },
    "target_group": {
        GROUP: (
            State.READY, "",
            {
                "name": "my-targets", "protocol": "HTTP", "port": 80, "vpc": "vpc-3ac0fb5f", "target_type": "instance",
                "health_port": "traffic-port", "health_interval": 30, "healthy_threshold": 5, "unhealthy_threshold": 2,
            },
        ),
    },
    "listener": {
        LISTENER: (State.READY, "", {"load_balancer": BALANCER, "protocol": "HTTP", "port": 80, "target_group": GROUP}),
    },
    "target_registration": {
        "73e2d6bc24d8a067/i-ceddcd4d:80": (State.READY, "healthy", {"group": GROUP, "port": 80}),
        "73e2d6bc24d8a067/i-0f76fade:80": (State.PENDING, "unhealthy (Target.Timeout)", {"instance": "i-0f76fade"}),
    },
    "endpoint_service": {
        "vpce-svc-012d33a1c4321cabc": (State.READY, "available", {"load_balancers": NONE}),
        "vpce-svc-123cabc125efa123": (
            State.READY, "available",
            {
                "load_balancers": frozenset({SERVED}),
                "acceptance_required": True,
            },
        ),
    },
    "endpoint": {
        "vpce-032a826a": (State.READY, "available", {"service": "com.amazonaws.us-east-1.dynamodb", "subnets": NONE}),
        "vpce-0f89a33420c1931d7": (
            State.READY, "available",
            {
                "vpc": "vpc-1a2b3c4d", "service": "com.amazonaws.us-east-1.elasticloadbalancing",
                "subnets": frozenset({"subnet-7b16de0c", "subnet-d6fcaa8d"}), "groups": frozenset({"sg-54e8bf31"}),
                "private_dns": False, "accepted": True,
            },
        ),
        "vpce-aabbaabbaabbaabba": (State.READY, "available", {"subnets": frozenset({"subnet-0011aabbcc2233445"})}),
    },
    "role": {
        "ExampleRole": (State.READY, "", {"name": "ExampleRole"}),
        "ExampleRoleWithPath": (State.READY, "", {"name": "ExampleRoleWithPath"}),
    },
    "instance_profile": {
        "example-dev-role": (State.READY, "", {"role": "example-dev-role"}),
        "example-s3-role": (State.READY, "", {"role": "example-s3-role"}),
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", EXPECTED)
async def test_what_the_cli_documents_is_read(kind: str) -> None:
    observed = await observe(kind)
    assert EXPECTED[kind].keys() <= observed.keys()
    for id_, (state, status, fields) in EXPECTED[kind].items():
        found = observed[id_]
        assert (found.state, found.status) == (state, status)
        assert {name: found.spec[name] for name in fields} == fields


# -- objects of kinds that no lab has, with a lab's tags ---------------------------------------------------------------

ENDPOINT = {"VpcEndpointId": "vpce-1", "VpcId": "vpc-1", "State": "Available", "SubnetIds": [], "Groups": []}
SUBNET = {"SubnetId": "subnet-1", "VpcId": "vpc-1", "AvailabilityZone": "us-east-1a", "State": "available"}


def _with(key: str, item: Item) -> Callable[[Item], object]:
    return lambda answer: answer[key].append(item)


FOREIGN: dict[str, tuple[str, str, Callable[[Item], object], str]] = {
    "a subnet for IPv6 only": (
        "subnet", "DescribeSubnets",
        _with("Subnets", {**SUBNET, "Ipv6Native": True, "Ipv6CidrBlockAssociationSet": []}), "subnet-1",
    ),
    "an endpoint of a resource": (
        "endpoint", "DescribeVpcEndpoints",
        _with("VpcEndpoints", {**ENDPOINT, "VpcEndpointType": "Resource", "ResourceConfigurationArn": "arn"}), "vpce-1",
    ),
    "an endpoint of a service network": (
        "endpoint", "DescribeVpcEndpoints",
        _with("VpcEndpoints", {**ENDPOINT, "VpcEndpointType": "ServiceNetwork", "ServiceNetworkArn": "arn"}), "vpce-1",
    ),
    "a regional NAT gateway": (
        "nat_gateway", "DescribeNatGateways",
        _with("NatGateways", {
            "NatGatewayId": "nat-1", "VpcId": "vpc-1", "State": "available", "AvailabilityMode": "regional",
        }),
        "nat-1",
    ),
    "a listener of a gateway load balancer": (
        "listener", "DescribeListeners",
        _with("Listeners", {"ListenerArn": "listener", "LoadBalancerArn": BALANCER, "DefaultActions": []}), "listener",
    ),
    "a function as a target": (
        "target_registration", "DescribeTargetHealth",
        _with("TargetHealthDescriptions", {
            "Target": {"Id": "arn:function", "AvailabilityZone": "all"}, "TargetHealth": {"State": "unavailable"},
        }),
        "73e2d6bc24d8a067/arn:function:0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FOREIGN)
async def test_an_object_of_a_foreign_kind_is_shown(case: str) -> None:
    kind, operation, change, id_ = FOREIGN[case]
    assert id_ in await observe(kind, {operation: change})


async def test_the_address_that_a_nat_gateway_was_made_with_is_its_primary_one() -> None:
    gateway = {"NatGatewayId": "nat-1", "VpcId": "vpc-1", "State": "available"}
    addresses = [{"AllocationId": "eipalloc-2", "IsPrimary": False}, {"AllocationId": "eipalloc-1", "IsPrimary": True}]
    change = _with("NatGateways", {**gateway, "NatGatewayAddresses": addresses})
    found = await observe("nat_gateway", {"DescribeNatGateways": change})
    assert found["nat-1"].spec["allocation"] == "eipalloc-1"


async def test_an_address_of_ec2_classic_is_left_out() -> None:
    assert set(await observe("elastic_ip")) == {"eipalloc-12345678", "eipalloc-282d9641"}


# -- reachability -----------------------------------------------------------------------------------------------------


def _items(operation: str, key: str) -> tuple[Any, ...]:
    service = next(service for service, commands in CALLS.items() if operation in commands.values())
    return tuple(documented(service, operation)[key])


def _answers() -> ApiResponses:
    instances = [one for each in _items("DescribeInstances", "Reservations") for one in each["Instances"]]
    return ApiResponses(
        "us-east-1",
        vpcs=_items("DescribeVpcs", "Vpcs"),
        subnets=(*_items("DescribeSubnets", "Subnets"), {**SUBNET, "Ipv6Native": True}),
        security_groups=_items("DescribeSecurityGroups", "SecurityGroups"),
        prefix_lists={"pl-1": _items("GetManagedPrefixListEntries", "Entries")},
        interfaces=_items("DescribeNetworkInterfaces", "NetworkInterfaces"),
        instances=tuple(instances),
        endpoints=(*_items("DescribeVpcEndpoints", "VpcEndpoints"), {**ENDPOINT, "VpcEndpointType": "ServiceNetwork"}),
        services=_items("DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations"),
        load_balancers=_items("DescribeLoadBalancers", "LoadBalancers"),
        listeners={BALANCER: _items("DescribeListeners", "Listeners")},
        target_groups=_items("DescribeTargetGroups", "TargetGroups"),
        targets={GROUP: _items("DescribeTargetHealth", "TargetHealthDescriptions")},
        network_acls=_items("DescribeNetworkAcls", "NetworkAcls"),
        route_tables=_items("DescribeRouteTables", "RouteTables"),
        internet_gateways=_items("DescribeInternetGateways", "InternetGateways"),
        nat_gateways=_items("DescribeNatGateways", "NatGateways"),
        peerings=_items("DescribeVpcPeeringConnections", "VpcPeeringConnections"),
        permissions={"vpce-svc-1": _items("DescribeVpcEndpointServicePermissions", "AllowedPrincipals")},
        connections=_items("DescribeVpcEndpointConnections", "VpcEndpointConnections"),
    )


def test_the_reachability_model_leaves_out_nothing_for_its_shape(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "pltui"):
        found = parse_network_model([_answers()])
    assert [record.getMessage() for record in caplog.records] == []
    assert set(found.vpcs) == {"vpc-0e9801d129EXAMPLE", "vpc-06e4ab6c6cEXAMPLE"}
    assert set(found.subnets) == {"subnet-0bb1c79de3EXAMPLE", "subnet-8EXAMPLE"}
    assert str(found.subnets["subnet-8EXAMPLE"].cidr) == "172.31.80.0/20"
    assert set(found.endpoints) == {"vpce-0f89a33420c1931d7"}
    assert set(found.instances) == {"i-1234567890abcdef0"}
    assert set(found.target_groups) == {GROUP}
    assert {service.id for service in found.services.values()} == {
        "vpce-svc-012d33a1c4321cabc", "vpce-svc-123cabc125efa123",
    }  # fmt: skip
    assert set(found.gateways) == {"igw-0d0fb496b3EXAMPLE", "nat-01234567890abcdef", "nat-1234567890abcdef0"}
    routes = found.route_tables["rtb-09ba434c1bEXAMPLE"].routes
    assert [(str(route.destination), route.target, route.active) for route in routes] == [
        ("10.0.0.0/16", "local", True), ("0.0.0.0/0", "nat-06c018cbd8EXAMPLE", False),
    ]  # fmt: skip


# -- the fixtures -----------------------------------------------------------------------------------------------------


def test_each_call_has_its_documented_output_and_the_notice_says_from_where() -> None:
    for service, commands in CALLS.items():
        for command in commands:
            assert examples(service, command), command
    assert {file.stem for file in FOLDER.glob("*/*.json")} == {name for names in CALLS.values() for name in names}
    notice = (FOLDER / "NOTICE").read_text()
    assert "awscli 1.46.3" in notice
    assert "Apache License" in notice
