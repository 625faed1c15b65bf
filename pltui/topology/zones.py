"""The availability zones of a lab's subnets.

An existing subnet keeps its zone, whatever is offered by now: offerings and the zones of an account change, and a lab
must not be replaced because of that. Only new subnets are assigned zones, in the order of their names, and a consumer's
subnet gets the zone of the provider's subnet of the same number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pltui.i18n import Phrase
from pltui.spec.model import Consumer, Provider, Spec, Vpc
from pltui.topology.addresses import PROVIDER, Address
from pltui.topology.region import Region, Zone

# Ids of zones that Elastic Load Balancing rejects ("cannot be associated with a load balancer"): apne1-az3 by
# aws/copilot-cli issue 1298; usw1-az2 as the constrained zone of us-west-1 (EKS user guide, "Subnet requirements"),
# where widdix/mastodon-on-aws issue 13 reports the same error.
WITHOUT_LOAD_BALANCERS = frozenset({"apne1-az3", "usw1-az2"})

Zones = Mapping[str, Sequence[Zone]]
"""By side (`provider` or a consumer's name): the zones of its subnets 1, 2, ..."""


Types = Sequence[tuple[str, ...]]
"""For each kind of machine the types that are accepted, in order of preference; each combination once."""


class ZoneError(ValueError):
    """The account and region do not offer the zones that a lab needs."""


def choose_zones(spec: Spec, region: Region) -> Zones:
    """Return the zones of all subnets.

    Raises:
        ZoneError: If the region does not offer the zones that the lab needs.
    """
    _check_types(spec, region)
    types = _accepted_types(spec)
    chosen = {PROVIDER: _zones_of(PROVIDER, spec.provider.vpc, (), types, region)}
    _check_provider(spec.provider, chosen[PROVIDER], region)
    for name, consumer in spec.consumers.items():
        chosen[name] = _zones_of(name, consumer.vpc, chosen[PROVIDER], types, region)
        _check_consumer(consumer, chosen[name], _node_zones(spec.provider, chosen[PROVIDER]), region)
    return chosen


def instance_types(spec: Spec) -> frozenset[str]:
    """Return every instance type that a zone must offer to be assigned to new subnets."""
    return frozenset(each for accepted in _accepted_types(spec) for each in accepted)


def complete(spec: Spec, region: Region) -> bool:
    """Return True if every subnet exists, so that no zone has to be chosen."""
    sides = {PROVIDER: spec.provider.vpc} | {name: consumer.vpc for name, consumer in spec.consumers.items()}
    return all(
        _existing_zone(region, side, number) for side, vpc in sides.items() for number in range(1, vpc.zone_count + 1)
    )


def private_subnet(side: str, number: int) -> str:
    """Return the address of a private subnet; `number` counts from 1."""
    return f"{side}/private-subnet-{number}"


def _existing_zone(region: Region, side: str, number: int) -> Zone | None:
    """Return the zone of the existing subnets of this number, or None."""
    public = f"{side}/public-subnet-{number}"
    return region.occupied.get(private_subnet(side, number)) or region.occupied.get(public)


def _accepted_types(spec: Spec) -> Types:
    """Return the accepted types of each kind of machine."""
    clients = (consumer.client.instance_types for consumer in spec.consumers.values())
    return tuple(dict.fromkeys((spec.provider.servers.instance_types, *clients)))


# -- choosing ---------------------------------------------------------------------------------------------------------


def _zones_of(side: str, vpc: Vpc, preferred: Sequence[Zone], types: Types, region: Region) -> list[Zone]:
    if isinstance(vpc.zones, int):
        return _zones_by_count(side, vpc.zones, preferred, types, region)
    return _zones_by_name(side, vpc.zones, region)


def _zones_by_count(side: str, count: int, preferred: Sequence[Zone], types: Types, region: Region) -> list[Zone]:
    usable = [zone for zone in _sort_zones(region.zones) if not _obstacle(zone, types, region)]
    first = list(dict.fromkeys((*preferred, *usable)))
    fixed: dict[int, Zone] = {}
    # Of two subnets in one zone, the one that would be assigned it keeps it.
    for number in sorted(range(1, count + 1), key=lambda n: _existing_zone(region, side, n) not in first[n - 1 : n]):
        zone = _existing_zone(region, side, number)
        if zone and zone not in fixed.values():
            fixed[number] = zone
    spare = [zone for zone in first if zone not in fixed.values()]
    if len(fixed) + len(spare) < count:
        raise _too_few(side, count, [*fixed.values(), *spare], types, region)
    return [fixed.get(number) or spare.pop(0) for number in range(1, count + 1)]


def _zones_by_name(side: str, wanted: Sequence[str], region: Region) -> list[Zone]:
    present = [zone for address, zone in region.occupied.items() if Address.parse(address).side == side]
    known = {key: zone for zone in (*present, *region.zones) for key in (zone.name, zone.id)}
    missing = [key for key in wanted if key not in known]
    if missing:
        there = _format_zones(_sort_zones(region.zones))
        raise ZoneError(Phrase("no zone {missing} here; there are {there}", missing=", ".join(missing), there=there))
    by_id: dict[str, str] = {}
    for key in wanted:
        first = by_id.setdefault(known[key].id, key)
        if first != key:
            raise ZoneError(
                Phrase(
                    "{first} and {second} of {side}.vpc.zones are one zone; there are {there}",
                    first=first,
                    second=key,
                    side=_spec_path(side),
                    there=_format_zones(_sort_zones(region.zones)),
                )
            )
    return [known[key] for key in wanted]


def _obstacle(zone: Zone, types: Types, region: Region) -> str:
    """Return the reason why no new subnet is assigned this zone; empty if there is none."""
    if zone.id in WITHOUT_LOAD_BALANCERS:
        return Phrase("no load balancers")
    for accepted in types:
        if not _offers(region, zone, accepted):
            return Phrase("no {types}", types=", ".join(accepted))
    return ""


def _offers(region: Region, zone: Zone, accepted: Iterable[str]) -> bool:
    known = [region.offerings.get(each) for each in accepted]
    return any(zones is None or zone.id in zones for zones in known)


# -- checking ---------------------------------------------------------------------------------------------------------


def _check_types(spec: Spec, region: Region) -> None:
    """Raise ZoneError for types offered in no zone of the region, a clearer cause than a lack of zones."""
    if complete(spec, region):
        return
    for accepted in _accepted_types(spec):
        if not any(_offers(region, zone, accepted) for zone in region.zones):
            types = ", ".join(accepted)
            raise ZoneError(Phrase("no zone of {region} offers {types}", region=region.name, types=types))


def _check_provider(provider: Provider, zones: Sequence[Zone], region: Region) -> None:
    new = {n: zone for n, zone in enumerate(zones, 1) if _existing_zone(region, PROVIDER, n) != zone}
    for number in provider.load_balancer.subnets:
        if number in new and new[number].id in WITHOUT_LOAD_BALANCERS:
            supported = [zone for zone in _sort_zones(region.zones) if zone.id not in WITHOUT_LOAD_BALANCERS]
            raise ZoneError(
                Phrase(
                    "provider.load_balancer.subnets: no load balancer can be in {zone}, the zone of subnet {number};"
                    " it can be in {there}",
                    zone=_format_zones([new[number]]),
                    number=number,
                    there=_format_zones(supported),
                )
            )
    for number in range(1, min(provider.servers.count, len(zones)) + 1):
        if number in new:
            _check_offered("provider.servers", provider.servers.instance_types, new[number], region)


def _check_consumer(consumer: Consumer, zones: Sequence[Zone], nodes: Sequence[Zone], region: Region) -> None:
    for number in consumer.endpoint.subnets:
        zone = zones[number - 1]
        if zone.id not in {node.id for node in nodes}:
            raise ZoneError(
                Phrase(
                    "{consumer}.endpoint.subnets: subnet {number} is in {zone}, where the load balancer has no node;"
                    " it has nodes in {there}",
                    consumer=_spec_path(consumer.name),
                    number=number,
                    zone=_format_zones([zone]),
                    there=_format_zones(nodes),
                )
            )
    open_to = {number: zones[number - 1] for number in consumer.client_subnets}
    types = consumer.client.instance_types
    if not any(_offers(region, zone, types) for zone in open_to.values()):
        first, zone = next(iter(open_to.items()))
        if _existing_zone(region, consumer.name, first) != zone:
            _check_offered(f"{_spec_path(consumer.name)}.client", types, zone, region)
    if consumer.client.access == "endpoints":
        first, zone = next(iter(open_to.items()))
        if _existing_zone(region, consumer.name, first) != zone:
            _check_services(consumer.name, first, zone, region)


def _check_services(consumer: str, number: int, zone: Zone, region: Region) -> None:
    """Raise ZoneError unless the endpoints to Session Manager can be in the zone of the client's first subnet."""
    for service, names in sorted(region.services.items()):
        if names is not None and zone.name not in names:
            there = [each for each in _sort_zones(region.zones) if each.name in names]
            raise ZoneError(
                Phrase(
                    "{consumer}.client.access: {service} has no endpoints in {zone}, the zone of subnet {number};"
                    " it has in {there}",
                    consumer=_spec_path(consumer),
                    service=service,
                    zone=_format_zones([zone]),
                    number=number,
                    there=_format_zones(there) or "-",
                )
            )


def _check_offered(path: str, accepted: Sequence[str], zone: Zone, region: Region) -> None:
    if not _offers(region, zone, accepted):
        there = [each for each in _sort_zones(region.zones) if _offers(region, each, accepted)]
        raise ZoneError(
            Phrase(
                "{path}: {zone} does not offer {types}; {there} do",
                path=path,
                zone=_format_zones([zone]),
                types=", ".join(accepted),
                there=_format_zones(there),
            )
        )


def _node_zones(provider: Provider, zones: Sequence[Zone]) -> list[Zone]:
    """Return the zones with a load balancer node."""
    return [zones[number - 1] for number in provider.load_balancer.subnets]


def _too_few(side: str, count: int, usable: Sequence[Zone], types: Types, region: Region) -> ZoneError:
    obstacles = [(zone, _obstacle(zone, types, region)) for zone in _sort_zones(region.zones) if zone not in usable]
    others = "; ".join(f"{_format_zones([zone])}: {obstacle}" for zone, obstacle in obstacles)
    left_out = Phrase("; left out are {others}", others=others) if others else ""
    return ZoneError(
        Phrase(
            "{side}.vpc needs {count} zones, and {region} has {n} that can be used: {there}{left_out}",
            side=_spec_path(side),
            count=count,
            region=region.name,
            n=len(usable),
            there=_format_zones(_sort_zones(usable)) or "-",
            left_out=left_out,
        )
    )


def _spec_path(side: str) -> str:
    return side if side == PROVIDER else f"consumers.{side}"


def _sort_zones(zones: Iterable[Zone]) -> list[Zone]:
    return sorted(zones, key=lambda zone: zone.name)


def _format_zones(zones: Iterable[Zone]) -> str:
    return ", ".join(f"{zone.name} ({zone.id})" for zone in zones)
