"""From AWS's answers to what they mean for a packet. Shapes are botocore's."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from pltui.reachability import parse
from pltui.reachability.parse import ApiResponses
from pltui.reachability.security import peer_of
from pltui.reachability.world import AclEntry, EndpointInterface, Gateway, NetworkModel, Peering, Route

ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/nlb/0123456789abcdef"
SUBNET = {
    "SubnetId": "subnet-1",
    "VpcId": "vpc-1",
    "AvailabilityZone": "eu-west-1a",
    "AvailabilityZoneId": "euw1-az3",
    "CidrBlock": "10.0.0.0/24",
}


def machine(id_: str, **more: Any) -> dict[str, Any]:
    place = {"VpcId": "vpc-1", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.0.5"}
    return {"InstanceId": id_, "State": {"Name": "running"}, **place, **more}


def endpoint(id_: str, **more: Any) -> dict[str, Any]:
    return {"VpcEndpointId": id_, "VpcEndpointType": "Interface", "VpcId": "vpc-1", "State": "available", **more}


def read(**answers: Any) -> NetworkModel:
    return parse.parse_network_model([ApiResponses("eu-west-1", account="111122223333", **answers)])


def test_nothing_read_restricts_nothing() -> None:
    world = read(subnets=(SUBNET,))
    assert world.acl("subnet-1") is None
    assert world.route_table("subnet-1", "vpc-1") is None


def test_blocks_with_bits_of_a_host_are_read_as_their_network() -> None:
    vpc = {"VpcId": "vpc-1", "CidrBlock": "10.0.1.1/16"}
    world = read(vpcs=(vpc,), subnets=({**SUBNET, "CidrBlock": "10.0.0.1/24"},))
    assert world.vpcs["vpc-1"].cidrs == (IPv4Network("10.0.0.0/16"),)
    assert world.subnets["subnet-1"].cidr == IPv4Network("10.0.0.0/24")


PREFIX_LIST = {
    "pl-1": ({"Cidr": "10.9.0.0/16", "Description": "office"}, {"Cidr": "2001:db8::/32"}, {"Cidr": "10.8.0.0/16"})
}
BY_PREFIX_LIST = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "PrefixListIds": [{"PrefixListId": "pl-1"}]}


def test_a_rule_by_prefix_list_is_a_rule_per_ipv4_entry() -> None:
    group = {"GroupId": "sg-1", "IpPermissions": [BY_PREFIX_LIST]}
    rules = read(security_groups=(group,), prefix_lists=PREFIX_LIST).security_groups["sg-1"].ingress
    assert [(str(rule.cidr), rule.prefix_list) for rule in rules] == [("10.9.0.0/16", "pl-1"), ("10.8.0.0/16", "pl-1")]
    assert peer_of(rules[0]) == "pl-1 (10.9.0.0/16)"


def test_a_rule_by_prefix_list_with_unknown_entries_is_kept_without_a_range() -> None:
    group = {"GroupId": "sg-1", "IpPermissionsEgress": [BY_PREFIX_LIST]}
    (rule,) = read(security_groups=(group,)).security_groups["sg-1"].egress
    assert (rule.cidr, rule.prefix_list, peer_of(rule)) == (None, "pl-1", "pl-1")


def test_a_route_by_prefix_list_is_a_route_per_ipv4_entry() -> None:
    table = {
        "RouteTableId": "rtb-1",
        "VpcId": "vpc-1",
        "Routes": [{"DestinationPrefixListId": "pl-1", "TransitGatewayId": "tgw-1", "State": "active"}],
    }
    routes = read(route_tables=(table,), prefix_lists=PREFIX_LIST).route_tables["rtb-1"].routes
    assert routes == (Route(IPv4Network("10.9.0.0/16"), "tgw-1"), Route(IPv4Network("10.8.0.0/16"), "tgw-1"))


def test_an_acls_entries_are_in_order_and_without_the_last_rule_and_ipv6() -> None:
    def entry(number: int, **more: Any) -> dict[str, Any]:
        return {"RuleNumber": number, "RuleAction": "allow", "Egress": False, "Protocol": "-1", **more}

    entries = [
        entry(200, Protocol="6", PortRange={"From": 80, "To": 81}, CidrBlock="10.0.0.0/16"),
        entry(100, RuleAction="deny", CidrBlock="0.0.0.0/0", Egress=True),
        entry(101, Ipv6CidrBlock="::/0"),
        entry(32767, RuleAction="deny", CidrBlock="0.0.0.0/0"),
    ]
    raw = {"NetworkAclId": "acl-1", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": entries}
    acl = read(network_acls=(raw,)).acl("subnet-1")
    assert acl
    assert acl.entries == (
        AclEntry(100, False, True, "-1", IPv4Network("0.0.0.0/0")),
        AclEntry(200, True, False, "6", IPv4Network("10.0.0.0/16"), 80, 81),
    )


def test_a_subnets_route_table_is_its_own_or_the_main_one() -> None:
    routes = [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
        {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"},
        {"DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": "pcx-1"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"},
    ]
    main = {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": True}], "Routes": routes}
    own = {
        "RouteTableId": "rtb-2",
        "VpcId": "vpc-1",
        "Associations": [
            {"Main": False, "SubnetId": "subnet-1"},
            {"Main": False, "SubnetId": "subnet-2", "AssociationState": {"State": "disassociated"}},
        ],
    }
    world = read(route_tables=(main, own))
    found = [world.route_table(subnet, "vpc-1") for subnet in ("subnet-1", "subnet-2")]
    assert [table and table.id for table in found] == ["rtb-2", "rtb-1"]
    assert world.route_tables["rtb-1"].routes == (
        Route(IPv4Network("10.0.0.0/16"), "local"),
        Route(IPv4Network("0.0.0.0/0"), "nat-1", active=False),
        Route(IPv4Network("10.1.0.0/16"), "pcx-1"),
    )


def test_gateways_and_peerings_have_their_state() -> None:
    attached = {"InternetGatewayId": "igw-1", "Attachments": [{"State": "available", "VpcId": "vpc-1"}]}
    ends = {"RequesterVpcInfo": {"VpcId": "vpc-1"}, "AccepterVpcInfo": {"VpcId": "vpc-2"}}
    world = read(
        internet_gateways=(attached, {"InternetGatewayId": "igw-2", "Attachments": []}),
        nat_gateways=({"NatGatewayId": "nat-1", "VpcId": "vpc-1", "State": "deleted"},),
        peerings=({"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "failed"}, **ends},),
    )
    assert world.gateways == {
        "igw-1": Gateway("igw-1", "vpc-1", "available"),
        "igw-2": Gateway("igw-2", "", "detached"),
        "nat-1": Gateway("nat-1", "vpc-1", "deleted"),
    }
    assert world.peerings == {"pcx-1": Peering("pcx-1", "vpc-1", "vpc-2", "failed")}
    assert world.peerings["pcx-1"].other("vpc-1") == "vpc-2"


def test_a_service_has_the_account_of_its_load_balancers_and_its_permissions() -> None:
    raw = {
        "ServiceId": "vpce-svc-1",
        "ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
        "ServiceState": "Deleting",
        "AcceptanceRequired": True,
        "NetworkLoadBalancerArns": [ARN.replace("111122223333", "444455556666")],
    }
    allowed = {"vpce-svc-1": ({"Principal": "*", "PrincipalType": "All"},)}
    (service,) = read(services=(raw,), permissions=allowed).services.values()
    assert (service.owner, service.acceptance_required, service.available) == ("444455556666", True, False)
    assert service.principals == frozenset({"*"})
    (service,) = read(services=(raw,)).services.values()
    assert service.principals is None


def test_an_endpoint_to_a_resource_has_the_names_of_its_associations() -> None:
    interfaces = (
        {
            "NetworkInterfaceId": "eni-1",
            "SubnetId": "subnet-1",
            "PrivateIpAddress": "10.0.0.20",
            "Description": "VPC Endpoint Interface: vpce-1",
        },
        {
            "NetworkInterfaceId": "eni-2",
            "SubnetId": "subnet-1",
            "PrivateIpAddress": "10.0.0.30",
            "Description": "Resource Gateway Interface rgw-1",
        },
    )
    endpoint = {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Resource",
        "VpcId": "vpc-1",
        "State": "Available",
        "ResourceConfigurationArn": "arn:rcfg-1",
        "NetworkInterfaceIds": ["eni-1"],
        "Groups": [{"GroupId": "sg-1"}],
        "DnsEntries": [],
    }
    name = "vpce-1-rcfg-1.4232ccc.vpc-lattice-rsc.eu-west-1.on.aws"
    world = read(
        subnets=(SUBNET,),
        interfaces=interfaces,
        endpoints=(endpoint,),
        associations=({"VpcEndpointId": "vpce-1", "DnsEntry": {"DnsName": name, "HostedZoneId": "Z1"}},),
        resource_gateways=(
            {"id": "rgw-1", "vpcIdentifier": "vpc-1", "status": "ACTIVE", "securityGroupIds": ["sg-2"]},
        ),
        resource_configurations=(
            {
                "arn": "arn:rcfg-1",
                "id": "rcfg-1",
                "status": "ACTIVE",
                "resourceGatewayId": "rgw-1",
                "portRanges": ["80", "8000-8080"],
                "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.0.100"}},
            },
            {"arn": "arn:rcfg-2", "id": "rcfg-2", "resourceConfigurationDefinition": {}},
        ),
    )
    found = world.endpoints["vpce-1"]
    assert (found.names, found.resource, found.state) == ((name,), "arn:rcfg-1", "available")
    interface = EndpointInterface("eni-2", "subnet-1", "euw1-az3", "eu-west-1a", IPv4Address("10.0.0.30"), ("sg-2",))
    assert world.resource_gateways["rgw-1"].interfaces == (interface,)
    assert list(world.resource_configurations) == ["arn:rcfg-1"]
    assert world.resource_configurations["arn:rcfg-1"].ports == ((80, 80), (8000, 8080))


def test_a_zone_that_two_accounts_see_is_one_zone() -> None:
    zone = {"HostedZone": {"Id": "/hostedzone/Z1", "Name": "example.local."}, "VPCs": [{"VPCId": "vpc-1"}]}
    part = ApiResponses("global", zones=(zone,))
    assert len(parse.parse_network_model([part, part]).zones) == 1


def test_both_sides_of_a_connection_are_read() -> None:
    raw = {"VpcEndpointId": "vpce-1", "ServiceId": "vpce-svc-1", "VpcEndpointState": "pendingAcceptance"}
    assert read(connections=(raw,)).connections == {"vpce-1": "pendingacceptance"}


def test_a_subnet_for_ipv6_only_is_left_out_and_hides_nothing_else() -> None:
    lone = {"SubnetId": "subnet-6", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a", "Ipv6Native": True}
    assert list(read(subnets=(lone, SUBNET)).subnets) == ["subnet-1"]


@pytest.mark.parametrize(
    ("topic", "good", "bad"),
    [
        ("vpcs", {"VpcId": "good", "CidrBlock": "10.0.0.0/16"}, {"VpcId": "bad"}),
        ("subnets", {**SUBNET, "SubnetId": "good"}, {**SUBNET, "CidrBlock": "10.0.0.0/99"}),
        ("instances", machine("good"), machine("bad", State={})),
        ("security_groups", {"GroupId": "good"}, {"GroupId": "bad", "IpPermissions": 7}),
        ("target_groups", {"TargetGroupArn": "good", "TargetGroupName": "good"}, {"TargetGroupArn": "bad"}),
        ("network_acls", {"NetworkAclId": "good", "VpcId": "vpc-1"}, {"NetworkAclId": "bad"}),
        ("route_tables", {"RouteTableId": "good", "VpcId": "vpc-1"}, {"RouteTableId": "bad"}),
        ("peerings", {"VpcPeeringConnectionId": "good"}, {"RequesterVpcInfo": {}}),
        ("endpoints", endpoint("good"), endpoint("bad", DnsEntries=[None])),
        ("resource_gateways", {"id": "good"}, {"securityGroupIds": []}),
        ("connections", {"VpcEndpointId": "good"}, {"VpcEndpointState": "available"}),
    ],
)
def test_what_has_no_shape_of_awss_is_left_out_and_hides_nothing_else(
    topic: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    assert list(getattr(read(**{topic: (bad, good)}), topic)) == ["good"]


def test_a_strange_part_is_left_out_of_a_thing_and_the_rest_stays() -> None:
    ranges = [{"CidrIp": "10.0.0.0/99"}, {"CidrIp": "10.0.0.0/8"}]
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": ranges}
    world = read(
        security_groups=({"GroupId": "sg-1", "IpPermissions": [permission]},),
        zones=({"HostedZone": {"Id": "Z1", "Name": "example.local."}, "VPCs": [{"VPCId": "vpc-1"}]},),
        records={"Z1": ({"Name": "odd.example.local."}, {"Name": "a.example.local.", "Type": "A", "TTL": 60})},
    )
    assert [rule.cidr for rule in world.security_groups["sg-1"].ingress] == [IPv4Network("10.0.0.0/8")]
    assert [record.name for record in world.zones[0].records] == ["a.example.local"]


def test_an_endpoints_interface_without_an_ipv4_address_is_left_out() -> None:
    interfaces = (
        {"NetworkInterfaceId": "eni-4", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.0.7"},
        {"NetworkInterfaceId": "eni-6", "SubnetId": "subnet-1"},
    )
    raw = endpoint("vpce-1", NetworkInterfaceIds=["eni-4", "eni-6"])
    found = read(subnets=(SUBNET,), interfaces=interfaces, endpoints=(raw,)).endpoints["vpce-1"]
    assert [each.id for each in found.interfaces] == ["eni-4"]
