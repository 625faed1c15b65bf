"""Offerings of instance types by zone. Zones are compared by id, as names differ between accounts."""

from collections.abc import Mapping, Sequence
from functools import cache

from moto.ec2.models import EC2Backend
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, InstanceTypeBackend
from moto.ec2.responses import EC2Response

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.filters import Filters, matches
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Ec2Call, parameter
from pltui.emulator.moto_adapter.ec2 import MotoZone
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto

BY_ZONE_ID = "availability-zone-id"
LOCATION_TYPES = ("region", "availability-zone", BY_ZONE_ID)

FAMILIES_ELSEWHERE = ("t2", "t3", "t4g", "m5", "c5", "r5", "m6g")
"""Families that every zone offers in regions that moto has no table of (believed: China and GovCloud have prices)."""


def install(lab: ApiContext) -> None:
    """Install the corrections of the offerings."""
    lab.around(EC2Backend, describe_instance_type_offerings)
    lab.around(EC2Response, describe_instance_type_offerings=of_known_location_type)


@cache
def zone_ids_by_type(region: str) -> Mapping[str, frozenset[str]]:
    """The ids of the zones that offer each type, by type; empty if moto has no table of the region."""
    found: dict[str, set[str]] = {}
    for row in INSTANCE_TYPE_OFFERINGS[BY_ZONE_ID].get(region, ()):
        found.setdefault(row["InstanceType"], set()).add(row["Location"])
    return {name: frozenset(zone_ids) for name, zone_ids in found.items()}


def zones_with(backend: Ec2Backend, instance_type: str) -> Sequence[MotoZone]:
    """The account's zones that offer the type."""
    zones = backend.describe_availability_zones()
    if table := zone_ids_by_type(backend.region_name):
        return [zone for zone in zones if zone.zone_id in table.get(instance_type, ())]
    return zones if _is_offered_elsewhere(instance_type) else []


def _is_offered_elsewhere(instance_type: str) -> bool:
    known = any(each["InstanceType"] == instance_type for each in InstanceTypeBackend.instance_types)
    return known and instance_type.partition(".")[0] in FAMILIES_ELSEWHERE


def _offered_types(region: str) -> list[str]:
    if table := zone_ids_by_type(region):
        return sorted(table)
    names = (str(each["InstanceType"]) for each in InstanceTypeBackend.instance_types)
    return sorted(name for name in names if name.partition(".")[0] in FAMILIES_ELSEWHERE)


def check_offered(backend: Ec2Backend, instance_type: str, zone_name: str) -> None:
    """Raise unless the zone offers the type. Messages as seen (ned1313/Getting-Started-Terraform#44).

    Raises:
        EC2ClientError: Unsupported if the zone does not offer it.
    """
    names = [zone.name for zone in zones_with(backend, instance_type)]
    if zone_name in names:
        return
    if not names:
        raise ec2_error(
            "Unsupported",
            "The requested configuration is currently not supported. Please check the documentation for supported"
            " configurations.",
        )
    raise ec2_error(
        "Unsupported",
        f"Your requested instance type ({instance_type}) is not supported in your requested Availability Zone"
        f" ({zone_name}). Please retry your request by not specifying an Availability Zone or choosing"
        f" {', '.join(names)}.",
    )


def of_known_location_type(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Check the LocationType.

    Raises:
        EC2ClientError: InvalidParameterValue if it is unknown.
    """
    kind = parameter(response, "LocationType") or LOCATION_TYPES[0]
    if kind not in LOCATION_TYPES:
        raise ec2_error("InvalidParameterValue", f"The parameter LocationType has an invalid value: {kind}")
    return moto(response)


def describe_instance_type_offerings(
    _lab: ApiContext, _moto: Moto, backend: Ec2Backend, location_type: str | None = None, filters: Filters = None
) -> list[dict[str, str]]:
    """The offerings of the region, with the account's own zone names and AWS's filters."""
    kind = location_type or LOCATION_TYPES[0]
    wanted = dict(filters or {})
    types, places = wanted.get("instance-type"), wanted.get("location")
    rows = (
        {"InstanceType": name, "LocationType": kind, "Location": place}
        for name in _offered_types(backend.region_name)
        if types is None or matches(name, types)
        for place in _places(backend, name, kind)
    )
    return [row for row in rows if places is None or matches(row["Location"], places)]


def _places(backend: Ec2Backend, instance_type: str, kind: str) -> list[str]:
    zones = zones_with(backend, instance_type)
    if kind == "region":
        return [backend.region_name] if zones else []
    return [zone.zone_id if kind == BY_ZONE_ID else zone.name for zone in zones]
