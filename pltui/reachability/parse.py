"""Conversion of AWS's describe responses, in botocore's shapes, to a `NetworkModel`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from ipaddress import IPv4Address, IPv4Network

from pltui.reachability.load_balancer import HealthCheck, Listener, LoadBalancer, Node, Target, TargetGroup
from pltui.reachability.names import TTL, canonical_name
from pltui.reachability.parse_network import (
    Raw,
    endpoint_interface,
    internet_gateway,
    nat_gateway,
    network_acl,
    parse_each,
    peering,
    prefix_list_cidr,
    resource_configuration,
    resource_gateway,
    route_table,
)
from pltui.reachability.world import (
    Alias,
    Endpoint,
    Gateway,
    HostedZone,
    Instance,
    NetworkModel,
    Record,
    Rule,
    SecurityGroup,
    Service,
    Subnet,
    Vpc,
)

_GONE = frozenset({"terminated", "shutting-down"})
_CROSS_ZONE = "load_balancing.cross_zone.enabled"
_GROUP_HEALTH = "target_group_health"


@dataclass(frozen=True, slots=True)
class ApiResponses:
    """The responses of one region's APIs, by topic; Route 53, which is global, counts as a region."""

    region: str
    vpcs: tuple[Raw, ...] = ()
    vpc_flags: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)  # VPC -> (DNS support, DNS hostnames)
    subnets: tuple[Raw, ...] = ()
    security_groups: tuple[Raw, ...] = ()
    prefix_lists: Mapping[str, tuple[Raw, ...]] = field(default_factory=dict)  # GetManagedPrefixListEntries, by id
    interfaces: tuple[Raw, ...] = ()
    instances: tuple[Raw, ...] = ()
    user_data: Mapping[str, str] = field(default_factory=dict)  # decoded, by instance
    endpoints: tuple[Raw, ...] = ()
    services: tuple[Raw, ...] = ()
    load_balancers: tuple[Raw, ...] = ()
    balancer_attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by ARN, as all below
    listeners: Mapping[str, tuple[Raw, ...]] = field(default_factory=dict)
    listener_attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by the listener's ARN
    target_groups: tuple[Raw, ...] = ()
    group_attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    targets: Mapping[str, tuple[Raw, ...]] = field(default_factory=dict)
    zones: tuple[Raw, ...] = ()  # GetHostedZone's responses
    records: Mapping[str, tuple[Raw, ...]] = field(default_factory=dict)  # by zone id
    # An empty field below restricts nothing.
    account: str = ""  # the account whose view this is
    network_acls: tuple[Raw, ...] = ()
    route_tables: tuple[Raw, ...] = ()
    internet_gateways: tuple[Raw, ...] = ()
    nat_gateways: tuple[Raw, ...] = ()
    peerings: tuple[Raw, ...] = ()
    permissions: Mapping[str, tuple[Raw, ...]] = field(default_factory=dict)  # AllowedPrincipals, by the service's id
    connections: tuple[Raw, ...] = ()  # DescribeVpcEndpointConnections
    associations: tuple[Raw, ...] = ()  # DescribeVpcEndpointAssociations
    resource_gateways: tuple[
        Raw, ...
    ] = ()  # VPC Lattice: ListResourceGateways' items or GetResourceGateway's responses
    resource_configurations: tuple[Raw, ...] = ()  # GetResourceConfiguration's responses


def parse_network_model(answers: Iterable[ApiResponses]) -> NetworkModel:
    """One model of all regions, as ids are unique across them. Responses without AWS's shape are left out."""
    parts = tuple(answers)
    subnets = {each.id: each for part in parts for each in parse_each(_parse_subnet, part.subnets)}
    return NetworkModel(
        vpcs={each.id: each for part in parts for each in parse_each(partial(_parse_vpc, part), part.vpcs)},
        subnets=subnets,
        instances={
            each.id: each for part in parts for each in parse_each(partial(_parse_instance, part), part.instances)
        },
        security_groups={
            each.id: each for part in parts for each in parse_each(partial(_security_group, part), part.security_groups)
        },
        load_balancers={each.arn: each for part in parts for each in _load_balancers(part, subnets)},
        target_groups={
            each.arn: each for part in parts for each in parse_each(partial(_target_group, part), part.target_groups)
        },
        services={
            each.name: each for part in parts for each in parse_each(partial(_parse_service, part), part.services)
        },
        endpoints={each.id: each for part in parts for each in _parse_endpoints(part, subnets)},
        # A zone appears in each account that it is shared with.
        zones=tuple(
            {each.id: each for part in parts for each in parse_each(partial(_parse_zone, part), part.zones)}.values()
        ),
        network_acls={each.id: each for part in parts for each in parse_each(network_acl, part.network_acls)},
        route_tables={
            each.id: each
            for part in parts
            for each in parse_each(partial(route_table, part.prefix_lists), part.route_tables)
        },
        gateways={each.id: each for part in parts for each in _parse_gateways(part)},
        peerings={each.id: each for part in parts for each in parse_each(peering, part.peerings)},
        resource_gateways={
            each.id: each
            for part in parts
            for each in parse_each(partial(resource_gateway, part.interfaces, subnets), part.resource_gateways)
        },
        resource_configurations={
            each.arn: each
            for part in parts
            for each in parse_each(resource_configuration, part.resource_configurations)
        },
        connections=dict(each for part in parts for each in parse_each(_parse_connection, part.connections)),
    )


def _parse_vpc(part: ApiResponses, raw: Raw) -> Vpc:
    associated = raw.get("CidrBlockAssociationSet", ())
    blocks = [a["CidrBlock"] for a in associated if _is_associated(a)] or [raw["CidrBlock"]]
    support, hostnames = part.vpc_flags.get(raw["VpcId"], (True, False))
    cidrs = tuple(IPv4Network(block, strict=False) for block in blocks)
    return Vpc(raw["VpcId"], part.region, cidrs, support, hostnames, raw.get("OwnerId", ""))


def _is_associated(raw: Raw) -> bool:
    return bool(raw.get("CidrBlockState", {}).get("State", "associated") == "associated")


def _parse_subnet(raw: Raw) -> Subnet | None:
    if not raw.get("CidrBlock"):
        return None  # for IPv6 only, which is not modelled
    zone = raw["AvailabilityZone"]
    cidr = IPv4Network(raw["CidrBlock"], strict=False)
    zone_id = raw.get("AvailabilityZoneId") or zone
    return Subnet(raw["SubnetId"], raw["VpcId"], zone_id, zone, cidr, _name_tag(raw))


def _name_tag(raw: Raw) -> str:
    return next((tag.get("Value", "") for tag in raw.get("Tags", ()) if tag["Key"] == "Name"), "")


def _parse_instance(part: ApiResponses, raw: Raw) -> Instance | None:
    state = raw["State"]["Name"]
    if state in _GONE or not raw.get("PrivateIpAddress"):
        return None
    return Instance(
        id=raw["InstanceId"],
        name=_name_tag(raw),
        vpc=raw["VpcId"],
        subnet=raw["SubnetId"],
        address=IPv4Address(raw["PrivateIpAddress"]),
        state=state,
        groups=tuple(group["GroupId"] for group in raw.get("SecurityGroups", ())),
        dns_name=canonical_name(raw.get("PrivateDnsName", "")),
        user_data=part.user_data.get(raw["InstanceId"], ""),
    )


def _security_group(part: ApiResponses, raw: Raw) -> SecurityGroup:
    ingress, egress = raw.get("IpPermissions", ()), raw.get("IpPermissionsEgress", ())
    return SecurityGroup(raw["GroupId"], tuple(_parse_rules(part, ingress)), tuple(_parse_rules(part, egress)))


def _parse_rules(part: ApiResponses, permissions: Iterable[Raw]) -> Iterator[Rule]:
    for raw in permissions:
        yield from parse_each(partial(_parse_rule, raw), (*raw.get("IpRanges", ()), *raw.get("UserIdGroupPairs", ())))
        for each in raw.get("PrefixListIds", ()):
            yield from _prefix_list_rules(part, raw, each["PrefixListId"])


def _prefix_list_rules(part: ApiResponses, permission: Raw, prefix_list: str) -> Iterator[Rule]:
    """A rule per IPv4 entry; one without a CIDR if the entries are unknown."""
    rule = Rule(*_parse_ports(permission), prefix_list=prefix_list)
    if prefix_list not in part.prefix_lists:
        yield rule
    for cidr in parse_each(prefix_list_cidr, part.prefix_lists.get(prefix_list, ())):
        yield replace(rule, cidr=cidr)


def _parse_ports(permission: Raw) -> tuple[str, int | None, int | None]:
    return permission["IpProtocol"], permission.get("FromPort"), permission.get("ToPort")


def _parse_rule(permission: Raw, peer: Raw) -> Rule:
    ports = _parse_ports(permission)
    if "CidrIp" in peer:
        return Rule(*ports, cidr=IPv4Network(peer["CidrIp"], strict=False))
    return Rule(*ports, group=peer["GroupId"])


def _parse_gateways(part: ApiResponses) -> Iterator[Gateway]:
    yield from parse_each(internet_gateway, part.internet_gateways)
    yield from parse_each(nat_gateway, part.nat_gateways)


def _load_balancers(part: ApiResponses, subnets: Mapping[str, Subnet]) -> Iterator[LoadBalancer]:
    addresses = {
        (raw.get("Description", ""), raw.get("SubnetId")): raw["PrivateIpAddress"]
        for raw in part.interfaces
        if raw.get("PrivateIpAddress")
    }
    yield from parse_each(partial(_load_balancer, part, subnets, addresses), part.load_balancers)


def _load_balancer(
    part: ApiResponses, subnets: Mapping[str, Subnet], addresses: Mapping[tuple[str, str | None], str], raw: Raw
) -> LoadBalancer | None:
    if raw.get("Type") != "network":
        return None
    arn = raw["LoadBalancerArn"]
    # The only source of a node's address: its interface has the description "ELB net/<name>/<id>" (NLB user guide).
    description = "ELB net/" + arn.partition(":loadbalancer/")[2].partition("/")[2]
    zones = raw.get("AvailabilityZones", ())
    return LoadBalancer(
        arn=arn,
        name=raw["LoadBalancerName"],
        dns_name=canonical_name(raw.get("DNSName", "")),
        vpc=raw["VpcId"],
        state=raw["State"]["Code"],
        cross_zone=part.balancer_attributes.get(arn, {}).get(_CROSS_ZONE) == "true",
        nodes=tuple(
            _parse_node(subnet, addresses.get((description, subnet.id)))
            for zone in zones
            if (subnet := subnets.get(zone.get("SubnetId", "")))
        ),
        listeners=tuple(parse_each(partial(_parse_listener, part.listener_attributes), part.listeners.get(arn, ()))),
        groups=tuple(raw.get("SecurityGroups", ())),
        enforce_on_privatelink=raw.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic") != "off",
    )


def _parse_node(subnet: Subnet, address: str | None) -> Node:
    return Node(subnet.zone_id, subnet.zone_name, subnet.id, IPv4Address(address) if address else None)


def _parse_listener(attributes: Mapping[str, Mapping[str, str]], raw: Raw) -> Listener:
    group = None
    for action in raw.get("DefaultActions", ()):
        forwards = action.get("ForwardConfig", {}).get("TargetGroups", ())
        group = action.get("TargetGroupArn") or next((each["TargetGroupArn"] for each in forwards), None)
    idle = attributes.get(raw.get("ListenerArn", ""), {}).get("tcp.idle_timeout.seconds", 350)
    return Listener(int(raw["Port"]), raw.get("Protocol", "TCP"), group, float(idle))


_SWITCH: Mapping[str, bool] = {"true": True, "false": False}


def _target_group(part: ApiResponses, raw: Raw) -> TargetGroup:
    arn = raw["TargetGroupArn"]
    attributes = part.group_attributes.get(arn, {})
    by_instance = raw.get("TargetType") == "instance"
    return TargetGroup(
        arn=arn,
        name=raw["TargetGroupName"],
        vpc=raw.get("VpcId", ""),
        cross_zone=_SWITCH.get(attributes.get(_CROSS_ZONE, "")),
        targets=tuple(parse_each(partial(_parse_target, raw), part.targets.get(arn, ()))),
        check=_parse_health_check(raw),
        preserve_client_ip=attributes.get("preserve_client_ip.enabled", str(by_instance).lower()) == "true",
        sticky=attributes.get("stickiness.enabled") == "true",
        proxy_protocol=attributes.get("proxy_protocol_v2.enabled") == "true",
        terminate_on_deregistration=attributes.get("deregistration_delay.connection_termination.enabled") == "true",
        terminate_unhealthy=attributes.get("target_health_state.unhealthy.connection_termination.enabled") != "false",
        dns_minimum=int(attributes.get(f"{_GROUP_HEALTH}.dns_failover.minimum_healthy_targets.count", 1)),
        routing_minimum=int(
            attributes.get(f"{_GROUP_HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count", 1)
        ),
    )


def _parse_target(group: Raw, raw: Raw) -> Target:
    target = raw["Target"]
    draining = raw.get("TargetHealth", {}).get("State") == "draining"
    port = int(target.get("Port") or group.get("Port") or 0)
    return Target(target["Id"], port, draining, target.get("AvailabilityZone") == "all")


def _parse_health_check(raw: Raw) -> HealthCheck:
    default = HealthCheck()
    port = str(raw.get("HealthCheckPort", ""))
    matcher = raw.get("Matcher", {}).get("HttpCode")
    return HealthCheck(
        protocol=raw.get("HealthCheckProtocol", default.protocol),
        port=int(port) if port.isdigit() else None,
        path=raw.get("HealthCheckPath") or default.path,
        matcher=matcher or default.matcher,
        interval=raw.get("HealthCheckIntervalSeconds", default.interval),
        timeout=raw.get("HealthCheckTimeoutSeconds", default.timeout),
        healthy_threshold=raw.get("HealthyThresholdCount", default.healthy_threshold),
        unhealthy_threshold=raw.get("UnhealthyThresholdCount", default.unhealthy_threshold),
    )


def _parse_service(part: ApiResponses, raw: Raw) -> Service:
    balancers = tuple(raw.get("NetworkLoadBalancerArns", ()))
    known = part.permissions.get(raw["ServiceId"])
    return Service(
        id=raw["ServiceId"],
        name=raw["ServiceName"],
        load_balancers=balancers,
        # A service and its load balancers have the same owner, and only their ARNs contain it.
        owner=balancers[0].split(":")[4] if balancers else part.account,
        acceptance_required=bool(raw.get("AcceptanceRequired")),
        principals=None if known is None else frozenset(each.get("Principal", "") for each in known),
        available=raw.get("ServiceState", "Available").lower() == "available",
    )


def _parse_connection(raw: Raw) -> tuple[str, str]:
    return raw["VpcEndpointId"], raw.get("VpcEndpointState", "").lower()


def _parse_endpoints(part: ApiResponses, subnets: Mapping[str, Subnet]) -> Iterator[Endpoint]:
    interfaces = {raw["NetworkInterfaceId"]: raw for raw in part.interfaces}
    names = {raw["VpcEndpointId"]: list(_association_names(raw)) for raw in part.associations}
    yield from parse_each(partial(_parse_endpoint, subnets, interfaces, names), part.endpoints)


def _parse_endpoint(
    subnets: Mapping[str, Subnet], interfaces: Mapping[str, Raw], names: Mapping[str, list[str]], raw: Raw
) -> Endpoint | None:
    state = raw.get("State", "").lower()
    if raw.get("VpcEndpointType") not in ("Interface", "Resource") or state == "deleted":
        return None
    own = [interfaces[each] for each in raw.get("NetworkInterfaceIds", ()) if each in interfaces]
    entries = [entry["DnsName"] for entry in raw.get("DnsEntries", ()) if entry.get("DnsName")]
    return Endpoint(
        id=raw["VpcEndpointId"],
        vpc=raw["VpcId"],
        service=raw.get("ServiceName", ""),
        state=state,
        interfaces=tuple(
            placed for each in own if (placed := endpoint_interface(_group_ids(raw, each), subnets, each))
        ),
        names=tuple(map(canonical_name, (*entries, *names.get(raw["VpcEndpointId"], ())))),
        resource=raw.get("ResourceConfigurationArn", ""),
        owner=raw.get("OwnerId", ""),
    )


def _group_ids(endpoint: Raw, interface: Raw) -> tuple[str, ...]:
    # The endpoint's own list, which shows changes of ModifyVpcEndpoint first.
    return tuple(group["GroupId"] for group in endpoint.get("Groups") or interface.get("Groups", ()))


def _association_names(raw: Raw) -> Iterator[str]:
    """The names of an endpoint of type Resource, whose own DNS entries are empty."""
    for key in ("DnsEntry", "PrivateDnsEntry"):
        if name := raw.get(key, {}).get("DnsName"):
            yield name


def _parse_zone(part: ApiResponses, raw: Raw) -> HostedZone | None:
    zone = raw["HostedZone"]
    vpcs = frozenset(vpc["VPCId"] for vpc in raw.get("VPCs", ()))
    records = tuple(parse_each(_parse_record, part.records.get(zone["Id"], ())))
    return HostedZone(zone["Id"], canonical_name(zone["Name"]), vpcs, records) if vpcs else None


def _parse_record(raw: Raw) -> Record:
    alias = raw.get("AliasTarget")
    values = tuple(value["Value"] for value in raw.get("ResourceRecords", ()))
    data = Alias(canonical_name(alias["DNSName"])) if alias else values
    return Record(canonical_name(raw["Name"]), raw["Type"], int(raw.get("TTL", TTL)), data)
