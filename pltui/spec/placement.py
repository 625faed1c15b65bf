"""Checks of room in subnets, and of zones shared by endpoints and load balancer, as far as the spec alone decides."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from pltui.i18n import Phrase
from pltui.spec.cidr import subnet_cidr, vpc_cidr_problem
from pltui.spec.document import Path
from pltui.spec.messages import Finding
from pltui.spec.model import Consumer, Provider, Spec

# AWS reserves the first four addresses and the last one of each subnet (VPC user guide, "Subnet sizing").
RESERVED = 5
# Free addresses that a subnet must have when a network load balancer is created in it (Network Load Balancers user
# guide, "Availability Zones").
FOR_LOAD_BALANCER = 8

_PROVIDER_ZONES: Path = ("provider", "vpc", "zones")
_NODES: Path = ("provider", "load_balancer", "subnets")


def placement_findings(spec: Spec) -> Iterator[Finding]:
    """Yield problems of room and zones."""
    yield from _check_room(spec.provider)
    for consumer in spec.consumers.values():
        yield from _without_node(spec.provider, consumer)


def _check_room(provider: Provider) -> Iterator[Finding]:
    """Yield a finding if servers leave too few addresses in a subnet for the load balancer."""
    vpc, count = provider.vpc, provider.servers.count
    if vpc_cidr_problem(vpc.cidr):
        return
    addresses = ipaddress.IPv4Network(subnet_cidr(vpc.cidr, "private", 1)).num_addresses - RESERVED
    for subnet in range(1, vpc.zone_count + 1):
        servers = len(range(subnet, count + 1, vpc.zone_count))
        most = addresses - (FOR_LOAD_BALANCER if subnet in provider.load_balancer.subnets else 0)
        if servers > most:
            message = Phrase(
                "{servers} of {count} servers would be in private subnet {subnet}; it has {addresses} addresses, and"
                " room for {most} besides the {needed} that a load balancer needs; write fewer servers or a larger"
                " provider.vpc.cidr",
                servers=servers,
                count=count,
                subnet=subnet,
                addresses=addresses,
                needed=FOR_LOAD_BALANCER,
                most=most,
            )
            because = (("provider", "vpc", "cidr"), _PROVIDER_ZONES, _NODES)
            yield Finding(("provider", "servers", "count"), message, because_of=because)
            return


def _without_node(provider: Provider, consumer: Consumer) -> Iterator[Finding]:
    """Yield endpoints in zones without a load balancer node, as far as the spec alone decides the zones."""
    path: Path = ("consumers", consumer.name)
    for index, subnet in enumerate(consumer.endpoint.subnets):
        if subnet > consumer.vpc.zone_count:
            continue
        zones = _zones_with_nodes(provider, consumer)
        if zones and _zone(consumer.vpc.zones, subnet) not in zones:
            message = Phrase(
                "the load balancer has no node in the zone of subnet {subnet}; it has nodes in {zones}",
                subnet=subnet,
                zones=_in_words(zones, provider),
            )
            because = (_NODES, _PROVIDER_ZONES, (*path, "vpc", "zones"))
            yield Finding((*path, "endpoint", "subnets", index), message, because_of=because)


def _zones_with_nodes(provider: Provider, consumer: Consumer) -> list[str | int]:
    """Return the zones with a node; empty if the zones of both sides cannot be compared.

    They cannot if one side gives a count and the other names, or one names and the other ids.
    """
    ours, theirs = provider.vpc.zones, consumer.vpc.zones
    nodes = [_zone(ours, subnet) for subnet in provider.load_balancer.subnets if subnet <= provider.vpc.zone_count]
    if isinstance(ours, int) and isinstance(theirs, int):
        return nodes
    if isinstance(ours, int) or isinstance(theirs, int):
        return []
    kinds = {_is_id(zone) for zone in (*ours, *theirs)}
    return nodes if len(kinds) == 1 else []


def _zone(zones: int | tuple[str, ...], subnet: int) -> str | int:
    """Return name or id of a subnet's zone, or its number if both sides give zones by count and so have the same."""
    return subnet if isinstance(zones, int) else zones[subnet - 1]


def _is_id(zone: str) -> bool:
    return bool(re.search(r"-az[0-9]+$", zone))


def _in_words(zones: list[str | int], provider: Provider) -> str:
    names = ", ".join(map(str, zones))
    if not isinstance(provider.vpc.zones, int):
        return names
    return Phrase("that of subnet {n}", n=names) if len(zones) == 1 else Phrase("those of subnets {n}", n=names)
