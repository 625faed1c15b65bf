"""Deletions that AWS rejects because another resource depends on the one to be deleted."""

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend
from moto.ec2.responses import EC2Response

from pltui.emulator.api.interfaces import interfaces_in
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Ec2Call, required_text
from pltui.emulator.moto_adapter.ec2 import associations_of
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto


def install(lab: ApiContext) -> None:
    """Install the checks of dependencies."""
    lab.around(EC2Backend, delete_subnet, delete_vpc)
    lab.around(EC2Response, delete_route_table=keep_main_table)


def delete_subnet(_lab: ApiContext, moto: Moto, backend: Ec2Backend, subnet_id: str) -> object:
    """Delete a subnet and its associations with route tables.

    Raises:
        DependencyViolationError: If it has interfaces.
    """
    if interfaces_in(backend, subnet_id):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    subnet = moto(backend, subnet_id)
    for table in backend.route_tables.values():
        for association in [a for a, target in associations_of(table).items() if target == subnet_id]:
            del associations_of(table)[association]
    return subnet


def keep_main_table(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Delete a route table.

    Raises:
        DependencyViolationError: If it is the main one of its VPC.
    """
    table = response.ec2_backend.get_route_table(required_text(response, "RouteTableId"))
    if table.main_association_id:
        raise DependencyViolationError(f"The routeTable '{table.id}' has dependencies and cannot be deleted.")
    return moto(response)


def delete_vpc(_lab: ApiContext, moto: Moto, backend: Ec2Backend, vpc_id: str) -> object:
    """Delete a VPC.

    Raises:
        DependencyViolationError: If it has an internet gateway, endpoints, or security groups or ACLs other than the
            default ones.
    """
    backend.get_vpc(vpc_id)
    attached = any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in backend.internet_gateways.values())
    groups = any(group.name != "default" for group in backend.groups[vpc_id].values())
    endpoints = any(endpoint.vpc_id == vpc_id for endpoint in backend.vpc_end_points.values())
    lists = any(acl.vpc_id == vpc_id and not acl.default for acl in backend.network_acls.values())
    if attached or groups or endpoints or lists:
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    return moto(backend, vpc_id)
