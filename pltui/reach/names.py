"""What a VPC's own resolver answers: private zones, endpoints, load balancers and machines; nothing of the internet."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from pltui.reach.balancing import live_nodes
from pltui.reach.world import Alias, Health, HostedZone, Record, Vpc, World

# What endpoints and load balancers are answered with (NLB user guide); an alias takes the same.
TTL = 60
# A chain of names longer than this is a loop.
_MAX_CHAIN = 8


class Status(enum.StrEnum):
    FOUND = "found"  # the name exists, although perhaps not with the type asked for
    MISSING = "missing"  # NXDOMAIN
    SILENT = "silent"  # the VPC has no DNS support: no answer is sent


@dataclass(frozen=True, slots=True)
class RRset:
    name: str
    type: str
    ttl: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    status: Status
    rrsets: tuple[RRset, ...] = ()
    why: str = ""

    @property
    def addresses(self) -> tuple[IPv4Address, ...]:
        return tuple(IPv4Address(value) for rrset in self.rrsets if rrset.type == "A" for value in rrset.values)


def canonical(name: str) -> str:
    """As names are compared: lower case, without the trailing dot, and `\\052` read as the star it stands for."""
    return name.rstrip(".").lower().replace("\\052", "*")


def resolve(world: World, health: Health, vpc_id: str, name: str, rdtype: str = "A") -> Answer:
    """The answer to (`name`, `rdtype`) in the view of `vpc_id`.

    A private zone is authoritative for all below it: what it lacks does not exist, wherever else it may (Route 53
    developer guide). Names of endpoints and load balancers resolve in every VPC, as they do on the internet.
    """
    vpc = world.vpcs.get(vpc_id)
    if vpc is None or not vpc.dns_support:
        return Answer(Status.SILENT, why=f"DNS support is off in {vpc_id}")
    query = _Query(world, health, vpc, rdtype)
    chain: list[RRset] = []
    name = canonical(name)
    for _ in range(_MAX_CHAIN):
        answer = _lookup(query, name)
        chain += answer.rrsets
        last = chain[-1] if chain else None
        if answer.status is not Status.FOUND or rdtype == "CNAME" or last is None or last.type != "CNAME":
            # A chain that ends nowhere is still an answer: its names are known, its end is not.
            return Answer(answer.status, tuple(chain), answer.why)
        name = canonical(last.values[0])
    return Answer(Status.MISSING, tuple(chain), f"{name} is an endless chain of names")


@dataclass(frozen=True, slots=True)
class _Query:
    world: World
    health: Health
    vpc: Vpc
    rdtype: str
    aliases: int = 0  # followed so far


def _lookup(query: _Query, name: str) -> Answer:
    zone = _zone(query.world.zones, query.vpc, name)
    if zone is not None:
        return _in_zone(query, zone, name)
    found = _of_aws(query.world, query.health, query.vpc, name)
    if found is None:
        return Answer(Status.MISSING, why=f"no zone associated with {query.vpc.id} knows {name}")
    if query.rdtype != "A" or not found:
        return Answer(Status.FOUND)
    return Answer(Status.FOUND, (RRset(name, "A", TTL, tuple(map(str, found))),))


def _zone(zones: Iterable[HostedZone], vpc: Vpc, name: str) -> HostedZone | None:
    """The most specific private zone of the VPC that holds `name`; there is none without DNS hostnames."""
    fitting = [
        zone
        for zone in zones
        if vpc.dns_hostnames and vpc.id in zone.vpcs and (name == zone.name or name.endswith(f".{zone.name}"))
    ]
    return max(fitting, key=lambda zone: len(zone.name), default=None)


def _in_zone(query: _Query, zone: HostedZone, name: str) -> Answer:
    records = _records(zone, name)
    if not records:
        # A name that only holds others exists too (RFC 8020).
        holds = name == zone.name or any(record.name.endswith(f".{name}") for record in zone.records)
        why = f"{zone.name} has no record {name}"
        return Answer(Status.FOUND if holds else Status.MISSING, why=why)
    by_type = {record.type: record for record in records}
    record = by_type.get(query.rdtype) or by_type.get("CNAME")
    if record is None:
        return Answer(Status.FOUND, why=f"{name} has no record of type {query.rdtype}")
    if isinstance(record.data, Alias):
        return _alias(query, name, record.data)
    return Answer(Status.FOUND, (RRset(name, record.type, record.ttl, record.data),))


def _records(zone: HostedZone, name: str) -> list[Record]:
    """Of this very name, or else of the closest wildcard above it."""
    while True:
        if found := [record for record in zone.records if record.name == name]:
            return found
        parent = name.removeprefix("*.").partition(".")[2]
        if len(parent) < len(zone.name):
            return []
        name = f"*.{parent}"


def _alias(query: _Query, name: str, alias: Alias) -> Answer:
    """An alias is followed here, so that the caller sees addresses under the name it asked for."""
    if query.aliases >= _MAX_CHAIN:
        return Answer(Status.FOUND, why=f"{name} is an endless chain of aliases")
    target = _lookup(replace(query, aliases=query.aliases + 1), alias.name)
    rrsets = tuple(RRset(name, rrset.type, TTL, rrset.values) for rrset in target.rrsets)
    return Answer(Status.FOUND, rrsets, target.why)


def _of_aws(world: World, health: Health, vpc: Vpc, name: str) -> tuple[IPv4Address, ...] | None:
    """The addresses behind a name AWS gives out itself; None when it has given out no such name."""
    for endpoint in world.endpoints.values():
        if name in endpoint.names and ("vpce-svc-" in name or endpoint.vpc == vpc.id):
            return tuple(i.address for i in endpoint.interfaces if _covers(endpoint.id, name, i.zone_name))
    for balancer in world.load_balancers.values():
        if name == balancer.dns_name:
            return tuple(node.address for node in live_nodes(world, health, balancer) if node.address)
        for node in balancer.nodes:
            if name == f"{node.zone_name}.{balancer.dns_name}":
                return (node.address,) if node.address else ()
    for instance in world.instances.values():
        if instance.dns_name == name and instance.vpc == vpc.id:
            return (instance.address,)
    return None


def _covers(endpoint_id: str, name: str, zone_name: str) -> bool:
    """Whether an endpoint's interface in `zone_name` is behind `name`.

    The regional name `vpce-<id>-<suffix>.…` covers them all, a zonal one `vpce-<id>-<suffix>-<zone name>.…` its own.
    """
    label = name.partition(".")[0].removeprefix(f"{endpoint_id}-")
    zone = label.partition("-")[2]
    return not name.startswith("vpce-") or zone in ("", zone_name)
