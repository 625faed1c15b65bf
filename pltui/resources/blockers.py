"""Objects that block a rejected call: AWS reports that there are some, but not which."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, TypeVar

from pltui.aws.errors import kind_of
from pltui.aws_errors import ErrorKind
from pltui.engine.errors import CloudError, DeniedError, NotYetError, RefusedError
from pltui.resources.base import LAB_TAG, AwsContext, Item, tag
from pltui.resources.service_objects import ADVICE, GUARDDUTY, endpoint_manager, group_manager

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Blocker:
    """An object that prevents a deletion or a creation; `manager`: the AWS service that keeps it, if any."""

    text: str
    manager: str = ""

    def __str__(self) -> str:
        return f"{self.text}, of {self.manager}" if self.manager else self.text


Find = Awaitable[Iterable[Blocker]]

HOW = {ErrorKind.HELD: "held by", ErrorKind.TAKEN: "taken by"}
# Connections in these states keep a service from being deleted (EC2 API reference, ExistingVpcEndpointConnections).
LIVE = frozenset({"pendingacceptance", "pending", "available"})
AGAIN = 15.0  # seconds for which a result is reused, because a rejected call is repeated for minutes
MOST_NAMED = 5


async def explain_refusal(lab: AwsContext, key: str, call: Awaitable[T], find: Callable[[], Find]) -> T:
    """Await `call`; if other objects block it, add them to the error, as returned by `find`.

    `key` identifies the call among others.

    Raises:
        RefusedError: If an AWS service keeps a blocking object, so that waiting does not help.
    """
    try:
        return await call
    except (NotYetError, RefusedError) as error:
        kind = kind_of(error)
        how = HOW.get(kind, "") if kind else ""
        blockers = await _find_cached(lab, f"{key} {error.code}", find) if how else ()
        if blockers:
            error.message += f" ({how} {_format_blockers(blockers)})"
        keepers = {each.manager for each in blockers} - {"", GUARDDUTY if lab.removes_guardduty else ""}
        if advice := next((ADVICE[keeper] for keeper in sorted(keepers)), ""):
            # Waiting does not help, because the managing service does not release it.
            raise RefusedError(
                error.message, code=error.code, action=error.action, hint=advice, request_id=error.request_id
            ) from error
        raise


def _format_blockers(blockers: Sequence[Blocker]) -> str:
    more = f" and {len(blockers) - MOST_NAMED} more" if len(blockers) > MOST_NAMED else ""
    return ", ".join(map(str, blockers[:MOST_NAMED])) + more


async def _find_cached(lab: AwsContext, key: str, find: Callable[[], Find]) -> Sequence[Blocker]:
    now = asyncio.get_running_loop().time()
    found: Sequence[Blocker]
    at, found = lab.sought.get(key, (now - AGAIN, ()))
    if now - at >= AGAIN:
        try:
            found = tuple(await find())
        except CloudError as error:
            found = (Blocker(f"an unknown object; reading it failed: {error.code or error.message}"),)
        lab.sought[key] = now, found
    return found


# -- blockers of deletions --------------------------------------------------------------------------------------------


async def of_subnet(lab: AwsContext, subnet: str) -> Iterable[Blocker]:
    """Return the network interfaces in a subnet."""
    return map(_interface_blocker, await _read_interfaces(lab, "subnet-id", subnet))


async def of_group(lab: AwsContext, group: str, vpc: str) -> Iterable[Blocker]:
    """Return the interfaces a group is attached to, and the groups of its VPC whose rules refer to it."""
    interfaces, groups = await asyncio.gather(
        _read_interfaces(lab, "group-id", group),
        _read_ec2(lab, "DescribeSecurityGroups", "SecurityGroups", "vpc-id", vpc),
    )
    naming_it = (other for other in groups if other["GroupId"] != group and group in _peer_groups(other))
    return [
        *map(_interface_blocker, interfaces),
        *(Blocker(f"{_named_blocker(other, 'GroupId')} by its rules") for other in naming_it),
    ]


async def of_vpc(lab: AwsContext, vpc: str) -> Iterable[Blocker]:
    """Return the contents of a VPC, except what is deleted along with it."""
    subnets, groups, tables, gateways, endpoints, acls, egress_only, vpn = await asyncio.gather(
        _read_ec2(lab, "DescribeSubnets", "Subnets", "vpc-id", vpc),
        _read_ec2(lab, "DescribeSecurityGroups", "SecurityGroups", "vpc-id", vpc),
        _read_ec2(lab, "DescribeRouteTables", "RouteTables", "vpc-id", vpc),
        _read_ec2(lab, "DescribeInternetGateways", "InternetGateways", "attachment.vpc-id", vpc),
        _read_ec2(lab, "DescribeVpcEndpoints", "VpcEndpoints", "vpc-id", vpc),
        _if_readable(_read_ec2(lab, "DescribeNetworkAcls", "NetworkAcls", "vpc-id", vpc)),
        _if_readable(lab.aws.pages("ec2", "DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGateways")),
        _if_readable(_read_ec2(lab, "DescribeVpnGateways", "VpnGateways", "attachment.vpc-id", vpc)),
    )
    inside = [one for one in egress_only if any(a.get("VpcId") == vpc for a in one.get("Attachments", []))]
    attached = [one for one in vpn if any(_is_attached(a, vpc) for a in one.get("VpcAttachments", []))]
    return [
        *(_named_blocker(one, "SubnetId") for one in subnets),
        *(_named_blocker(one, "GroupId", group_manager(one)) for one in groups if one["GroupName"] != "default"),
        *(_named_blocker(one, "RouteTableId") for one in tables if not any(a.get("Main") for a in one["Associations"])),
        *(_named_blocker(one, "InternetGatewayId") for one in gateways),
        *(_named_blocker(one, "VpcEndpointId", endpoint_manager(one)) for one in endpoints),
        *(_named_blocker(one, "NetworkAclId") for one in acls if not one.get("IsDefault")),
        *(_named_blocker(one, "EgressOnlyInternetGatewayId") for one in inside),
        *(_named_blocker(one, "VpnGatewayId") for one in attached),
    ]


def _is_attached(attachment: Item, vpc: str) -> bool:
    return attachment.get("VpcId") == vpc and attachment.get("State") != "detached"


async def _if_readable(reading: Awaitable[list[Item]]) -> list[Item]:
    """Return the items, or none without permission: the lab itself has none of these."""
    try:
        return await reading
    except DeniedError:
        return []


async def of_way_out(lab: AwsContext, vpc: str) -> Iterable[Blocker]:
    """Return the interfaces with a public address, which block the detachment (EC2: DetachInternetGateway)."""
    return [_interface_blocker(one) for one in await _read_interfaces(lab, "vpc-id", vpc) if "Association" in one]


async def of_address(lab: AwsContext, allocation: str) -> Iterable[Blocker]:
    """Return the interface that an Elastic IP address is associated with."""
    addresses = await _read_ec2(lab, "DescribeAddresses", "Addresses", "allocation-id", allocation)
    users = ((one.get("NetworkInterfaceId", ""), one.get("InstanceId", "")) for one in addresses)
    return [
        Blocker(f"{interface} ({instance})" if instance else interface) for interface, instance in users if interface
    ]


async def of_table(lab: AwsContext, table: str) -> Iterable[Blocker]:
    """Return the subnets and gateways associated with a route table."""
    tables = await _read_ec2(lab, "DescribeRouteTables", "RouteTables", "route-table-id", table)
    associations = (one for found in tables for one in found["Associations"])
    return [
        Blocker(one.get("SubnetId") or one.get("GatewayId") or one["RouteTableAssociationId"]) for one in associations
    ]


async def of_balancer(lab: AwsContext, arn: str) -> Iterable[Blocker]:
    """Return the endpoint services of a load balancer."""
    services = await lab.aws.pages("ec2", "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations")
    return [_named_blocker(one, "ServiceId") for one in services if arn in one.get("NetworkLoadBalancerArns", [])]


async def of_service(lab: AwsContext, service: str) -> Iterable[Blocker]:
    """Return the live connections to an endpoint service."""
    live = await live_connections(lab, service)
    return [Blocker(f"{one['VpcEndpointId']} of account {one['VpcEndpointOwner']}") for one in live]


async def live_connections(lab: AwsContext, service: str) -> list[Item]:
    """Return the connections that block an endpoint service's deletion, as EC2's items."""
    found = await _read_ec2(lab, "DescribeVpcEndpointConnections", "VpcEndpointConnections", "service-id", service)
    return [one for one in found if one["VpcEndpointState"].lower() in LIVE and one["ServiceId"] == service]


async def of_target_group(lab: AwsContext, arn: str) -> Iterable[Blocker]:
    """Return the ARNs of load balancers that use a target group."""
    groups = await lab.aws.pages("elbv2", "DescribeTargetGroups", "TargetGroups", TargetGroupArns=[arn])
    return [Blocker(balancer) for group in groups for balancer in group["LoadBalancerArns"]]


async def of_role(lab: AwsContext, role: str) -> Iterable[Blocker]:
    """Return the instance profiles that contain a role."""
    profiles = await lab.aws.pages("iam", "ListInstanceProfiles", "InstanceProfiles")
    held = (one for one in profiles if any(inside["RoleName"] == role for inside in one["Roles"]))
    return [Blocker(f"instance profile {one['Path']}{one['InstanceProfileName']}") for one in held]


# -- blockers of creations --------------------------------------------------------------------------------------------


async def at_cidr(lab: AwsContext, vpc: str, cidr: str) -> Iterable[Blocker]:
    """Return foreign subnets of the VPC that overlap a block."""
    subnets = await _read_ec2(lab, "DescribeSubnets", "Subnets", "vpc-id", vpc)
    wanted = ip_network(cidr)
    overlapping = (one for one in subnets if "CidrBlock" in one and ip_network(one["CidrBlock"]).overlaps(wanted))
    return [
        Blocker(f"{_named_blocker(one, 'SubnetId')} with {one['CidrBlock']}")
        for one in _foreign_items(lab, overlapping)
    ]


async def at_group_name(lab: AwsContext, vpc: str, name: str) -> Iterable[Blocker]:
    """Return foreign groups of this name; names compare without case (EC2 API reference, CreateSecurityGroup)."""
    groups = await _read_ec2(lab, "DescribeSecurityGroups", "SecurityGroups", "vpc-id", vpc)
    return [
        _named_blocker(one, "GroupId")
        for one in _foreign_items(lab, groups)
        if one["GroupName"].lower() == name.lower()
    ]


async def at_way_out(lab: AwsContext, vpc: str) -> Iterable[Blocker]:
    """Return foreign internet gateways attached to a VPC."""
    gateways = await _read_ec2(lab, "DescribeInternetGateways", "InternetGateways", "attachment.vpc-id", vpc)
    return [_named_blocker(one, "InternetGatewayId") for one in _foreign_items(lab, gateways)]


async def at_zone_name(lab: AwsContext, vpc: str, name: str) -> Iterable[Blocker]:
    """Return private zones of this name on the VPC; each zone must be read for its VPCs."""
    zones = await lab.aws.pages("route53", "ListHostedZones", "HostedZones")
    same = [zone["Id"] for zone in zones if zone["Name"].rstrip(".") == name]
    answers = await asyncio.gather(*(lab.aws.call("route53", "GetHostedZone", Id=id_) for id_ in same))
    found = zip(same, answers, strict=True)
    return [
        Blocker(f"hosted zone {id_.removeprefix('/hostedzone/')}")
        for id_, answer in found
        if any(one["VPCId"] == vpc for one in answer.get("VPCs", []))
    ]


# -- in words ---------------------------------------------------------------------------------------------------------


async def _read_ec2(lab: AwsContext, operation: str, key: str, name: str, value: str) -> list[Item]:
    return await lab.aws.pages("ec2", operation, key, Filters=[{"Name": name, "Values": [value]}])


async def _read_interfaces(lab: AwsContext, name: str, value: str) -> list[Item]:
    return await _read_ec2(lab, "DescribeNetworkInterfaces", "NetworkInterfaces", name, value)


def _interface_blocker(item: Item) -> Blocker:
    """Return an interface with its owner, which is in its description if a service created it (EC2 user guide)."""
    instance = item.get("Attachment", {}).get("InstanceId")
    owner = (
        f"instance {instance}" if instance else item.get("Description") or tag({"Tags": item.get("TagSet", [])}, "Name")
    )
    # An endpoint's interface has the endpoint's groups, by which the service that created both is recognised.
    manager = "" if instance else next(filter(None, map(group_manager, item.get("Groups", []))), "")
    return Blocker(f"{item['NetworkInterfaceId']} ({owner})" if owner else item["NetworkInterfaceId"], manager)


def _named_blocker(item: Item, key: str, manager: str = "") -> Blocker:
    owner, name = tag(item, LAB_TAG), tag(item, "Name") or (item.get("GroupName", "") if manager else "")
    words = ", ".join(filter(None, (name, owner and f"of lab {owner}")))
    return Blocker(f"{item[key]} ({words})" if words else item[key], manager)


def _foreign_items(lab: AwsContext, items: Iterable[Item]) -> Iterator[Item]:
    return (item for item in items if tag(item, LAB_TAG) != lab.name)


def _peer_groups(group: Item) -> set[str]:
    rules: list[Any] = [*group.get("IpPermissions", []), *group.get("IpPermissionsEgress", [])]
    return {pair["GroupId"] for rule in rules for pair in rule.get("UserIdGroupPairs", [])}
