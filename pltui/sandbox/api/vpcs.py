"""Attributes of VPCs and subnets: one a call."""

from typing import Any

from moto.ec2.responses import EC2Response

from pltui.sandbox.api.errors import ec2_error
from pltui.sandbox.api.overlay import Lab, Moto

NOT_ATTRIBUTES = frozenset({"VpcId", "SubnetId", "DryRun"})


def install(lab: Lab) -> None:
    lab.around(EC2Response, modify_vpc_attribute=one_at_a_time, modify_subnet_attribute=one_at_a_time)


def one_at_a_time(_lab: Lab, moto: Moto, response: Any) -> Any:
    """A call changes one attribute (EC2 API reference, ModifyVpcAttribute and ModifySubnetAttribute).

    That it is InvalidParameterCombination is believed: the reference names no code.
    """
    if len(response._get_params().keys() - NOT_ATTRIBUTES) > 1:
        raise ec2_error("InvalidParameterCombination", "Fields for multiple attribute types specified")
    return moto(response)
