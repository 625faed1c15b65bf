"""AWS's answers about what guards and joins subnets: ACLs, route tables, gateways, peerings, VPC Lattice resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeAlias

from pltui.reach.world import (
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

Raw: TypeAlias = Mapping[str, Any]

# The last rule of every ACL, shown with this number, denies all that is left.
_LAST_RULE = 32767


def network_acls(answers: Iterable[Raw]) -> Iterator[NetworkAcl]:
    for raw in answers:
        subnets = frozenset(each["SubnetId"] for each in raw.get("Associations", ()))
        entries = sorted(_acl_entries(raw), key=lambda entry: entry.number)
        yield NetworkAcl(raw["NetworkAclId"], raw["VpcId"], subnets, tuple(entries))


def _acl_entries(acl: Raw) -> Iterator[AclEntry]:
    for raw in acl.get("Entries", ()):
        if not raw.get("CidrBlock") or raw["RuleNumber"] >= _LAST_RULE:
            continue
        ports = raw.get("PortRange", {})
        yield AclEntry(
            int(raw["RuleNumber"]),
            raw["RuleAction"] == "allow",
            bool(raw["Egress"]),
            str(raw["Protocol"]),
            IPv4Network(raw["CidrBlock"], strict=False),
            ports.get("From"),
            ports.get("To"),
        )


def route_tables(answers: Iterable[Raw]) -> Iterator[RouteTable]:
    for raw in answers:
        associations = [each for each in raw.get("Associations", ()) if _associated(each)]
        yield RouteTable(
            raw["RouteTableId"],
            raw["VpcId"],
            any(each.get("Main") for each in associations),
            frozenset(each["SubnetId"] for each in associations if each.get("SubnetId")),
            tuple(_routes(raw)),
        )


def _associated(association: Raw) -> bool:
    return bool(association.get("AssociationState", {}).get("State", "associated") == "associated")


# Where a route leads: whichever of these it has (EC2 API reference, Route).
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


def _routes(table: Raw) -> Iterator[Route]:
    for raw in table.get("Routes", ()):
        if not raw.get("DestinationCidrBlock"):
            continue
        target = next((raw[key] for key in _TARGETS if raw.get(key)), "nowhere")
        destination = IPv4Network(raw["DestinationCidrBlock"], strict=False)
        yield Route(destination, target, raw.get("State", "active") == "active")


def gateways(internet: Iterable[Raw], nat: Iterable[Raw]) -> Iterator[Gateway]:
    for raw in internet:
        attached: Raw = next(iter(raw.get("Attachments", ())), {})
        # EC2 says "available", its documentation "attached" as well (EC2 API reference, InternetGatewayAttachment).
        state = attached.get("State", "detached")
        yield Gateway(
            raw["InternetGatewayId"], attached.get("VpcId", ""), "available" if state == "attached" else state
        )
    for raw in nat:
        yield Gateway(raw["NatGatewayId"], raw.get("VpcId", ""), raw.get("State", "available"))


def peerings(answers: Iterable[Raw]) -> Iterator[Peering]:
    for raw in answers:
        requester, accepter = (raw.get(key, {}).get("VpcId", "") for key in ("RequesterVpcInfo", "AccepterVpcInfo"))
        yield Peering(raw["VpcPeeringConnectionId"], requester, accepter, raw.get("Status", {}).get("Code", ""))


def resource_gateways(
    answers: Iterable[Raw], interfaces: Iterable[Raw], subnets: Mapping[str, Subnet]
) -> Iterator[ResourceGateway]:
    """A gateway's interfaces are described as "Resource Gateway Interface <id>" (EC2 user guide, requester-managed)."""
    interfaces = tuple(interfaces)
    for raw in answers:
        groups = tuple(raw.get("securityGroupIds", ()))
        own = tuple(
            EndpointInterface(
                each["NetworkInterfaceId"],
                subnet.id,
                subnet.zone_id,
                subnet.zone_name,
                IPv4Address(each["PrivateIpAddress"]),
                groups,
            )
            for each in interfaces
            if raw["id"] in each.get("Description", "").split() and (subnet := subnets.get(each["SubnetId"]))
        )
        # GetResourceGateway says vpcId, ListResourceGateways vpcIdentifier (VPC Lattice API reference).
        vpc = raw.get("vpcId") or raw.get("vpcIdentifier", "")
        yield ResourceGateway(raw["id"], vpc, raw.get("status", "ACTIVE"), own, groups)


def resource_configurations(answers: Iterable[Raw]) -> Iterator[ResourceConfiguration]:
    for raw in answers:
        definition = raw.get("resourceConfigurationDefinition", {})
        target = definition.get("ipResource", {}).get("ipAddress") or definition.get("dnsResource", {}).get(
            "domainName"
        )
        if not target:
            continue  # of a group, or of an ARN: nothing that has an address here
        yield ResourceConfiguration(
            raw["arn"],
            raw["id"],
            raw.get("resourceGatewayId", ""),
            raw.get("status", "ACTIVE"),
            tuple(_ports(each) for each in raw.get("portRanges", ())),
            target,
        )


def _ports(text: str) -> tuple[int, int]:
    """ "80" or "8000-8080"."""
    low, _, high = text.partition("-")
    return int(low), int(high or low)
