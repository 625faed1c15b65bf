"""Endpoint services: their load balancers, permissions and states."""

import hashlib
import re
from collections.abc import Mapping

from moto.core.responses import ActionResult
from moto.ec2.exceptions import UnknownVpcEndpointService
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpc_service_configuration import VPCServiceConfiguration
from moto.ec2.responses import EC2Response

from pltui.emulator.api import private_dns_names
from pltui.emulator.api.errors import ec2_error, unsuccessful
from pltui.emulator.api.filters import Fields, select
from pltui.emulator.api.ids import new_id
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.api.partitions import dns_suffix, endpoint_service_prefix
from pltui.emulator.api.principals import Caller, kind_of
from pltui.emulator.moto_adapter.calls import Ec2Call, filters_of, parameter, required_text, texts
from pltui.emulator.moto_adapter.ec2 import MotoEndpoint, MotoEndpointService
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.elbv2 import MotoLoadBalancer
from pltui.emulator.moto_adapter.registries import all_ec2, elbv2_of
from pltui.emulator.moto_adapter.values import Moto, Structure

LIVE = frozenset({"pendingAcceptance", "pending", "available"})
"""Connections in these states keep their service from being deleted; a rejected one does not."""

BECOMES_AVAILABLE = 6.0
"""AWS seconds from creation until a service is `Available`."""

KNOWN_AFTER = 15.0
"""AWS seconds from its creation until endpoints to a service can be created (believed; seen: some seconds)."""

CONNECTS = 60.0
"""AWS seconds a connection stays `pending` once accepted; one to two minutes are seen."""

PRINCIPAL = re.compile(r"\*|\d{12}|arn:aws[a-z-]*:iam::\d{12}:(root|(user|role)/[\w+=,.@-]+)")
"""All, an account, or a user or role without path (EC2 API reference, ModifyVpcEndpointServicePermissions)."""

SERVICE_FIELDS: Fields[MotoEndpointService] = {
    "service-id": lambda s: s.id,
    "service-name": lambda s: s.service_name,
    "service-state": lambda s: s.service_state,
    "supported-ip-address-types": lambda s: s.supported_ip_address_types,
}


def install(lab: ApiContext) -> None:
    """Install the corrections of endpoint services and their permissions."""
    lab.replace(VPCServiceConfiguration, "availability_zones", property(zone_names, _ignore))
    lab.replace(VPCServiceConfiguration, "availability_zone_ids", property(zone_ids))
    lab.replace(VPCServiceConfiguration, "supported_ip_address_types", ["ipv4"])
    lab.replace(VPCServiceConfiguration, "payer_responsibility", None)
    lab.replace(VPCServiceConfiguration, "is_new", False)
    lab.around(
        EC2Backend,
        create_vpc_endpoint_service_configuration,
        modify_vpc_endpoint_service_configuration,
    )
    lab.around(
        EC2Response,
        describe_vpc_endpoint_service_configurations,
        delete_vpc_endpoint_service_configurations,
        modify_vpc_endpoint_service_permissions,
        describe_vpc_endpoint_service_permissions,
        create_vpc_endpoint_service_configuration=only_ipv4,
        modify_vpc_endpoint_service_configuration=modify_private_dns_name,
    )


def all_backends() -> list[Ec2Backend]:
    """The EC2 backends of every account and region in use."""
    return all_ec2()


def find_service(name: str) -> MotoEndpointService | None:
    """The live service of that name, in any account."""
    found = (s for backend in all_backends() for s in list(backend.configurations.values()) if s.service_name == name)
    return next(found, None)


def service_named(name: str) -> MotoEndpointService:
    """Like `find_service`, for a name that is known to exist."""
    service = find_service(name)
    assert service is not None, name
    return service


def endpoints_of(service: MotoEndpointService) -> list[MotoEndpoint]:
    """Every endpoint of the service, in any account."""
    name = service.service_name
    return [e for backend in all_backends() for e in list(backend.vpc_end_points.values()) if e.service_name == name]


def permits(service: MotoEndpointService, caller: Caller) -> bool:
    """True for the owner's account and the permitted principals (PrivateLink guide, configure an endpoint service)."""
    return service.ec2_backend.account_id == caller.account or caller.is_one_of(service.principals)


def load_balancers(service: MotoEndpointService) -> list[MotoLoadBalancer]:
    """The service's load balancers that still exist."""
    if not hasattr(service, "ec2_backend"):  # moto's constructor reads it before it is set
        return []
    existing = _balancers(service.ec2_backend)
    arns = service.network_load_balancer_arns + service.gateway_load_balancer_arns
    return [existing[arn] for arn in arns if arn in existing]


def zone_names(service: MotoEndpointService) -> list[str]:
    """The zones of the load balancers' subnets, sorted by name."""
    return sorted({subnet.availability_zone for balancer in load_balancers(service) for subnet in balancer.subnets})


def zone_ids(service: MotoEndpointService) -> list[str]:
    """The zones of the load balancers' subnets, sorted by id."""
    return sorted({subnet.availability_zone_id for balancer in load_balancers(service) for subnet in balancer.subnets})


def begin_connecting(lab: ApiContext, endpoint: MotoEndpoint, seconds: float) -> None:
    """Set the endpoint to `pending`, and to `available` after `seconds` AWS seconds."""
    endpoint.state = "pending"
    lab.agenda.after(seconds, ("endpoint", endpoint.id), _finish_connecting, endpoint)


@deferrable
def _finish_connecting(endpoint: MotoEndpoint) -> None:
    endpoint.state = "available"


def _ignore(_service: MotoEndpointService, _value: object) -> None:
    """Ignore the zones that moto sets at creation; they follow the load balancers' subnets instead."""


def only_ipv4(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Reject address types other than IPv4."""
    _check_address_types(response.params.get("SupportedIpAddressTypes"))
    return moto(response)


def _check_address_types(kinds: list[str] | None) -> None:
    """Reject IPv6: the sandbox's network does not have it, so it must not appear to be supported."""
    if wrong := set(kinds or ()) - {"ipv4"}:
        raise ec2_error("InvalidParameter", f"The sandbox does not support the IP address types {sorted(wrong)}")


def create_vpc_endpoint_service_configuration(
    lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    lb_arns: list[str],
    *args: object,
    private_dns_name: str | None,
    **kwargs: object,
) -> object:
    """Create a service with an id of AWS's length, `Pending` at first and unknown to endpoints for a while."""
    for arn in lb_arns:
        _check_load_balancer(backend, arn)
    service = moto(backend, lb_arns, *args, private_dns_name=None, **kwargs)
    _rename(backend, service, new_id("vpce-svc"))
    private_dns_names.claim(lab, service, private_dns_name)
    service.service_state = "Pending"
    lab.agenda.after(BECOMES_AVAILABLE, service.id, _available, service)
    service.is_new = True
    lab.agenda.after(KNOWN_AFTER, ("new", service.id), _end_newness, service)
    return service


@deferrable
def _available(service: MotoEndpointService) -> None:
    service.service_state = "Available"


@deferrable
def _end_newness(service: MotoEndpointService) -> None:
    service.is_new = False


def _rename(backend: Ec2Backend, service: MotoEndpointService, new_id: str) -> None:
    """Give the service a new id. Ids have 17 hexadecimal digits; moto makes 8."""
    region = backend.region_name
    del backend.configurations[service.id]
    backend.tags[new_id] = backend.tags.pop(service.id, {})
    service.id = new_id
    service.service_name = f"{endpoint_service_prefix(region)}.{region}.{new_id}"
    service.endpoint_dns_name = f"{new_id}.{region}.vpce.{dns_suffix(region)}"
    backend.configurations[new_id] = service


def _balancers(backend: Ec2Backend) -> Mapping[str, MotoLoadBalancer]:
    """All load balancers of the account and region, by ARN."""
    return elbv2_of(backend.account_id, backend.region_name).load_balancers


def _check_load_balancer(backend: Ec2Backend, arn: str) -> None:
    balancer = _balancers(backend).get(arn)
    if balancer is None or balancer.type not in ("network", "gateway"):
        raise ec2_error("InvalidParameter", f"The load balancer {arn} does not exist or cannot serve endpoints")
    if balancer.state != "active":
        raise ec2_error("InvalidParameter", f"The load balancer {arn} is not active: {balancer.state}")
    if any(arn in s.network_load_balancer_arns + s.gateway_load_balancer_arns for s in backend.configurations.values()):
        raise ec2_error(
            "InvalidParameter", "LBs are already associated with another VPC Endpoint Service Configuration"
        )


def modify_vpc_endpoint_service_configuration(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, service_id: str, **more: object
) -> None:
    """Add and remove load balancers.

    Raises:
        EC2ClientError: ExistingVpcEndpointConnections with live connections, InvalidParameter if a load balancer cannot
            be added or removed.
    """
    changes: Structure = dict(more)
    service = configuration(backend, service_id)
    added = changes["add_network_lbs"] + changes["add_gateway_lbs"]
    removed = changes["remove_network_lbs"] + changes["remove_gateway_lbs"]
    if (added or removed) and any(e.state in LIVE for e in endpoints_of(service)):
        raise ec2_error("ExistingVpcEndpointConnections", f"Service {service_id} has existing active connections")
    for arn in added:
        _check_load_balancer(backend, arn)
    behind = [*service.network_load_balancer_arns, *service.gateway_load_balancer_arns]
    if any(arn not in behind for arn in removed) or not {*behind, *added} - set(removed):
        # Believed: that a service keeps at least one is documented, not the code.
        raise ec2_error("InvalidParameter", f"The load balancers {removed} cannot be removed from {service_id}")
    moto(backend, service_id, **changes)


def modify_private_dns_name(lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Modify the private DNS name as well; a new name has to be verified again."""
    _check_address_types(response.params.get("AddSupportedIpAddressTypes"))
    service = configuration(response.ec2_backend, required_text(response, "ServiceId"))
    name = response.params.pop("PrivateDnsName", None)
    answer = moto(response)
    if name or parameter(response, "RemovePrivateDnsName"):
        private_dns_names.claim(lab, service, name)
    return answer


def modify_vpc_endpoint_service_permissions(_lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """Add and remove principals. Existing connections stay (seen): permissions are checked when an endpoint is created.

    Raises:
        EC2ClientError: InvalidPrincipal if an added principal is malformed.
    """
    service = configuration(response.ec2_backend, required_text(response, "ServiceId"))
    added = [p for p in texts(response, "AddAllowedPrincipals") if p not in service.principals]
    removed = texts(response, "RemoveAllowedPrincipals")
    for principal in added:
        if not PRINCIPAL.fullmatch(principal):
            raise ec2_error("InvalidPrincipal", f"Invalid Principal: '{principal}'")
    service.principals = [p for p in [*service.principals, *dict.fromkeys(added)] if p not in removed]
    return ActionResult({"AddedPrincipals": [_permission(service, p) for p in added], "ReturnValue": True})


def describe_vpc_endpoint_service_permissions(_lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """The permitted principals, with AWS's filters."""
    service = configuration(response.ec2_backend, required_text(response, "ServiceId"))
    filters = filters_of(response)
    chosen = [
        item
        for item in (_permission(service, principal) for principal in service.principals)
        if item["Principal"] in filters.get("principal", [item["Principal"]])
        and item["PrincipalType"] in filters.get("principal-type", [item["PrincipalType"]])
    ]
    return ActionResult({"AllowedPrincipals": chosen})


def _permission(service: MotoEndpointService, principal: str) -> dict[str, str]:
    """A permission; its id is derived from its content, so that it is the same in every response."""
    digits = hashlib.sha256(f"{service.id} {principal}".encode()).hexdigest()[:17]
    return {
        "PrincipalType": kind_of(principal),
        "Principal": principal,
        "ServicePermissionId": f"vpce-svc-perm-{digits}",
        "ServiceId": service.id,
    }


def describe_vpc_endpoint_service_configurations(_lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """The account's services, with AWS's filters."""
    backend, ids = response.ec2_backend, texts(response, "ServiceIds")
    services = backend.describe_vpc_endpoint_service_configurations(ids)
    chosen = select(services, filters_of(response), SERVICE_FIELDS)
    return ActionResult({"ServiceConfigurations": chosen})


def delete_vpc_endpoint_service_configurations(lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """Delete services; those that are missing or have live connections are in `Unsuccessful`."""
    backend, failed = response.ec2_backend, []
    for service_id in texts(response, "ServiceIds"):
        service = backend.configurations.get(service_id)
        if service is None:
            message = f"The VpcEndpointService Id '{service_id}' does not exist"
            failed.append(unsuccessful(service_id, "InvalidVpcEndpointService.NotFound", message))
        elif any(endpoint.state in LIVE for endpoint in endpoints_of(service)):
            message = f"Service {service_id} has existing active VPC Endpoint connections!"
            failed.append(unsuccessful(service_id, "ExistingVpcEndpointConnections", message))
        else:
            lab.agenda.cancel(service_id)
            private_dns_names.claim(lab, service, None)
            del backend.configurations[service_id]
            backend.tags.pop(service_id, None)
    return ActionResult({"Unsuccessful": failed})


def configuration(backend: Ec2Backend, service_id: str) -> MotoEndpointService:
    """The service with this id.

    Raises:
        UnknownVpcEndpointService: If there is none in the backend's account and region.
    """
    service = backend.configurations.get(service_id)
    if service is None:
        raise UnknownVpcEndpointService(service_id)
    return service
