"""Division of a VPC's address block into subnets."""

from __future__ import annotations

import ipaddress
from typing import Literal

from pltui.i18n import Phrase

# Subnet prefixes are four bits longer than their VPC's, and AWS allows /16 to /28 for both (VPC user guide, "Subnet
# CIDR blocks"), so a VPC must be /16 to /24.
LARGEST, SMALLEST = 16, 24
_BITS = 4
# This network, loopback, link-local (where instance metadata is), multicast and reserved addresses (RFC 6890).
_NOT_FOR_MACHINES = tuple(
    ipaddress.IPv4Network(block)
    for block in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4")
)
_FIRST = {"public": 0, "private": 8}


def subnet_cidr(vpc_cidr: str, tier: Literal["public", "private"], index: int) -> str:
    """Return the block of subnet `index` (from 1) of a tier.

    For example `10.0.128.0/20` for the first private subnet of 10.0.0.0/16. The same division as the AWS console's "VPC
    and more" wizard: sixteen equal blocks, public subnets from the first on, private ones from the ninth on.

    Raises:
        ValueError: If the block cannot be divided so, or the index is outside 1 to 8.
    """
    network = ipaddress.IPv4Network(vpc_cidr)
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise ValueError(
            Phrase(
                "{vpc_cidr} cannot be cut into subnets: expected a prefix of /{largest} to /{smallest}",
                vpc_cidr=vpc_cidr,
                largest=LARGEST,
                smallest=SMALLEST,
            )
        )
    if not 1 <= index <= 8:
        raise ValueError(Phrase("subnet index {index} is outside 1 to 8", index=index))
    size = network.num_addresses >> _BITS
    first = network.network_address + (_FIRST[tier] + index - 1) * size
    return f"{first}/{network.prefixlen + _BITS}"


def cidr_problem(text: str) -> str | None:
    """Return the problem of `text` as an IPv4 block, with a correction; None if it is valid."""
    try:
        ipaddress.IPv4Network(text)
    except ValueError:
        pass
    else:
        return (
            None
            if "/" in text
            else Phrase("expected a block with a prefix length, got '{text}'; write {text}/32", text=text)
        )
    try:
        block = ipaddress.IPv4Interface(text).network
    except ValueError:
        return Phrase("expected an IPv4 block, got '{text}'; write for example 10.0.0.0/16", text=text)
    return Phrase("{text} has bits set beyond its prefix length; {block} would be right", text=text, block=block)


def vpc_cidr_problem(text: str) -> str | None:
    """Return the problem of `text` as the block of a VPC with subnets in several zones; see `cidr_problem`."""
    problem = cidr_problem(text if "/" in text else f"{text}/{LARGEST}")
    if problem:
        return problem
    if "/" not in text:
        return Phrase(
            "expected a block with a prefix length, got '{text}'; write {text}/{largest}", text=text, largest=LARGEST
        )
    network = ipaddress.IPv4Network(text)
    if any(network.overlaps(block) for block in _NOT_FOR_MACHINES):
        return Phrase("no machine can have an address of {text}; write for example 10.0.0.0/16", text=text)
    prefix = network.prefixlen
    if LARGEST <= prefix <= SMALLEST:
        return None
    size = (
        Phrase("too large for a VPC") if prefix < LARGEST else Phrase("too small for sixteen subnets of at least /28")
    )
    return Phrase(
        "{text} is {size}; a prefix of /{largest} to /{smallest} would be right",
        text=text,
        size=size,
        largest=LARGEST,
        smallest=SMALLEST,
    )
