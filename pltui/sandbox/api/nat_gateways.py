"""NAT gateways: how long their states last, and what they hold meanwhile."""

from typing import Any

from moto.ec2.exceptions import ResourceAlreadyAssociatedError
from moto.ec2.models import EC2Backend
from moto.ec2.models.route_tables import Route

from pltui.sandbox.api.errors import ec2_error
from pltui.sandbox.api.filters import Fields, select
from pltui.sandbox.api.interfaces import ServiceAttachment, remove_interfaces
from pltui.sandbox.api.overlay import Lab, Moto

BECOMES_AVAILABLE = 90.0
IS_DELETED = 60.0
"""AWS seconds from creation to `available` and from deletion to `deleted`; one to two minutes are seen."""

LISTED = 3600.0
"""AWS seconds a deleted gateway is still described (VPC user guide, NAT gateways)."""

NAT_FIELDS: Fields = {
    "nat-gateway-id": lambda n: n.id,
    "state": lambda n: n.state,
    "subnet-id": lambda n: n.subnet_id,
    "vpc-id": lambda n: n.vpc_id,
}


def install(lab: Lab) -> None:
    lab.around(EC2Backend, create_nat_gateway, delete_nat_gateway, describe_nat_gateways)
    lab.replace(Route, "state", property(_route_state))


def _route_state(route: Any) -> str:
    gone = route.nat_gateway is not None and route.nat_gateway.state in ("deleting", "deleted")
    return "blackhole" if gone else "active"


def create_nat_gateway(
    lab: Lab,
    moto: Moto,
    backend: Any,
    subnet_id: str,
    allocation_id: str | None,
    tags: dict[str, str] | None = None,
    connectivity_type: str | None = None,
) -> Any:
    backend.get_subnet(subnet_id)
    if allocation_id and (address := backend.address_by_allocation([allocation_id])[0]).association_id:
        raise ResourceAlreadyAssociatedError(address.allocation_id)
    gateway = moto(backend, subnet_id, allocation_id, tags, connectivity_type or "public")
    interface = gateway._eni
    gateway.private_ip = interface.private_ip_address
    interface._group_set = []
    interface.description = f"Interface for NAT Gateway {gateway.id}"
    interface.interface_type, interface.requester_managed, interface.status = "nat_gateway", True, "in-use"
    interface.service_attachment = ServiceAttachment(f"ela-attach-{gateway.id[4:]}", gateway._created_at)
    gateway.state = "pending"
    lab.agenda.after(BECOMES_AVAILABLE, gateway.id, lambda: setattr(gateway, "state", "available"))
    return gateway


def delete_nat_gateway(lab: Lab, _moto: Moto, backend: Any, nat_gateway_id: str) -> Any:
    gateway = _existing(backend, nat_gateway_id)
    if gateway.state in ("deleting", "deleted"):
        return gateway
    gateway.state = "deleting"

    def finish() -> None:
        gateway.state = "deleted"
        for address in backend.addresses:
            if address.eni is gateway._eni:
                address.eni = address.association_id = None
        remove_interfaces(backend, [gateway._eni.id])
        lab.retention.after(LISTED, gateway.id, forget)

    def forget() -> None:
        backend.nat_gateways.pop(gateway.id, None)
        backend.tags.pop(gateway.id, None)

    lab.agenda.after(IS_DELETED, gateway.id, finish)
    return gateway


def describe_nat_gateways(
    _lab: Lab, _moto: Moto, backend: Any, filters: Any, nat_gateway_ids: list[str] | None
) -> list[Any]:
    wanted = nat_gateway_ids or list(backend.nat_gateways)
    return select((_existing(backend, gateway_id) for gateway_id in wanted), filters, NAT_FIELDS)


def _existing(backend: Any, nat_gateway_id: str) -> Any:
    gateway = backend.nat_gateways.get(nat_gateway_id)
    if gateway is None:
        raise ec2_error("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
    return gateway
