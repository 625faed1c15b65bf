"""What cannot be deleted because something still needs it."""

from typing import Any

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend
from moto.ec2.responses import EC2Response

from pltui.sandbox.api.errors import ec2_error
from pltui.sandbox.api.interfaces import interfaces_in
from pltui.sandbox.api.overlay import Lab, Moto


def install(lab: Lab) -> None:
    lab.around(
        EC2Backend,
        delete_subnet,
        delete_security_group,
        delete_vpc,
        detach_internet_gateway,
        release_address,
        disassociate_address,
    )
    lab.around(EC2Response, delete_security_group=keep_default_group, delete_route_table=keep_main_table)


def delete_subnet(_lab: Lab, moto: Moto, backend: Any, subnet_id: str) -> Any:
    if interfaces_in(backend, subnet_id):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    subnet = moto(backend, subnet_id)
    for table in backend.route_tables.values():
        for association in [a for a, target in table._associations.items() if target == subnet_id]:
            del table._associations[association]
    return subnet


def delete_security_group(
    _lab: Lab, moto: Moto, backend: Any, name: str | None = None, group_id: str | None = None
) -> None:
    group = backend.get_security_group_by_name_or_id(group_id or name)
    if group and (_held(backend, group.id) or _referenced(backend, group.id)):
        raise DependencyViolationError(f"resource {group.id} has a dependent object")
    moto(backend, name=name, group_id=group_id)


def _held(backend: Any, group_id: str) -> bool:
    return any(group.id == group_id for interface in backend.enis.values() for group in interface.group_set)


def _referenced(backend: Any, group_id: str) -> bool:
    others = (g for groups in backend.groups.values() for g in groups.values() if g.id != group_id)
    return any(
        rule.source_group.get("GroupId") == group_id
        for group in others
        for rule in [*group.ingress_rules, *group.egress_rules]
    )


def keep_default_group(_lab: Lab, moto: Moto, response: Any) -> Any:
    wanted = response._get_param("GroupId") or response._get_param("GroupName")
    group = response.ec2_backend.get_security_group_by_name_or_id(wanted)
    if group and group.name == "default":
        raise ec2_error(
            "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        )
    return moto(response)


def keep_main_table(_lab: Lab, moto: Moto, response: Any) -> Any:
    table = response.ec2_backend.get_route_table(response._get_param("RouteTableId"))
    if table.main_association_id:
        raise DependencyViolationError(f"The routeTable '{table.id}' has dependencies and cannot be deleted.")
    return moto(response)


def delete_vpc(_lab: Lab, moto: Moto, backend: Any, vpc_id: str) -> Any:
    backend.get_vpc(vpc_id)
    attached = any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in backend.internet_gateways.values())
    groups = any(group.name != "default" for group in backend.groups[vpc_id].values())
    endpoints = any(endpoint.vpc_id == vpc_id for endpoint in backend.vpc_end_points.values())
    if attached or groups or endpoints:
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    return moto(backend, vpc_id)


def detach_internet_gateway(_lab: Lab, moto: Moto, backend: Any, internet_gateway_id: str, vpc_id: str) -> None:
    gateway = backend.get_internet_gateway(internet_gateway_id)
    if gateway.vpc and any(i.public_ip and i.subnet.vpc_id == gateway.vpc.id for i in backend.enis.values()):
        raise DependencyViolationError(
            f"Network {gateway.vpc.id} has some mapped public address(es). Please unmap those public address(es) before"
            " detaching the gateway."
        )
    moto(backend, internet_gateway_id, vpc_id)


def release_address(
    _lab: Lab, moto: Moto, backend: Any, address: str | None = None, allocation_id: str | None = None
) -> None:
    found = backend.address_by_ip([address]) if address else backend.address_by_allocation([allocation_id])
    if found[0].association_id:
        raise ec2_error("InvalidIPAddress.InUse", f"Address {found[0].public_ip} is in use.")
    moto(backend, address=address, allocation_id=allocation_id)


def disassociate_address(
    _lab: Lab, moto: Moto, backend: Any, address: str | None = None, association_id: str | None = None
) -> None:
    """An address on a service's own interface leaves with that service."""
    found = backend.address_by_ip([address]) if address else backend.address_by_association([association_id])
    if found[0].eni and found[0].eni.requester_managed:
        raise ec2_error("AuthFailure", "You do not have permission to access the specified resource.")
    moto(backend, address=address, association_id=association_id)
