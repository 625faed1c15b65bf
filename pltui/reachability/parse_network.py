"""Conversion of AWS's responses about ACLs, route tables, gateways, peerings and VPC Lattice resources."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeAlias, TypeVar

from pltui.reachability.world import (
    AclEntry,
    EndpointInterface,
    Gateway,
    NetworkAcl,
    Peering,
    ResourceConfiguration,
    ResourceGateway,
    Route,
    RouteTable,
    Subnet,
)

log = logging.getLogger(__name__)

T = TypeVar("T")
Raw: TypeAlias = Mapping[str, Any]

# The number of every ACL's last rule, which denies all other packets.
_LAST_RULE = 32767


def parse_each(make: Callable[[Raw], T | None], answers: Iterable[Raw]) -> Iterator[T]:
    """The results of `make` for each response, without None.

    A response of an unforeseen shape is left out and logged, once: it must not hide all others.
    """
    for raw in answers:
        try:
            thing = make(raw)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            _log_malformed(repr(raw), repr(error))
        else:
            if thing is not None:
                yield thing


@functools.lru_cache(maxsize=256)
def _log_malformed(raw: str, error: str) -> None:
    log.warning("left out, for it has no shape of AWS's (%s): %.500s", error, raw)


def network_acl(raw: Raw) -> NetworkAcl:
    """An ACL, with its IPv4 entries in order, without the last rule."""
    subnets = frozenset(each["SubnetId"] for each in raw.get("Associations", ()))
    entries = sorted(parse_each(_acl_entry, raw.get("Entries", ())), key=lambda entry: entry.number)
    return NetworkAcl(raw["NetworkAclId"], raw["VpcId"], subnets, tuple(entries))


def _acl_entry(raw: Raw) -> AclEntry | None:
    if not raw.get("CidrBlock") or raw["RuleNumber"] >= _LAST_RULE:
        return None
    ports = raw.get("PortRange", {})
    return AclEntry(
        number=int(raw["RuleNumber"]),
        allow=raw["RuleAction"] == "allow",
        egress=bool(raw["Egress"]),
        protocol=str(raw["Protocol"]),
        cidr=IPv4Network(raw["CidrBlock"], strict=False),
        from_port=ports.get("From"),
        to_port=ports.get("To"),
    )


def route_table(prefix_lists: Mapping[str, Iterable[Raw]], raw: Raw) -> RouteTable:
    """A route table; a route to a prefix list becomes one per IPv4 entry, so none if its entries are unknown."""
    associations = [each for each in raw.get("Associations", ()) if _is_associated(each)]
    return RouteTable(
        raw["RouteTableId"],
        raw["VpcId"],
        any(each.get("Main") for each in associations),
        frozenset(each["SubnetId"] for each in associations if each.get("SubnetId")),
        tuple(_parse_routes(prefix_lists, raw.get("Routes", ()))),
    )


def _is_associated(association: Raw) -> bool:
    return bool(association.get("AssociationState", {}).get("State", "associated") == "associated")


# The target of a route is in the first of these members that it has (EC2 API reference, Route).
_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "TransitGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "EgressOnlyInternetGatewayId",
    "CoreNetworkArn",
)


def _parse_routes(prefix_lists: Mapping[str, Iterable[Raw]], routes: Iterable[Raw]) -> Iterator[Route]:
    for raw in routes:
        entries = prefix_lists.get(raw.get("DestinationPrefixListId", ""), ())
        own = ({"Cidr": raw["DestinationCidrBlock"]},) if raw.get("DestinationCidrBlock") else ()
        for destination in parse_each(prefix_list_cidr, (*own, *entries)):
            target = next((raw[key] for key in _TARGETS if raw.get(key)), "nowhere")
            yield Route(destination, target, raw.get("State", "active") == "active")


def prefix_list_cidr(raw: Raw) -> IPv4Network | None:
    """The CIDR of one entry; None for IPv6, which is not modelled."""
    return None if ":" in raw["Cidr"] else IPv4Network(raw["Cidr"], strict=False)


def internet_gateway(raw: Raw) -> Gateway:
    """An internet gateway and its VPC; `detached` without one."""
    attached: Raw = next(iter(raw.get("Attachments", ())), {})
    # EC2 responds "available"; its documentation also has "attached" (EC2 API reference, InternetGatewayAttachment).
    state = attached.get("State", "detached")
    return Gateway(raw["InternetGatewayId"], attached.get("VpcId", ""), "available" if state == "attached" else state)


def nat_gateway(raw: Raw) -> Gateway:
    """A NAT gateway; it counts as available if the response has no state."""
    return Gateway(raw["NatGatewayId"], raw.get("VpcId", ""), raw.get("State", "available"))


def peering(raw: Raw) -> Peering:
    """A peering connection; `state` is EC2's status code."""
    requester, accepter = (raw.get(key, {}).get("VpcId", "") for key in ("RequesterVpcInfo", "AccepterVpcInfo"))
    return Peering(raw["VpcPeeringConnectionId"], requester, accepter, raw.get("Status", {}).get("Code", ""))


def resource_gateway(interfaces: Iterable[Raw], subnets: Mapping[str, Subnet], raw: Raw) -> ResourceGateway:
    """A resource gateway with its interfaces.

    These have the description "Resource Gateway Interface <id>" (EC2 user guide, requester-managed).
    """
    groups = tuple(raw.get("securityGroupIds", ()))
    own = (each for each in interfaces if raw["id"] in each.get("Description", "").split())
    # GetResourceGateway has vpcId, ListResourceGateways vpcIdentifier (VPC Lattice API reference).
    vpc = raw.get("vpcId") or raw.get("vpcIdentifier", "")
    placed = tuple(parse_each(functools.partial(endpoint_interface, groups, subnets), own))
    return ResourceGateway(raw["id"], vpc, raw.get("status", "ACTIVE"), placed, groups)


def endpoint_interface(groups: tuple[str, ...], subnets: Mapping[str, Subnet], raw: Raw) -> EndpointInterface | None:
    """An interface of a VPC endpoint or a resource gateway; None without an IPv4 address."""
    subnet = subnets.get(raw["SubnetId"])
    if subnet is None or not raw.get("PrivateIpAddress"):
        return None
    address = IPv4Address(raw["PrivateIpAddress"])
    return EndpointInterface(raw["NetworkInterfaceId"], subnet.id, subnet.zone_id, subnet.zone_name, address, groups)


def resource_configuration(raw: Raw) -> ResourceConfiguration | None:
    """A resource configuration with an address or a domain name; None for others."""
    definition = raw.get("resourceConfigurationDefinition", {})
    by_name = definition.get("dnsResource", {}).get("domainName")
    target = definition.get("ipResource", {}).get("ipAddress") or by_name
    if not target:
        return None  # of a group or an ARN, which has no address here
    return ResourceConfiguration(
        raw["arn"],
        raw["id"],
        raw.get("resourceGatewayId", ""),
        raw.get("status", "ACTIVE"),
        tuple(_parse_ports(each) for each in raw.get("portRanges", ())),
        target,
    )


def _parse_ports(text: str) -> tuple[int, int]:
    """The range of "80" or "8000-8080"."""
    low, _, high = text.partition("-")
    return int(low), int(high or low)
