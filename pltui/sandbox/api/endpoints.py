"""Interface endpoints: an interface and a name per subnet, and the life of a connection."""

import secrets
from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidServiceName, InvalidVpcEndPointIdError
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES, COVERED_ENDPOINT_SERVICES, VPCEndPoint
from moto.ec2.responses import EC2Response

from pltui.sandbox.api.endpoint_services import CONNECTS, begin_connecting, find_service, permits, zone_ids
from pltui.sandbox.api.errors import ec2_error, unsuccessful
from pltui.sandbox.api.filters import Fields, select
from pltui.sandbox.api.hosted_zones import ENDPOINT_ZONES, UNLISTED_ZONE
from pltui.sandbox.api.interfaces import create_service_interface, remove_interfaces
from pltui.sandbox.api.overlay import Lab, Moto

IS_DELETED = 60.0
"""AWS seconds an endpoint stays `deleting`, its interfaces with it; one to five minutes are seen."""

CUSTOMERS = "com.amazonaws.vpce."
"""How the names of customers' own services begin."""

ENDPOINT_FIELDS: Fields = {
    "ip-address-type": lambda e: e.ip_address_type,
    "service-name": lambda e: e.service_name,
    "service-region": lambda e: e.ec2_backend.region_name,
    "vpc-id": lambda e: e.vpc_id,
    "vpc-endpoint-id": lambda e: e.id,
    "vpc-endpoint-state": lambda e: e.state,
    "vpc-endpoint-type": lambda e: e.vpc_endpoint_type,
}


def install(lab: Lab) -> None:
    lab.replace(VPCEndPoint, "ip_address_type", "ipv4")
    lab.replace(VPCEndPoint, "dns_options", {"DnsRecordIpType": "ipv4"})
    lab.replace(VPCEndPoint, "requester_managed", False)
    lab.around(EC2Backend, create_vpc_endpoint, modify_vpc_endpoint, describe_vpc_endpoints)
    lab.around(EC2Response, delete_vpc_endpoints, create_vpc_endpoint=default_private_dns)


def default_private_dns(_lab: Lab, moto: Moto, response: Any) -> Any:
    """Private DNS stays off for customers' services unless asked for; moto turns it on."""
    if response._get_param("PrivateDnsEnabled") is None:
        response.params["PrivateDnsEnabled"] = not (response._get_param("ServiceName") or "").startswith(CUSTOMERS)
    return moto(response)


def create_vpc_endpoint(
    lab: Lab,
    moto: Moto,
    backend: Any,
    vpc_id: str,
    service_name: str,
    endpoint_type: str | None = None,
    subnet_ids: list[str] | None = None,
    security_group_ids: list[str] | None = None,
    private_dns_enabled: bool | None = None,
    **kwargs: Any,
) -> Any:
    endpoint_type = endpoint_type or "Gateway"  # EC2 API reference, CreateVpcEndpoint: the default
    service = _offered(backend, service_name, endpoint_type)
    groups, subnets = list(security_group_ids or []), [backend.get_subnet(subnet) for subnet in subnet_ids or []]
    if endpoint_type == "Interface":
        _check_subnets(vpc_id, subnets, service)
        _check_groups(backend, groups)
    if service and private_dns_enabled:
        _check_private_dns(service)
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
        _make_interface_endpoint(backend, endpoint, endpoint_type, subnets)
        if service and service.acceptance_required:
            endpoint.state = "pendingAcceptance"
        else:
            begin_connecting(lab, endpoint, CONNECTS)
    return endpoint


def _make_interface_endpoint(backend: Any, endpoint: Any, endpoint_type: str, subnets: Iterable[Any]) -> None:
    """Turn what moto made into an endpoint with interfaces; moto's own lie outside their subnet."""
    del backend.vpc_end_points[endpoint.id]
    tags = backend.tags.pop(endpoint.id, {})
    endpoint.id = f"vpce-0{secrets.token_hex(8)}"
    backend.tags[endpoint.id] = tags
    backend.vpc_end_points[endpoint.id] = endpoint
    endpoint.vpc_endpoint_type = endpoint_type
    endpoint.connection_id = f"vpce-conn-0{secrets.token_hex(8)}"
    endpoint.dns_suffix = secrets.token_hex(4)
    if not endpoint.security_group_ids:
        endpoint.security_group_ids = [backend.get_default_security_group(endpoint.vpc_id).id]
    endpoint.subnet_ids = []
    _add_subnets(backend, endpoint, subnets)


def _offered(backend: Any, name: str, endpoint_type: str) -> Any | None:
    """The customer's service of that name; None for AWS's own. Unknown and forbidden look the same."""
    if not name.startswith(CUSTOMERS):
        prefix, _, aws_service = name.partition(f".{backend.region_name}.")
        if prefix == "com.amazonaws" and aws_service not in (*AWS_ENDPOINT_SERVICES, *COVERED_ENDPOINT_SERVICES):
            raise InvalidServiceName(name)
        return None
    service = find_service(name)
    if service is None or service.ec2_backend.region_name != backend.region_name:
        raise InvalidServiceName(name)
    if not permits(service, backend.account_id):
        raise InvalidServiceName(name)
    if service._service_type_name != endpoint_type:
        raise ec2_error(
            "InvalidServiceName",
            f"The Vpc Endpoint Service '{name}' does not support the endpoint type {endpoint_type}",
        )
    return service


def _check_subnets(vpc_id: str, subnets: list[Any], service: Any | None) -> None:
    for subnet in subnets:
        if subnet.vpc_id != vpc_id:
            raise ec2_error("InvalidParameter", f"The subnet {subnet.id} is not in the VPC {vpc_id}")
        if service and subnet.availability_zone_id not in zone_ids(service):
            raise ec2_error(
                "InvalidParameter",
                f"The VPC endpoint service {service.service_name} does not support the availability zone of the subnet:"
                f" {subnet.id}",
            )
    zones = [subnet.availability_zone_id for subnet in subnets]
    if len(set(zones)) < len(zones):
        ids = ", ".join(subnet.id for subnet in subnets)
        raise ec2_error("DuplicateSubnetsInSameZone", f"Found another VPC endpoint subnet in the same zone: {ids}")


def _check_groups(backend: Any, group_ids: list[str]) -> None:
    for group_id in group_ids:
        if backend.get_security_group_from_id(group_id) is None:
            raise ec2_error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")


def _check_private_dns(service: Any) -> None:
    """A provider's name must exist and be verified in public DNS, which nobody can do here."""
    why = "has not verified the private DNS name" if service.private_dns_name else "does not provide a private DNS name"
    raise ec2_error(
        "InvalidParameter", f"Private DNS can't be enabled because the service {service.service_name} {why}."
    )


def _add_subnets(backend: Any, endpoint: Any, subnets: Iterable[Any]) -> None:
    for subnet in subnets:
        interface = create_service_interface(
            backend,
            subnet.id,
            "vpc_endpoint",
            f"VPC Endpoint Interface {endpoint.id}",
            group_ids=list(endpoint.security_group_ids),
        )
        endpoint.subnet_ids.append(subnet.id)
        endpoint.network_interface_ids.append(interface.id)
    endpoint.dns_entries = _dns_entries(backend, endpoint)


def _remove_subnets(backend: Any, endpoint: Any, subnet_ids: list[str]) -> None:
    gone = [i for i in endpoint.network_interface_ids if backend.enis[i].subnet.id in subnet_ids]
    remove_interfaces(backend, gone)
    endpoint.network_interface_ids = [i for i in endpoint.network_interface_ids if i not in gone]
    endpoint.subnet_ids = [subnet_id for subnet_id in endpoint.subnet_ids if subnet_id not in subnet_ids]
    endpoint.dns_entries = _dns_entries(backend, endpoint)


def _dns_entries(backend: Any, endpoint: Any) -> list[dict[str, str]]:
    """The regional name first, then one per zone (PrivateLink guide, DNS names)."""
    region, label = backend.region_name, f"{endpoint.id}-{endpoint.dns_suffix}"
    domain = f"{endpoint.service_name.split(f'.{region}.', 1)[-1]}.{region}.vpce.amazonaws.com"
    zones = [backend.get_subnet(subnet_id).availability_zone for subnet_id in endpoint.subnet_ids]
    names = [f"{label}.{domain}", *(f"{label}-{zone}.{domain}" for zone in zones)]
    return [{"DnsName": name, "HostedZoneId": ENDPOINT_ZONES.get(region, UNLISTED_ZONE)} for name in names]


def modify_vpc_endpoint(
    _lab: Lab,
    moto: Moto,
    backend: Any,
    vpc_id: str,
    policy_doc: str | None = None,
    add_subnets: list[str] | None = None,
    remove_subnets: list[str] | None = None,
    **changes: Any,
) -> None:
    endpoint = backend.describe_vpc_endpoints(vpc_end_point_ids=[vpc_id])[0]
    removed = remove_subnets or []
    added = [backend.get_subnet(subnet_id) for subnet_id in add_subnets or [] if subnet_id not in endpoint.subnet_ids]
    _check_groups(backend, changes.get("add_security_groups") or [])
    if added:
        kept = [backend.get_subnet(subnet_id) for subnet_id in endpoint.subnet_ids if subnet_id not in removed]
        _check_subnets(endpoint.vpc_id, kept + added, find_service(endpoint.service_name))
    moto(backend, vpc_id=vpc_id, policy_doc=policy_doc, add_subnets=None, remove_subnets=None, **changes)
    if endpoint.vpc_endpoint_type == "Gateway":
        return
    _remove_subnets(backend, endpoint, removed)
    _add_subnets(backend, endpoint, added)
    groups = [backend.get_security_group_from_id(group_id) for group_id in endpoint.security_group_ids]
    for interface_id in endpoint.network_interface_ids:
        backend.enis[interface_id]._group_set = list(groups)


def describe_vpc_endpoints(
    _lab: Lab, _moto: Moto, backend: Any, vpc_end_point_ids: list[str] | None, filters: Any = None
) -> list[Any]:
    for endpoint_id in vpc_end_point_ids or []:
        if endpoint_id not in backend.vpc_end_points:
            raise InvalidVpcEndPointIdError(endpoint_id)
    wanted = vpc_end_point_ids or list(backend.vpc_end_points)
    return select((backend.vpc_end_points[endpoint_id] for endpoint_id in wanted), filters, ENDPOINT_FIELDS)


def delete_vpc_endpoints(lab: Lab, moto: Moto, response: Any) -> Any:
    backend, failed = response.ec2_backend, []
    for endpoint_id in response._get_param("VpcEndpointIds", []):
        endpoint = backend.vpc_end_points.get(endpoint_id)
        if endpoint is None:
            message = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
            failed.append(unsuccessful(endpoint_id, "InvalidVpcEndpoint.NotFound", message))
        elif endpoint.state != "deleting":
            _begin_deleting(lab, backend, endpoint)
    return ActionResult({"Unsuccessful": failed})


def _begin_deleting(lab: Lab, backend: Any, endpoint: Any) -> None:
    if endpoint.vpc_endpoint_type == "Gateway":
        backend.delete_vpc_endpoints([endpoint.id])
    endpoint.state = "deleting"

    def finish() -> None:
        remove_interfaces(backend, endpoint.network_interface_ids)
        backend.vpc_end_points.pop(endpoint.id, None)
        backend.tags.pop(endpoint.id, None)

    lab.agenda.after(IS_DELETED, ("endpoint", endpoint.id), finish)
