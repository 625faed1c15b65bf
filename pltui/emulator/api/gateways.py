"""Internet gateways and Elastic IP addresses: one gateway per VPC, and the release of addresses."""

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.ec2 import MotoAddress, MotoInternetGateway
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto


def install(lab: ApiContext) -> None:
    """Install the corrections of internet gateways and addresses."""
    lab.around(EC2Backend, attach_internet_gateway, detach_internet_gateway, release_address, disassociate_address)


def attached_gateway(backend: Ec2Backend, vpc_id: str) -> MotoInternetGateway | None:
    """The VPC's internet gateway; None without one."""
    gateways = backend.internet_gateways.values()
    return next((gateway for gateway in gateways if gateway.vpc and gateway.vpc.id == vpc_id), None)


def attach_internet_gateway(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, internet_gateway_id: str, vpc_id: str
) -> object:
    """Attach a gateway; a VPC has one at most.

    Raises:
        EC2ClientError: InvalidParameterValue if the VPC has one (seen), Resource.AlreadyAssociated if the gateway is
            attached (seen).
    """
    gateway = backend.get_internet_gateway(internet_gateway_id)
    backend.get_vpc(vpc_id)
    if gateway.vpc:
        message = f"resource {internet_gateway_id} is already attached to network {gateway.vpc.id}"
        raise ec2_error("Resource.AlreadyAssociated", message)
    if attached_gateway(backend, vpc_id):
        raise ec2_error("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")
    return moto(backend, internet_gateway_id, vpc_id)


def detach_internet_gateway(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, internet_gateway_id: str, vpc_id: str
) -> None:
    """Detach a gateway.

    Raises:
        DependencyViolationError: If the VPC still has interfaces with a public address.
    """
    gateway = backend.get_internet_gateway(internet_gateway_id)
    if gateway.vpc and any(i.public_ip and i.subnet.vpc_id == gateway.vpc.id for i in backend.enis.values()):
        raise DependencyViolationError(
            f"Network {gateway.vpc.id} has some mapped public address(es). Please unmap those public address(es) before"
            " detaching the gateway."
        )
    moto(backend, internet_gateway_id, vpc_id)


def release_address(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, address: str | None = None, allocation_id: str | None = None
) -> None:
    """Release an address. A missing one has an error code specific to this call (EC2 error codes).

    The account cannot release an address of a NAT gateway (seen: kops#1604).

    Raises:
        EC2ClientError: InvalidAddress.NotFound or InvalidAddressID.NotFound, AuthFailure for a service's address,
            InvalidIPAddress.InUse for an associated one.
    """
    found = [
        each
        for each in backend.addresses
        if (each.public_ip == address if address else each.allocation_id == allocation_id)
    ]
    if not found:
        asked = f"The address '{address}'" if address else f"The allocation ID '{allocation_id}'"
        code = "InvalidAddress.NotFound" if address else "InvalidAddressID.NotFound"
        raise ec2_error(code, f"{asked} does not exist")
    if _on_services_interface(found[0]):
        raise _not_yours()
    if found[0].association_id:
        raise ec2_error("InvalidIPAddress.InUse", f"Address {found[0].public_ip} is in use.")
    moto(backend, address=address, allocation_id=allocation_id)


def disassociate_address(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, address: str | None = None, association_id: str | None = None
) -> None:
    """Disassociate an address; one on a service's own interface is removed with that service only.

    Raises:
        EC2ClientError: AuthFailure if a service has the address.
    """
    found = backend.address_by_ip([address]) if address else backend.address_by_association([association_id])
    if _on_services_interface(found[0]):
        raise _not_yours()
    moto(backend, address=address, association_id=association_id)


def _on_services_interface(address: MotoAddress) -> bool:
    return bool(address.eni and address.eni.requester_managed)


def _not_yours() -> Exception:
    return ec2_error("AuthFailure", "You do not have permission to access the specified resource.")
