"""VPC endpoints of type Resource: access to one resource of another VPC, without a load balancer."""

from moto.core.responses import ActionResult
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response
from moto.ec2.utils import add_tag_specification

from pltui.emulator.api.endpoint_checks import check_groups, check_subnets, endpoint_type_of
from pltui.emulator.api.endpoint_services import CONNECTS
from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.filters import Fields, select
from pltui.emulator.api.hosted_zone_ids import RESOURCE_ZONES, UNLISTED_ZONE
from pltui.emulator.api.ids import new_id
from pltui.emulator.api.lattice_resources import (
    ACTIVE,
    ResourceConfiguration,
    ResourceGateway,
    find_configuration,
    is_shared_with,
)
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.moto_adapter.calls import Ec2Call, filters_of, parameter, required_text, structures, texts
from pltui.emulator.moto_adapter.ec2 import MotoEndpoint
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.registries import ec2_of
from pltui.emulator.moto_adapter.values import Moto

FIELDS: Fields[MotoEndpoint] = {
    "vpc-endpoint-id": lambda e: e.id,
    "association-id": lambda e: e.association_id,
    "associated-resource-id": lambda e: (e.resource_configuration_arn or "").rpartition("/")[2],
    "associated-resource-accessibility": lambda e: e.state.upper(),
}


def install(lab: ApiContext) -> None:
    """Install the corrections. They come after those of `endpoints`, which handle the other types."""
    lab.replace(VPCEndPoint, "resource_configuration_arn", None)
    lab.around(EC2Response, create_vpc_endpoint, modify_vpc_endpoint, describe_vpc_endpoint_associations)


def create_vpc_endpoint(lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Create an endpoint of type Resource, with an interface in each subnet whose zone the gateway has."""
    if endpoint_type_of(response) != "Resource":
        return moto(response)
    backend, vpc_id = response.ec2_backend, required_text(response, "VpcId")
    backend.get_vpc(vpc_id)
    configuration, gateway = _reachable(response, vpc_id)
    groups = texts(response, "SecurityGroupIds")
    check_groups(backend, vpc_id, groups)
    endpoint = backend.create_vpc_endpoint(
        vpc_id=vpc_id,
        service_name=None,
        endpoint_type="Resource",
        policy_document=parameter(response, "PolicyDocument"),
        route_table_ids=[],
        subnet_ids=_served_subnets(backend, gateway, vpc_id, texts(response, "SubnetIds")),
        client_token=parameter(response, "ClientToken"),
        security_group_ids=groups,
        tags=add_tag_specification(structures(response, "TagSpecifications")),
        private_dns_enabled=False,
    )
    endpoint.resource_configuration_arn = configuration.arn
    endpoint.association_id = new_id("vpce-rsc-asc")
    endpoint.ip_address_type = "IPV4"
    endpoint.state = "Pending"  # states of this type begin with a capital (seen in AWS's samples)
    lab.agenda.after(CONNECTS, ("endpoint", endpoint.id), _become_available, endpoint)
    return ActionResult({"VpcEndpoint": endpoint})


@deferrable
def _become_available(endpoint: MotoEndpoint) -> None:
    endpoint.state = "Available"


def _reachable(response: Ec2Call, vpc_id: str) -> tuple[ResourceConfiguration, ResourceGateway]:
    """The configuration and gateway of a request.

    Codes are believed: neither the API reference nor the user guide names them.
    """
    arn = parameter(response, "ResourceConfigurationArn")
    found = find_configuration(arn) if arn else None
    if found is None or not is_shared_with(found[0], response.current_account):
        raise ec2_error("InvalidParameter", f"The resource configuration {arn} does not exist")
    configuration, gateway = found
    if configuration.status != ACTIVE:
        raise ec2_error("InvalidParameter", f"The resource configuration {arn} is not active: {configuration.status}")
    if gateway.vpc_id == vpc_id:
        raise ec2_error("InvalidParameter", f"The resource gateway of {arn} is in the endpoint's own VPC {vpc_id}")
    return found


def _served_subnets(backend: Ec2Backend, gateway: ResourceGateway, vpc_id: str, subnet_ids: list[str]) -> list[str]:
    """The subnets in the gateway's zones; an interface is created only there (EC2 API reference, CreateVpcEndpoint)."""
    subnets = [backend.get_subnet(subnet_id) for subnet_id in subnet_ids]
    check_subnets(vpc_id, subnets)
    ec2 = ec2_of(gateway.account, gateway.region)
    zones = {ec2.get_subnet(subnet_id).availability_zone_id for subnet_id in gateway.subnet_ids}
    served = [subnet.id for subnet in subnets if subnet.availability_zone_id in zones]
    if not served:
        raise ec2_error("InvalidParameter", f"The resource gateway {gateway.id} is in none of the subnets' zones")
    return served


def modify_vpc_endpoint(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Add subnets only in the gateway's zones."""
    backend, added = response.ec2_backend, texts(response, "AddSubnetIds")
    (endpoint,) = backend.describe_vpc_endpoints([required_text(response, "VpcEndpointId")])
    if added and (found := find_configuration(endpoint.resource_configuration_arn)):
        response.params["AddSubnetIds"] = _served_subnets(backend, found[1], endpoint.vpc_id, added)
    return moto(response)


def describe_vpc_endpoint_associations(_lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """The associations of endpoints with resources, with AWS's filters."""
    backend = response.ec2_backend
    found = backend.describe_vpc_endpoints(texts(response, "VpcEndpointIds"))
    of_resources = [each for each in found if each.resource_configuration_arn]
    chosen = select(of_resources, filters_of(response), FIELDS)
    return ActionResult({"VpcEndpointAssociations": [_association(backend.region_name, each) for each in chosen]})


def _association(region: str, endpoint: MotoEndpoint) -> dict[str, object]:
    """An association. Its name is here only, not in the endpoint's own DnsEntries (AWS CLI reference, examples)."""
    configuration_id = (endpoint.resource_configuration_arn or "").rpartition("/")[2]
    name = f"{endpoint.id}.{configuration_id}.4232ccc.vpc-lattice-rsc.{region}.on.aws"
    return {
        "Id": endpoint.association_id,
        "VpcEndpointId": endpoint.id,
        "AssociatedResourceAccessibility": "Accessible" if endpoint.state == "Available" else endpoint.state,
        "DnsEntry": {"DnsName": name, "HostedZoneId": RESOURCE_ZONES.get(region, UNLISTED_ZONE)},
        "AssociatedResourceArn": endpoint.resource_configuration_arn,
    }
