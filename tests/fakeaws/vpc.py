"""VPCs, subnets, internet gateways and their attachments, and EC2's tags and zones."""

from functools import lru_cache
from ipaddress import IPv4Network, ip_network

from tests.fakeaws import groups, interfaces, routing
from tests.fakeaws.listing import described, field, tags_of, with_tags, without_tags
from tests.fakeaws.world import ACCOUNT, ZONES, Item, Refusal, Thing, World, not_found, serves, wire

ec2 = serves("ec2")

VPC_FILTERS = {"vpc-id": field("VpcId"), "cidr": field("CidrBlock"), "state": field("State")}
SUBNET_FILTERS = {
    "subnet-id": field("SubnetId"),
    "vpc-id": field("VpcId"),
    "availability-zone": field("AvailabilityZone"),
    "cidr-block": field("CidrBlock"),
    "state": field("State"),
}
GATEWAY_FILTERS = {
    "internet-gateway-id": field("InternetGatewayId"),
    "attachment.vpc-id": lambda item: [one["VpcId"] for one in item["Attachments"]],
    "attachment.state": lambda item: [one["State"] for one in item["Attachments"]],
}
TAGGED = {
    "vpc": "vpc", "subnet": "subnet", "igw": "internet_gateway", "eipalloc": "address", "nat": "nat_gateway",
    "rtb": "route_table", "sg": "security_group", "eni": "network_interface", "i": "instance", "vpce": "endpoint",
    "vpce-svc": "endpoint_service",
}  # fmt: skip


@lru_cache(1000)
def network(cidr: str) -> IPv4Network:
    return IPv4Network(cidr)


def dependency(what: str, id_: str) -> Refusal:
    return Refusal("DependencyViolation", f"The {what} '{id_}' has dependencies and cannot be deleted.")


# -- VPC --------------------------------------------------------------------------------------------------------------


@ec2("CreateVpc")
def create_vpc(world: World, p: Item) -> Item:
    world.limit("vpcs", "VpcLimitExceeded", len(world.all("vpc")))
    tags = tags_of(p, "vpc")
    try:
        size = ip_network(p["CidrBlock"]).prefixlen
    except ValueError:
        raise Refusal(
            "InvalidParameterValue", f"Value ({p['CidrBlock']}) for parameter cidrBlock is invalid."
        ) from None
    if not 16 <= size <= 28:
        raise Refusal("InvalidVpc.Range", f"The CIDR '{p['CidrBlock']}' is invalid.")
    id_ = world.new_id("vpc")
    vpc = world.make(
        "vpc",
        id_,
        {
            "VpcId": id_, "CidrBlock": p["CidrBlock"], "State": "pending", "IsDefault": False, "OwnerId": ACCOUNT,
            "InstanceTenancy": "default", "Tags": tags,
            # EC2 user guide: the defaults of a new VPC that is not the default one.
            "_EnableDnsSupport": True, "_EnableDnsHostnames": False,
        },
    )  # fmt: skip
    groups.make_default(world, id_)
    routing.make_main(world, id_, p["CidrBlock"])
    world.becoming(vpc, "vpc", lambda: world.change(vpc, State="available"))
    return {"Vpc": wire(vpc.truth)}


@ec2("DescribeVpcs")
def describe_vpcs(world: World, p: Item) -> Item:
    return described(world, p, "vpc", "Vpcs", "VpcIds", VPC_FILTERS)


@ec2("DescribeVpcAttribute")
def describe_vpc_attribute(world: World, p: Item) -> Item:
    name = p["Attribute"][0].upper() + p["Attribute"][1:]
    [item] = world.shown("vpc", [p["VpcId"]])
    return {"VpcId": p["VpcId"], name: {"Value": item[f"_{name}"]}}


@ec2("ModifyVpcAttribute")
def modify_vpc_attribute(world: World, p: Item) -> Item:
    vpc = world.ref("vpc", p["VpcId"])
    given = {name: p[name]["Value"] for name in ("EnableDnsSupport", "EnableDnsHostnames") if name in p}
    if len(given) != 1:
        raise Refusal("InvalidParameterCombination", "Exactly one attribute must be given")
    if given.get("EnableDnsHostnames") and not vpc.truth["_EnableDnsSupport"]:
        raise Refusal("InvalidParameterValue", "DNS hostnames need DNS support")
    world.change(vpc, **{f"_{name}": value for name, value in given.items()})
    return {}


@ec2("DeleteVpc")
def delete_vpc(world: World, p: Item) -> Item:
    vpc = world.ref("vpc", p["VpcId"])
    own = {"VpcId": vpc.id}
    tables = list(world.where("route_table", **own))
    default = [group for group in world.where("security_group", **own) if group.truth["GroupName"] == "default"]
    main = [table for table in tables if routing.is_main(table.truth)]
    holding = (
        any(world.where("subnet", **own))
        or any(gateway for gateway in world.all("internet_gateway") if attached(gateway.truth) == vpc.id)
        or len(main) < len(tables)
        or len(default) < len(list(world.where("security_group", **own)))
        or any(world.where("endpoint", **own))
        or any(world.where("network_acl", **own))
    )
    if holding:
        raise dependency("vpc", vpc.id)
    for thing in (*default, *main, vpc):
        world.remove(thing)
    return {}


# -- subnet -----------------------------------------------------------------------------------------------------------


@ec2("CreateSubnet")
def create_subnet(world: World, p: Item) -> Item:
    vpc = world.ref("vpc", p["VpcId"])
    tags = tags_of(p, "subnet")
    zone = _zone(p)
    cidr = network(p["CidrBlock"])
    if not cidr.subnet_of(network(vpc.truth["CidrBlock"])):
        raise Refusal("InvalidSubnet.Range", f"The CIDR '{p['CidrBlock']}' is invalid.")
    if any(network(other.truth["CidrBlock"]).overlaps(cidr) for other in world.where("subnet", VpcId=vpc.id)):
        raise Refusal("InvalidSubnet.Conflict", f"The CIDR '{p['CidrBlock']}' conflicts with another subnet")
    id_ = world.new_id("subnet")
    subnet = world.make(
        "subnet",
        id_,
        {
            "SubnetId": id_, "VpcId": vpc.id, "CidrBlock": p["CidrBlock"], "AvailabilityZone": zone,
            "AvailabilityZoneId": ZONES[zone], "State": "pending", "MapPublicIpOnLaunch": False, "OwnerId": ACCOUNT,
            "DefaultForAz": False, "Tags": tags,
        },
    )  # fmt: skip
    world.becoming(subnet, "subnet", lambda: world.change(subnet, State="available"))
    return {"Subnet": wire(subnet.truth)}


def _zone(p: Item) -> str:
    by_id = {id_: name for name, id_ in ZONES.items()}
    zone = p.get("AvailabilityZone") or by_id.get(p.get("AvailabilityZoneId", ""), next(iter(ZONES)))
    if zone not in ZONES:
        raise Refusal(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
            f"following availability zones: {', '.join(ZONES)}.",
        )
    return zone


@ec2("DescribeSubnets")
def describe_subnets(world: World, p: Item) -> Item:
    return described(world, p, "subnet", "Subnets", "SubnetIds", SUBNET_FILTERS)


@ec2("ModifySubnetAttribute")
def modify_subnet_attribute(world: World, p: Item) -> Item:
    subnet = world.ref("subnet", p["SubnetId"])
    given = [name for name in p if name not in ("SubnetId", "DryRun")]
    if len(given) != 1:
        raise Refusal("InvalidParameterCombination", "Exactly one attribute must be given")
    world.change(subnet, **{given[0]: p[given[0]]["Value"]})
    return {}


@ec2("DeleteSubnet")
def delete_subnet(world: World, p: Item) -> Item:
    subnet = world.ref("subnet", p["SubnetId"])
    if any(world.where("network_interface", SubnetId=subnet.id)):
        raise dependency("subnet", subnet.id)
    routing.forget_subnet(world, subnet.id)
    world.remove(subnet)
    return {}


# -- internet gateway -------------------------------------------------------------------------------------------------


def attached(gateway: Item) -> str:
    """The VPC it is on; empty if it is on none."""
    return next((one["VpcId"] for one in gateway["Attachments"]), "")


@ec2("CreateInternetGateway")
def create_internet_gateway(world: World, p: Item) -> Item:
    world.limit("internet_gateways", "InternetGatewayLimitExceeded", len(world.all("internet_gateway")))
    tags = tags_of(p, "internet-gateway")
    id_ = world.new_id("igw")
    item = {"InternetGatewayId": id_, "Attachments": [], "OwnerId": ACCOUNT, "Tags": tags}
    return {"InternetGateway": wire(world.make("internet_gateway", id_, item).truth)}


@ec2("DescribeInternetGateways")
def describe_internet_gateways(world: World, p: Item) -> Item:
    return described(world, p, "internet_gateway", "InternetGateways", "InternetGatewayIds", GATEWAY_FILTERS)


@ec2("AttachInternetGateway")
def attach_internet_gateway(world: World, p: Item) -> Item:
    gateway, vpc = world.ref("internet_gateway", p["InternetGatewayId"]), world.ref("vpc", p["VpcId"])
    if there := attached(gateway.truth):
        raise Refusal("Resource.AlreadyAssociated", f"resource {gateway.id} is already attached to network {there}")
    if any(attached(other.truth) == vpc.id for other in world.all("internet_gateway")):
        raise Refusal("InvalidParameterValue", f"Network {vpc.id} already has an internet gateway attached")
    world.change(gateway, Attachments=[{"State": "available", "VpcId": vpc.id}])
    routing.mark(world, gateway.id, "active")
    return {}


@ec2("DetachInternetGateway")
def detach_internet_gateway(world: World, p: Item) -> Item:
    gateway, vpc = world.ref("internet_gateway", p["InternetGatewayId"]), world.ref("vpc", p["VpcId"])
    if attached(gateway.truth) != vpc.id:
        raise Refusal("Gateway.NotAttached", f"resource {gateway.id} is not attached to network {vpc.id}")
    if interfaces.has_public_addresses(world, vpc.id):
        raise Refusal(
            "DependencyViolation",
            f"Network {vpc.id} has some mapped public address(es). Please unmap those public address(es) before "
            "detaching the gateway.",
        )
    world.change(gateway, Attachments=[])
    routing.mark(world, gateway.id, "blackhole")
    return {}


@ec2("DeleteInternetGateway")
def delete_internet_gateway(world: World, p: Item) -> Item:
    gateway = world.ref("internet_gateway", p["InternetGatewayId"])
    if attached(gateway.truth):
        raise dependency("internetGateway", gateway.id)
    world.remove(gateway)
    return {}


# -- zones, tags ------------------------------------------------------------------------------------------------------


@ec2("DescribeAvailabilityZones")
def describe_availability_zones(world: World, p: Item) -> Item:
    zones = [
        {
            "ZoneName": name, "ZoneId": id_, "State": "available", "ZoneType": "availability-zone",
            "RegionName": name[:-1], "OptInStatus": "opt-in-not-required", "Messages": [], "GroupName": name[:-1],
        }
        for name, id_ in ZONES.items()
    ]  # fmt: skip
    return {"AvailabilityZones": zones}


@ec2("DescribeInstanceTypeOfferings")
def describe_instance_type_offerings(world: World, p: Item) -> Item:
    """Every type that is asked for is offered in every zone."""
    assert p["LocationType"] == "availability-zone-id"
    asked = (each["Values"] for each in p.get("Filters", ()) if each["Name"] == "instance-type")
    types = next(asked, ["t3.micro"])
    offerings = [
        {"InstanceType": type_, "LocationType": p["LocationType"], "Location": id_}
        for type_ in types
        for id_ in ZONES.values()
    ]
    return {"InstanceTypeOfferings": offerings}


def _tagged(world: World, id_: str) -> Thing:
    type_ = TAGGED.get(id_.rpartition("-")[0])
    if type_ is None:
        raise Refusal("InvalidID", f"The ID '{id_}' is not valid")
    if world.get(type_, id_) is None:
        raise not_found(type_, id_)
    return world.ref(type_, id_)


@ec2("CreateTags")
def create_tags(world: World, p: Item) -> Item:
    for thing in [_tagged(world, id_) for id_ in p["Resources"]]:
        world.change(thing, Tags=with_tags(thing.truth["Tags"], p["Tags"]))
    return {}


@ec2("DeleteTags")
def delete_tags(world: World, p: Item) -> Item:
    for thing in [_tagged(world, id_) for id_ in p["Resources"]]:
        world.change(thing, Tags=without_tags(thing.truth["Tags"], p["Tags"]) if "Tags" in p else [])
    return {}
