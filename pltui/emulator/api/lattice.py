"""VPC Lattice: resource gateways and resource configurations, by which PrivateLink reaches a resource without an NLB.

moto has VPC Lattice without these. Like moto, this loads the service at its first use.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import TypeVar

from moto import backends
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from pltui.emulator.api.cidr_blocks import associated_with
from pltui.emulator.api.interfaces import create_service_interface, remove_interfaces
from pltui.emulator.api.lattice_resources import (
    ACTIVE,
    CREATING,
    DELETING,
    NAME,
    Resource,
    ResourceConfiguration,
    ResourceGateway,
    configurations,
    gateways,
    is_port_range,
)
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.moto_adapter.calls import (
    LatticeBackend,
    LatticeCall,
    flag,
    parameter,
    required_text,
    structure,
    texts,
)
from pltui.emulator.moto_adapter.ec2 import MotoVpc, set_groups
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.registries import accounts, ec2_of
from pltui.emulator.moto_adapter.values import Correction, Moto, Structure

R = TypeVar("R", ResourceGateway, ResourceConfiguration)

BECOMES_ACTIVE = 60.0
"""AWS seconds from creation to `ACTIVE`. Believed: minutes are seen, and the duration is not documented."""

IS_DELETED = 60.0
"""AWS seconds for which a gateway is in `DELETE_IN_PROGRESS`, and its interfaces exist; believed likewise."""


def install(lab: ApiContext) -> None:
    """Install the corrections of services that are loaded already, and those of others at their first use."""
    for service in _SERVICES:
        if f"moto.{service}.models" in sys.modules:
            _SERVICES[service](lab)
    lab.around(backends, get_backend)


def get_backend(lab: ApiContext, moto: Moto, name: str) -> object:
    """Install the corrections of a service when moto looks up its backend for the first time."""
    if lay_over := _SERVICES.get(name.replace("-", "")):
        lay_over(lab)
    return moto(name)


def _share(lab: ApiContext) -> None:
    """Make resource configurations shareable (RAM user guide, shareable resources); moto does not know them."""
    from moto.ram.models import ResourceShare

    known = ResourceShare.SHAREABLE_RESOURCES
    if ResourceConfiguration.kind not in known:
        lab.replace(ResourceShare, "SHAREABLE_RESOURCES", [*known, ResourceConfiguration.kind])


def _lay_over(lab: ApiContext) -> None:
    from moto.vpclattice import urls
    from moto.vpclattice.responses import VPCLatticeResponse

    if "create_resource_gateway" in vars(VPCLatticeResponse):
        return
    paths = [path for kind in ("resourcegateways", "resourceconfigurations") for path in (kind, f"{kind}/(?P<id>.+)")]
    routes = {f"{{0}}/{path}$": VPCLatticeResponse.dispatch for path in paths}
    lab.replace(urls, "url_paths", {**urls.url_paths, **routes})
    lab.around(
        VPCLatticeResponse,
        get_resource_gateway,
        list_resource_gateways,
        update_resource_gateway,
        delete_resource_gateway,
        create_resource_gateway=once(create_resource_gateway),
    )
    lab.around(
        VPCLatticeResponse,
        get_resource_configuration,
        list_resource_configurations,
        update_resource_configuration,
        delete_resource_configuration,
        create_resource_configuration=once(create_resource_configuration),
    )


_SERVICES = {"vpclattice": _lay_over, "ram": _share}
"""The installers of corrections, by moto's names of the services."""


# -- errors, tokens, pages -------------------------------------------------------------------------------------------


class LatticeError(ServiceException):  # type: ignore[misc]
    """An exception of VPC Lattice, by its name in botocore's model, which has its HTTP status."""

    def __init__(self, code: str, message: str, identifier: str = "", kind: str = "") -> None:
        super().__init__(code, message)
        self.resource_id, self.resource_type = identifier, kind


def _invalid(message: str) -> LatticeError:
    return LatticeError("ValidationException", message)


def _conflict(message: str, resource: Resource) -> LatticeError:
    return LatticeError("ConflictException", message, resource.id, resource.kind)


def _missing_error(identifier: str, kind: str) -> LatticeError:
    return LatticeError("ResourceNotFoundException", f"The {kind} {identifier} could not be found.", identifier, kind)


def once(create: Callable[[ApiContext, Moto, LatticeCall], R]) -> Correction:
    """Make a create idempotent by its token (VPC Lattice API reference, clientToken)."""

    def create_once(lab: ApiContext, moto: Moto, response: LatticeCall) -> object:
        token, made = parameter(response, "clientToken"), vars(response.backend).setdefault("resource_tokens", {})
        asked = json.dumps({**response.params, "clientToken": None}, sort_keys=True, default=dict)
        if token in made:
            first, resource = made[token]
            if first != asked:
                raise _conflict("The client token was used with other parameters before.", resource)
        else:
            resource = create(lab, moto, response)
            made[token] = (asked, resource)
            response.backend.tag_resource(resource.arn, structure(response, "tags"))
            lab.agenda.after(BECOMES_ACTIVE, resource.arn, _become_active, resource)
        return ActionResult(_creation_result(resource))

    return create_once


def _creation_result(resource: ResourceGateway | ResourceConfiguration) -> dict[str, object]:
    """The result of a create. The two operations name some fields differently."""
    if isinstance(resource, ResourceGateway):
        return resource.details() | {"vpcIdentifier": resource.vpc_id}
    return resource.details() | {"createdAt": resource.created_at}


@deferrable
def _become_active(resource: Resource) -> None:
    if resource.status == CREATING:
        resource.status = ACTIVE


def _find_resource(response: LatticeCall, name: str, kept: Mapping[str, R]) -> R:
    """The resource with the id or ARN of a parameter."""
    identifier = required_text(response, name)
    resource = kept.get(identifier.rpartition("/")[2])
    if resource is None or identifier not in (resource.id, resource.arn):
        raise _missing_error(identifier, name.removesuffix("Identifier"))
    return resource


def _list_page(response: LatticeCall, items: Sequence[Mapping[str, object]]) -> ActionResult:
    start, size = int(parameter(response, "nextToken") or 0), int(parameter(response, "maxResults") or 100)
    end = start + size
    return ActionResult({"items": items[start:end], "nextToken": str(end) if end < len(items) else None})


def _check_name(name: str, kept: Mapping[str, Resource]) -> None:
    if not (NAME.fullmatch(name) and 3 <= len(name) <= 40):
        raise _invalid(f"The name {name} is not valid.")
    for other in kept.values():
        if other.name == name:
            raise _conflict(f"The name {name} is already in use.", other)


# -- gateways --------------------------------------------------------------------------------------------------------


def create_resource_gateway(_lab: ApiContext, _moto: Moto, response: LatticeCall) -> ResourceGateway:
    """Create a gateway with an interface in each subnet."""
    name, vpc_id = required_text(response, "name"), required_text(response, "vpcIdentifier")
    subnets, groups = texts(response, "subnetIds"), texts(response, "securityGroupIds")
    _check_name(name, gateways(response.backend))
    ec2 = ec2_of(response.current_account, response.region)
    _check_places(ec2, vpc_id, subnets, groups)
    gateway = ResourceGateway(
        response.region,
        response.current_account,
        name,
        vpc_id=vpc_id,
        subnet_ids=list(subnets),
        group_ids=list(groups) or [ec2.get_default_security_group(vpc_id).id],
        ip_address_type=parameter(response, "ipAddressType") or "IPV4",
        addresses_per_interface=int(parameter(response, "ipv4AddressesPerEni") or 16),
        dns_resolution=parameter(response, "resourceConfigDnsResolution") or "PUBLIC",
    )
    description = f"Resource Gateway Interface {gateway.id}"
    for subnet in subnets:
        made = create_service_interface(ec2, subnet, "interface", description, group_ids=list(gateway.group_ids))
        gateway.interface_ids.append(made.id)
    gateways(response.backend)[gateway.id] = gateway
    return gateway


def _check_places(ec2: Ec2Backend, vpc_id: str, subnet_ids: list[str], group_ids: list[str]) -> None:
    if vpc_id not in ec2.vpcs:
        raise _missing_error(vpc_id, "VPC")
    if not subnet_ids:
        raise _invalid("At least one subnet is needed.")
    known = {subnet.id for subnet in ec2.describe_subnets() if subnet.vpc_id == vpc_id}
    for subnet_id in subnet_ids:
        if subnet_id not in known:
            raise _invalid(f"The subnet {subnet_id} is not in the VPC {vpc_id}.")
    _check_groups(ec2, vpc_id, group_ids)


def _check_groups(ec2: Ec2Backend, vpc_id: str, group_ids: list[str]) -> None:
    for group_id in group_ids:
        group = ec2.get_security_group_from_id(group_id)
        if group is None or group.vpc_id != vpc_id:
            raise _invalid(f"The security group {group_id} is not in the VPC {vpc_id}.")


def get_resource_gateway(_lab: ApiContext, _moto: Moto, response: LatticeCall) -> object:
    """The details of a gateway."""
    gateway = _find_resource(response, "resourceGatewayIdentifier", gateways(response.backend))
    return ActionResult(gateway.details() | gateway.times() | {"vpcId": gateway.vpc_id, "serviceManaged": False})


def list_resource_gateways(_lab: ApiContext, _moto: Moto, response: LatticeCall) -> object:
    """One page of the gateways."""
    kept = gateways(response.backend).values()
    return _list_page(response, [each.details() | each.times() | {"vpcIdentifier": each.vpc_id} for each in kept])


def update_resource_gateway(_lab: ApiContext, _moto: Moto, response: LatticeCall) -> object:
    """Change the security groups, of the interfaces too, and the DNS resolution."""
    gateway = _find_resource(response, "resourceGatewayIdentifier", gateways(response.backend))
    ec2 = ec2_of(response.current_account, response.region)
    if groups := texts(response, "securityGroupIds"):
        _check_groups(ec2, gateway.vpc_id, groups)
        gateway.group_ids = list(groups)
        for interface_id in gateway.interface_ids:
            set_groups(ec2.enis[interface_id], [ec2.get_security_group_from_id(group) for group in groups])
    gateway.dns_resolution = parameter(response, "resourceConfigDnsResolution") or gateway.dns_resolution
    gateway.last_updated_at = utcnow()
    return ActionResult(gateway.details() | {"vpcId": gateway.vpc_id})


def delete_resource_gateway(lab: ApiContext, _moto: Moto, response: LatticeCall) -> object:
    """Delete a gateway, after a time in `DELETE_IN_PROGRESS`.

    Raises:
        LatticeError: ConflictException if resource configurations use it.
    """
    gateway = _find_resource(response, "resourceGatewayIdentifier", gateways(response.backend))
    if any(each.gateway_id == gateway.id for each in configurations(response.backend).values()):
        raise _conflict(f"The resource gateway {gateway.id} is used by resource configurations.", gateway)
    gateway.status = DELETING
    ec2 = ec2_of(response.current_account, response.region)
    lab.agenda.after(IS_DELETED, gateway.arn, _delete_gateway, response.backend, ec2, gateway)
    return ActionResult(gateway.summary())


@deferrable
def _delete_gateway(backend: LatticeBackend, ec2: Ec2Backend, gateway: ResourceGateway) -> None:
    remove_interfaces(ec2, gateway.interface_ids)
    gateways(backend).pop(gateway.id, None)


# -- configurations --------------------------------------------------------------------------------------------------


def create_resource_configuration(_lab: ApiContext, _moto: Moto, response: LatticeCall) -> ResourceConfiguration:
    """Create a configuration of type SINGLE, that is with one address or name.

    Raises:
        LatticeError: ValidationException for another type, or without gateway, definition or ports.
    """
    name, kind = required_text(response, "name"), parameter(response, "type")
    _check_name(name, configurations(response.backend))
    if kind != "SINGLE":
        raise _invalid(f"The sandbox has no resource configurations of type {kind}, only SINGLE.")
    if not parameter(response, "resourceGatewayIdentifier"):
        raise _invalid("A resource configuration of type SINGLE needs a resource gateway.")
    gateway = _find_resource(response, "resourceGatewayIdentifier", gateways(response.backend))
    configuration = ResourceConfiguration(
        response.region,
        response.current_account,
        name,
        gateway_id=gateway.id,
        definition=_definition(response, gateway),
        port_ranges=_port_ranges(response),
        shareable=bool(flag(response, "allowAssociationToShareableServiceNetwork")),
    )
    if not configuration.port_ranges:
        raise _invalid("A resource configuration of type SINGLE needs port ranges.")
    configurations(response.backend)[configuration.id] = configuration
    return configuration


def _definition(response: LatticeCall, gateway: ResourceGateway) -> Structure:
    definition = structure(response, "resourceConfigurationDefinition")
    match definition:
        case {"ipResource": {"ipAddress": str(address)}}:
            _check_address(ec2_of(gateway.account, gateway.region).vpcs[gateway.vpc_id], address)
        case {"dnsResource": {"domainName": str()}}:
            pass
        case _:
            raise _invalid("A resource configuration of type SINGLE is defined by an ipResource or a dnsResource.")
    return definition


def _check_address(vpc: MotoVpc, text: str) -> None:
    """Raise unless the address is in the VPC (VPC Lattice API reference, ResourceConfigurationDefinition)."""
    try:
        address = ip_address(text)
    except ValueError:
        raise _invalid(f"{text} is not an IP address.") from None
    if not any(address in block for block in associated_with(vpc)):
        raise _invalid(f"The address {text} is not in the VPC {vpc.id} of the resource gateway.")


def _port_ranges(response: LatticeCall) -> list[str]:
    ranges = texts(response, "portRanges")
    if wrong := [each for each in ranges if not is_port_range(each)]:
        raise _invalid(f"{wrong[0]} is not a range of ports.")
    return ranges


def get_resource_configuration(_lab: ApiContext, _moto: Moto, response: LatticeCall) -> object:
    """The details of a configuration."""
    configuration = _find_resource(response, "resourceConfigurationIdentifier", configurations(response.backend))
    return ActionResult(configuration.details() | configuration.times() | {"amazonManaged": False})


def list_resource_configurations(_lab: ApiContext, _moto: Moto, response: LatticeCall) -> object:
    """One page of the configurations, of one gateway if it is given."""
    gateway = (parameter(response, "resourceGatewayIdentifier") or "").rpartition("/")[2]
    kept = [each for each in configurations(response.backend).values() if gateway in ("", each.gateway_id)]
    return _list_page(response, [each.details() | each.times() | {"amazonManaged": False} for each in kept])


def update_resource_configuration(_lab: ApiContext, _moto: Moto, response: LatticeCall) -> object:
    """Change the definition, the ports and shareability."""
    configuration = _find_resource(response, "resourceConfigurationIdentifier", configurations(response.backend))
    if structure(response, "resourceConfigurationDefinition"):
        gateway = gateways(response.backend)[configuration.gateway_id]
        configuration.definition = _definition(response, gateway)
    configuration.port_ranges = _port_ranges(response) or configuration.port_ranges
    shareable = flag(response, "allowAssociationToShareableServiceNetwork")
    configuration.shareable = configuration.shareable if shareable is None else shareable
    configuration.last_updated_at = utcnow()
    return ActionResult(configuration.details())


def delete_resource_configuration(_lab: ApiContext, _moto: Moto, response: LatticeCall) -> object:
    """Delete a configuration.

    Raises:
        LatticeError: ConflictException if endpoints use it, of any account.
    """
    configuration = _find_resource(response, "resourceConfigurationIdentifier", configurations(response.backend))
    if any(
        endpoint.resource_configuration_arn == configuration.arn
        for account in accounts()
        for endpoint in list(ec2_of(account, configuration.region).vpc_end_points.values())
    ):
        raise _conflict(f"The resource configuration {configuration.id} is used by VPC endpoints.", configuration)
    del configurations(response.backend)[configuration.id]
    return ActionResult({})
