"""Endpoint services: which load balancers may stand behind one, and who is connected to it."""

import secrets
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import UnknownVpcEndpointService
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.vpc_service_configuration import VPCServiceConfiguration
from moto.ec2.responses import EC2Response

from pltui.sandbox.api.errors import ec2_error, unsuccessful
from pltui.sandbox.api.filters import Fields, select
from pltui.sandbox.api.overlay import Lab, Moto

LIVE = frozenset({"pendingAcceptance", "pending", "available"})
"""Connections in these states keep their service from being deleted; a rejected one does not."""

BECOMES_AVAILABLE = 6.0
"""AWS seconds until a service is `Available`."""

CONNECTS = 60.0
"""AWS seconds a connection stays `pending` once accepted; one to two minutes are seen."""

SERVICE_FIELDS: Fields = {
    "service-id": lambda s: s.id,
    "service-name": lambda s: s.service_name,
    "service-state": lambda s: s.service_state,
    "supported-ip-address-types": lambda s: s.supported_ip_address_types,
}

CONNECTION_FIELDS: Fields = {
    "service-id": lambda e: service_named(e.service_name).id,
    "vpc-endpoint-id": lambda e: e.id,
    "vpc-endpoint-owner": lambda e: e.owner_id,
    "vpc-endpoint-state": lambda e: e.state,
    "vpc-endpoint-region": lambda e: e.ec2_backend.region_name,
    "ip-address-type": lambda e: e.ip_address_type,
}


def install(lab: Lab) -> None:
    lab.replace(VPCServiceConfiguration, "availability_zones", property(zone_names, _ignore))
    lab.replace(VPCServiceConfiguration, "availability_zone_ids", property(zone_ids))
    lab.replace(VPCServiceConfiguration, "supported_ip_address_types", ["ipv4"])
    lab.replace(VPCServiceConfiguration, "payer_responsibility", None)
    lab.around(VPCServiceConfiguration, to_dict)
    lab.around(
        EC2Backend,
        create_vpc_endpoint_service_configuration,
        modify_vpc_endpoint_service_configuration,
        describe_vpc_endpoint_services,
    )
    lab.around(
        EC2Response,
        describe_vpc_endpoint_service_configurations,
        delete_vpc_endpoint_service_configurations,
        describe_vpc_endpoint_connections,
        accept_vpc_endpoint_connections,
        reject_vpc_endpoint_connections,
    )


def all_backends() -> list[Any]:
    """EC2 of every account and region that has been touched."""
    return [backend for regions in list(ec2_backends.values()) for backend in list(regions.values())]


def find_service(name: str) -> Any | None:
    """The live service of that name, whoever owns it."""
    found = (s for backend in all_backends() for s in list(backend.configurations.values()) if s.service_name == name)
    return next(found, None)


def service_named(name: str) -> Any:
    """Like `find_service`, for a name known to exist."""
    service = find_service(name)
    assert service is not None, name
    return service


def endpoints_of(service: Any) -> list[Any]:
    """Every endpoint that leads to the service, in any account."""
    name = service.service_name
    return [e for backend in all_backends() for e in list(backend.vpc_end_points.values()) if e.service_name == name]


def permits(service: Any, account_id: str) -> bool:
    """The owner's account always; others by `*` or one of their principals (PrivateLink guide, permissions)."""
    owned = service.ec2_backend.account_id == account_id
    return owned or any(p == "*" or f":{account_id}:" in p or p == account_id for p in service.principals)


def load_balancers(service: Any) -> list[Any]:
    if not hasattr(service, "ec2_backend"):  # moto's constructor asks before it has got that far
        return []
    existing = service.ec2_backend.elbv2_backend.load_balancers
    arns = service.network_load_balancer_arns + service.gateway_load_balancer_arns
    return [existing[arn] for arn in arns if arn in existing]


def zone_names(service: Any) -> list[str]:
    return sorted({subnet.availability_zone for balancer in load_balancers(service) for subnet in balancer.subnets})


def zone_ids(service: Any) -> list[str]:
    return sorted({subnet.availability_zone_id for balancer in load_balancers(service) for subnet in balancer.subnets})


def begin_connecting(lab: Lab, endpoint: Any, seconds: float) -> None:
    """`pending` until the connection works, then `available`."""
    endpoint.state = "pending"
    lab.agenda.after(seconds, ("endpoint", endpoint.id), lambda: setattr(endpoint, "state", "available"))


def _ignore(_service: Any, _value: object) -> None:
    """moto notes the zones at creation; they follow the load balancers' subnets instead."""


def to_dict(_lab: Lab, moto: Moto, service: Any) -> dict[str, Any]:
    tags = [{"Key": tag["key"], "Value": tag["value"]} for tag in service.get_tags()]
    described = {"AvailabilityZoneIds": zone_ids(service), "SupportedIpAddressTypes": ["ipv4"], "Tags": tags}
    return {**moto(service), **described, "VpcEndpointPolicySupported": False}


def create_vpc_endpoint_service_configuration(
    lab: Lab, moto: Moto, backend: Any, lb_arns: list[str], *args: Any, **kwargs: Any
) -> Any:
    for arn in lb_arns:
        _check_load_balancer(backend, arn)
    service = moto(backend, lb_arns, *args, **kwargs)
    _rename(backend, service, f"vpce-svc-0{secrets.token_hex(8)}")
    service.service_state = "Pending"
    lab.agenda.after(BECOMES_AVAILABLE, service.id, lambda: setattr(service, "service_state", "Available"))
    return service


def _rename(backend: Any, service: Any, new_id: str) -> None:
    """Ids have 17 hexadecimal digits; moto makes 8."""
    del backend.configurations[service.id]
    backend.tags[new_id] = backend.tags.pop(service.id, {})
    service.id = new_id
    service.service_name = f"com.amazonaws.vpce.{backend.region_name}.{new_id}"
    service.endpoint_dns_name = f"{new_id}.{backend.region_name}.vpce.amazonaws.com"
    backend.configurations[new_id] = service


def _check_load_balancer(backend: Any, arn: str) -> None:
    balancer = backend.elbv2_backend.load_balancers.get(arn)
    if balancer is None or balancer.type not in ("network", "gateway"):
        raise ec2_error("InvalidParameter", f"The load balancer {arn} does not exist or cannot serve endpoints")
    if balancer.state != "active":
        raise ec2_error("InvalidParameter", f"The load balancer {arn} is not active: {balancer.state}")
    if any(arn in s.network_load_balancer_arns + s.gateway_load_balancer_arns for s in backend.configurations.values()):
        raise ec2_error(
            "InvalidParameter", "LBs are already associated with another VPC Endpoint Service Configuration"
        )


def modify_vpc_endpoint_service_configuration(
    _lab: Lab, moto: Moto, backend: Any, service_id: str, **changes: Any
) -> None:
    service = _configuration(backend, service_id)
    added = changes["add_network_lbs"] + changes["add_gateway_lbs"]
    removed = changes["remove_network_lbs"] + changes["remove_gateway_lbs"]
    if (added or removed) and any(e.state in LIVE for e in endpoints_of(service)):
        raise ec2_error("ExistingVpcEndpointConnections", f"Service {service_id} has existing active connections")
    for arn in added:
        _check_load_balancer(backend, arn)
    moto(backend, service_id, **changes)


def describe_vpc_endpoint_services(
    _lab: Lab, moto: Moto, backend: Any, service_names: list[str], filters: list[dict[str, Any]], *args: Any, **kw: Any
) -> Any:
    """Customers' services seen by who may use them; AWS's own list is only gathered when asked for."""
    visible = {
        s.service_name: s for b in all_backends() for s in b.configurations.values() if permits(s, backend.account_id)
    }
    if service_names and not filters and all(name in visible for name in service_names):
        details = [visible[name].to_dict() for name in sorted(service_names)]
        return {
            "servicesDetails": details,
            "serviceNames": [detail["ServiceName"] for detail in details],
            "nextToken": None,
        }
    for item in filters:
        item["Value"] = item.get("Values", [])
    return moto(backend, service_names, filters, *args, **kw)


def describe_vpc_endpoint_service_configurations(_lab: Lab, _moto: Moto, response: Any) -> Any:
    backend, ids = response.ec2_backend, response._get_param("ServiceIds", [])
    services = backend.describe_vpc_endpoint_service_configurations(ids)
    chosen = select(services, response._filters_from_querystring(), SERVICE_FIELDS)
    return ActionResult({"ServiceConfigurations": chosen})


def delete_vpc_endpoint_service_configurations(lab: Lab, _moto: Moto, response: Any) -> Any:
    backend, failed = response.ec2_backend, []
    for service_id in response._get_param("ServiceIds", []):
        service = backend.configurations.get(service_id)
        if service is None:
            message = f"The VpcEndpointService Id '{service_id}' does not exist"
            failed.append(unsuccessful(service_id, "InvalidVpcEndpointService.NotFound", message))
        elif any(endpoint.state in LIVE for endpoint in endpoints_of(service)):
            message = f"Service {service_id} has existing active VPC Endpoint connections!"
            failed.append(unsuccessful(service_id, "ExistingVpcEndpointConnections", message))
        else:
            lab.agenda.cancel(service_id)
            del backend.configurations[service_id]
            backend.tags.pop(service_id, None)
    return ActionResult({"Unsuccessful": failed})


def describe_vpc_endpoint_connections(_lab: Lab, _moto: Moto, response: Any) -> Any:
    services = list(response.ec2_backend.configurations.values())
    endpoints = [endpoint for service in services for endpoint in endpoints_of(service)]
    chosen = select(endpoints, response._filters_from_querystring(), CONNECTION_FIELDS)
    return ActionResult({"VpcEndpointConnections": [_connection(endpoint) for endpoint in chosen]})


def _connection(endpoint: Any) -> dict[str, Any]:
    service = service_named(endpoint.service_name)
    return {
        "ServiceId": service.id,
        "VpcEndpointId": endpoint.id,
        "VpcEndpointOwner": endpoint.owner_id,
        "VpcEndpointState": endpoint.state,
        "CreationTimestamp": endpoint.creation_timestamp,
        "DnsEntries": endpoint.dns_entries,
        "NetworkLoadBalancerArns": service.network_load_balancer_arns or None,
        "GatewayLoadBalancerArns": service.gateway_load_balancer_arns or None,
        "IpAddressType": endpoint.ip_address_type,
        "VpcEndpointConnectionId": endpoint.connection_id,
        "VpcEndpointRegion": endpoint.ec2_backend.region_name,
    }


def accept_vpc_endpoint_connections(lab: Lab, _moto: Moto, response: Any) -> Any:
    def accept(endpoint: Any) -> None:
        if endpoint.state in ("pendingAcceptance", "rejected"):
            begin_connecting(lab, endpoint, CONNECTS)

    return _decide(response, accept)


def reject_vpc_endpoint_connections(lab: Lab, _moto: Moto, response: Any) -> Any:
    def reject(endpoint: Any) -> None:
        if endpoint.state in LIVE:
            lab.agenda.cancel(("endpoint", endpoint.id))
            endpoint.state = "rejected"

    return _decide(response, reject)


def _decide(response: Any, decide: Any) -> Any:
    service = _configuration(response.ec2_backend, response._get_param("ServiceId"))
    connected, failed = {endpoint.id: endpoint for endpoint in endpoints_of(service)}, []
    for endpoint_id in response._get_param("VpcEndpointIds", []):
        if endpoint_id in connected:
            decide(connected[endpoint_id])
        else:
            message = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
            failed.append(unsuccessful(endpoint_id, "InvalidVpcEndpoint.NotFound", message))
    return ActionResult({"Unsuccessful": failed})


def _configuration(backend: Any, service_id: str) -> Any:
    service = backend.configurations.get(service_id)
    if service is None:
        raise UnknownVpcEndpointService(service_id)
    return service
