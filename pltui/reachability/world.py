"""What is known of a network at one moment. All values are immutable; ids and names are AWS's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Literal, TypeAlias

_NOT_TCP = frozenset({"UDP", "QUIC"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One source or destination of one security group permission."""

    protocol: str  # "tcp", "udp", "icmp", a number, or "-1" for all
    from_port: int | None  # None: every port
    to_port: int | None
    cidr: IPv4Network | None = None
    group: str | None = None
    prefix_list: str | None = None  # the list that `cidr` is an entry of; without a `cidr` its entries are unknown


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    id: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Vpc:
    id: str
    region: str
    cidrs: tuple[IPv4Network, ...]
    dns_support: bool = True
    dns_hostnames: bool = True
    owner: str = ""  # account id


@dataclass(frozen=True, slots=True)
class Subnet:
    id: str
    vpc: str
    zone_id: str  # "apne1-az4": the same place for every account, unlike the name
    zone_name: str
    cidr: IPv4Network
    name: str = ""  # its Name tag


@dataclass(frozen=True, slots=True)
class Instance:
    id: str
    name: str  # its Name tag, or ""
    vpc: str
    subnet: str
    address: IPv4Address
    state: str  # EC2's own word: "pending", "running", …
    groups: tuple[str, ...] = ()
    dns_name: str = ""
    user_data: str = ""
    ports: frozenset[int] | None = None  # TCP ports its programs listen on; None where nobody can tell

    @property
    def running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class Node:
    """A load balancer's presence in one zone."""

    zone_id: str
    zone_name: str
    subnet: str
    address: IPv4Address | None  # None where the API does not show the node's interface


@dataclass(frozen=True, slots=True)
class Listener:
    port: int
    protocol: str
    target_group: str | None
    idle_timeout: float = 350  # AWS seconds without a byte, after which a connection is forgotten


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    arn: str
    name: str
    dns_name: str  # lower case, no trailing dot
    vpc: str
    state: str  # "provisioning", "active", …
    cross_zone: bool
    nodes: tuple[Node, ...]
    listeners: tuple[Listener, ...] = ()
    groups: tuple[str, ...] = ()
    enforce_on_privatelink: bool = True  # whether `groups` also judge what comes by PrivateLink

    def node(self, zone_id: str) -> Node | None:
        return next((node for node in self.nodes if node.zone_id == zone_id), None)

    def listener(self, port: int) -> Listener | None:
        """The one for TCP connections to `port`."""
        return next((each for each in self.listeners if each.port == port and each.protocol not in _NOT_TCP), None)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    protocol: str = "TCP"  # or "HTTP"
    port: int | None = None  # None: the port traffic goes to
    path: str = "/"
    matcher: str = "200-399"
    interval: float = 30  # seconds of AWS time, as the timeout
    timeout: float = 10
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2


@dataclass(frozen=True, slots=True)
class Target:
    id: str  # an instance id, or an address
    port: int
    draining: bool = False
    everywhere: bool = False  # registered for zone "all", as addresses outside the VPC are: each node may use it


@dataclass(frozen=True, slots=True)
class TargetGroup:
    arn: str
    name: str
    vpc: str
    cross_zone: bool | None  # None: as the load balancer says
    targets: tuple[Target, ...] = ()
    check: HealthCheck = HealthCheck()
    preserve_client_ip: bool = True
    sticky: bool = False  # by source address
    proxy_protocol: bool = False  # version 2, before the first byte of each connection, health checks included
    terminate_on_deregistration: bool = False  # once the delay is over; established connections otherwise live on
    terminate_unhealthy: bool = True  # a target found unhealthy loses its connections
    dns_minimum: int = 1  # healthy targets below which a zone leaves the load balancer's name
    routing_minimum: int = 1  # healthy targets below which a node tries unhealthy ones too


@dataclass(frozen=True, slots=True)
class Service:
    """An endpoint service as its owner sees it."""

    id: str
    name: str
    load_balancers: tuple[str, ...]
    owner: str = ""  # account id
    acceptance_required: bool = False
    principals: frozenset[str] | None = None  # ARNs, or "*"; None where they are not known
    available: bool = True


@dataclass(frozen=True, slots=True)
class EndpointInterface:
    id: str
    subnet: str
    zone_id: str
    zone_name: str
    address: IPv4Address
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint of type Interface, or of type Resource (to a VPC Lattice resource configuration)."""

    id: str
    vpc: str
    service: str  # the service's name; "" for type Resource
    state: str  # lower case, for AWS spells it in two ways
    interfaces: tuple[EndpointInterface, ...] = ()
    names: tuple[str, ...] = ()  # of its DNS entries, regional first; lower case, no trailing dot
    resource: str = ""  # the resource configuration's ARN
    owner: str = ""  # account id


@dataclass(frozen=True, slots=True)
class AclEntry:
    number: int
    allow: bool
    egress: bool
    protocol: str  # a number, or "-1" for all
    cidr: IPv4Network
    from_port: int | None = None  # None: every port
    to_port: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    id: str
    vpc: str
    subnets: frozenset[str]
    entries: tuple[AclEntry, ...] = ()  # by number, as they are judged


@dataclass(frozen=True, slots=True)
class Route:
    destination: IPv4Network
    target: str  # "local", or the id of a gateway, peering connection, interface, …
    active: bool = True  # False: a black hole


@dataclass(frozen=True, slots=True)
class RouteTable:
    id: str
    vpc: str
    main: bool  # for all subnets of the VPC that no table names
    subnets: frozenset[str] = frozenset()
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Gateway:
    """A way out of a VPC: internet gateway or NAT gateway. What lies behind it is not modelled."""

    id: str
    vpc: str  # "" while attached to none
    state: str  # "available", "pending", …


@dataclass(frozen=True, slots=True)
class Peering:
    id: str
    requester: str  # VPC id
    accepter: str  # VPC id
    state: str  # "active", "pending-acceptance", "failed", …

    def other(self, vpc: str) -> str:
        return self.accepter if vpc == self.requester else self.requester


@dataclass(frozen=True, slots=True)
class ResourceGateway:
    """VPC Lattice's way into the VPC where a resource is; one interface per subnet."""

    id: str
    vpc: str
    state: str  # "ACTIVE", …
    interfaces: tuple[EndpointInterface, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceConfiguration:
    arn: str
    id: str
    gateway: str  # the resource gateway's id
    state: str  # "ACTIVE", …
    ports: tuple[tuple[int, int], ...]  # ranges, both ends included
    target: str  # an IPv4 address, or a domain name


@dataclass(frozen=True, slots=True)
class Alias:
    name: str  # lower case, no trailing dot


@dataclass(frozen=True, slots=True)
class Record:
    name: str  # lower case, no trailing dot
    type: str
    ttl: int
    data: tuple[str, ...] | Alias  # values in zone file form


@dataclass(frozen=True, slots=True)
class HostedZone:
    id: str
    name: str  # lower case, no trailing dot
    vpcs: frozenset[str]
    records: tuple[Record, ...] = ()


FaultKind: TypeAlias = Literal["server", "zone", "subnet", "latency", "loss", "throttle", "lag", "error"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something broken on purpose. AWS's API shows none of it, except by what comes of it."""

    id: str  # "fault-1"
    kind: FaultKind
    # server: an instance whose web server is down. zone: a zone id. subnet: one that swallows every packet.
    # latency, loss: an instance, subnet, endpoint or zone id whose packets suffer; "" for all.
    # throttle, error: "ec2", "ec2:CreateVpcEndpoint" or "" for all. lag: "ec2" or "": what was just made is not found.
    subject: str
    # latency: real ms a round trip; loss: 0 to 1; throttle: calls a second; lag: AWS seconds; error: calls (0: any)
    amount: float = 0
    error: str = ""  # the name of an entry in `pltui.aws_errors`


# Who an address belongs to.
Owner: TypeAlias = (
    Instance
    | tuple[LoadBalancer, Node]
    | tuple[Endpoint, EndpointInterface]
    | tuple[ResourceGateway, EndpointInterface]
)

# (target group's ARN, target's id, target's port) -> the state DescribeTargetHealth would show.
Health: TypeAlias = Mapping[tuple[str, str, int], str]


@dataclass(frozen=True)
class NetworkModel:
    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    instances: Mapping[str, Instance] = field(default_factory=dict)
    security_groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    load_balancers: Mapping[str, LoadBalancer] = field(default_factory=dict)
    target_groups: Mapping[str, TargetGroup] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)  # by name
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    zones: tuple[HostedZone, ...] = ()  # private ones
    faults: tuple[Fault, ...] = ()
    # A VPC of which no ACL, or no route table, is known restricts nothing by it: each VPC really has one of both.
    network_acls: Mapping[str, NetworkAcl] = field(default_factory=dict)
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    peerings: Mapping[str, Peering] = field(default_factory=dict)
    resource_gateways: Mapping[str, ResourceGateway] = field(default_factory=dict)
    resource_configurations: Mapping[str, ResourceConfiguration] = field(default_factory=dict)  # by ARN
    connections: Mapping[str, str] = field(default_factory=dict)  # endpoint -> its state as the service's owner sees it

    @cached_property
    def _owners(self) -> Mapping[tuple[str, IPv4Address], Owner]:
        return dict(self._owned())

    def _owned(self) -> Iterator[tuple[tuple[str, IPv4Address], Owner]]:
        # An address belongs to a VPC and means nothing outside it: two VPCs with one CIDR never meet here.
        for instance in self.instances.values():
            yield (instance.vpc, instance.address), instance
        for balancer in self.load_balancers.values():
            for node in balancer.nodes:
                if node.address is not None:
                    yield (balancer.vpc, node.address), (balancer, node)
        for endpoint in self.endpoints.values():
            for interface in endpoint.interfaces:
                yield (endpoint.vpc, interface.address), (endpoint, interface)
        for gateway in self.resource_gateways.values():
            for interface in gateway.interfaces:
                yield (gateway.vpc, interface.address), (gateway, interface)

    @cached_property
    def _acls(self) -> Mapping[str, NetworkAcl]:
        return {subnet: acl for acl in self.network_acls.values() for subnet in acl.subnets}

    @cached_property
    def _tables(self) -> Mapping[str, RouteTable]:
        """By subnet, and by VPC for its main table."""
        tables = self.route_tables.values()
        main = {table.vpc: table for table in tables if table.main}
        return main | {subnet: table for table in tables for subnet in table.subnets}

    def acl(self, subnet: str) -> NetworkAcl | None:
        """The network ACL of a subnet; None where none is known."""
        return self._acls.get(subnet)

    def route_table(self, subnet: str, vpc: str) -> RouteTable | None:
        """The subnet's own route table, or else its VPC's main one; None where neither is known."""
        return self._tables.get(subnet) or self._tables.get(vpc)

    def owner(self, vpc: str, address: IPv4Address) -> Owner | None:
        return self._owners.get((vpc, address))

    def target_address(self, target: Target) -> IPv4Address | None:
        """None for a machine that is gone, and for what is not modelled: IPv6, and the ARN of another load balancer."""
        if instance := self.instances.get(target.id):
            return instance.address
        try:
            return IPv4Address(target.id)
        except ValueError:
            return None

    def target_instance(self, group: TargetGroup, target: Target) -> Instance | None:
        """The machine behind a target, whether it was registered by instance or by address."""
        if target.id in self.instances:
            return self.instances[target.id]
        address = self.target_address(target)
        owner = self.owner(group.vpc, address) if address else None
        return owner if isinstance(owner, Instance) else None

    def target_zone(self, group: TargetGroup, target: Target) -> str:
        """The id of the zone a target is in; "" where there is no such target in the VPC."""
        if instance := self.instances.get(target.id):
            return self.zone_of(instance)
        address = self.target_address(target)
        near = (each for each in self.subnets.values() if each.vpc == group.vpc)
        return next((each.zone_id for each in near if address and address in each.cidr), "")

    def zone_of(self, instance: Instance) -> str:
        subnet = self.subnets.get(instance.subnet)
        return subnet.zone_id if subnet else ""
