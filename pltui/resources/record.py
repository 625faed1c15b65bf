"""A record in a hosted zone: part of the zone. UPSERT creates or corrects it; DELETE must repeat it exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pltui.engine.model import Change, Desired, Field, Observed, Traits
from pltui.resources.base import AwsContext, Item, ObservationReads, Resource
from pltui.resources.dns_change import check_propagation, note_change
from pltui.resources.hosted_zone import hosted_zones, zone_id
from pltui.resources.hosted_zone import zone_address as zone_address
from pltui.topology import naming

OWN = ("NS", "SOA")  # types that every zone has under its own name, deleted with it


class Record(Resource):
    """Alias record that points at the endpoint."""

    kind = "record"
    traits = Traits(
        {
            "zone": Field.FIXED,
            "name": Field.FIXED,
            "type": Field.FIXED,
            "target": Field.REPOINTABLE,
            "target_zone": Field.REPOINTABLE,
            "evaluate_health": Field.MUTABLE,
        },
        eventually_ready=True,
        refers_to=frozenset({"endpoint", "hosted_zone", "load_balancer"}),
    )

    async def observe(self, look: ObservationReads) -> list[Observed]:
        async def of(zone: Item) -> list[Observed]:
            id_ = zone_id(zone)
            found = await look.items("route53", "ListResourceRecordSets", "ResourceRecordSets", HostedZoneId=id_)
            address, apex = zone_address(look.lab, zone), _bare_name(zone["Name"])
            return [_parse_record(address, id_, item) for item in found if not _is_built_in(item, apex)]

        return [observed for one in await asyncio.gather(*map(of, await hosted_zones(look))) for observed in one]

    async def poll(self, lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
        return await check_propagation(lab, items)

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        spec = desired.spec
        answer = await _change_record(lab, spec["zone"], "UPSERT", _alias_record(spec))
        observed = Observed(
            desired.address, self.kind, _record_id(spec["zone"], spec["name"], spec["type"]), dict(spec)
        )
        return note_change(lab, observed, answer)

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        spec = {**observed.spec, **{field: change.after for field, change in changes.items()}}
        answer = await _change_record(lab, spec["zone"], "UPSERT", _alias_record(spec))
        return note_change(lab, replace(observed, spec=spec), answer)

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        zone, name, type_ = (observed.spec[field] for field in ("zone", "name", "type"))
        found = await lab.aws.pages("route53", "ListResourceRecordSets", "ResourceRecordSets", HostedZoneId=zone)
        for item in found:
            if (_bare_name(item["Name"]), item["Type"]) == (name, type_):
                await _change_record(lab, zone, "DELETE", item)


def _alias_record(spec: Mapping[str, Any]) -> Item:
    """Return an alias record: its queries are free, and it needs no TTL."""
    target = {
        "DNSName": spec["target"],
        "HostedZoneId": spec["target_zone"],
        "EvaluateTargetHealth": spec["evaluate_health"],
    }
    return {"Name": spec["name"], "Type": spec["type"], "AliasTarget": target}


async def _change_record(lab: AwsContext, zone: str, action: str, item: Item) -> Item:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": item}]}
    return await lab.aws.call("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)


def _is_built_in(item: Item, apex: str) -> bool:
    """Return True for a record that the zone has from the beginning, cannot be without, and is not blocked by."""
    return item["Type"] in OWN and _bare_name(item["Name"]) == apex


def _record_id(zone: str, name: str, type_: str) -> str:
    return f"{zone}/{name}/{type_}"


def _bare_name(name: str) -> str:
    """Return a name for comparison: in lower case without the final dot (Route 53 developer guide)."""
    return name.lower().rstrip(".")


def _parse_record(zone_address: str, zone: str, item: Item) -> Observed:
    name, type_, alias = _bare_name(item["Name"]), item["Type"], item.get("AliasTarget", {})
    target = _bare_name(alias.get("DNSName", "")) or ", ".join(r["Value"] for r in item.get("ResourceRecords", []))
    return Observed(
        address=naming.record(zone_address, name, type_),
        kind=Record.kind,
        id=_record_id(zone, name, type_),
        spec={
            "zone": zone,
            "name": name,
            "type": type_,
            "target": target,
            "target_zone": alias.get("HostedZoneId", ""),
            "evaluate_health": alias.get("EvaluateTargetHealth", False),
        },
        name=name,
    )
