"""Attributes of VPCs and subnets, one per call, and the allowed sizes of a subnet."""

from contextlib import suppress
from ipaddress import ip_network

from moto.ec2.models import EC2Backend
from moto.ec2.responses import EC2Response

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Ec2Call, parameter_names
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto

LARGEST, SMALLEST = 16, 28
"""Lengths of a subnet's IPv4 prefix (VPC user guide, subnet CIDR blocks)."""

NOT_ATTRIBUTES = frozenset({"VpcId", "SubnetId", "DryRun"})


def install(lab: ApiContext) -> None:
    """Install the corrections of VPCs and subnets."""
    lab.around(EC2Response, modify_vpc_attribute=one_at_a_time, modify_subnet_attribute=one_at_a_time)
    lab.around(EC2Backend, create_subnet)


def create_subnet(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, vpc_id: str, cidr_block: str, *args: object, **more: object
) -> object:
    """Create a subnet of an allowed size.

    Raises:
        EC2ClientError: InvalidSubnet.Range if it is too large or too small (EC2 API reference, error codes).
    """
    with suppress(ValueError):  # other checks reject an invalid block
        if not LARGEST <= ip_network(cidr_block, strict=False).prefixlen <= SMALLEST:
            raise ec2_error("InvalidSubnet.Range", f"The CIDR '{cidr_block}' is invalid.")
    return moto(backend, vpc_id, cidr_block, *args, **more)


def one_at_a_time(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Change one attribute per call (EC2 API reference, ModifyVpcAttribute and ModifySubnetAttribute).

    Believed: the code, which the reference does not name.

    Raises:
        EC2ClientError: InvalidParameterCombination for several attributes.
    """
    if len(parameter_names(response) - NOT_ATTRIBUTES) > 1:
        raise ec2_error("InvalidParameterCombination", "Fields for multiple attribute types specified")
    return moto(response)
