"""Checks of requests for VPC endpoints: the type, the service, and the subnets and security groups of interfaces."""

from moto.core.utils import get_service_model
from moto.ec2.exceptions import InvalidServiceName
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES, COVERED_ENDPOINT_SERVICES

from pltui.emulator.api.endpoint_services import find_service, permits, zone_ids
from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.principals import Caller
from pltui.emulator.moto_adapter.calls import Ec2Call, parameter
from pltui.emulator.moto_adapter.ec2 import MotoEndpointService, MotoSubnet, accepted_type
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend

CUSTOMERS = ".vpce."
"""A label that only the names of customers' services have."""


def endpoint_type_of(response: Ec2Call) -> str:
    """The requested type; `Gateway` by default (EC2 API reference, CreateVpcEndpoint).

    Raises:
        EC2ClientError: InvalidParameterValue for an unknown type. Believed: the code, and that case is ignored.
    """
    asked = parameter(response, "VpcEndpointType") or "Gateway"
    for known in get_service_model("ec2").shape_for("VpcEndpointType").enum:
        if known.lower() == asked.lower():
            return str(known)
    raise ec2_error("InvalidParameterValue", f"Value ({asked}) for parameter vpcEndpointType is invalid.")


def find_customer_service(
    backend: Ec2Backend, name: str, endpoint_type: str, caller: Caller
) -> MotoEndpointService | None:
    """The customer's service of that name; None for AWS's own.

    Raises:
        InvalidServiceName: If the service does not exist, or does not admit the caller: AWS does not tell which.
        EC2ClientError: InvalidServiceName if it has another type of endpoints, Unavailable if it is new.
    """
    if CUSTOMERS not in name:
        prefix, _, aws_service = name.partition(f".{backend.region_name}.")
        if prefix.endswith("com.amazonaws") and aws_service not in (*AWS_ENDPOINT_SERVICES, *COVERED_ENDPOINT_SERVICES):
            raise InvalidServiceName(name)
        return None
    service = find_service(name)
    if service is None or service.ec2_backend.region_name != backend.region_name or not permits(service, caller):
        raise InvalidServiceName(name)
    if accepted_type(service) != endpoint_type:
        raise ec2_error(
            "InvalidServiceName",
            f"The Vpc Endpoint Service '{name}' does not support the endpoint type {endpoint_type}",
        )
    if service.is_new:  # seen: aws/aws-sdk#805, aws-sdk-go-v2#2254
        raise ec2_error("Unavailable", "The service is unavailable. Please try again shortly.")
    return service


def check_subnets(vpc_id: str, subnets: list[MotoSubnet]) -> None:
    """Raise unless the subnets are in the VPC, and in different zones.

    Raises:
        EC2ClientError: InvalidParameter for a subnet of another VPC, DuplicateSubnetsInSameZone for a second one in a
            zone.
    """
    by_zone: dict[str, MotoSubnet] = {}
    for subnet in subnets:
        if subnet.vpc_id != vpc_id:
            raise ec2_error("InvalidParameter", f"The subnet {subnet.id} is not in the VPC {vpc_id}")
        if other := by_zone.get(subnet.availability_zone_id):
            raise ec2_error(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {other.id}",
            )
        by_zone[subnet.availability_zone_id] = subnet


def check_zones(subnets: list[MotoSubnet], service: MotoEndpointService | None) -> None:
    """Raise unless the service has all zones of the subnets; AWS's own services have every zone.

    Raises:
        EC2ClientError: InvalidParameter for a subnet in another zone.
    """
    if service is None:
        return
    for subnet in subnets:
        if subnet.availability_zone_id not in zone_ids(service):
            raise ec2_error(
                "InvalidParameter",
                f"The VPC endpoint service {service.service_name} does not support the availability zone of the subnet:"
                f" {subnet.id}",
            )


def check_groups(backend: Ec2Backend, vpc_id: str, group_ids: list[str]) -> None:
    """Raise unless the security groups exist in that VPC.

    Raises:
        EC2ClientError: InvalidGroup.NotFound if one does not exist, InvalidParameter if it is in another VPC.
    """
    for group_id in group_ids:
        group = backend.get_security_group_from_id(group_id)
        if group is None:
            raise ec2_error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        if group.vpc_id != vpc_id:
            # Believed: the code is seen for the groups of interfaces.
            raise ec2_error("InvalidParameter", f"The security group {group_id} does not belong to the VPC {vpc_id}")
