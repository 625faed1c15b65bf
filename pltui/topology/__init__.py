"""The resources of a PrivateLink lab: a `Spec` in, desired resources out. Pure; only this package knows them."""

from __future__ import annotations

from collections.abc import Sequence

from pltui.engine.types import Want
from pltui.spec.model import Spec
from pltui.topology.consumers import SESSION_MANAGER, TRUST_EC2, consumer_resources
from pltui.topology.network import network
from pltui.topology.provider import LISTENER_PORT, LOAD_BALANCER, SERVICE, load_balancer, servers
from pltui.topology.zones import Zone, ZoneError, choose_zones

__all__ = [
    "LISTENER_PORT",
    "LOAD_BALANCER",
    "SERVICE",
    "SESSION_MANAGER",
    "TRUST_EC2",
    "Zone",
    "ZoneError",
    "choose_zones",
    "server_zones",
    "wants",
]


def wants(spec: Spec, offered: Sequence[Zone], region: str) -> tuple[Want, ...]:
    """Every resource of the lab in `region`, parents before children; raises ZoneError."""
    return (
        *network("provider", spec.provider.vpc, offered),
        *servers(spec.provider),
        *load_balancer(spec),
        *(
            resource
            for consumer in spec.consumers.values()
            for resource in consumer_resources(spec, consumer, offered, region)
        ),
    )


def server_zones(spec: Spec, offered: Sequence[Zone]) -> dict[int, str]:
    """Index of each of the provider's private subnets -> name of its zone."""
    return {n: zone.name for n, zone in enumerate(choose_zones(spec.provider.vpc, offered), 1)}
