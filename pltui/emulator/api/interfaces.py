"""Network interfaces: unique addresses inside their subnet, and interfaces that AWS's services own."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from itertools import chain

import moto.ec2.models.instances as moto_instances
import moto.ec2.models.nat_gateways as moto_nat_gateways
from moto.core.utils import utcnow
from moto.ec2.exceptions import LastEniDetachError
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses import EC2Response
from moto.ec2.utils import random_eni_attach_id

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.moto_adapter.calls import Ec2Call, parameter, required_text
from pltui.emulator.moto_adapter.ec2 import MotoInstance, MotoInterface, MotoSubnet, groups_of, set_groups
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto, Structure

RESERVED_FIRST = 4
"""AWS reserves a subnet's first four addresses and its last one (VPC user guide, subnet CIDR blocks)."""


@dataclass(frozen=True)
class ServiceAttachment:
    """Attachment of a service's own interface, to nothing that the account can see."""

    attachment_id: str
    attach_time: datetime
    instance_owner_id: str = "amazon-aws"
    device_index: int = 1
    status: str = "attached"
    delete_on_termination: bool = False


def install(lab: ApiContext) -> None:
    """Install the corrections of interfaces and their addresses."""
    for module in (moto_instances, moto_nat_gateways):
        lab.replace(module, "random_private_ip", _left_to_the_subnet)
    lab.around(Subnet, get_available_subnet_ip, request_ip)
    lab.around(Instance, prep_nics)
    lab.around(
        EC2Backend,
        create_network_interface,
        attach_network_interface,
        modify_network_interface_attribute,
        modify_instance_security_groups,
    )
    lab.around(EC2Response, delete_network_interface, detach_network_interface)
    lab.replace(NetworkInterface, "attachment", property(_attachment(NetworkInterface.attachment.fget)))
    lab.replace(NetworkInterface, "group_set", property(groups_of))


def create_service_interface(
    backend: Ec2Backend,
    subnet_id: str,
    kind: str,
    description: str,
    group_ids: list[str] | None = None,
    address: str | None = None,
) -> MotoInterface:
    """Create an interface that a service owns: visible to the account, which cannot change it (requester managed)."""
    interface = backend.create_network_interface(subnet_id, address, group_ids=group_ids, description=description)
    if not group_ids:
        set_groups(interface, [])
    interface.interface_type = kind
    interface.requester_managed = True
    interface.status = "in-use"
    interface.service_attachment = ServiceAttachment(random_eni_attach_id(), utcnow())
    return interface


@deferrable
def remove_interfaces(backend: Ec2Backend, interface_ids: list[str]) -> None:
    """Remove interfaces whose owner is deleted; ids without interface are ignored."""
    for interface_id in interface_ids:
        backend.enis.pop(interface_id, None)
        backend.tags.pop(interface_id, None)


def interfaces_in(backend: Ec2Backend, subnet_id: str) -> list[MotoInterface]:
    """The interfaces in a subnet, of any owner."""
    return [interface for interface in backend.enis.values() if interface.subnet.id == subnet_id]


def free_address(backend: Ec2Backend, subnet: MotoSubnet) -> str:
    """A random free address of the subnet.

    Raises:
        EC2ClientError: InsufficientFreeAddressesInSubnet if there is none.
    """
    taken = _addresses_in_use(backend, subnet)
    last = subnet.cidr.num_addresses - 1
    start = RESERVED_FIRST + secrets.randbelow(last - RESERVED_FIRST)
    for offset in chain(range(start, last), range(RESERVED_FIRST, start)):
        if (address := str(subnet.cidr[offset])) not in taken:
            return address
    raise ec2_error(
        "InsufficientFreeAddressesInSubnet", f"The specified subnet '{subnet.id}' does not have enough free addresses."
    )


def _addresses_in_use(backend: Ec2Backend, subnet: MotoSubnet) -> set[str]:
    return {
        address["PrivateIpAddress"]
        for interface in interfaces_in(backend, subnet.id)
        for address in interface.private_ip_addresses
    }


def check_address(backend: Ec2Backend, subnet: MotoSubnet, address: str) -> None:
    """Raise unless the address is a free one of the subnet. Messages as seen.

    Raises:
        EC2ClientError: InvalidParameterValue outside the subnet or in its reserved range, InvalidIPAddress.InUse if
            taken.
    """
    network = subnet.cidr
    if ip_address(address) not in network:
        raise ec2_error("InvalidParameterValue", f"Address {address} does not fall within the subnet's address range")
    if int(ip_address(address)) - int(network[0]) not in range(RESERVED_FIRST, network.num_addresses - 1):
        raise ec2_error("InvalidParameterValue", f"Address {address} is in subnet's reserved address range")
    if address in _addresses_in_use(backend, subnet):
        raise ec2_error("InvalidIPAddress.InUse", f"Address {address} is in use.")


def _left_to_the_subnet(*_args: object, **_kwargs: object) -> None:
    """Return no address, so that the subnet assigns it; moto draws one from an unrelated range."""


def get_available_subnet_ip(_lab: ApiContext, _moto: Moto, subnet: MotoSubnet, instance: MotoInstance) -> str:
    """Assign a free address of the subnet."""
    return free_address(subnet.ec2_backend, subnet)


def request_ip(_lab: ApiContext, _moto: Moto, subnet: MotoSubnet, ip: str, instance: MotoInstance) -> None:
    """Check a requested address; the interfaces record the use."""
    check_address(subnet.ec2_backend, subnet, ip)


def create_network_interface(
    _lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    subnet: MotoSubnet | str,
    private_ip_address: str | list[str] | None = None,
    private_ip_addresses: list[str | dict[str, str]] | None = None,
    *args: object,
    **kwargs: object,
) -> object:
    """Create an interface with checked addresses, or with a free one."""
    subnet = backend.get_subnet(subnet) if isinstance(subnet, str) else subnet
    first = private_ip_address[0] if isinstance(private_ip_address, list) else private_ip_address
    several = [item["PrivateIpAddress"] if isinstance(item, dict) else item for item in private_ip_addresses or []]
    for address in filter(None, {first, *several}):
        check_address(backend, subnet, address)
    if not first and not several:
        first = free_address(backend, subnet)
    return moto(backend, subnet, first, private_ip_addresses, *args, **kwargs)


def prep_nics(
    _lab: ApiContext, moto: Moto, instance: MotoInstance, nic_spec: list[Structure], **kwargs: object
) -> None:
    """Mark interfaces created with an instance to be deleted with it by default (EC2 user guide, network interfaces).

    The groups of the first one are the instance's (EC2 API reference, RunInstances).
    """
    for spec in nic_spec:
        if "NetworkInterfaceId" not in spec:
            spec.setdefault("DeleteOnTermination", True)
        else:
            _check_free(instance.ec2_backend, spec["NetworkInterfaceId"])
    moto(instance, nic_spec, **kwargs)
    if not nic_spec:
        instance.nics[0].delete_on_termination = True
    if 0 in instance.nics:
        instance.security_groups = list(groups_of(instance.nics[0]))


def attach_network_interface(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, eni_id: str, instance_id: str, device_index: int
) -> object:
    """Attach an interface that is free."""
    _check_free(backend, eni_id)
    return moto(backend, eni_id, instance_id, device_index)


def _check_free(backend: Ec2Backend, interface_id: str) -> None:
    """Raise if the interface has an instance (EC2 error codes)."""
    if backend.get_network_interface(interface_id).status == "in-use":
        raise ec2_error("InvalidNetworkInterface.InUse", f"Interface: [{interface_id}] in use.")


def modify_network_interface_attribute(
    _lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    eni_id: str,
    group_ids: list[str],
    *args: object,
    **kwargs: object,
) -> None:
    """Change the groups of an interface; those of the first one are the instance's too."""
    moto(backend, eni_id, group_ids, *args, **kwargs)
    interface = backend.get_network_interface(eni_id)
    if group_ids and interface.instance and interface.device_index == 0:
        interface.instance.security_groups = list(groups_of(interface))


def modify_instance_security_groups(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, instance_id: str, new_group_id_list: list[str]
) -> object:
    """Change the groups of an instance and of its first interface."""
    instance = moto(backend, instance_id, new_group_id_list)
    set_groups(instance.nics[0], list(instance.security_groups))
    return instance


def delete_network_interface(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Delete an interface.

    Raises:
        EC2ClientError: InvalidParameterValue if it is in use.
    """
    interface = response.ec2_backend.get_network_interface(required_text(response, "NetworkInterfaceId"))
    if interface.status == "in-use":
        raise ec2_error("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")
    return moto(response)


def detach_network_interface(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Detach an interface.

    Raises:
        EC2ClientError: AuthFailure if a service owns it.
        LastEniDetachError: If it is the instance's first one.
    """
    wanted = parameter(response, "AttachmentId")
    for interface in response.ec2_backend.enis.values():
        held = getattr(interface, "service_attachment", None)
        if held and held.attachment_id == wanted:
            raise ec2_error("AuthFailure", "You do not have permission to access the specified resource.")
        if wanted == interface.attachment_id and interface.device_index == 0:
            raise LastEniDetachError
    return moto(response)


def _attachment(moto: Moto) -> Moto:
    return lambda interface: getattr(interface, "service_attachment", None) or moto(interface)
