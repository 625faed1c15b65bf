"""Connections of endpoints to services, as seen and decided by the service's owner."""

from collections.abc import Callable

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response

from pltui.emulator.api.endpoint_services import (
    CONNECTS,
    LIVE,
    begin_connecting,
    configuration,
    endpoints_of,
    service_named,
)
from pltui.emulator.api.errors import unsuccessful
from pltui.emulator.api.filters import Fields, select
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Ec2Call, filters_of, required_text, texts
from pltui.emulator.moto_adapter.ec2 import MotoEndpoint
from pltui.emulator.moto_adapter.values import Moto

CONNECTION_FIELDS: Fields[MotoEndpoint] = {
    "service-id": lambda e: service_named(e.service_name).id,
    "vpc-endpoint-id": lambda e: e.id,
    "vpc-endpoint-owner": lambda e: e.owner_id,
    "vpc-endpoint-state": lambda e: e.state,
    "vpc-endpoint-region": lambda e: e.ec2_backend.region_name,
    "ip-address-type": lambda e: e.ip_address_type,
}


def install(lab: ApiContext) -> None:
    """Install the three operations on connections."""
    lab.around(
        EC2Response,
        describe_vpc_endpoint_connections,
        accept_vpc_endpoint_connections,
        reject_vpc_endpoint_connections,
    )


def describe_vpc_endpoint_connections(_lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """The connections to the account's services, with AWS's filters."""
    services = list(response.ec2_backend.configurations.values())
    endpoints = [endpoint for service in services for endpoint in endpoints_of(service)]
    chosen = select(endpoints, filters_of(response), CONNECTION_FIELDS)
    return ActionResult({"VpcEndpointConnections": list(map(_connection, chosen))})


def _connection(endpoint: MotoEndpoint) -> dict[str, object]:
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


def accept_vpc_endpoint_connections(lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """Accept connections, rejected ones too.

    The latter is believed: the guide describes rejecting an accepted connection, not the reverse.
    """

    def accept(endpoint: MotoEndpoint) -> None:
        if endpoint.state in ("pendingAcceptance", "rejected"):
            begin_connecting(lab, endpoint, CONNECTS)

    return _decide(response, accept)


def reject_vpc_endpoint_connections(lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """Reject connections, available ones too (PrivateLink guide, accept or reject connection requests)."""

    def reject(endpoint: MotoEndpoint) -> None:
        if endpoint.state in LIVE:
            lab.agenda.cancel(("endpoint", endpoint.id))
            endpoint.state = "rejected"

    return _decide(response, reject)


def _decide(response: Ec2Call, decide: Callable[[MotoEndpoint], None]) -> ActionResult:
    service = configuration(response.ec2_backend, required_text(response, "ServiceId"))
    connected, failed = {endpoint.id: endpoint for endpoint in endpoints_of(service)}, []
    for endpoint_id in texts(response, "VpcEndpointIds"):
        if endpoint_id in connected:
            decide(connected[endpoint_id])
        else:
            message = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
            failed.append(unsuccessful(endpoint_id, "InvalidVpcEndpoint.NotFound", message))
    return ActionResult({"Unsuccessful": failed})
