"""API requests that read a network model, and the use of their responses, independent of the client.

Each topic is a generator that yields batches of requests, is sent their responses in the same order, and returns the
fields of `ApiResponses` that it has filled. The requests of one batch do not depend on each other, nor do the topics of
one of the `STAGES`: a caller may send them concurrently.

Listings are requested once, as a whole, page by page. Single requests are only for data that AWS has no listing of: the
attributes of VPCs, load balancers, listeners and target groups, targets' health, a load balancer's listeners, user
data, the entries of a prefix list, a service's permissions, a resource configuration's definition, and a hosted zone
with its VPCs and records (EC2, ELBv2, VPC Lattice and Route 53 API references).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pltui.reachability.parse import ApiResponses
from pltui.reachability.parse_network import Raw


@dataclass(frozen=True, slots=True)
class Request:
    """One read. Its result is the items of `key` over all pages; without a key, the one response."""

    service: str  # as boto3 names it
    operation: str  # as the service names it: "DescribeVpcs"
    key: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadScope:
    """Restriction of a read: to these VPCs, if there are any, and without user data if it is not needed."""

    vpcs: tuple[str, ...] = ()
    user_data: bool = True


Items: TypeAlias = tuple[Raw, ...]
Reading: TypeAlias = Generator[Sequence[Request], Sequence[Items], Mapping[str, Any]]

# Topics of VPCs and their contents; a later stage depends on the results of earlier ones.
STAGES: tuple[tuple[str, ...], ...] = (
    (
        "vpcs",
        "subnets",
        "security_groups",
        "network_acls",
        "route_tables",
        "internet_gateways",
        "nat_gateways",
        "peerings",
        "instances",
        "load_balancers",
        "endpoints",
        "resource_gateways",
    ),
    (
        "user_data",
        "prefix_lists",
        "balancer_attributes",
        "listeners",
        "target_groups",
        "services",
        "resource_configurations",
        "associations",
        "interfaces",
        "zones",
    ),
    ("listener_attributes", "group_attributes", "targets", "permissions", "connections"),
)
TOPICS = tuple(topic for stage in STAGES for topic in stage)
# A part of "vpcs" that suffices after VPCs were created or deleted: it does not read attributes of known VPCs again.
NEW_VPCS = "new_vpcs"
# Topics of Route 53, which is one service for all regions.
GLOBAL_TOPICS = frozenset({"zones"})
REGIONAL_TOPICS = frozenset(TOPICS) - GLOBAL_TOPICS
# Topics of VPC Lattice, for which labs with a load balancer need no permission.
LATTICE_TOPICS = frozenset({"resource_gateways", "resource_configurations", "associations"})


def read(topic: str, known: ApiResponses, scope: ReadScope | None = None) -> Reading:
    """The generator that reads `topic`; `known` has the results of earlier stages.

    Raises:
        KeyError: If there is no such topic.
    """
    scope = scope or ReadScope()
    if topic in _LISTED:
        return _read_list(topic, _LISTED[topic], scope)
    return _READINGS[topic](known, scope)


# Topic -> service, operation, the key of its items, and the filter by VPC.
_LISTED: Mapping[str, tuple[str, str, str, str]] = {
    "subnets": ("ec2", "DescribeSubnets", "Subnets", "vpc-id"),
    "security_groups": ("ec2", "DescribeSecurityGroups", "SecurityGroups", "vpc-id"),
    "network_acls": ("ec2", "DescribeNetworkAcls", "NetworkAcls", "vpc-id"),
    "route_tables": ("ec2", "DescribeRouteTables", "RouteTables", "vpc-id"),
    "internet_gateways": ("ec2", "DescribeInternetGateways", "InternetGateways", "attachment.vpc-id"),
    "endpoints": ("ec2", "DescribeVpcEndpoints", "VpcEndpoints", "vpc-id"),
    "interfaces": ("ec2", "DescribeNetworkInterfaces", "NetworkInterfaces", "vpc-id"),
}


def _read_list(topic: str, call: tuple[str, str, str, str], scope: ReadScope) -> Reading:
    service, operation, key, by_vpc = call
    (items,) = yield [Request(service, operation, key, _make_filter(by_vpc, scope.vpcs))]
    return {topic: items}


def _make_filter(name: str, values: Iterable[str], word: str = "Filters") -> dict[str, Any]:
    """A filter; none for no values, which means all resources."""
    return {word: [{"Name": name, "Values": [*values]}]} if values else {}


def _read_vpcs(known: ApiResponses, scope: ReadScope) -> Reading:
    return (yield from _ask_vpcs({}, scope))


def _new_vpcs(known: ApiResponses, scope: ReadScope) -> Reading:
    """The VPCs, with the attributes of new ones only."""
    return (yield from _ask_vpcs(known.vpc_flags, scope))


def _ask_vpcs(flags: Mapping[str, tuple[bool, bool]], scope: ReadScope) -> Reading:
    (vpcs,) = yield [Request("ec2", "DescribeVpcs", "Vpcs", _make_filter("vpc-id", scope.vpcs))]
    ids = [vpc["VpcId"] for vpc in vpcs]
    new = [vpc for vpc in ids if vpc not in flags]
    answers = yield [
        Request("ec2", "DescribeVpcAttribute", "", {"VpcId": vpc, "Attribute": f"enableDns{flag}"})
        for vpc in new
        for flag in ("Support", "Hostnames")
    ]
    values = [answer.get("EnableDnsSupport", answer.get("EnableDnsHostnames", {}))["Value"] for (answer,) in answers]
    asked = dict(zip(new, zip(values[::2], values[1::2], strict=True), strict=True))
    return {"vpcs": vpcs, "vpc_flags": {vpc: asked.get(vpc) or flags[vpc] for vpc in ids}}


def _nat_gateways(known: ApiResponses, scope: ReadScope) -> Reading:
    wanted = _make_filter("vpc-id", scope.vpcs, "Filter")  # the only call with the member in the singular
    (gateways,) = yield [Request("ec2", "DescribeNatGateways", "NatGateways", wanted)]
    return {"nat_gateways": gateways}


def _read_peerings(known: ApiResponses, scope: ReadScope) -> Reading:
    sides = ("requester-vpc-info.vpc-id", "accepter-vpc-info.vpc-id") if scope.vpcs else ("",)
    found = yield [
        Request("ec2", "DescribeVpcPeeringConnections", "VpcPeeringConnections", _make_filter(side, scope.vpcs))
        for side in sides
    ]
    return {"peerings": tuple({each["VpcPeeringConnectionId"]: each for side in found for each in side}.values())}


def _read_instances(known: ApiResponses, scope: ReadScope) -> Reading:
    (reservations,) = yield [Request("ec2", "DescribeInstances", "Reservations", _make_filter("vpc-id", scope.vpcs))]
    instances = tuple(instance for reservation in reservations for instance in reservation["Instances"])
    alive = {each["InstanceId"] for each in instances if each["State"]["Name"] != "terminated"}
    kept = {instance: text for instance, text in known.user_data.items() if instance in alive}
    new = alive - kept.keys() if scope.user_data else ()
    return {"instances": instances, "user_data": {**kept, **(yield from _ask_user_data(sorted(new)))}}


def _user_data(known: ApiResponses, scope: ReadScope) -> Reading:
    """User data that may have changed: it can only while a machine is stopped (EC2 user guide)."""
    stopped = [each["InstanceId"] for each in known.instances if each["State"]["Name"] == "stopped"]
    return {"user_data": {**known.user_data, **(yield from _ask_user_data(stopped if scope.user_data else []))}}


def _ask_user_data(instances: Sequence[str]) -> Generator[Sequence[Request], Sequence[Items], dict[str, str]]:
    answers = yield [
        Request("ec2", "DescribeInstanceAttribute", "", {"InstanceId": instance, "Attribute": "userData"})
        for instance in instances
    ]
    encoded = (answer.get("UserData", {}).get("Value", "") for (answer,) in answers)
    return dict(zip(instances, map(_decode_base64, encoded), strict=True))


def _decode_base64(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode(errors="replace")
    except binascii.Error:
        return ""


def _load_balancers(known: ApiResponses, scope: ReadScope) -> Reading:
    """All load balancers, as there is no filter by VPC; those of other VPCs are dropped."""
    (found,) = yield [Request("elbv2", "DescribeLoadBalancers", "LoadBalancers")]
    return {"load_balancers": tuple(each for each in found if not scope.vpcs or each.get("VpcId") in scope.vpcs)}


def _target_groups(known: ApiResponses, scope: ReadScope) -> Reading:
    found = yield [
        Request("elbv2", "DescribeTargetGroups", "TargetGroups", parameters)
        for parameters in ([{"LoadBalancerArn": arn} for arn in _balancer_arns(known)] if scope.vpcs else [{}])
    ]
    return {"target_groups": tuple({each["TargetGroupArn"]: each for part in found for each in part}.values())}


def _read_services(known: ApiResponses, scope: ReadScope) -> Reading:
    """The account's own services; within a scope, those of its endpoints."""
    names = sorted({each["ServiceName"] for each in known.endpoints if each.get("ServiceName")}) if scope.vpcs else []
    if scope.vpcs and not names:
        return {"services": ()}
    wanted = _make_filter("service-name", names)
    (found,) = yield [Request("ec2", "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations", wanted)]
    return {"services": found}


def _read_connections(known: ApiResponses, scope: ReadScope) -> Reading:
    """The provider's view of connections, of any owner's endpoints."""
    services = [each["ServiceId"] for each in known.services]
    if not services:
        return {"connections": ()}
    wanted = _make_filter("service-id", services) if scope.vpcs else {}
    (found,) = yield [Request("ec2", "DescribeVpcEndpointConnections", "VpcEndpointConnections", wanted)]
    return {"connections": found}


def _read_associations(known: ApiResponses, scope: ReadScope) -> Reading:
    """The names of endpoints of VPC Lattice resources, and whether these are accessible."""
    endpoints = [each["VpcEndpointId"] for each in known.endpoints if each.get("VpcEndpointType") == "Resource"]
    if not endpoints:
        return {"associations": ()}
    wanted = {"VpcEndpointIds": endpoints} if scope.vpcs else {}
    (found,) = yield [Request("ec2", "DescribeVpcEndpointAssociations", "VpcEndpointAssociations", wanted)]
    return {"associations": found}


def _resource_gateways(known: ApiResponses, scope: ReadScope) -> Reading:
    (found,) = yield [Request("vpc-lattice", "ListResourceGateways", "items")]
    return {"resource_gateways": tuple(e for e in found if not scope.vpcs or e.get("vpcIdentifier") in scope.vpcs)}


def _resource_configurations(known: ApiResponses, scope: ReadScope) -> Reading:
    gateways = {each["id"] for each in known.resource_gateways}
    if not gateways:
        return {"resource_configurations": ()}
    (listed,) = yield [Request("vpc-lattice", "ListResourceConfigurations", "items")]
    answers = yield [
        Request("vpc-lattice", "GetResourceConfiguration", "", {"resourceConfigurationIdentifier": each["id"]})
        for each in listed
        if each.get("resourceGatewayId") in gateways
    ]
    return {"resource_configurations": tuple(answer for (answer,) in answers)}


def _read_zones(known: ApiResponses, scope: ReadScope) -> Reading:
    zones = yield from (_zones_of(known, scope.vpcs) if scope.vpcs else _all_zones())
    ids = [zone["HostedZone"]["Id"] for zone in zones]
    records = yield [
        Request("route53", "ListResourceRecordSets", "ResourceRecordSets", {"HostedZoneId": each}) for each in ids
    ]
    return {"zones": zones, "records": dict(zip(ids, records, strict=True))}


def _all_zones() -> Generator[Sequence[Request], Sequence[Items], Items]:
    """The private zones. The VPCs of a zone are only in the response for that zone."""
    (listed,) = yield [Request("route53", "ListHostedZones", "HostedZones")]
    answers = yield [Request("route53", "GetHostedZone", "", {"Id": each["Id"]}) for each in listed]
    return tuple(answer for (answer,) in answers if answer.get("VPCs"))


def _zones_of(known: ApiResponses, vpcs: Sequence[str]) -> Generator[Sequence[Request], Sequence[Items], Items]:
    """The zones associated with `vpcs`, except those of AWS's services and other accounts, which are not readable."""
    found = yield [
        Request("route53", "ListHostedZonesByVPC", "HostedZoneSummaries", {"VPCId": vpc, "VPCRegion": known.region})
        for vpc in vpcs
    ]
    owners = {vpc.get("OwnerId") for vpc in known.vpcs}
    names: dict[str, str] = {}
    associated: dict[str, list[Raw]] = {}
    for vpc, zones in zip(vpcs, found, strict=True):
        for zone in zones:
            if zone.get("Owner", {}).get("OwningAccount") in owners:
                names[zone["HostedZoneId"]] = zone["Name"]
                associated.setdefault(zone["HostedZoneId"], []).append({"VPCId": vpc})
    return tuple({"HostedZone": {"Id": each, "Name": names[each]}, "VPCs": associated[each]} for each in names)


def _one_by_one(
    topic: str, request: Request, argument: str, subjects: Callable[[ApiResponses], Iterable[str]]
) -> Callable[[ApiResponses, ReadScope], Reading]:
    """A topic with one request for each of `subjects`, named by `argument`."""

    def reading(known: ApiResponses, scope: ReadScope) -> Reading:
        ids = [*subjects(known)]
        items = yield [Request(request.service, request.operation, request.key, {argument: each}) for each in ids]
        return {topic: dict(zip(ids, items, strict=True))}

    return reading


def _attribute_reader(
    topic: str, operation: str, argument: str, subjects: Callable[[ApiResponses], Iterable[str]]
) -> Callable[[ApiResponses, ReadScope], Reading]:
    asked = _one_by_one(topic, Request("elbv2", operation, "Attributes"), argument, subjects)

    def reading(known: ApiResponses, scope: ReadScope) -> Reading:
        found = (yield from asked(known, scope))[topic]
        return {topic: {arn: {each["Key"]: each["Value"] for each in items} for arn, items in found.items()}}

    return reading


def _balancer_arns(known: ApiResponses) -> list[str]:
    return [each["LoadBalancerArn"] for each in known.load_balancers]


def _group_arns(known: ApiResponses) -> list[str]:
    return [each["TargetGroupArn"] for each in known.target_groups]


def _listener_arns(known: ApiResponses) -> list[str]:
    return [each["ListenerArn"] for listeners in known.listeners.values() for each in listeners]


def _prefix_lists(known: ApiResponses) -> list[str]:
    """The prefix lists in security group rules and routes."""
    permissions = (
        permission
        for group in known.security_groups
        for key in ("IpPermissions", "IpPermissionsEgress")
        for permission in group.get(key, ())
    )
    by_rule = (each["PrefixListId"] for permission in permissions for each in permission.get("PrefixListIds", ()))
    routes = (route for table in known.route_tables for route in table.get("Routes", ()))
    by_route = (route["DestinationPrefixListId"] for route in routes if route.get("DestinationPrefixListId"))
    return sorted({*by_rule, *by_route})


def _service_ids(known: ApiResponses) -> list[str]:
    return [each["ServiceId"] for each in known.services]


_HEALTH = Request("elbv2", "DescribeTargetHealth", "TargetHealthDescriptions")
_LISTENERS = Request("elbv2", "DescribeListeners", "Listeners")
_ENTRIES = Request("ec2", "GetManagedPrefixListEntries", "Entries")
_PERMISSIONS = Request("ec2", "DescribeVpcEndpointServicePermissions", "AllowedPrincipals")
_READINGS: Mapping[str, Callable[[ApiResponses, ReadScope], Reading]] = {
    "vpcs": _read_vpcs,
    NEW_VPCS: _new_vpcs,
    "nat_gateways": _nat_gateways,
    "peerings": _read_peerings,
    "instances": _read_instances,
    "user_data": _user_data,
    "prefix_lists": _one_by_one("prefix_lists", _ENTRIES, "PrefixListId", _prefix_lists),
    "load_balancers": _load_balancers,
    "target_groups": _target_groups,
    "services": _read_services,
    "connections": _read_connections,
    "associations": _read_associations,
    "resource_gateways": _resource_gateways,
    "resource_configurations": _resource_configurations,
    "zones": _read_zones,
    "balancer_attributes": _attribute_reader(
        "balancer_attributes", "DescribeLoadBalancerAttributes", "LoadBalancerArn", _balancer_arns
    ),
    "listeners": _one_by_one("listeners", _LISTENERS, "LoadBalancerArn", _balancer_arns),
    "listener_attributes": _attribute_reader(
        "listener_attributes", "DescribeListenerAttributes", "ListenerArn", _listener_arns
    ),
    "group_attributes": _attribute_reader(
        "group_attributes", "DescribeTargetGroupAttributes", "TargetGroupArn", _group_arns
    ),
    "targets": _one_by_one("targets", _HEALTH, "TargetGroupArn", _group_arns),
    "permissions": _one_by_one("permissions", _PERMISSIONS, "ServiceId", _service_ids),
}
