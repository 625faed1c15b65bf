"""Interface endpoints: an interface and a DNS name per subnet, from creation to the deletion of the last interface."""

import secrets
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidVpcEndPointIdError
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response

from pltui.emulator.api import private_dns_names
from pltui.emulator.api.endpoint_checks import (
    check_groups,
    check_subnets,
    check_zones,
    endpoint_type_of,
    find_customer_service,
)
from pltui.emulator.api.endpoint_services import CONNECTS, begin_connecting, find_service
from pltui.emulator.api.errors import ec2_error, unsuccessful
from pltui.emulator.api.filters import Fields, Filters, select
from pltui.emulator.api.hosted_zone_ids import ENDPOINT_ZONES, UNLISTED_ZONE
from pltui.emulator.api.ids import new_id
from pltui.emulator.api.injected_errors import failure
from pltui.emulator.api.interfaces import check_address, create_service_interface, remove_interfaces
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.api.partitions import dns_suffix
from pltui.emulator.api.principals import caller_of
from pltui.emulator.moto_adapter.calls import Ec2Call, flag, parameter, required_text, structures, texts
from pltui.emulator.moto_adapter.ec2 import MotoEndpoint, MotoSubnet, set_groups
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto, Structure

IS_DELETED = 60.0
"""AWS seconds an endpoint stays `deleting`, its interfaces with it; one to five minutes are seen."""

ENDPOINT_FIELDS: Fields[MotoEndpoint] = {
    "ip-address-type": lambda e: e.ip_address_type,
    "service-name": lambda e: e.service_name,
    "service-region": lambda e: e.ec2_backend.region_name,
    "vpc-id": lambda e: e.vpc_id,
    "vpc-endpoint-id": lambda e: e.id,
    "vpc-endpoint-state": lambda e: e.state,
    "vpc-endpoint-type": lambda e: e.vpc_endpoint_type,
}


def install(lab: ApiContext) -> None:
    """Install the corrections of VPC endpoints."""
    lab.replace(VPCEndPoint, "ip_address_type", "ipv4")
    lab.replace(VPCEndPoint, "dns_options", {"DnsRecordIpType": "ipv4"})
    lab.replace(VPCEndPoint, "requester_managed", False)
    lab.replace(VPCEndPoint, "last_error", None)
    lab.around(EC2Backend, create_vpc_endpoint, modify_vpc_endpoint, describe_vpc_endpoints)
    lab.around(
        EC2Response,
        delete_vpc_endpoints,
        create_vpc_endpoint=request_endpoint,
        modify_vpc_endpoint=modify_private_dns,
    )


# -- creation --------------------------------------------------------------------------------------------------------


def request_endpoint(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Check a request with its caller, and set its defaults; private DNS is off for customers' services by default.

    For AWS's own services it is on if the VPC allows it. Believed: the default of PrivateDnsEnabled is no longer
    documented.

    Raises:
        EC2ClientError: If the type, service, IP address type or an address is not available.
    """
    backend, name = response.ec2_backend, parameter(response, "ServiceName") or ""
    kind = response.params["VpcEndpointType"] = endpoint_type_of(response)
    service = find_customer_service(backend, name, kind, caller_of(response))
    if service and parameter(response, "IpAddressType") not in (None, *service.supported_ip_address_types):
        raise ec2_error("InvalidParameter", f"The service {name} does not support this IP address type")
    vpc_id, enabled = required_text(response, "VpcId"), flag(response, "PrivateDnsEnabled")
    if enabled is None:
        enabled = service is None and private_dns_names.allowed_in(backend.get_vpc(vpc_id))
        response.params["PrivateDnsEnabled"] = enabled
    elif enabled and kind == "Interface":
        private_dns_names.check(backend, vpc_id, name, service)
    addresses = _configured_addresses(response)
    for subnet_id, address in addresses.items():
        check_address(backend, backend.get_subnet(subnet_id), address)
    answer = moto(response)
    _move(backend, answer.result["VpcEndpoint"], addresses)
    return answer


def _configured_addresses(response: Ec2Call) -> dict[str, str]:
    """The requested addresses, by subnet (EC2 API reference, SubnetConfiguration).

    A configured subnet becomes one of the endpoint's subnets. Believed: AWS requires it among the SubnetIds too.
    """
    configured = structures(response, "SubnetConfigurations")
    asked = "AddSubnetIds" if parameter(response, "VpcEndpointId") else "SubnetIds"
    named = [*texts(response, asked), *(each["SubnetId"] for each in configured)]
    if configured:
        response.params[asked] = list(dict.fromkeys(named))
    return {each["SubnetId"]: each["Ipv4"] for each in configured if each.get("Ipv4")}


def _move(backend: Ec2Backend, endpoint: MotoEndpoint, addresses: Mapping[str, str]) -> None:
    """Replace the endpoint's interfaces whose address has to change."""
    here = {backend.enis[i].subnet.id: backend.enis[i].private_ip_address for i in endpoint.network_interface_ids or []}
    moved = [
        subnet_id for subnet_id in endpoint.subnet_ids or [] if addresses.get(subnet_id) not in (None, here[subnet_id])
    ]
    if moved:
        _remove_subnets(backend, endpoint, moved)
        place_interfaces(backend, endpoint, [backend.get_subnet(subnet_id) for subnet_id in moved], addresses)
        endpoint.dns_entries = _dns_entries(backend, endpoint)


def create_vpc_endpoint(
    lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    vpc_id: str,
    service_name: str,
    endpoint_type: str | None = None,
    subnet_ids: list[str] | None = None,
    security_group_ids: list[str] | None = None,
    private_dns_enabled: bool | None = None,
    **kwargs: object,
) -> object:
    """Create an endpoint; one with interfaces gets them, its names and a connection."""
    endpoint_type = endpoint_type or "Gateway"  # EC2 API reference, CreateVpcEndpoint: the default
    service = find_service(service_name)
    groups, subnets = list(security_group_ids or []), [backend.get_subnet(subnet) for subnet in subnet_ids or []]
    if endpoint_type == "Interface":
        check_subnets(vpc_id, subnets)
        check_zones(subnets, service)
        check_groups(backend, vpc_id, groups)
    endpoint = moto(
        backend,
        vpc_id=vpc_id,
        service_name=service_name,
        endpoint_type=endpoint_type if endpoint_type == "Gateway" else "",
        security_group_ids=groups,
        private_dns_enabled=private_dns_enabled,
        **kwargs,
    )
    if endpoint_type != "Gateway":
        endpoint.vpc_endpoint_type = endpoint_type
        become_interface_endpoint(backend, endpoint, subnets)
        private_dns_names.set_private_dns(endpoint, service, bool(private_dns_enabled))
        endpoint.dns_entries = _dns_entries(backend, endpoint)
        if reason := failure(lab, "ec2:CreateVpcEndpoint"):
            endpoint.state = "pending"
            lab.agenda.after(CONNECTS, ("endpoint", endpoint.id), _fail, endpoint, reason.code, reason.wording())
        elif service and service.acceptance_required:
            endpoint.state = "pendingAcceptance"
        else:
            begin_connecting(lab, endpoint, CONNECTS)
    return endpoint


@deferrable
def _fail(endpoint: MotoEndpoint, code: str, message: str) -> None:
    endpoint.state, endpoint.last_error = "failed", {"Code": code, "Message": message}


def become_interface_endpoint(backend: Ec2Backend, endpoint: MotoEndpoint, subnets: Iterable[MotoSubnet]) -> None:
    """Turn an endpoint made by moto into one with interfaces; moto's own have addresses outside their subnet."""
    del backend.vpc_end_points[endpoint.id]
    tags = backend.tags.pop(endpoint.id, {})
    endpoint.id = new_id("vpce")
    backend.tags[endpoint.id] = tags
    backend.vpc_end_points[endpoint.id] = endpoint
    endpoint.connection_id = new_id("vpce-conn")
    endpoint.dns_suffix = secrets.token_hex(4)
    if not endpoint.security_group_ids:
        endpoint.security_group_ids = [backend.get_default_security_group(endpoint.vpc_id).id]
    endpoint.subnet_ids = []
    place_interfaces(backend, endpoint, subnets)


def place_interfaces(
    backend: Ec2Backend,
    endpoint: MotoEndpoint,
    subnets: Iterable[MotoSubnet],
    addresses: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Create an interface of the endpoint in each subnet, at its address in `addresses` if there is one."""
    of_service = endpoint.vpc_endpoint_type == "Interface"
    kind = "vpc_endpoint" if of_service else "interface"
    description = f"VPC Endpoint Interface{'' if of_service else ':'} {endpoint.id}"
    for subnet in subnets:
        groups = list(endpoint.security_group_ids)
        address = addresses.get(subnet.id)
        interface = create_service_interface(backend, subnet.id, kind, description, groups, address)
        endpoint.subnet_ids.append(subnet.id)
        endpoint.network_interface_ids.append(interface.id)


def _remove_subnets(backend: Ec2Backend, endpoint: MotoEndpoint, subnet_ids: list[str]) -> None:
    gone = [i for i in endpoint.network_interface_ids if backend.enis[i].subnet.id in subnet_ids]
    remove_interfaces(backend, gone)
    endpoint.network_interface_ids = [i for i in endpoint.network_interface_ids if i not in gone]
    endpoint.subnet_ids = [subnet_id for subnet_id in endpoint.subnet_ids if subnet_id not in subnet_ids]


def _dns_entries(backend: Ec2Backend, endpoint: MotoEndpoint) -> list[dict[str, str]]:
    """The regional name, one name per zone, and the private name (PrivateLink guide, DNS names)."""
    if endpoint.vpc_endpoint_type != "Interface":
        return []
    region, label = backend.region_name, f"{endpoint.id}-{endpoint.dns_suffix}"
    domain = f"{endpoint.service_name.split(f'.{region}.', 1)[-1]}.{region}.vpce.{dns_suffix(region)}"
    zones = [backend.get_subnet(subnet_id).availability_zone for subnet_id in endpoint.subnet_ids]
    names = [f"{label}.{domain}", *(f"{label}-{zone}.{domain}" for zone in zones)]
    entries = [{"DnsName": name, "HostedZoneId": ENDPOINT_ZONES.get(region, UNLISTED_ZONE)} for name in names]
    return [*entries, *([endpoint.private_dns_entry] if endpoint.private_dns_entry else [])]


# -- modification ----------------------------------------------------------------------------------------------------


def modify_private_dns(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Modify private DNS and addresses as well; moto handles subnets, groups and route tables only."""
    backend = response.ec2_backend
    (endpoint,) = backend.describe_vpc_endpoints([required_text(response, "VpcEndpointId")])
    enabled = flag(response, "PrivateDnsEnabled") if endpoint.vpc_endpoint_type == "Interface" else None
    service = find_service(endpoint.service_name)
    if enabled:
        private_dns_names.check(backend, endpoint.vpc_id, endpoint.service_name, service, endpoint.id)
    addresses = _configured_addresses(response)
    for subnet_id, address in addresses.items():
        if address not in {backend.enis[i].private_ip_address for i in endpoint.network_interface_ids or []}:
            check_address(backend, backend.get_subnet(subnet_id), address)
    answer = moto(response)
    _move(backend, endpoint, addresses)
    if enabled is not None:
        private_dns_names.set_private_dns(endpoint, service, enabled)
        endpoint.dns_entries = _dns_entries(backend, endpoint)
    return answer


def modify_vpc_endpoint(
    _lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    vpc_id: str,
    policy_doc: str | None = None,
    add_subnets: list[str] | None = None,
    remove_subnets: list[str] | None = None,
    **changes: object,
) -> None:
    """Apply all changes of a call, or none. `vpc_id` is moto's name for the endpoint's id."""
    (endpoint,) = backend.describe_vpc_endpoints([vpc_id])
    added = [backend.get_subnet(subnet_id) for subnet_id in add_subnets or [] if subnet_id not in endpoint.subnet_ids]
    _check_changes(backend, endpoint, added, remove_subnets or [], changes)
    moto(backend, vpc_id=vpc_id, policy_doc=policy_doc, add_subnets=None, remove_subnets=None, **changes)
    if endpoint.vpc_endpoint_type == "Gateway":
        return
    _remove_subnets(backend, endpoint, remove_subnets or [])
    place_interfaces(backend, endpoint, added)
    endpoint.dns_entries = _dns_entries(backend, endpoint)
    groups = [backend.get_security_group_from_id(group_id) for group_id in endpoint.security_group_ids]
    for interface_id in endpoint.network_interface_ids:
        set_groups(backend.enis[interface_id], list(groups))


def _check_changes(
    backend: Ec2Backend, endpoint: MotoEndpoint, added: list[MotoSubnet], removed: list[str], changes: Structure
) -> None:
    groups = list(changes.get("add_security_groups") or [])
    check_groups(backend, endpoint.vpc_id, groups)
    removed_groups = set(changes.get("remove_security_groups") or [])
    if removed_groups and not {*endpoint.security_group_ids, *groups} - removed_groups:
        # Believed: an interface keeps at least one group (EC2 API reference, ModifyNetworkInterfaceAttribute).
        raise ec2_error("InvalidParameter", f"The endpoint {endpoint.id} needs at least one security group")
    kept = [backend.get_subnet(subnet_id) for subnet_id in endpoint.subnet_ids or [] if subnet_id not in removed]
    check_subnets(endpoint.vpc_id, kept + added)
    check_zones(added, find_service(endpoint.service_name))


# -- description and deletion ----------------------------------------------------------------------------------------


def describe_vpc_endpoints(
    _lab: ApiContext, _moto: Moto, backend: Ec2Backend, vpc_end_point_ids: list[str] | None, filters: Filters = None
) -> list[MotoEndpoint]:
    """The account's endpoints, with AWS's filters.

    Raises:
        InvalidVpcEndPointIdError: If a requested endpoint does not exist.
    """
    for endpoint_id in vpc_end_point_ids or []:
        if endpoint_id not in backend.vpc_end_points:
            raise InvalidVpcEndPointIdError(endpoint_id)
    wanted = vpc_end_point_ids or list(backend.vpc_end_points)
    return select((backend.vpc_end_points[endpoint_id] for endpoint_id in wanted), filters, ENDPOINT_FIELDS)


def delete_vpc_endpoints(lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """Delete gateway endpoints at once, others after a time in `deleting`; missing ones are in `Unsuccessful`."""
    backend, failed = response.ec2_backend, []
    for endpoint_id in texts(response, "VpcEndpointIds"):
        endpoint = backend.vpc_end_points.get(endpoint_id)
        if endpoint is None:
            message = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
            failed.append(unsuccessful(endpoint_id, "InvalidVpcEndpoint.NotFound", message))
        elif endpoint.state.lower() != "deleting":
            _begin_deleting(lab, backend, endpoint)
    return ActionResult({"Unsuccessful": failed})


def _begin_deleting(lab: ApiContext, backend: Ec2Backend, endpoint: MotoEndpoint) -> None:
    if endpoint.vpc_endpoint_type == "Gateway":
        backend.delete_vpc_endpoints([endpoint.id])
    endpoint.state = "Deleting" if endpoint.vpc_endpoint_type == "Resource" else "deleting"
    lab.agenda.after(IS_DELETED, ("endpoint", endpoint.id), _finish_deleting, backend, endpoint)


@deferrable
def _finish_deleting(backend: Ec2Backend, endpoint: MotoEndpoint) -> None:
    remove_interfaces(backend, endpoint.network_interface_ids)
    backend.vpc_end_points.pop(endpoint.id, None)
    backend.tags.pop(endpoint.id, None)
