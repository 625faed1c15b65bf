"""CIDR blocks: conversion to the canonical form, and the blocks of a VPC."""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network

from moto.ec2.responses import EC2Response

from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Ec2Call
from pltui.emulator.moto_adapter.ec2 import MotoVpc
from pltui.emulator.moto_adapter.values import Moto, Structure

BLOCKS = frozenset(
    {
        "CidrBlock",
        "Ipv6CidrBlock",
        "DestinationCidrBlock",
        "DestinationIpv6CidrBlock",
        "CidrIp",
        "CidrIpv4",
        "CidrIpv6",
    }
)
"""Parameters with a block as value, at any depth."""

CALLS = (
    "create_vpc",
    "create_subnet",
    "associate_vpc_cidr_block",
    "create_route",
    "create_network_acl_entry",
    "replace_network_acl_entry",
    "authorize_security_group_ingress",
    "authorize_security_group_egress",
    "revoke_security_group_ingress",
    "revoke_security_group_egress",
    "modify_security_group_rules",
    "update_security_group_rule_descriptions_ingress",
    "update_security_group_rule_descriptions_egress",
)
"""Calls that are documented to canonicalize blocks (EC2 API reference, each of them; of AssociateVpcCidrBlock,
ReplaceNetworkAclEntry and ModifySecurityGroupRules it is believed).

DeleteRoute and ReplaceRoute are not among them: "the value you specify must match the CIDR for the route exactly".
"""


def install(lab: ApiContext) -> None:
    """Install the conversion for the calls that canonicalize blocks."""
    lab.around(EC2Response, **dict.fromkeys(CALLS, in_canonical_form))


def in_canonical_form(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Convert every block among the parameters before the call."""
    for holder, name in list(_blocks(response.params)):
        holder[name] = canonical(holder[name])
    return moto(response)


def canonical(block: str) -> str:
    """100.68.0.0/18 for 100.68.0.18/18 (EC2 API reference, CreateVpc). Invalid text is returned as it is."""
    try:
        return str(ip_network(block, strict=False)) if "/" in block else block
    except ValueError:
        return block


def associated_with(vpc: MotoVpc) -> list[IPv4Network]:
    """The IPv4 blocks that are associated with a VPC of moto."""
    blocks = vpc.cidr_block_association_set
    return [
        IPv4Network(each["cidr_block"], strict=False)
        for each in blocks
        if each["cidr_block_state"]["state"] == "associated"
    ]


def _blocks(value: object) -> Iterator[tuple[Structure, str]]:
    """Each block below `value`, as its container and the name in it."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name in BLOCKS and isinstance(item, str):
                yield value, name
            else:
                yield from _blocks(item)
    elif isinstance(value, list):
        for item in value:
            yield from _blocks(item)
