"""The resources of a PrivateLink lab: a `Spec` in, desired resources out. Pure; only this package knows them."""

from __future__ import annotations

from collections.abc import Iterable

from pltui.engine.types import Want
from pltui.spec.model import Spec
from pltui.topology.consumers import consumer_resources, instance_trust
from pltui.topology.network import network
from pltui.topology.provider import LISTENER_PORT, LOAD_BALANCER, SERVICE, load_balancer, servers
from pltui.topology.region import Partition, Region
from pltui.topology.spending import BILLED_KINDS, billed_last
from pltui.topology.zones import Zone, ZoneError

__all__ = [
    "LISTENER_PORT",
    "LOAD_BALANCER",
    "SERVICE",
    "Partition",
    "Region",
    "Zone",
    "ZoneError",
    "instance_trust",
    "server_zones",
    "wants",
]


def wants(spec: Spec, region: Region) -> tuple[Want, ...]:
    """Every resource of the lab in `region`, parents before children; raises ZoneError."""
    service = (*servers(spec.provider), *load_balancer(spec))
    billed = {want.address for want in service if want.kind in BILLED_KINDS}
    resources = (
        *network("provider", spec.provider.vpc, region.zones),
        *service,
        *(resource for consumer in spec.consumers.values() for resource in consumer_resources(spec, consumer, region)),
    )
    return tuple(billed_last(resource, billed) for resource in resources)


def server_zones(wants: Iterable[Want]) -> dict[int, str]:
    """Index of each of the provider's private subnets -> name of its zone."""
    names = {want.address: want.spec["zone"] for want in wants if want.kind == "subnet"}
    prefix = "provider/private-subnet-"
    return {int(address.removeprefix(prefix)): zone for address, zone in names.items() if address.startswith(prefix)}
