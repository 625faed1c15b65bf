"""The answers of a VPC's resolver: private zones, endpoints, load balancers and machines; not the internet."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from pltui.i18n import Phrase
from pltui.reachability.balancing import healthy_zones, live_nodes
from pltui.reachability.codes import Code, Verdict
from pltui.reachability.hops import Hop, Kind
from pltui.reachability.load_balancer import Health
from pltui.reachability.world import Alias, Endpoint, HostedZone, NetworkModel, Record, Vpc

# Seconds. TTL of names of endpoints and load balancers (NLB user guide), and of aliases.
TTL = 60
# Names that a machine resolves without its VPC's resolver (Amazon Linux's /etc/hosts).
HOSTS = dict.fromkeys(("localhost", "localhost.localdomain"), IPv4Address("127.0.0.1"))
# A longer chain of names is treated as a loop.
_MAX_CHAIN = 8


class Status(enum.StrEnum):
    """The status of a DNS answer."""

    FOUND = "found"  # the name exists, although perhaps not with the requested type
    MISSING = "missing"  # NXDOMAIN
    SILENT = "silent"  # the VPC has no DNS support: no answer is sent


@dataclass(frozen=True, slots=True)
class RRset:
    """Records of one name and type; `ttl` in seconds, values in zone file form."""

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The answer to a DNS query, and its origin."""

    status: Status
    rrsets: tuple[RRset, ...] = ()
    hops: tuple[Hop, ...] = ()  # steps of the resolution; without an address, the last one has the reason
    left_out: tuple[IPv4Address, ...] = ()  # of zones that the name omits because of their health

    @property
    def why(self) -> str:
        """The reason of the last step."""
        return self.hops[-1].why if self.hops else ""

    @property
    def addresses(self) -> tuple[IPv4Address, ...]:
        """The well-formed addresses; Route 53 does not accept others."""
        values = (value for rrset in self.rrsets if rrset.type == "A" for value in rrset.values)
        return tuple(address for value in values if (address := _parse_address(value)))


def _parse_address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def canonical_name(name: str) -> str:
    r"""The form in which names are compared: lower case, without the trailing dot, `\052` replaced by `*`."""
    return name.rstrip(".").lower().replace("\\052", "*")


def resolve(world: NetworkModel, health: Health, vpc_id: str, name: str, rdtype: str = "A") -> DnsAnswer:
    """The answer to (`name`, `rdtype`) in the view of `vpc_id`.

    A private zone is authoritative for all names below it: a name that it lacks does not exist, even if another zone
    has it (Route 53 developer guide). Names of endpoints and load balancers resolve in every VPC, as on the internet.
    """
    vpc = world.vpcs.get(vpc_id)
    if vpc is None or not vpc.dns_support:
        why = Phrase("DNS support is off in {vpc_id}", vpc_id=vpc_id)
        return _unresolved_answer(
            "resolver", vpc_id, Code.PL_DNS_SUPPORT_OFF, "enableDnsSupport is false", why, Status.SILENT
        )
    query = _Query(world, health, vpc, rdtype)
    chain: list[RRset] = []
    hops: list[Hop] = []
    name = canonical_name(name)
    for _ in range(_MAX_CHAIN):
        answer = _resolve_name(query, name)
        chain += answer.rrsets
        hops += answer.hops
        last = chain[-1] if chain else None
        if answer.status is not Status.FOUND or rdtype == "CNAME" or last is None or last.type != "CNAME":
            # A chain without end is still an answer: its names are known, its end is not.
            return DnsAnswer(answer.status, tuple(chain), tuple(hops), answer.left_out)
        name = canonical_name(last.values[0])
    lost = _unresolved_answer(
        "resolver", vpc_id, Code.PL_NAME_UNRESOLVED, name, Phrase("{name} is an endless chain of names", name=name)
    )
    return replace(lost, rrsets=tuple(chain), hops=(*hops, *lost.hops))


def _unresolved_answer(
    kind: Kind, where: str, code: Code, rule: str, why: str, status: Status = Status.MISSING
) -> DnsAnswer:
    return DnsAnswer(status, hops=(Hop(kind, where).stop(code, why, Verdict.UNRESOLVED, rule=rule),))


@dataclass(frozen=True, slots=True)
class _Query:
    world: NetworkModel
    health: Health
    vpc: Vpc
    rdtype: str
    aliases: int = 0  # number followed so far


def _resolve_name(query: _Query, name: str) -> DnsAnswer:
    zone = _find_zone(query.world.zones, query.vpc, name)
    if zone is not None and not _has_own_zone(query.world, query.vpc, name):
        return _in_zone(query, zone, name)
    found = _of_aws(query.world, query.health, query.vpc, name)
    if found is None:
        return _missing_answer(query.world, query.vpc, name)
    if query.rdtype != "A" or not found.addresses:
        why = (
            Phrase("{name} has no {rdtype} record", name=name, rdtype=query.rdtype)
            if query.rdtype != "A"
            else Phrase("{owner} has no address yet", owner=found.owner)
        )
        return _unresolved_answer("name", found.owner, Code.PL_NAME_NO_ADDRESS, name, why, Status.FOUND)
    rrset = RRset(name, "A", TTL, tuple(map(str, found.addresses)))
    return DnsAnswer(Status.FOUND, (rrset,), (Hop("name", found.owner, rule=name, why=found.why),), found.left_out)


def _missing_answer(world: NetworkModel, vpc: Vpc, name: str) -> DnsAnswer:
    """NXDOMAIN, with the most probable reason: a zone has the name, but is not used in this VPC."""
    for zone in sorted(world.zones, key=lambda zone: -len(zone.name)):
        if not _is_below(zone, name) or not _find_records(zone, name):
            continue
        if vpc.id not in zone.vpcs:
            why = Phrase(
                "{zone} ({id}) has {name}, but is not associated with {vpc}",
                zone=zone.name,
                id=zone.id,
                name=name,
                vpc=vpc.id,
            )
            return _unresolved_answer("record", zone.id, Code.PL_ZONE_NOT_ASSOCIATED, name, why)
        why = Phrase(
            "{zone} ({id}) has {name}, but DNS hostnames are off in {vpc}",
            zone=zone.name,
            id=zone.id,
            name=name,
            vpc=vpc.id,
        )
        return _unresolved_answer("resolver", vpc.id, Code.PL_DNS_HOSTNAMES_OFF, "enableDnsHostnames is false", why)
    why = Phrase("no zone associated with {vpc} has {name}", vpc=vpc.id, name=name)
    return _unresolved_answer("resolver", vpc.id, Code.PL_NAME_UNRESOLVED, name, why)


def _is_below(zone: HostedZone, name: str) -> bool:
    return name == zone.name or name.endswith(f".{zone.name}")


def _find_zone(zones: Iterable[HostedZone], vpc: Vpc, name: str) -> HostedZone | None:
    """The most specific private zone of the VPC for `name`; None without DNS hostnames."""
    fitting = [zone for zone in zones if vpc.dns_hostnames and vpc.id in zone.vpcs and _is_below(zone, name)]
    return max(fitting, key=lambda zone: len(zone.name), default=None)


def _has_own_zone(world: NetworkModel, vpc: Vpc, name: str) -> bool:
    """True if `name` is an endpoint's private DNS name, a hidden zone in the VPC and its most specific one."""
    own = (endpoint for endpoint in world.endpoints.values() if endpoint.vpc == vpc.id)
    return vpc.dns_hostnames and not _is_public(name) and any(name in endpoint.names for endpoint in own)


def _in_zone(query: _Query, zone: HostedZone, name: str) -> DnsAnswer:
    records = _find_records(zone, name)
    if not records:
        # A name that has only names below it exists too (RFC 8020).
        holds = name == zone.name or any(record.name.endswith(f".{name}") for record in zone.records)
        code = Code.PL_NAME_NO_ADDRESS if holds else Code.PL_NAME_UNRESOLVED
        status = Status.FOUND if holds else Status.MISSING
        return _unresolved_answer(
            "record", zone.id, code, name, Phrase("{zone} has no record {name}", zone=zone.name, name=name), status
        )
    by_type = {record.type: record for record in records}
    record = by_type.get(query.rdtype) or by_type.get("CNAME")
    if record is None:
        why = Phrase("{name} has no record of type {rdtype}", name=name, rdtype=query.rdtype)
        return _unresolved_answer("record", zone.id, Code.PL_NAME_NO_ADDRESS, name, why, Status.FOUND)
    if isinstance(record.data, Alias):
        return _resolve_alias(query, zone, name, record.data)
    rrset = RRset(name, record.type, record.ttl, record.data)
    rule = f"{record.name} {record.type} {' '.join(record.data)}"
    return DnsAnswer(
        Status.FOUND,
        (rrset,),
        (Hop("record", zone.id, rule=rule, why=Phrase("{zone} has {name}", zone=zone.name, name=name)),),
    )


def _find_records(zone: HostedZone, name: str) -> list[Record]:
    """The records of this exact name, or else of the closest wildcard above it."""
    while True:
        if found := [record for record in zone.records if record.name == name]:
            return found
        parent = name.removeprefix("*.").partition(".")[2]
        if len(parent) < len(zone.name):
            return []
        name = f"*.{parent}"


def _resolve_alias(query: _Query, zone: HostedZone, name: str, alias: Alias) -> DnsAnswer:
    """The answer of an alias, resolved here so that the caller sees addresses under the requested name."""
    if query.aliases >= _MAX_CHAIN:
        why = Phrase("{name} is an endless chain of aliases", name=name)
        return _unresolved_answer("record", zone.id, Code.PL_NAME_NO_ADDRESS, name, why, Status.FOUND)
    target = _resolve_name(replace(query, aliases=query.aliases + 1), alias.name)
    rrsets = tuple(RRset(name, rrset.type, TTL, rrset.values) for rrset in target.rrsets)
    hop = Hop(
        "record",
        zone.id,
        rule=f"{name} ALIAS {alias.name}",
        why=Phrase("{zone} has {name}", zone=zone.name, name=name),
    )
    return DnsAnswer(Status.FOUND, rrsets, (hop, *target.hops), target.left_out)


@dataclass(frozen=True, slots=True)
class _Known:
    """The addresses of a name that AWS has assigned."""

    owner: str  # id or ARN
    addresses: tuple[IPv4Address, ...]
    left_out: tuple[IPv4Address, ...] = ()
    why: str = ""


def _of_aws(world: NetworkModel, health: Health, vpc: Vpc, name: str) -> _Known | None:
    """The addresses of a name that AWS has assigned; None for other names."""
    for endpoint in world.endpoints.values():
        # All names but an endpoint's private DNS name are public. That one needs DNS hostnames, as private zones do.
        if name in endpoint.names and (_is_public(name) or (endpoint.vpc == vpc.id and vpc.dns_hostnames)):
            return _endpoint_addresses(world, health, endpoint, name)
    for balancer in world.load_balancers.values():
        if name == balancer.dns_name:
            live = live_nodes(world, health, balancer)
            gone = tuple(node for node in balancer.nodes if node not in live)
            return _known_addresses(
                balancer.arn, ((n.address, n.zone_id) for n in live), ((n.address, n.zone_id) for n in gone)
            )
        for node in balancer.nodes:
            if name == f"{node.zone_name}.{balancer.dns_name}":
                return _known_addresses(balancer.arn, ((node.address, node.zone_id),))
    for instance in world.instances.values():
        if instance.dns_name == name and instance.vpc == vpc.id:
            return _Known(instance.id, (instance.address,), why=Phrase("{id}'s own name", id=instance.id))
    return None


def _is_public(name: str) -> bool:
    return "vpce-svc-" in name or ".vpc-lattice-rsc." in name


def _endpoint_addresses(world: NetworkModel, health: Health, endpoint: Endpoint, name: str) -> _Known:
    """The addresses of an endpoint's name.

    A zonal name resolves to its zone's interface, any other to all interfaces except those whose node has no healthy
    target; if no node has one, to all (PrivateLink guide, "Access AWS services", DNS names and health).
    """
    covered = [each for each in endpoint.interfaces if _covers(endpoint.id, name, each.zone_name)]
    live = covered
    service = world.services.get(endpoint.service)
    if service is not None and len(covered) > 1:
        balancers = [found for arn in service.load_balancers if (found := world.load_balancers.get(arn))]
        zones = frozenset[str]().union(*(healthy_zones(world, health, each) for each in balancers))
        live = [each for each in covered if each.zone_id in zones] or covered
    gone = [each for each in covered if each not in live]
    return _known_addresses(endpoint.id, ((i.address, i.zone_id) for i in live), ((i.address, i.zone_id) for i in gone))


def _known_addresses(
    owner: str, live: Iterable[tuple[IPv4Address | None, str]], gone: Iterable[tuple[IPv4Address | None, str]] = ()
) -> _Known:
    live, gone = tuple(live), tuple(gone)
    zones = ", ".join(sorted({zone for _, zone in live}))
    why = Phrase("in {zones}", zones=zones)
    if gone:
        others = ", ".join(sorted({zone for _, zone in gone}))
        why = Phrase("in {zones}; without {others}: too few healthy targets", zones=zones, others=others)
    return _Known(owner, tuple(each for each, _ in live if each), tuple(each for each, _ in gone if each), why)


def _covers(endpoint_id: str, name: str, zone_name: str) -> bool:
    """True if an endpoint's interface in `zone_name` belongs to `name`.

    The regional name `vpce-<id>-<suffix>.…` covers all interfaces, a zonal one `vpce-<id>-<suffix>-<zone name>.…` its
    own.
    """
    label = name.partition(".")[0].removeprefix(f"{endpoint_id}-")
    zone = label.partition("-")[2]
    return ".vpce-svc-" not in name or zone in ("", zone_name)
