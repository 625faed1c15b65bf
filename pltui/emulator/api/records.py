"""Records of hosted zones: a batch of changes is applied as a whole or not at all, by Route 53's rules.

Messages are in Route 53's wording (seen in public logs), those of a batch in one pair of brackets.
"""

from moto.route53.exceptions import InvalidActionValue, InvalidInput, Route53ClientError
from moto.route53.models import RecordSet, Route53Backend
from moto.route53.utils import validate_domain_name

from pltui.emulator.api.hosted_zone_ids import ENDPOINT_ZONES, NETWORK_LOAD_BALANCER_ZONES
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.api.partitions import region_of_name
from pltui.emulator.moto_adapter.route53 import MotoHostedZone, MotoRecordSet
from pltui.emulator.moto_adapter.values import Moto, Structure

Key = tuple[str, str, str | None]
"""Name, type and set identifier of a record."""

_ROUTING = ("Weight", "Region", "Failover", "HealthCheckId", "GeoLocation", "MultiValueAnswer")


def install(lab: ApiContext) -> None:
    """Install Route 53's rules for changes of records."""
    lab.around(Route53Backend, change_resource_record_sets)


def change_resource_record_sets(
    _lab: ApiContext, _moto: Moto, backend: Route53Backend, zoneid: str, change_list: list[Structure]
) -> None:
    """Apply a batch of changes.

    Raises:
        Route53ClientError: InvalidChangeBatch with the messages of all invalid changes; the zone is then unchanged.
    """
    zone = backend.get_hosted_zone(zoneid)
    for change in change_list:
        _check_form(change["Action"], change["ResourceRecordSet"])
    changes = [(change["Action"], _normal(change["ResourceRecordSet"])) for change in change_list]
    kept = {_key(record): record for record in map(_normal_stored_record, zone.rrsets)}
    wrong = [message for action, record in changes for message in _change(zone, kept, action, record)]
    wrong += _missing_of_zone(zone, kept)
    if wrong:
        raise Route53ClientError("InvalidChangeBatch", f"[{', '.join(wrong)}]")
    known = {_key(_normal_stored_record(each)): each for each in zone.rrsets}
    zone.rrsets = [
        known[key] if key in known and _normal_stored_record(known[key]) == record else _record_set(record)
        for key, record in kept.items()
    ]


# -- records as Route 53 returns them, and as moto stores them -------------------------------------------------------


def _name(text: str) -> str:
    """A name in lower case, with a final dot, `*` as octal code (Route 53 developer guide, DNS domain name format)."""
    return f"{text.lower().rstrip('.')}.".replace("*", r"\052")


def _normal(record: Structure) -> Structure:
    """A record in one form, whether sent or stored, except for the alias target, which stays as it was sent.

    Route 53 adds a dot to that one too; tools that compare it as text would then always find a difference (Ansible's
    `amazon.aws.route53`, given a name without one).
    """
    values = [each["Value"] for each in record.get("ResourceRecords") or ()]
    normal = {"Name": _name(record["Name"]), "Type": record["Type"], "SetIdentifier": record.get("SetIdentifier")}
    normal |= {name: record[name] for name in _ROUTING if record.get(name) is not None}
    if alias := record.get("AliasTarget"):
        zone = alias["HostedZoneId"].removeprefix("/hostedzone/")
        health = str(alias.get("EvaluateTargetHealth", False)).lower() == "true"
        normal["AliasTarget"] = {
            "HostedZoneId": zone,
            "DNSName": alias["DNSName"],
            "EvaluateTargetHealth": health,
        }
    if record.get("TTL") is not None:
        normal["TTL"] = int(record["TTL"])
    return normal | ({"ResourceRecords": values} if values else {})


def _normal_stored_record(record: MotoRecordSet) -> Structure:
    """A record stored by moto, in the form of `_normal`. The initial records of a zone are stored in other shapes."""
    values = [value if isinstance(value, dict) else {"Value": value} for value in record.records or ()]
    return _normal(
        {
            "Name": record.name,
            "Type": record.type,
            "TTL": record.ttl,
            "SetIdentifier": record.set_identifier,
            "ResourceRecords": values,
            "AliasTarget": record.alias_target,
            "Weight": record.weight,
            "Region": record.region,
            "Failover": record.failover,
            "HealthCheckId": record.health_check_id,
            "GeoLocation": record.geo_location,
            "MultiValueAnswer": record.multi_value_answer,
        }
    )


def _record_set(record: Structure) -> MotoRecordSet:
    made: MotoRecordSet = RecordSet({name: value for name, value in record.items() if value is not None})
    return made


def _alike(one: Structure, other: Structure) -> bool:
    """True for the same record, regardless of the order of values and the spelling of the alias target."""
    return _comparable(one) == _comparable(other)


def _comparable(record: Structure) -> Structure:
    alias = record.get("AliasTarget")
    return {
        **record,
        "ResourceRecords": sorted(record.get("ResourceRecords", ())),
        "AliasTarget": alias and {**alias, "DNSName": _name(alias["DNSName"])},
    }


def _key(record: Structure) -> Key:
    return record["Name"], record["Type"], record["SetIdentifier"]


# -- rules -----------------------------------------------------------------------------------------------------------


def _check_form(action: str, record: Structure) -> None:
    """Raise for a change that is invalid in any zone, with the values as sent.

    The error is `InvalidInput`, not `InvalidChangeBatch`.
    """
    if action not in ("CREATE", "UPSERT", "DELETE"):
        raise InvalidActionValue(action)
    validate_domain_name(record["Name"], code="InvalidChangeBatch")
    alias, ttl, values = (record.get(name) is not None for name in ("AliasTarget", "TTL", "ResourceRecords"))
    if alias and (ttl or values):
        found = "more than one"
    elif not alias and not (ttl and values):
        found = "none"
    else:
        return
    raise InvalidInput(
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or"
        f" TrafficPolicyInstanceId], but found {found} in Change with [Action={action}, Name={record['Name']},"
        f" Type={record['Type']}, SetIdentifier={record.get('SetIdentifier') or 'null'}]"
    )


def _change(zone: MotoHostedZone, kept: dict[Key, Structure], action: str, record: Structure) -> list[str]:
    """Apply one change to `kept`; return the messages of an invalid one instead."""
    key, what = _key(record), f"resource record set [name='{record['Name']}', type='{record['Type']}']"
    there = kept.get(key)
    if not f".{record['Name']}".endswith(f".{_name(zone.name)}"):
        return [f"RRSet with DNS name {record['Name']} is not permitted in zone {_name(zone.name)}"]
    if action == "DELETE":
        if there is None:
            return [f"Tried to delete {what} but it was not found"]
        if not _alike(there, record):
            return [f"Tried to delete {what} but the values provided do not match the current values"]
        del kept[key]
        return []
    if action == "CREATE" and there:
        return [f"Tried to create {what} but it already exists"]
    wrong = _misplaced_cname(zone, kept, record) or _astray(zone, kept, record)
    if not wrong:
        kept[key] = record
    return [wrong] if wrong else []


def _misplaced_cname(zone: MotoHostedZone, kept: dict[Key, Structure], record: Structure) -> str | None:
    """The message for a CNAME beside other records of its name, or at the apex (RFC 1034, section 3.6.2)."""
    name, is_cname, zone_name = record["Name"], record["Type"] == "CNAME", _name(zone.name)
    if is_cname and name == zone_name:
        return f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone_name}"
    for other, kind, _ in kept:
        if other == name and kind != record["Type"] and (is_cname or kind == "CNAME"):
            return (
                f"RRSet of type {record['Type']} with DNS name {name} is not permitted as it conflicts with other"
                f" records with the same DNS name in zone {zone_name}"
            )
    return None


def _astray(zone: MotoHostedZone, kept: dict[Key, Structure], record: Structure) -> str | None:
    """The message for an alias without a valid target (Route 53 API reference, AliasTarget)."""
    if not (alias := record.get("AliasTarget")):
        return None
    name, zone_id = _name(alias["DNSName"]), alias["HostedZoneId"]
    tried = f"Tried to create an alias that targets {name}, type {record['Type']} in zone {zone_id}, but"
    if zone_id == zone.resource_id:
        inside = f".{name}".endswith(f".{_name(zone.name)}")
        if inside and not any(key[:2] == (name, record["Type"]) for key in kept):
            return f"{tried} that target was not found"
    elif own := _zone_of_aws(name):
        inside = own == zone_id
    else:
        inside = zone_id not in (*ENDPOINT_ZONES.values(), *NETWORK_LOAD_BALANCER_ZONES.values())
    return None if inside else f"{tried} the alias target name does not lie within the target zone"


def _zone_of_aws(name: str) -> str | None:
    """The hosted zone of the name of an endpoint or a network load balancer; None if it is unknown."""
    if region := region_of_name(name, after=r"\.vpce"):
        return ENDPOINT_ZONES.get(region)
    if region := region_of_name(name, before=r"elb\."):
        return NETWORK_LOAD_BALANCER_ZONES.get(region)
    return None


def _missing_of_zone(zone: MotoHostedZone, kept: dict[Key, Structure]) -> list[str]:
    """Messages for the zone's own records that are missing (Route 53 developer guide, NS and SOA records)."""
    name = _name(zone.name)
    wrong = [] if (name, "SOA", None) in kept else ["A HostedZone must contain exactly one SOA record."]
    if (name, "NS", None) not in kept:
        wrong.append("A HostedZone must contain at least one NS record for the zone itself.")
    return wrong
