"""The model of a network at one moment. All values are immutable; ids and names are AWS's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Literal, TypeAlias

from pltui.reachability.load_balancer import LoadBalancer, Node, Target, TargetGroup


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
    """A security group and its rules."""

    id: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC with its CIDR blocks and DNS attributes."""

    id: str
    region: str
    cidrs: tuple[IPv4Network, ...]
    dns_support: bool = True
    dns_hostnames: bool = True
    owner: str = ""  # account id


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet in one availability zone."""

    id: str
    vpc: str
    zone_id: str  # "apne1-az4": the same zone in every account, unlike the name
    zone_name: str
    cidr: IPv4Network
    name: str = ""  # its Name tag


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance, modelled with one interface."""

    id: str
    name: str  # its Name tag, or ""
    vpc: str
    subnet: str
    address: IPv4Address
    state: str  # EC2's state: "pending", "running", …
    groups: tuple[str, ...] = ()
    dns_name: str = ""
    user_data: str = ""
    ports: frozenset[int] | None = None  # TCP ports its programs listen on; None if unknown

    @property
    def running(self) -> bool:
        """True only in the state in which it sends and answers packets."""
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class Service:
    """An endpoint service, as its owner sees it."""

    id: str
    name: str
    load_balancers: tuple[str, ...]
    owner: str = ""  # account id
    acceptance_required: bool = False
    principals: frozenset[str] | None = None  # ARNs, or "*"; None if unknown
    available: bool = True


@dataclass(frozen=True, slots=True)
class EndpointInterface:
    """An interface of a VPC endpoint or of a resource gateway, in one zone."""

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
    state: str  # lower case, because AWS spells it in two ways
    interfaces: tuple[EndpointInterface, ...] = ()
    names: tuple[str, ...] = ()  # of its DNS entries, regional first; lower case, no trailing dot
    resource: str = ""  # the resource configuration's ARN
    owner: str = ""  # account id


@dataclass(frozen=True, slots=True)
class AclEntry:
    """A numbered entry of a network ACL."""

    number: int
    allow: bool
    egress: bool
    protocol: str  # a number, or "-1" for all
    cidr: IPv4Network
    from_port: int | None = None  # None: every port
    to_port: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """A network ACL and the subnets that it applies to."""

    id: str
    vpc: str
    subnets: frozenset[str]
    entries: tuple[AclEntry, ...] = ()  # by number, the order of evaluation


@dataclass(frozen=True, slots=True)
class Route:
    """One route to an IPv4 destination."""

    destination: IPv4Network
    target: str  # "local", or the id of a gateway, peering connection, interface, …
    active: bool = True  # False: a black hole


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table and the subnets associated with it."""

    id: str
    vpc: str
    main: bool  # applies to all subnets of the VPC without a table of their own
    subnets: frozenset[str] = frozenset()
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Gateway:
    """An internet gateway or NAT gateway. The network behind it is not modelled."""

    id: str
    vpc: str  # "" if attached to none
    state: str  # "available", "pending", …


@dataclass(frozen=True, slots=True)
class Peering:
    """A VPC peering connection."""

    id: str
    requester: str  # VPC id
    accepter: str  # VPC id
    state: str  # "active", "pending-acceptance", "failed", …

    def other(self, vpc: str) -> str:
        """The VPC at the other end."""
        return self.accepter if vpc == self.requester else self.requester


@dataclass(frozen=True, slots=True)
class ResourceGateway:
    """VPC Lattice's entry into the VPC of a resource; one interface per subnet."""

    id: str
    vpc: str
    state: str  # "ACTIVE", …
    interfaces: tuple[EndpointInterface, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceConfiguration:
    """A VPC Lattice resource: one target behind a resource gateway."""

    arn: str
    id: str
    gateway: str  # the resource gateway's id
    state: str  # "ACTIVE", …
    ports: tuple[tuple[int, int], ...]  # ranges, both ends included
    target: str  # an IPv4 address, or a domain name


@dataclass(frozen=True, slots=True)
class Alias:
    """The target of an alias record."""

    name: str  # lower case, no trailing dot


@dataclass(frozen=True, slots=True)
class Record:
    """A record set of a hosted zone."""

    name: str  # lower case, no trailing dot
    type: str
    ttl: int
    data: tuple[str, ...] | Alias  # values in zone file form


@dataclass(frozen=True, slots=True)
class HostedZone:
    """A private hosted zone and the VPCs that it is associated with."""

    id: str
    name: str  # lower case, no trailing dot
    vpcs: frozenset[str]
    records: tuple[Record, ...] = ()


FaultKind: TypeAlias = Literal["server", "zone", "subnet", "latency", "loss", "throttle", "lag", "error"]


@dataclass(frozen=True, slots=True)
class Fault:
    """An injected fault. AWS's API does not show it, only its effects."""

    id: str  # "fault-1"
    kind: FaultKind
    # server: an instance whose web server is down. zone: a zone id. subnet: one that drops every packet.
    # latency, loss: an instance, subnet, endpoint or zone id whose packets are affected; "" for all.
    # throttle, error: "ec2", "ec2:CreateVpcEndpoint" or "" for all. lag: "ec2" or "": new resources are not found yet.
    subject: str
    # latency: real ms a round trip; loss: 0 to 1; throttle: calls a second; lag: AWS seconds; error: calls (0: any)
    amount: float = 0
    error: str = ""  # the name of an entry in `pltui.aws_errors`


# The owner of an address.
Owner: TypeAlias = (
    Instance
    | tuple[LoadBalancer, Node]
    | tuple[Endpoint, EndpointInterface]
    | tuple[ResourceGateway, EndpointInterface]
)


@dataclass(frozen=True)
class NetworkModel:
    """The whole model. Mappings are by id (load balancers and target groups by ARN) unless noted."""

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
    # A VPC without a known ACL or route table has no restrictions by it. On AWS each VPC has both.
    network_acls: Mapping[str, NetworkAcl] = field(default_factory=dict)
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    peerings: Mapping[str, Peering] = field(default_factory=dict)
    resource_gateways: Mapping[str, ResourceGateway] = field(default_factory=dict)
    resource_configurations: Mapping[str, ResourceConfiguration] = field(default_factory=dict)  # by ARN
    connections: Mapping[str, str] = field(default_factory=dict)  # endpoint -> its state as the service's owner sees it

    @cached_property
    def _owners_by_address(self) -> Mapping[tuple[str, IPv4Address], Owner]:
        return dict(self._owned_addresses())

    def _owned_addresses(self) -> Iterator[tuple[tuple[str, IPv4Address], Owner]]:
        # An address is only unique within a VPC: VPCs with the same CIDR block must not be mixed up here.
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
    def _acls_by_subnet(self) -> Mapping[str, NetworkAcl]:
        return {subnet: acl for acl in self.network_acls.values() for subnet in acl.subnets}

    @cached_property
    def _tables_by_subnet(self) -> Mapping[str, RouteTable]:
        """Route tables by subnet, and main ones by VPC."""
        tables = self.route_tables.values()
        main = {table.vpc: table for table in tables if table.main}
        return main | {subnet: table for table in tables for subnet in table.subnets}

    def acl(self, subnet: str) -> NetworkAcl | None:
        """The network ACL of a subnet; None if it is unknown."""
        return self._acls_by_subnet.get(subnet)

    def route_table(self, subnet: str, vpc: str) -> RouteTable | None:
        """The subnet's own route table, or else its VPC's main one; None if neither is known."""
        return self._tables_by_subnet.get(subnet) or self._tables_by_subnet.get(vpc)

    def owner(self, vpc: str, address: IPv4Address) -> Owner | None:
        """The owner of an address in a VPC; None if it is free or unknown."""
        return self._owners_by_address.get((vpc, address))

    def target_address(self, target: Target) -> IPv4Address | None:
        """The address of a target; None if its machine is deleted, or if it is not modelled.

        Not modelled are IPv6, and the ARN of another load balancer.
        """
        if instance := self.instances.get(target.id):
            return instance.address
        try:
            return IPv4Address(target.id)
        except ValueError:
            return None

    def target_instance(self, group: TargetGroup, target: Target) -> Instance | None:
        """The machine of a target, whether it was registered by instance or by address."""
        if target.id in self.instances:
            return self.instances[target.id]
        address = self.target_address(target)
        owner = self.owner(group.vpc, address) if address else None
        return owner if isinstance(owner, Instance) else None

    def target_zone(self, group: TargetGroup, target: Target) -> str:
        """The zone id of a target; "" if it is not in the VPC."""
        if instance := self.instances.get(target.id):
            return self.zone_of(instance)
        address = self.target_address(target)
        near = (each for each in self.subnets.values() if each.vpc == group.vpc)
        return next((each.zone_id for each in near if address and address in each.cidr), "")

    def zone_of(self, instance: Instance) -> str:
        """The zone id of a machine; "" if its subnet is unknown."""
        subnet = self.subnets.get(instance.subnet)
        return subnet.zone_id if subnet else ""
