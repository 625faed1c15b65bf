"""The headings of the resource tree: which part of the lab a resource belongs to."""

from __future__ import annotations

from pltui.spec.model import Spec
from pltui.topology import PROVIDER, Address

Path = tuple[str, str]  # (owner, part): ("provider", "network")

_NETWORK = frozenset(
    {
        "vpc",
        "internet_gateway",
        "internet_gateway_attachment",
        "subnet",
        "elastic_ip",
        "nat_gateway",
        "route_table",
        "route",
        "route_table_association",
    }
)
_PROVIDER = {
    "instance": "servers",
    "security_group": "servers",
    "load_balancer": "load balancer",
    "target_group": "load balancer",
    "target_registration": "load balancer",
    "listener": "load balancer",
    "endpoint_service": "service",
}
_CONSUMER = {
    "endpoint": "endpoint",
    "hosted_zone": "DNS",
    "record": "DNS",
    "instance": "client",
    "role": "client",
    "role_policy": "client",
    "instance_profile": "client",
}


def headings(spec: Spec) -> list[Path]:
    """All headings of the lab, in the order of the tree."""
    provider = [(PROVIDER, part) for part in ("network", "servers", "load balancer", "service")]
    consumers = [(name, part) for name in spec.consumers for part in ("network", "endpoint", "DNS", "client")]
    return provider + consumers


def place(address: str, kind: str) -> Path:
    """Heading of a resource; "other" for kinds that are not in the tables."""
    parsed = Address.parse(address)
    owner = parsed.side
    if kind in _NETWORK:
        return owner, "network"
    if owner == PROVIDER:
        return owner, _PROVIDER.get(kind, "other")
    if kind == "security_group":
        return owner, "endpoint" if parsed.part == "endpoint-security-group" else "client"
    return owner, _CONSUMER.get(kind, "other")
