"""EC2 in an account and region: its collections and operations in moto, and their private parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from pltui.emulator.moto_adapter.values import Structure, private

if TYPE_CHECKING:
    from pltui.emulator.moto_adapter.ec2 import (
        MotoAddress,
        MotoEndpoint,
        MotoEndpointService,
        MotoInstance,
        MotoInterface,
        MotoInternetGateway,
        MotoNatGateway,
        MotoNetworkAcl,
        MotoPeering,
        MotoReservation,
        MotoRouteTable,
        MotoSecurityGroup,
        MotoSecurityGroupRule,
        MotoSubnet,
        MotoVpc,
        MotoZone,
    )
    from pltui.emulator.moto_adapter.ec2_tables import MotoSnapshot
    from pltui.emulator.moto_adapter.iam import InstanceProfileAssociation


class Ec2Backend(Protocol):
    """EC2 in an account and region. Its methods have moto's names, and raise EC2's errors."""

    account_id: str
    region_name: str
    partition: str
    default_vpc: MotoVpc
    tags: dict[str, dict[str, str]]
    zones: Mapping[str, list[MotoZone]]
    vpcs: dict[str, MotoVpc]
    enis: dict[str, MotoInterface]
    groups: dict[str, dict[str, MotoSecurityGroup]]
    route_tables: dict[str, MotoRouteTable]
    network_acls: dict[str, MotoNetworkAcl]
    internet_gateways: dict[str, MotoInternetGateway]
    nat_gateways: dict[str, MotoNatGateway]
    addresses: list[MotoAddress]
    reservations: dict[str, MotoReservation]
    vpc_end_points: dict[str, MotoEndpoint]
    configurations: dict[str, MotoEndpointService]
    vpc_pcxs: dict[str, MotoPeering]
    snapshots: dict[str, MotoSnapshot]
    iam_instance_profile_associations: Mapping[str, InstanceProfileAssociation]

    get_vpc: Callable[[str], MotoVpc]
    get_subnet: Callable[[str], MotoSubnet]
    describe_subnets: Callable[[], Sequence[MotoSubnet]]
    describe_availability_zones: Callable[[], Sequence[MotoZone]]

    get_security_group_from_id: Callable[[str], MotoSecurityGroup | None]
    get_security_group_by_name_or_id: Callable[[str | None], MotoSecurityGroup | None]
    get_default_security_group: Callable[[str], MotoSecurityGroup]

    get_network_interface: Callable[[str], MotoInterface]

    def create_network_interface(
        self, subnet: str, private_ip_address: str | None, *, group_ids: list[str] | None, description: str
    ) -> MotoInterface:
        """Create an interface."""

    get_instance: Callable[[str], MotoInstance]
    get_instance_by_id: Callable[[str], MotoInstance | None]
    get_multi_instances_by_id: Callable[[list[str]], Sequence[MotoInstance]]
    all_instances: Callable[[], Sequence[MotoInstance]]
    get_spot_fleet_request: Callable[[str | None], object]
    get_fleet: Callable[[str | None], object]
    associate_iam_instance_profile: Callable[[str, str | None, str | None], object]

    get_internet_gateway: Callable[[str], MotoInternetGateway]
    address_by_ip: Callable[[list[str]], Sequence[MotoAddress]]
    address_by_allocation: Callable[[list[str]], Sequence[MotoAddress]]
    address_by_association: Callable[[list[str | None]], Sequence[MotoAddress]]

    get_route_table: Callable[[str], MotoRouteTable]
    delete_route: Callable[[str, str], object]

    def create_route(
        self,
        route_table_id: str,
        destination_cidr_block: str | None,
        *,
        gateway_id: str,
        destination_prefix_list_id: str,
    ) -> object:
        """Create the route of a gateway endpoint."""

    describe_vpc_endpoints: Callable[[list[str]], Sequence[MotoEndpoint]]
    delete_vpc_endpoints: Callable[[list[str]], object]

    def create_vpc_endpoint(
        self,
        *,
        vpc_id: str,
        service_name: str | None,
        endpoint_type: str,
        policy_document: str | None,
        route_table_ids: list[str],
        subnet_ids: list[str],
        client_token: str | None,
        security_group_ids: list[str],
        tags: Mapping[str, object],
        private_dns_enabled: bool,
    ) -> MotoEndpoint:
        """Create an endpoint."""

    describe_vpc_endpoint_service_configurations: Callable[[list[str]], Sequence[MotoEndpointService]]

    get_vpc_peering_connection: Callable[[str], MotoPeering]

    def create_vpc_peering_connection(self, vpc: MotoVpc, peer_vpc: object, tags: Mapping[str, str]) -> MotoPeering:
        """Request a peering connection."""


# -- private members -------------------------------------------------------------------------------------------------


def endpoint_services_of_aws(backend: Ec2Backend) -> Sequence[Structure]:
    """AWS's own endpoint services in the region."""
    services: Sequence[Structure] = private(backend)._collect_default_endpoint_services(
        backend.account_id, backend.region_name
    )
    return services


def rules_of(backend: Ec2Backend, asked: Structure, group_id: str, is_egress: bool) -> Iterator[MotoSecurityGroupRule]:
    """The rules that one of `calls.asked_rules` stands for."""
    sources = private(backend)._add_source_group(asked["source_groups"], None)
    ports = (asked["from_port"], asked["to_port"])
    peers = (asked["ip_ranges"], sources, asked["prefix_list_ids"])
    yield from private(backend)._iterate_security_rules(asked["ip_protocol"], group_id, *ports, *peers, is_egress)
