"""The resources of a PrivateLink lab: a `Spec` in, desired resources out. Pure; only this package knows them."""

from __future__ import annotations

from collections.abc import Iterable

from pltui.engine.model import Desired
from pltui.spec.model import Spec
from pltui.topology.access import access_items, access_problem, access_services
from pltui.topology.addresses import PROVIDER, Address
from pltui.topology.consumers import consumer_resources, instance_trust
from pltui.topology.creation_order import BILLED_KINDS, billed_last
from pltui.topology.network import network
from pltui.topology.provider import LISTENER_PORT, LOAD_BALANCER, SERVICE, load_balancer, servers, with_switch
from pltui.topology.region import Partition, Region, Zone
from pltui.topology.zones import ZoneError, Zones, choose_zones, complete, instance_types

__all__ = [
    "LISTENER_PORT",
    "LOAD_BALANCER",
    "PROVIDER",
    "SERVICE",
    "Address",
    "Partition",
    "Region",
    "Zone",
    "ZoneError",
    "access_items",
    "access_problem",
    "access_services",
    "all_desired",
    "choose_zones",
    "complete",
    "instance_trust",
    "instance_types",
    "placeholder_resources",
    "server_zones",
    "with_switch",
]


def all_desired(spec: Spec, region: Region) -> tuple[Desired, ...]:
    """Return every resource of the lab in `region`, parents before children.

    Raises:
        ZoneError: If the region does not offer the zones that the lab needs.
    """
    return _make_resources(spec, choose_zones(spec, region), region)


def placeholder_resources(spec: Spec, region: Region) -> tuple[Desired, ...]:
    """Return the same resources in placeholder zones, whether or not `region` can hold them; use only their names."""
    sides = {PROVIDER: spec.provider.vpc} | {name: consumer.vpc for name, consumer in spec.consumers.items()}
    zones = {side: [Zone(f"zone {n}", f"zone {n}") for n in range(vpc.zone_count)] for side, vpc in sides.items()}
    return _make_resources(spec, zones, region)


def _make_resources(spec: Spec, zones: Zones, region: Region) -> tuple[Desired, ...]:
    service = (*servers(spec.provider, zones[PROVIDER]), *load_balancer(spec))
    billed = {desired.address for desired in service if desired.kind in BILLED_KINDS}
    resources = (
        *network(PROVIDER, spec.provider.vpc, zones[PROVIDER]),
        *service,
        *(
            resource
            for consumer in spec.consumers.values()
            for resource in consumer_resources(spec, consumer, zones[consumer.name], region)
        ),
    )
    return tuple(billed_last(resource, billed) for resource in resources)


def server_zones(all_desired: Iterable[Desired]) -> dict[int, str]:
    """Return the zone name of each of the provider's private subnets, by the subnet's index."""
    found: dict[int, str] = {}
    for desired in all_desired:
        address = Address.parse(desired.address)
        if address.side == PROVIDER and (number := address.private_subnet):
            found[number] = desired.spec["zone"]
    return found
