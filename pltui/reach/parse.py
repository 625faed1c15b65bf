"""AWS's describe answers, in the shapes botocore gives them, made into a `World`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from pltui.reach.names import TTL, canonical
from pltui.reach.parse_network import (
    Raw as Raw,
)
from pltui.reach.parse_network import (
    gateways,
    network_acls,
    peerings,
    resource_configurations,
    resource_gateways,
    route_tables,
)
from pltui.reach.world import (
    Alias,
    Endpoint,
    EndpointInterface,
    HealthCheck,
    HostedZone,
    Instance,
    Listener,
    LoadBalancer,
    Node,
    Record,
    Rule,
    SecurityGroup,
    Service,
    Subnet,
    Target,
    TargetGroup,
    Vpc,
    World,
)

_GONE = frozenset({"terminated", "shutting-down"})
_CROSS_ZONE = "load_balancing.cross_zone.enabled"
_GROUP_HEALTH = "target_group_health"


@dataclass(frozen=True, slots=True)
class Answers:
    """What one region's APIs said, by the call that said it; Route 53, which is global, is a region of its own."""

    region: str
    vpcs: tuple[Raw, ...] = ()
    vpc_flags: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)  # VPC -> (DNS support, DNS hostnames)
    subnets: tuple[Raw, ...] = ()
    security_groups: tuple[Raw, ...] = ()
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
    zones: tuple[Raw, ...] = ()  # GetHostedZone's answers
    records: Mapping[str, tuple[Raw, ...]] = field(default_factory=dict)  # by zone id
    # What is left empty below restricts nothing.
    account: str = ""  # whose answers these are
    network_acls: tuple[Raw, ...] = ()
    route_tables: tuple[Raw, ...] = ()
    internet_gateways: tuple[Raw, ...] = ()
    nat_gateways: tuple[Raw, ...] = ()
    peerings: tuple[Raw, ...] = ()
    permissions: Mapping[str, tuple[Raw, ...]] = field(default_factory=dict)  # AllowedPrincipals, by the service's id
    connections: tuple[Raw, ...] = ()  # DescribeVpcEndpointConnections
    associations: tuple[Raw, ...] = ()  # DescribeVpcEndpointAssociations
    resource_gateways: tuple[Raw, ...] = ()  # VPC Lattice: ListResourceGateways' items, or GetResourceGateway's answers
    resource_configurations: tuple[Raw, ...] = ()  # GetResourceConfiguration's answers


def world(answers: Iterable[Answers]) -> World:
    """One world of all regions; ids are unique over them."""
    parts = tuple(answers)
    subnets = {each.id: each for part in parts for each in _subnets(part)}
    return World(
        vpcs={each.id: each for part in parts for each in _vpcs(part)},
        subnets=subnets,
        instances={each.id: each for part in parts for each in _instances(part)},
        security_groups={each.id: each for part in parts for each in _security_groups(part)},
        load_balancers={each.arn: each for part in parts for each in _load_balancers(part, subnets)},
        target_groups={each.arn: each for part in parts for each in _target_groups(part)},
        services={each.name: each for part in parts for each in _services(part)},
        endpoints={each.id: each for part in parts for each in _endpoints(part, subnets)},
        # Each account that a zone is shared with sees it.
        zones=tuple({each.id: each for part in parts for each in _zones(part)}.values()),
        network_acls={each.id: each for part in parts for each in network_acls(part.network_acls)},
        route_tables={each.id: each for part in parts for each in route_tables(part.route_tables)},
        gateways={each.id: each for part in parts for each in gateways(part.internet_gateways, part.nat_gateways)},
        peerings={each.id: each for part in parts for each in peerings(part.peerings)},
        resource_gateways={
            each.id: each
            for part in parts
            for each in resource_gateways(part.resource_gateways, part.interfaces, subnets)
        },
        resource_configurations={
            each.arn: each for part in parts for each in resource_configurations(part.resource_configurations)
        },
        connections={
            raw["VpcEndpointId"]: raw.get("VpcEndpointState", "").lower() for part in parts for raw in part.connections
        },
    )


def _vpcs(part: Answers) -> Iterator[Vpc]:
    for raw in part.vpcs:
        associated = raw.get("CidrBlockAssociationSet", ())
        blocks = [a["CidrBlock"] for a in associated if _associated(a)] or [raw["CidrBlock"]]
        support, hostnames = part.vpc_flags.get(raw["VpcId"], (True, False))
        owner = raw.get("OwnerId", "")
        yield Vpc(
            raw["VpcId"],
            part.region,
            tuple(IPv4Network(block, strict=False) for block in blocks),
            support,
            hostnames,
            owner,
        )


def _associated(raw: Raw) -> bool:
    return bool(raw.get("CidrBlockState", {}).get("State", "associated") == "associated")


def _subnets(part: Answers) -> Iterator[Subnet]:
    for raw in part.subnets:
        zone = raw["AvailabilityZone"]
        cidr = IPv4Network(raw["CidrBlock"], strict=False)
        tags = {tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())}
        zone_id, name = raw.get("AvailabilityZoneId") or zone, tags.get("Name", "")
        yield Subnet(raw["SubnetId"], raw["VpcId"], zone_id, zone, cidr, name)


def _instances(part: Answers) -> Iterator[Instance]:
    for raw in part.instances:
        state = raw["State"]["Name"]
        if state in _GONE or not raw.get("PrivateIpAddress"):
            continue
        tags = {tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())}
        yield Instance(
            raw["InstanceId"],
            tags.get("Name", ""),
            raw["VpcId"],
            raw["SubnetId"],
            IPv4Address(raw["PrivateIpAddress"]),
            state,
            tuple(group["GroupId"] for group in raw.get("SecurityGroups", ())),
            canonical(raw.get("PrivateDnsName", "")),
            part.user_data.get(raw["InstanceId"], ""),
        )


def _security_groups(part: Answers) -> Iterator[SecurityGroup]:
    for raw in part.security_groups:
        ingress = _rules(raw.get("IpPermissions", ()))
        yield SecurityGroup(raw["GroupId"], tuple(ingress), tuple(_rules(raw.get("IpPermissionsEgress", ()))))


def _rules(permissions: Iterable[Raw]) -> Iterator[Rule]:
    for raw in permissions:
        ports = (raw["IpProtocol"], raw.get("FromPort"), raw.get("ToPort"))
        for block in raw.get("IpRanges", ()):
            yield Rule(*ports, cidr=IPv4Network(block["CidrIp"], strict=False))
        for pair in raw.get("UserIdGroupPairs", ()):
            yield Rule(*ports, group=pair.get("GroupId"))


def _load_balancers(part: Answers, subnets: Mapping[str, Subnet]) -> Iterator[LoadBalancer]:
    addresses = {
        (raw.get("Description", ""), raw.get("SubnetId")): IPv4Address(raw["PrivateIpAddress"])
        for raw in part.interfaces
        if raw.get("PrivateIpAddress")
    }
    for raw in part.load_balancers:
        if raw.get("Type") != "network":
            continue
        arn = raw["LoadBalancerArn"]
        # The one trace of a node's address: its interface is described as "ELB net/<name>/<id>" (NLB user guide).
        description = "ELB net/" + arn.partition(":loadbalancer/")[2].partition("/")[2]
        nodes = tuple(
            Node(subnet.zone_id, subnet.zone_name, subnet.id, addresses.get((description, subnet.id)))
            for zone in raw.get("AvailabilityZones", ())
            if (subnet := subnets.get(zone.get("SubnetId", "")))
        )
        yield LoadBalancer(
            arn,
            raw["LoadBalancerName"],
            canonical(raw.get("DNSName", "")),
            raw["VpcId"],
            raw["State"]["Code"],
            part.balancer_attributes.get(arn, {}).get(_CROSS_ZONE) == "true",
            nodes,
            tuple(_listener(each, part.listener_attributes) for each in part.listeners.get(arn, ())),
            tuple(raw.get("SecurityGroups", ())),
            raw.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic") != "off",
        )


def _listener(raw: Raw, attributes: Mapping[str, Mapping[str, str]]) -> Listener:
    group = None
    for action in raw.get("DefaultActions", ()):
        forwards = action.get("ForwardConfig", {}).get("TargetGroups", ())
        group = action.get("TargetGroupArn") or next((each["TargetGroupArn"] for each in forwards), None)
    idle = attributes.get(raw.get("ListenerArn", ""), {}).get("tcp.idle_timeout.seconds", 350)
    return Listener(int(raw["Port"]), raw.get("Protocol", "TCP"), group, float(idle))


def _target_groups(part: Answers) -> Iterator[TargetGroup]:
    switch = {"true": True, "false": False}
    for raw in part.target_groups:
        arn = raw["TargetGroupArn"]
        attributes = part.group_attributes.get(arn, {})
        by_instance = raw.get("TargetType") == "instance"
        yield TargetGroup(
            arn,
            raw["TargetGroupName"],
            raw.get("VpcId", ""),
            switch.get(attributes.get(_CROSS_ZONE, "")),
            tuple(_targets(raw, part.targets.get(arn, ()))),
            _check(raw),
            attributes.get("preserve_client_ip.enabled", str(by_instance).lower()) == "true",
            attributes.get("stickiness.enabled") == "true",
            attributes.get("proxy_protocol_v2.enabled") == "true",
            attributes.get("deregistration_delay.connection_termination.enabled") == "true",
            attributes.get("target_health_state.unhealthy.connection_termination.enabled") != "false",
            int(attributes.get(f"{_GROUP_HEALTH}.dns_failover.minimum_healthy_targets.count", 1)),
            int(attributes.get(f"{_GROUP_HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count", 1)),
        )


def _targets(group: Raw, descriptions: Iterable[Raw]) -> Iterator[Target]:
    for raw in descriptions:
        target = raw["Target"]
        draining = raw.get("TargetHealth", {}).get("State") == "draining"
        port = int(target.get("Port") or group.get("Port") or 0)
        yield Target(target["Id"], port, draining, target.get("AvailabilityZone") == "all")


def _check(raw: Raw) -> HealthCheck:
    default = HealthCheck()
    port = str(raw.get("HealthCheckPort", ""))
    matcher = raw.get("Matcher", {}).get("HttpCode")
    return HealthCheck(
        raw.get("HealthCheckProtocol", default.protocol),
        int(port) if port.isdigit() else None,
        raw.get("HealthCheckPath") or default.path,
        matcher or default.matcher,
        raw.get("HealthCheckIntervalSeconds", default.interval),
        raw.get("HealthCheckTimeoutSeconds", default.timeout),
        raw.get("HealthyThresholdCount", default.healthy_threshold),
        raw.get("UnhealthyThresholdCount", default.unhealthy_threshold),
    )


def _services(part: Answers) -> Iterator[Service]:
    for raw in part.services:
        balancers = tuple(raw.get("NetworkLoadBalancerArns", ()))
        known = part.permissions.get(raw["ServiceId"])
        yield Service(
            raw["ServiceId"],
            raw["ServiceName"],
            balancers,
            # A service and its load balancers are of one account, and only their ARNs say which.
            balancers[0].split(":")[4] if balancers else part.account,
            bool(raw.get("AcceptanceRequired")),
            None if known is None else frozenset(each.get("Principal", "") for each in known),
            raw.get("ServiceState", "Available").lower() == "available",
        )


def _endpoints(part: Answers, subnets: Mapping[str, Subnet]) -> Iterator[Endpoint]:
    interfaces = {raw["NetworkInterfaceId"]: raw for raw in part.interfaces}
    names = {raw["VpcEndpointId"]: list(_association_names(raw)) for raw in part.associations}
    for raw in part.endpoints:
        state = raw.get("State", "").lower()
        if raw.get("VpcEndpointType") not in ("Interface", "Resource") or state == "deleted":
            continue
        own = [interfaces[each] for each in raw.get("NetworkInterfaceIds", ()) if each in interfaces]
        entries = [entry["DnsName"] for entry in raw.get("DnsEntries", ()) if entry.get("DnsName")]
        yield Endpoint(
            raw["VpcEndpointId"],
            raw["VpcId"],
            raw.get("ServiceName", ""),
            state,
            tuple(
                _endpoint_interface(each, raw, subnets[each["SubnetId"]]) for each in own if each["SubnetId"] in subnets
            ),
            tuple(map(canonical, (*entries, *names.get(raw["VpcEndpointId"], ())))),
            raw.get("ResourceConfigurationArn", ""),
            raw.get("OwnerId", ""),
        )


def _association_names(raw: Raw) -> Iterator[str]:
    """The names of an endpoint of type Resource, whose own DNS entries are empty."""
    for key in ("DnsEntry", "PrivateDnsEntry"):
        if name := raw.get(key, {}).get("DnsName"):
            yield name


def _endpoint_interface(raw: Raw, endpoint: Raw, subnet: Subnet) -> EndpointInterface:
    # The endpoint's own list: what ModifyVpcEndpoint changes shows there first.
    groups = endpoint.get("Groups") or raw.get("Groups", ())
    return EndpointInterface(
        raw["NetworkInterfaceId"],
        subnet.id,
        subnet.zone_id,
        subnet.zone_name,
        IPv4Address(raw["PrivateIpAddress"]),
        tuple(group["GroupId"] for group in groups),
    )


def _zones(part: Answers) -> Iterator[HostedZone]:
    for raw in part.zones:
        zone = raw["HostedZone"]
        vpcs = frozenset(vpc["VPCId"] for vpc in raw.get("VPCs", ()))
        if vpcs:
            records = tuple(_record(each) for each in part.records.get(zone["Id"], ()))
            yield HostedZone(zone["Id"], canonical(zone["Name"]), vpcs, records)


def _record(raw: Raw) -> Record:
    alias = raw.get("AliasTarget")
    values = tuple(value["Value"] for value in raw.get("ResourceRecords", ()))
    data = Alias(canonical(alias["DNSName"])) if alias else values
    return Record(canonical(raw["Name"]), raw["Type"], int(raw.get("TTL", TTL)), data)
