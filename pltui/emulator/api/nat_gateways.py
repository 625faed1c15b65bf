"""NAT gateways: durations of their states, their addresses and interfaces, and failures."""

from moto.ec2.exceptions import ResourceAlreadyAssociatedError
from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.filters import Fields, Filters, select
from pltui.emulator.api.gateways import attached_gateway
from pltui.emulator.api.interfaces import ServiceAttachment, remove_interfaces
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.moto_adapter.ec2 import MotoAddress, MotoNatGateway, created_at, interface_of, set_groups
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto

BECOMES_AVAILABLE = 90.0
IS_DELETED = 60.0
"""AWS seconds from creation to `available` and from deletion to `deleted`; one to two minutes are seen."""

LISTED = 3600.0
"""AWS seconds for which a deleted or failed gateway is still described (VPC user guide, NAT gateways)."""

NAT_FIELDS: Fields[MotoNatGateway] = {
    "nat-gateway-id": lambda n: n.id,
    "state": lambda n: n.state,
    "subnet-id": lambda n: n.subnet_id,
    "vpc-id": lambda n: n.vpc_id,
}


def install(lab: ApiContext) -> None:
    """Install the corrections of NAT gateways."""
    for name in ("failure_code", "failure_message"):
        lab.replace(NatGateway, name, None)
    lab.around(EC2Backend, create_nat_gateway, delete_nat_gateway, describe_nat_gateways)


def create_nat_gateway(
    lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    subnet_id: str,
    allocation_id: str | None,
    tags: dict[str, str] | None = None,
    connectivity_type: str | None = None,
) -> object:
    """Create a gateway, `pending` at first; a public one in a VPC without internet gateway fails later.

    Raises:
        EC2ClientError: MissingParameter if a public one has no address.
        ResourceAlreadyAssociatedError: If the address is in use.
    """
    subnet, kind = backend.get_subnet(subnet_id), connectivity_type or "public"
    if kind == "public" and not allocation_id:
        raise ec2_error("MissingParameter", "The request must contain the parameter AllocationId")
    if allocation_id and (address := backend.address_by_allocation([allocation_id])[0]).association_id:
        raise ResourceAlreadyAssociatedError(address.allocation_id)
    gateway = moto(backend, subnet_id, allocation_id, tags, kind)
    interface = interface_of(gateway)
    gateway.private_ip = interface.private_ip_address
    set_groups(interface, [])
    interface.description = f"Interface for NAT Gateway {gateway.id}"
    interface.interface_type, interface.requester_managed, interface.status = "nat_gateway", True, "in-use"
    interface.service_attachment = ServiceAttachment(f"ela-attach-{gateway.id[4:]}", created_at(gateway))
    gateway.state = "pending"
    if kind == "public" and not attached_gateway(backend, subnet.vpc_id):
        lab.agenda.after(BECOMES_AVAILABLE, gateway.id, _fail, backend, gateway)
        lab.retention.after(BECOMES_AVAILABLE + lab.shown_for(LISTED), gateway.id, _forget, backend, gateway)
    else:
        lab.agenda.after(BECOMES_AVAILABLE, gateway.id, _become_available, gateway)
    return gateway


@deferrable
def _become_available(gateway: MotoNatGateway) -> None:
    gateway.state = "available"


@deferrable
def _fail(backend: Ec2Backend, gateway: MotoNatGateway) -> None:
    """Fail a public gateway: it needs an internet gateway in its VPC (VPC user guide, troubleshoot NAT gateways)."""
    gateway.state, gateway.failure_code = "failed", "Gateway.NotAttached"
    gateway.failure_message = f"Network {gateway.vpc_id} has no Internet gateway attached"
    gateway.address_set = [{"allocationId": address.get("allocationId")} for address in gateway.address_set]
    _let_go(backend, gateway)


def delete_nat_gateway(lab: ApiContext, _moto: Moto, backend: Ec2Backend, nat_gateway_id: str) -> object:
    """Delete a gateway: `deleting`, then `deleted`, and still described for a while."""
    gateway = _existing(backend, nat_gateway_id)
    if gateway.state in ("deleting", "deleted"):
        return gateway
    gateway.state = "deleting"
    lab.agenda.after(IS_DELETED, gateway.id, _finish_deleting, lab, backend, gateway)
    lab.retention.after(IS_DELETED + lab.shown_for(LISTED), gateway.id, _forget, backend, gateway)
    return gateway


@deferrable
def _finish_deleting(lab: ApiContext, backend: Ec2Backend, gateway: MotoNatGateway) -> None:
    gateway.state = "deleted"
    _let_go(backend, gateway)


def _let_go(backend: Ec2Backend, gateway: MotoNatGateway) -> list[MotoAddress]:
    """Release the gateway's addresses and remove its interface; return the addresses."""
    addresses = [address for address in backend.addresses if address.eni is interface_of(gateway)]
    for address in addresses:
        address.eni = address.association_id = None
    remove_interfaces(backend, [interface_of(gateway).id])
    return addresses


@deferrable
def _forget(backend: Ec2Backend, gateway: MotoNatGateway) -> None:
    backend.nat_gateways.pop(gateway.id, None)
    backend.tags.pop(gateway.id, None)


def describe_nat_gateways(
    _lab: ApiContext, _moto: Moto, backend: Ec2Backend, filters: Filters, nat_gateway_ids: list[str] | None
) -> list[MotoNatGateway]:
    """The gateways, with AWS's filters."""
    wanted = nat_gateway_ids or list(backend.nat_gateways)
    return select((_existing(backend, gateway_id) for gateway_id in wanted), filters, NAT_FIELDS)


def _existing(backend: Ec2Backend, nat_gateway_id: str) -> MotoNatGateway:
    gateway = backend.nat_gateways.get(nat_gateway_id)
    if gateway is None:
        raise ec2_error("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
    return gateway
