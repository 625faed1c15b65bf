"""Network interfaces: those that come with other things, and those of others."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from tests.fakeaws.listing import described, field, tags_of
from tests.fakeaws.world import ACCOUNT, Item, Refusal, Thing, World, serves, wire

ec2 = serves("ec2")

FILTERS = {
    "network-interface-id": field("NetworkInterfaceId"),
    "subnet-id": field("SubnetId"),
    "vpc-id": field("VpcId"),
    "availability-zone": field("AvailabilityZone"),
    "description": field("Description"),
    "interface-type": field("InterfaceType"),
    "status": field("Status"),
    "requester-managed": field("RequesterManaged"),
    "group-id": lambda item: [group["GroupId"] for group in item["Groups"]],
    "attachment.instance-id": lambda item: [item.get("Attachment", {}).get("InstanceId")],
    "attachment.instance-owner-id": lambda item: [item.get("Attachment", {}).get("InstanceOwnerId")],
    "private-ip-address": field("PrivateIpAddress"),
}


def make(
    world: World, subnet: Thing, groups: Sequence[str], description: str, type_: str, *, holder: str = "", **more: Any
) -> Thing:
    """One in the subnet, with an address of it; `holder` is what it comes with, and goes with."""
    id_ = world.new_id("eni")
    item = {
        "NetworkInterfaceId": id_, "SubnetId": subnet.id, "VpcId": subnet.truth["VpcId"],
        "AvailabilityZone": subnet.truth["AvailabilityZone"], "Description": description, "InterfaceType": type_,
        "OwnerId": ACCOUNT, "RequesterManaged": type_ != "interface", "Groups": named(world, groups),
        "PrivateIpAddress": _free_address(world, subnet), "Status": "in-use" if holder else "available",
        "Tags": [], "_holder": holder, **more,
    }  # fmt: skip
    return world.make("network_interface", id_, item)


def named(world: World, groups: Sequence[str]) -> list[Item]:
    things = [world.get("security_group", group) for group in groups]
    return [{"GroupId": g.id, "GroupName": g.truth["GroupName"]} for g in things if g]


def _free_address(world: World, subnet: Thing) -> str:
    """AWS reserves the first four addresses of a subnet and the last."""
    first, _, size = subnet.truth["CidrBlock"].partition("/")
    base, count = int(ipaddress.IPv4Address(first)), 2 ** (32 - int(size))
    taken = {eni.truth["PrivateIpAddress"] for eni in world.where("network_interface", SubnetId=subnet.id)}
    for offset in range(4, count - 1):
        if (address := str(ipaddress.IPv4Address(base + offset))) not in taken:
            return address
    raise Refusal("InsufficientFreeAddressesInSubnet", f"There are not enough free addresses in subnet '{subnet.id}'")


def held(world: World, holder: str) -> list[Thing]:
    return list(world.where("network_interface", _holder=holder))


def remove(world: World, things: Sequence[Thing]) -> None:
    for thing in things:
        if not thing.gone:
            world.remove(thing)


def has_public_addresses(world: World, vpc: str) -> bool:
    return any("Association" in eni.truth for eni in world.where("network_interface", VpcId=vpc))


@ec2("DescribeNetworkInterfaces")
def describe_network_interfaces(world: World, p: Item) -> Item:
    return described(world, p, "network_interface", "NetworkInterfaces", "NetworkInterfaceIds", FILTERS)


@ec2("CreateNetworkInterface")
def create_network_interface(world: World, p: Item) -> Item:
    if before := world.made_before("CreateNetworkInterface", p):
        return {"NetworkInterface": wire(before.last)}
    subnet = world.ref("subnet", p["SubnetId"])
    groups = [world.ref("security_group", group).id for group in p.get("Groups", ())]
    if not groups:
        groups = [next(world.where("security_group", VpcId=subnet.truth["VpcId"], GroupName="default")).id]
    tags = tags_of(p, "network-interface")
    made = make(world, subnet, groups, p.get("Description", ""), "interface", Tags=tags)
    world.remember("CreateNetworkInterface", p, made)
    return {"NetworkInterface": wire(made.truth)}


@ec2("DeleteNetworkInterface")
def delete_network_interface(world: World, p: Item) -> Item:
    interface = world.ref("network_interface", p["NetworkInterfaceId"])
    if interface.truth["_holder"]:
        raise Refusal("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")
    world.remove(interface)
    return {}
