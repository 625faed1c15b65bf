"""Parts of a VPC that no lab has, and that keep it from being deleted: network ACLs, egress-only and VPN gateways."""

from tests.fakeaws.listing import described, field, tags_of
from tests.fakeaws.world import ACCOUNT, Item, World, serves

ec2 = serves("ec2")

ACL_FILTERS = {"vpc-id": field("VpcId")}
VPN_FILTERS = {"attachment.vpc-id": lambda item: [one["VpcId"] for one in item["VpcAttachments"]]}


@ec2("CreateNetworkAcl")
def create_network_acl(world: World, p: Item) -> Item:
    id_ = world.new_id("acl")
    item = {
        "NetworkAclId": id_, "VpcId": world.ref("vpc", p["VpcId"]).id, "IsDefault": False, "Entries": [],
        "Associations": [], "OwnerId": ACCOUNT, "Tags": tags_of(p, "network-acl"),
    }  # fmt: skip
    return {"NetworkAcl": world.make("network_acl", id_, item).truth}


@ec2("DescribeNetworkAcls")
def describe_network_acls(world: World, p: Item) -> Item:
    return described(world, p, "network_acl", "NetworkAcls", "NetworkAclIds", ACL_FILTERS)


@ec2("DescribeEgressOnlyInternetGateways")
def describe_egress_only_gateways(world: World, p: Item) -> Item:
    ids = "EgressOnlyInternetGatewayIds"
    return described(world, p, "egress_only_gateway", "EgressOnlyInternetGateways", ids, {})


@ec2("DescribeVpnGateways")
def describe_vpn_gateways(world: World, p: Item) -> Item:
    return described(world, p, "vpn_gateway", "VpnGateways", "VpnGatewayIds", VPN_FILTERS)
