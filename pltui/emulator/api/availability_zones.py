"""Availability zones: names are specific to an account, only zone ids mean the same everywhere.

AWS maps names to zones separately for each account (EC2 user guide, AZ IDs). moto has one mapping, which is used for
its default account; every other account has the same ids rotated, so that no name means the same zone in both. Accounts
with an id that begins with 0 stand for old ones, which also have the zones that newer ones do not get.
"""

import hashlib
from collections.abc import Mapping
from functools import cache

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import EC2Backend
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone
from moto.ec2.models.subnets import Subnet

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.filters import Fields, Filters, select
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.api.partitions import partitions
from pltui.emulator.moto_adapter.ec2 import MotoSubnet, MotoZone, set_zone
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto

Zones = Mapping[str, list[MotoZone]]
"""By region."""

MOTO_ZONES: Zones = RegionsAndZonesBackend.zones

CONSTRAINED: Zones = {
    "us-west-1": [Zone("us-west-1c", "us-west-1", "usw1-az2")],
    "ap-northeast-1": [Zone("ap-northeast-1b", "ap-northeast-1", "apne1-az3")],
}
"""Zones that only old accounts get ("Constrained Availability Zones" and the tables of zone ids, AWS Regions and
Availability Zones guide)."""

WITHOUT_LOAD_BALANCERS = frozenset({"usw1-az2", "apne1-az3"})
"""Ids of zones that load balancers cannot be in (seen: copilot-cli#1298 for apne1-az3; mastodon-on-aws#13 for a zone of
us-west-1, believed to be the constrained one)."""

FIELDS: Fields[MotoZone] = {
    "group-name": lambda z: z.group_name,
    "message": lambda z: [],
    "opt-in-status": lambda z: z.opt_in_status,
    "region-name": lambda z: z.region_name,
    "state": lambda z: z.state,
    "zone-id": lambda z: z.zone_id,
    "zone-name": lambda z: z.name,
    "zone-type": lambda z: z.zone_type,
}


def install(lab: ApiContext) -> None:
    """Install the corrections of zones, their descriptions and their use for subnets."""
    lab.replace(RegionsAndZonesBackend, "zones", _with_constrained())
    lab.replace(EC2Backend, "zones", property(lambda backend: zones_of(backend.account_id)))
    lab.replace(Zone, "opt_in_status", "opt-in-not-required")
    lab.replace(Zone, "group_name", property(lambda zone: f"{zone.region_name}-zg-1"))
    lab.replace(Zone, "network_border_group", property(lambda zone: zone.region_name))
    lab.around(EC2Backend, create_subnet, describe_availability_zones)
    lab.around(Subnet, get_filter_value)


@cache
def zones_of(account_id: str) -> Zones:
    """The zones of each region, with the names that an account has for them."""
    zones = _with_constrained() if account_id.startswith("0") else _zones()
    if account_id == DEFAULT_ACCOUNT_ID:
        return zones
    return {region: _rotate_zone_ids(account_id, of_region) for region, of_region in zones.items()}


def _with_constrained() -> Zones:
    return {region: [*zones, *CONSTRAINED.get(region, ())] for region, zones in _zones().items()}


@cache
def _zones() -> Zones:
    """Moto's zones, and three in each region that moto has none for. Believed: the ids of those."""
    regions = (region for partition in partitions() for region in partition["regions"])
    lacking = {
        region: [Zone(f"{region}{letter}", region, f"{region}-az{n}") for n, letter in enumerate("abc", 1)]
        for region in regions
        if region not in MOTO_ZONES and not region.endswith("-global")
    }
    return {**MOTO_ZONES, **lacking}


def _rotate_zone_ids(account_id: str, zones: list[MotoZone]) -> list[MotoZone]:
    if len(zones) < 2:
        return zones
    by = 1 + int.from_bytes(hashlib.sha256(account_id.encode()).digest()) % (len(zones) - 1)
    return [
        Zone(zone.name, zone.region_name, other.zone_id, zone.zone_type)
        for zone, other in zip(zones, zones[by:] + zones[:by], strict=True)
    ]


def describe_availability_zones(
    _lab: ApiContext,
    _moto: Moto,
    backend: Ec2Backend,
    filters: Filters = None,
    zone_names: list[str] | None = None,
    zone_ids: list[str] | None = None,
) -> list[MotoZone]:
    """The account's zones of the region, with AWS's filters.

    Raises:
        EC2ClientError: InvalidParameterValue if a requested name or id is unknown.
    """
    zones = backend.zones.get(backend.region_name, [])
    for asked, known in ((zone_names, {zone.name for zone in zones}), (zone_ids, {zone.zone_id for zone in zones})):
        if unknown := [each for each in asked or () if each not in known]:
            raise ec2_error("InvalidParameterValue", f"Invalid availability zone: [{unknown[0]}]")
    named = [zone for zone in zones if zone.name in (zone_names or [zone.name])]
    return select([zone for zone in named if zone.zone_id in (zone_ids or [zone.zone_id])], filters, FIELDS)


def create_subnet(
    _lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    vpc_id: str,
    cidr_block: str,
    ipv6_cidr_block: str | None = None,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    **kwargs: object,
) -> object:
    """Create a subnet in the account's own zone. moto looks names up in all regions, as of its default account."""
    zone = _zone(backend, availability_zone, availability_zone_id)
    subnet = moto(backend, vpc_id, cidr_block, ipv6_cidr_block, zone.name, None, **kwargs)
    set_zone(subnet, zone)
    return subnet


def _zone(backend: Ec2Backend, name: str | None, zone_id: str | None) -> MotoZone:
    zones = backend.describe_availability_zones()
    for zone in zones:
        if name in (None, zone.name) and zone_id in (None, zone.zone_id):
            return zone
    names, wanted = ", ".join(zone.name for zone in zones), name or zone_id
    raise ec2_error(
        "InvalidParameterValue",
        f"Value ({wanted}) for parameter availabilityZone is invalid. Subnets can currently only be created in the"
        f" following availability zones: {names}.",
    )


def get_filter_value(
    _lab: ApiContext, moto: Moto, subnet: MotoSubnet, filter_name: str, method_name: str | None = None
) -> object:
    """Filter subnets by zone id, which moto does not support."""
    if filter_name in ("availability-zone-id", "availabilityZoneId"):
        return subnet.availability_zone_id
    return moto(subnet, filter_name, method_name)
