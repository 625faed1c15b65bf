"""Elastic IP addresses, and the NAT gateways that hold them."""

from tests.fakeaws import interfaces, routing
from tests.fakeaws.listing import described, field, filtered, tags_of
from tests.fakeaws.world import Item, Refusal, Thing, World, not_found, serves, wire

ec2 = serves("ec2")

ADDRESS_FILTERS = {
    "allocation-id": field("AllocationId"),
    "association-id": field("AssociationId"),
    "domain": field("Domain"),
    "public-ip": field("PublicIp"),
    "network-interface-id": field("NetworkInterfaceId"),
}
NAT_FILTERS = {
    "nat-gateway-id": field("NatGatewayId"),
    "state": field("State"),
    "subnet-id": field("SubnetId"),
    "vpc-id": field("VpcId"),
}


@ec2("AllocateAddress")
def allocate_address(world: World, p: Item) -> Item:
    there = world.all("address")
    world.limit("addresses", "AddressLimitExceeded", len(there))
    tags = tags_of(p, "elastic-ip")
    id_ = world.new_id("eipalloc")
    number = int(id_.rpartition("-")[2], 16)
    address = {"AllocationId": id_, "PublicIp": f"198.51.{number // 250}.{number % 250 + 1}", "Domain": "vpc"}
    world.make("address", id_, {**address, "Tags": tags})
    return address


@ec2("DescribeAddresses")
def describe_addresses(world: World, p: Item) -> Item:
    """All at once: this call knows no pages."""
    found = filtered(world.shown("address", p.get("AllocationIds", ())), p.get("Filters", ()), ADDRESS_FILTERS)
    return {"Addresses": [wire(item) for item in found]}


@ec2("ReleaseAddress")
def release_address(world: World, p: Item) -> Item:
    try:
        address = world.ref("address", p["AllocationId"])
    except Refusal as refusal:  # this call has a spelling of its own
        raise Refusal("InvalidAddressID.NotFound", refusal.message) from None
    if _is_kept(world, address):
        raise Refusal("AuthFailure", "You do not have permission to access the specified resource.")
    if "AssociationId" in address.truth:
        raise Refusal("InvalidIPAddress.InUse", f"Address {address.truth['PublicIp']} is in use.")
    world.remove(address)
    return {}


def _is_kept(world: World, address: Thing) -> bool:
    """A NAT gateway has it, or has had it until some seconds ago (seen: kubernetes/kops#1604)."""
    holder = world.get("network_interface", address.truth.get("NetworkInterfaceId", ""))
    return "_kept" in address.truth or (holder is not None and holder.truth["RequesterManaged"])


def _associate(world: World, address: Thing, interface: Thing) -> None:
    mapped = {
        "AssociationId": world.new_id("eipassoc"), "NetworkInterfaceId": interface.id,
        "PrivateIpAddress": interface.truth["PrivateIpAddress"],
    }  # fmt: skip
    world.change(address, **mapped)
    public = {"PublicIp": address.truth["PublicIp"], "AllocationId": address.id, "IpOwnerId": "amazon-aws"}
    world.change(interface, Association=public)


@ec2("CreateNatGateway")
def create_nat_gateway(world: World, p: Item) -> Item:
    if before := world.made_before("CreateNatGateway", p):
        return {"NatGateway": wire(before.last)}
    subnet, address = world.ref("subnet", p["SubnetId"]), world.ref("address", p["AllocationId"])
    tags = tags_of(p, "natgateway")
    if "AssociationId" in address.truth:
        raise Refusal("Resource.AlreadyAssociated", f"Elastic IP address [{address.id}] is already associated")
    zone = subnet.truth["AvailabilityZone"]
    there = [n for n in world.all("nat_gateway") if n.truth["_zone"] == zone and n.truth["State"] != "deleted"]
    world.limit("nat_gateways", "NatGatewayLimitExceeded", len(there))
    id_ = world.new_id("nat")
    item = {
        "NatGatewayId": id_, "SubnetId": subnet.id, "VpcId": subnet.truth["VpcId"], "State": "pending",
        "CreateTime": world.date, "ConnectivityType": "public", "NatGatewayAddresses": [{"AllocationId": address.id}],
        "Tags": tags, "_zone": zone,
    }  # fmt: skip
    nat = world.make("nat_gateway", id_, item)
    world.remember("CreateNatGateway", p, nat)
    _begin(world, nat, subnet, address)
    return {"NatGateway": wire(item)}


def _begin(world: World, nat: Thing, subnet: Thing, address: Thing) -> None:
    vpc = subnet.truth["VpcId"]
    out = any(one["VpcId"] == vpc for g in world.all("internet_gateway") for one in g.truth["Attachments"])
    if not out:  # VPC user guide, "Troubleshoot NAT gateways"
        text = f"Network {vpc} has no Internet gateway attached"
        world.becoming(nat, "nat_gateway", lambda: _fail(world, nat, "Gateway.NotAttached", text))
        return
    text = f"Interface for NAT Gateway {nat.id}"
    interface = interfaces.make(world, subnet, (), text, "nat_gateway", holder=nat.id)
    _associate(world, address, interface)
    shown = {
        "AllocationId": address.id, "NetworkInterfaceId": interface.id, "PublicIp": address.truth["PublicIp"],
        "PrivateIp": interface.truth["PrivateIpAddress"], "IsPrimary": True, "Status": "succeeded",
    }  # fmt: skip
    world.becoming(nat, "nat_gateway", lambda: world.change(nat, State="available", NatGatewayAddresses=[shown]))


def _fail(world: World, nat: Thing, code: str, text: str) -> None:
    world.change(nat, State="failed", FailureCode=code, FailureMessage=text)
    world.becoming(nat, "corpse", lambda: world.remove(nat))


@ec2("DescribeNatGateways")
def describe_nat_gateways(world: World, p: Item) -> Item:
    return described(world, p, "nat_gateway", "NatGateways", "NatGatewayIds", NAT_FILTERS, "Filter")


@ec2("DeleteNatGateway")
def delete_nat_gateway(world: World, p: Item) -> Item:
    nat = world.ref("nat_gateway", p["NatGatewayId"])
    if nat.truth["State"] == "deleted":
        raise not_found("nat_gateway", nat.id)
    if nat.truth["State"] != "deleting":
        world.change(nat, State="deleting")
        world.becoming(nat, "nat_gateway deletion", lambda: _end(world, nat))
    return {"NatGatewayId": nat.id}


def _end(world: World, nat: Thing) -> None:
    """Its address stays, its routes lead nowhere, and it is still listed for a while."""
    interfaces.remove(world, interfaces.held(world, nat.id))
    held = nat.truth["NatGatewayAddresses"][0]["AllocationId"]
    address = world.get("address", held)
    if address and nat.truth.get("FailureCode") is None:
        world.change(address, "AssociationId", "NetworkInterfaceId", "PrivateIpAddress", _kept=True)
        world.becoming(address, "address release", lambda: world.change(address, "_kept"))
    routing.mark(world, nat.id, "blackhole")
    world.change(nat, State="deleted", DeleteTime=world.date)
    world.becoming(nat, "corpse", lambda: world.remove(nat))
