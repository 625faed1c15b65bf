"""The API requests that a network model is read with, and the use of their responses, for any kind of caller.

Each topic is a generator that yields batches of requests, is sent their responses in the same order, and returns the
fields of `ApiResponses` it has filled. The requests of one batch do not depend on each other, nor do the topics of one
of the `STAGES`: a caller may send them at once.

Listings are asked for once, whole, page by page. One by one goes only what AWS has no listing of: the attributes of
VPCs, load balancers, listeners and target groups, targets' health, a load balancer's listeners, user data, the entries
of a prefix list, a service's permissions, a resource configuration's definition, and a hosted zone with its VPCs and
records (EC2, ELBv2, VPC Lattice and Route 53 API references).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pltui.reachability.parse import ApiResponses, Raw


@dataclass(frozen=True, slots=True)
class Request:
    """One read. Its answer is what `key` holds over all pages; without a key the one answer there is."""

    service: str  # as boto3 names it
    operation: str  # as the service names it: "DescribeVpcs"
    key: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadScope:
    """What to read of: nothing else than these VPCs, where there are any; without user data if nobody will run it."""

    vpcs: tuple[str, ...] = ()
    user_data: bool = True


Items: TypeAlias = tuple[Raw, ...]
Reading: TypeAlias = Generator[Sequence[Request], Sequence[Items], Mapping[str, Any]]

# What VPCs and what is in them are made of; a later stage asks about what an earlier one found.
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
# A part of "vpcs", which is enough where VPCs only came or went: the attributes of those seen before are not asked for.
NEW_VPCS = "new_vpcs"
# Of Route 53, which is one for all regions.
GLOBAL_TOPICS = frozenset({"zones"})
REGIONAL_TOPICS = frozenset(TOPICS) - GLOBAL_TOPICS
# Of VPC Lattice, a service that labs with a load balancer need no permission for.
LATTICE_TOPICS = frozenset({"resource_gateways", "resource_configurations", "associations"})


def read(topic: str, known: ApiResponses, scope: ReadScope | None = None) -> Reading:
    """How to read `topic` anew, `known` being what earlier stages found. Raises KeyError for no such topic."""
    scope = scope or ReadScope()
    if topic in _LISTED:
        return _listed(topic, _LISTED[topic], scope)
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


def _listed(topic: str, call: tuple[str, str, str, str], scope: ReadScope) -> Reading:
    service, operation, key, by_vpc = call
    (items,) = yield [Request(service, operation, key, _filters(by_vpc, scope.vpcs))]
    return {topic: items}


def _filters(name: str, values: Iterable[str], word: str = "Filters") -> dict[str, Any]:
    """Nothing where there are no values: all is asked for then."""
    return {word: [{"Name": name, "Values": [*values]}]} if values else {}


def _vpcs(known: ApiResponses, scope: ReadScope) -> Reading:
    return (yield from _ask_vpcs({}, scope))


def _new_vpcs(known: ApiResponses, scope: ReadScope) -> Reading:
    """The VPCs there are, and the attributes of those not seen before."""
    return (yield from _ask_vpcs(known.vpc_flags, scope))


def _ask_vpcs(flags: Mapping[str, tuple[bool, bool]], scope: ReadScope) -> Reading:
    (vpcs,) = yield [Request("ec2", "DescribeVpcs", "Vpcs", _filters("vpc-id", scope.vpcs))]
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
    wanted = _filters("vpc-id", scope.vpcs, "Filter")  # the one call that says it in the singular
    (gateways,) = yield [Request("ec2", "DescribeNatGateways", "NatGateways", wanted)]
    return {"nat_gateways": gateways}


def _peerings(known: ApiResponses, scope: ReadScope) -> Reading:
    sides = ("requester-vpc-info.vpc-id", "accepter-vpc-info.vpc-id") if scope.vpcs else ("",)
    found = yield [
        Request("ec2", "DescribeVpcPeeringConnections", "VpcPeeringConnections", _filters(side, scope.vpcs))
        for side in sides
    ]
    return {"peerings": tuple({each["VpcPeeringConnectionId"]: each for side in found for each in side}.values())}


def _instances(known: ApiResponses, scope: ReadScope) -> Reading:
    (reservations,) = yield [Request("ec2", "DescribeInstances", "Reservations", _filters("vpc-id", scope.vpcs))]
    instances = tuple(instance for reservation in reservations for instance in reservation["Instances"])
    alive = {each["InstanceId"] for each in instances if each["State"]["Name"] != "terminated"}
    kept = {instance: text for instance, text in known.user_data.items() if instance in alive}
    new = alive - kept.keys() if scope.user_data else ()
    return {"instances": instances, "user_data": {**kept, **(yield from _ask_user_data(sorted(new)))}}


def _user_data(known: ApiResponses, scope: ReadScope) -> Reading:
    """Anew, of those whose user data may have changed: it can only while a machine is stopped (EC2 user guide)."""
    stopped = [each["InstanceId"] for each in known.instances if each["State"]["Name"] == "stopped"]
    return {"user_data": {**known.user_data, **(yield from _ask_user_data(stopped if scope.user_data else []))}}


def _ask_user_data(instances: Sequence[str]) -> Generator[Sequence[Request], Sequence[Items], dict[str, str]]:
    answers = yield [
        Request("ec2", "DescribeInstanceAttribute", "", {"InstanceId": instance, "Attribute": "userData"})
        for instance in instances
    ]
    encoded = (answer.get("UserData", {}).get("Value", "") for (answer,) in answers)
    return dict(zip(instances, map(_decoded, encoded), strict=True))


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode(errors="replace")
    except binascii.Error:
        return ""


def _load_balancers(known: ApiResponses, scope: ReadScope) -> Reading:
    """All of them, for there is no filter by VPC; those elsewhere are asked about no further."""
    (found,) = yield [Request("elbv2", "DescribeLoadBalancers", "LoadBalancers")]
    return {"load_balancers": tuple(each for each in found if not scope.vpcs or each.get("VpcId") in scope.vpcs)}


def _target_groups(known: ApiResponses, scope: ReadScope) -> Reading:
    found = yield [
        Request("elbv2", "DescribeTargetGroups", "TargetGroups", parameters)
        for parameters in ([{"LoadBalancerArn": arn} for arn in _balancers(known)] if scope.vpcs else [{}])
    ]
    return {"target_groups": tuple({each["TargetGroupArn"]: each for part in found for each in part}.values())}


def _services(known: ApiResponses, scope: ReadScope) -> Reading:
    """Those of one's own that have been made; within a scope, those its endpoints lead to."""
    names = sorted({each["ServiceName"] for each in known.endpoints if each.get("ServiceName")}) if scope.vpcs else []
    if scope.vpcs and not names:
        return {"services": ()}
    wanted = _filters("service-name", names)
    (found,) = yield [Request("ec2", "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations", wanted)]
    return {"services": found}


def _connections(known: ApiResponses, scope: ReadScope) -> Reading:
    """As the provider sees them, whoever owns the endpoints."""
    services = [each["ServiceId"] for each in known.services]
    if not services:
        return {"connections": ()}
    wanted = _filters("service-id", services) if scope.vpcs else {}
    (found,) = yield [Request("ec2", "DescribeVpcEndpointConnections", "VpcEndpointConnections", wanted)]
    return {"connections": found}


def _associations(known: ApiResponses, scope: ReadScope) -> Reading:
    """How the endpoints of VPC Lattice resources are named and whether these are accessible."""
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


def _zones(known: ApiResponses, scope: ReadScope) -> Reading:
    zones = yield from (_zones_of(known, scope.vpcs) if scope.vpcs else _all_zones())
    ids = [zone["HostedZone"]["Id"] for zone in zones]
    records = yield [
        Request("route53", "ListResourceRecordSets", "ResourceRecordSets", {"HostedZoneId": each}) for each in ids
    ]
    return {"zones": zones, "records": dict(zip(ids, records, strict=True))}


def _all_zones() -> Generator[Sequence[Request], Sequence[Items], Items]:
    """The private ones. Which VPCs a zone is associated with is told of each alone."""
    (listed,) = yield [Request("route53", "ListHostedZones", "HostedZones")]
    answers = yield [Request("route53", "GetHostedZone", "", {"Id": each["Id"]}) for each in listed]
    return tuple(answer for (answer,) in answers if answer.get("VPCs"))


def _zones_of(known: ApiResponses, vpcs: Sequence[str]) -> Generator[Sequence[Request], Sequence[Items], Items]:
    """The zones associated with `vpcs`, but those of AWS's services and other accounts', which nobody else may read."""
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
    """A topic that is asked about each of `subjects` in turn, `argument` being what names one."""

    def reading(known: ApiResponses, scope: ReadScope) -> Reading:
        ids = [*subjects(known)]
        items = yield [Request(request.service, request.operation, request.key, {argument: each}) for each in ids]
        return {topic: dict(zip(ids, items, strict=True))}

    return reading


def _attributes(
    topic: str, operation: str, argument: str, subjects: Callable[[ApiResponses], Iterable[str]]
) -> Callable[[ApiResponses, ReadScope], Reading]:
    asked = _one_by_one(topic, Request("elbv2", operation, "Attributes"), argument, subjects)

    def reading(known: ApiResponses, scope: ReadScope) -> Reading:
        found = (yield from asked(known, scope))[topic]
        return {topic: {arn: {each["Key"]: each["Value"] for each in items} for arn, items in found.items()}}

    return reading


def _balancers(known: ApiResponses) -> list[str]:
    return [each["LoadBalancerArn"] for each in known.load_balancers]


def _groups(known: ApiResponses) -> list[str]:
    return [each["TargetGroupArn"] for each in known.target_groups]


def _listeners(known: ApiResponses) -> list[str]:
    return [each["ListenerArn"] for listeners in known.listeners.values() for each in listeners]


def _prefix_lists(known: ApiResponses) -> list[str]:
    """The prefix lists that security group rules and routes refer to."""
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
    "vpcs": _vpcs,
    NEW_VPCS: _new_vpcs,
    "nat_gateways": _nat_gateways,
    "peerings": _peerings,
    "instances": _instances,
    "user_data": _user_data,
    "prefix_lists": _one_by_one("prefix_lists", _ENTRIES, "PrefixListId", _prefix_lists),
    "load_balancers": _load_balancers,
    "target_groups": _target_groups,
    "services": _services,
    "connections": _connections,
    "associations": _associations,
    "resource_gateways": _resource_gateways,
    "resource_configurations": _resource_configurations,
    "zones": _zones,
    "balancer_attributes": _attributes(
        "balancer_attributes", "DescribeLoadBalancerAttributes", "LoadBalancerArn", _balancers
    ),
    "listeners": _one_by_one("listeners", _LISTENERS, "LoadBalancerArn", _balancers),
    "listener_attributes": _attributes("listener_attributes", "DescribeListenerAttributes", "ListenerArn", _listeners),
    "group_attributes": _attributes("group_attributes", "DescribeTargetGroupAttributes", "TargetGroupArn", _groups),
    "targets": _one_by_one("targets", _HEALTH, "TargetGroupArn", _groups),
    "permissions": _one_by_one("permissions", _PERMISSIONS, "ServiceId", _service_ids),
}
