"""EC2's resources in moto, with the attributes in use; and their private members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Protocol

from pltui.emulator.moto_adapter.values import Structure, private

if TYPE_CHECKING:
    from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend


class Tagged(Protocol):
    """A resource with tags."""

    id: str

    def get_tags(self) -> list[dict[str, str]]:
        """The tags, each with `key` and `value`."""

    def add_tags(self, tag_map: Mapping[str, str]) -> None:
        """Add tags, by key."""


class MotoZone(Protocol):
    """An availability zone, with the name that the account has for it."""

    name: str
    zone_id: str
    region_name: str
    zone_type: str
    state: str

    # Added by pltui:
    opt_in_status: str
    group_name: str


class MotoVpc(Tagged, Protocol):
    """A VPC."""

    owner_id: str
    cidr_block: str
    enable_dns_support: str | bool
    enable_dns_hostnames: str | bool

    @property
    def cidr_block_association_set(self) -> list[Structure]:
        """The associations of blocks, each with `cidr_block` and `cidr_block_state`."""


class MotoSubnet(Tagged, Protocol):
    """A subnet."""

    ec2_backend: Ec2Backend
    owner_id: str
    vpc_id: str
    cidr: IPv4Network
    availability_zone: str
    availability_zone_id: str


class MotoSecurityGroupRule(Protocol):
    """A rule of a security group."""

    id: str
    ip_protocol: str
    from_port: int | None
    to_port: int | None
    ip_range: Mapping[str, str]
    source_group: Mapping[str, str]
    cidr_ipv4: str | None
    cidr_ipv6: str | None
    prefix_list_id: str | None


class MotoSecurityGroup(Tagged, Protocol):
    """A security group."""

    ec2_backend: Ec2Backend
    owner_id: str
    name: str
    arn: str
    vpc_id: str
    is_default: bool
    ingress_rules: list[MotoSecurityGroupRule]
    egress_rules: list[MotoSecurityGroupRule]

    def add_ingress_rule(self, rule: object) -> None:
        """Add a rule."""


class MotoInterface(Tagged, Protocol):
    """A network interface."""

    subnet: MotoSubnet
    private_ip_address: str
    private_ip_addresses: list[dict[str, str]]
    public_ip: str | None
    description: str
    status: str
    interface_type: str
    requester_managed: bool
    instance: MotoInstance | None
    attachment_id: str | None
    device_index: int | None
    delete_on_termination: bool

    # Added by pltui:
    service_attachment: object

    @property
    def group_set(self) -> list[MotoSecurityGroup]:
        """The security groups."""


class MotoState(Protocol):
    """A state with a code: of an instance, or of a peering connection."""

    name: str
    code: object


class MotoInstance(Tagged, Protocol):
    """An instance."""

    ec2_backend: Ec2Backend
    region_name: str
    vpc_id: str
    availability_zone: str
    nics: dict[int, MotoInterface]
    security_groups: list[MotoSecurityGroup]
    disable_api_termination: object
    public_ip: str | None
    private_ip_address: str
    private_dns_name: str
    state_reason: object
    metadata_options: object

    # Added by pltui:
    state_changed_at: float
    is_due: bool
    agent_online: bool
    agent_registered: bool
    agent_sleeps: int

    @property
    def state(self) -> str:
        """The name of the state."""

    def detach_eni(self, eni: MotoInterface) -> None:
        """Free an interface."""


class MotoReservation(Protocol):
    """The instances of one launch."""

    id: str
    instances: list[MotoInstance]


class MotoInternetGateway(Tagged, Protocol):
    """An internet gateway, or another one that a route leads to."""

    vpc: MotoVpc | None


class MotoNatGateway(Tagged, Protocol):
    """A NAT gateway."""

    state: str
    vpc_id: str
    subnet_id: str
    private_ip: str
    address_set: Sequence[Mapping[str, object]]
    connectivity_type: str

    # Added by pltui:
    failure_code: str | None
    failure_message: str | None


class MotoAddress(Tagged, Protocol):
    """An Elastic IP address."""

    public_ip: str
    allocation_id: str | None
    association_id: str | None
    eni: MotoInterface | None


class MotoRoute(Protocol):
    """A route."""

    route_table: MotoRouteTable
    local: bool
    destination_cidr_block: str | None
    destination_prefix_list_id: str | None
    gateway: MotoInternetGateway | None
    gateway_id: str | None
    nat_gateway: MotoNatGateway | None
    interface: MotoInterface | None

    @property
    def state(self) -> str:
        """`active` or `blackhole`."""


class MotoRouteTable(Tagged, Protocol):
    """A route table."""

    ec2_backend: Ec2Backend
    vpc_id: str
    main_association_id: str | None

    @property
    def routes(self) -> Sequence[MotoRoute]:
        """The routes, local ones included."""


class MotoNetworkAcl(Tagged, Protocol):
    """A network ACL."""

    vpc_id: str
    default: bool


class MotoEndpoint(Tagged, Protocol):
    """A VPC endpoint."""

    ec2_backend: Ec2Backend
    owner_id: str
    vpc_id: str
    service_name: str
    vpc_endpoint_type: str
    state: str
    subnet_ids: list[str]
    network_interface_ids: list[str]
    security_group_ids: list[str]
    route_table_ids: list[str]
    destination_prefix_list_id: str | None
    private_dns_enabled: bool
    dns_entries: list[dict[str, str]]
    creation_timestamp: str

    # Added by pltui:
    connection_id: str
    dns_suffix: str
    ip_address_type: str
    private_dns_entry: dict[str, str] | None
    last_error: dict[str, str] | None
    resource_configuration_arn: str | None
    association_id: str


class MotoEndpointService(Tagged, Protocol):
    """An endpoint service."""

    ec2_backend: Ec2Backend
    service_name: str
    service_state: str
    service_type: list[dict[str, str]]
    endpoint_dns_name: str
    principals: list[str]
    private_dns_name: str | None
    acceptance_required: bool
    network_load_balancer_arns: list[str]
    gateway_load_balancer_arns: list[str]

    # Added by pltui:
    supported_ip_address_types: list[str]
    private_dns_proof: dict[str, str] | None
    is_new: bool


class MotoPeering(Tagged, Protocol):
    """A VPC peering connection."""

    vpc: MotoVpc
    peer_vpc: Any  # a VPC, or pltui's own stand-in for one that does not exist

    # Added by pltui:
    expiration_time: datetime | None


class PeeringStatus(Protocol):
    """The status of a peering connection."""

    code: str
    message: str

    def initiating(self) -> None:
        """Become `initiating-request`."""

    def pending(self) -> None:
        """Become `pending-acceptance`."""


# -- private members -------------------------------------------------------------------------------------------------


def tags_of(resource: object) -> list[dict[str, str]]:
    """The tags of a resource, each with `key` and `value`."""
    tags: list[dict[str, str]] = private(resource).get_tags()
    return tags


def groups_of(interface: MotoInterface) -> list[MotoSecurityGroup]:
    """The security groups of an interface itself. moto's `group_set` adds those of its instance."""
    found: list[MotoSecurityGroup] = private(interface)._group_set
    return found


def set_groups(interface: MotoInterface, groups: Sequence[MotoSecurityGroup | None]) -> None:
    """Replace the security groups of an interface."""
    private(interface)._group_set = list(groups)


def set_zone(subnet: MotoSubnet, zone: MotoZone) -> None:
    """Move a subnet to a zone."""
    private(subnet)._availability_zone = zone


def state_of(instance: MotoInstance) -> MotoState:
    """The state of an instance, with its code."""
    state: MotoState = private(instance)._state
    return state


def set_state(instance: MotoInstance, state: MotoState) -> None:
    """Replace the state of an instance."""
    private(instance)._state = state


def set_reason(instance: MotoInstance, reason: str) -> None:
    """Set the reason of an instance's last change of state."""
    private(instance)._reason = reason


def fleets_of(instance: MotoInstance) -> tuple[str | None, str | None]:
    """The ids of the spot fleet and of the fleet that the instance belongs to."""
    return private(instance)._spot_fleet_id, private(instance)._fleet_id


def leave_fleets(instance: MotoInstance) -> None:
    """Remove an instance from its fleets."""
    private(instance)._spot_fleet_id = private(instance)._fleet_id = None


def interface_of(gateway: MotoNatGateway) -> MotoInterface:
    """The interface of a NAT gateway."""
    interface: MotoInterface = private(gateway)._eni
    return interface


def created_at(gateway: MotoNatGateway) -> datetime:
    """The time of creation of a NAT gateway."""
    time: datetime = private(gateway)._created_at
    return time


def associations_of(table: MotoRouteTable) -> dict[str, str]:
    """The subnets that a route table is associated with, by the ids of the associations."""
    found: dict[str, str] = private(table)._associations
    return found


def accepted_type(service: MotoEndpointService) -> str:
    """The type of the endpoints that a service accepts."""
    kind: str = private(service)._service_type_name
    return kind


def status_of(peering: MotoPeering) -> PeeringStatus:
    """The status of a peering connection."""
    status: PeeringStatus = private(peering)._status
    return status
