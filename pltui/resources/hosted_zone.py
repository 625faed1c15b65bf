"""Private hosted zone.

Its creation takes no tags: a caller reference with lab and address identifies it as the lab's.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Mapping, Sequence

from pltui.aws.pricing import Product
from pltui.engine.errors import DeniedError
from pltui.engine.model import Change, Desired, Field, Observed, Traits
from pltui.resources.base import AwsContext, Item, ObservationReads, Resource, delete_if_exists
from pltui.resources.blockers import at_zone_name, explain_refusal
from pltui.resources.dns_change import check_propagation, note_change


class HostedZone(Resource):
    """Private hosted zone of a consumer."""

    kind = "hosted_zone"
    repeatable = frozenset({"DeleteHostedZone", "UpdateHostedZoneComment"})
    # The same price in every region of the partition `aws`; free if deleted within twelve hours (Route 53 pricing).
    products = (Product("hosted_zone", "AmazonRoute53", "HostedZone", usd_per_month=0.50),)
    traits = Traits(
        {"name": Field.FIXED, "vpcs": Field.MUTABLE, "comment": Field.MUTABLE},
        refers_to=frozenset({"vpc"}),
        unguarded=True,
    )

    async def begin(self, look: ObservationReads) -> None:
        await hosted_zones(look)

    async def observe(self, look: ObservationReads) -> list[Observed]:
        """Return the lab's zones. VPCs of other owners are left out of `vpcs`, so that they are left alone."""
        own: frozenset[str] | None = None
        with contextlib.suppress(DeniedError):  # without VPCs, no zone is associated with another VPC either
            own = frozenset(vpc["VpcId"] for vpc in await look.tagged_items("DescribeVpcs", "Vpcs"))

        async def one(item: Item) -> Observed:
            # A zone's VPCs are only returned for one zone at a time (Route 53 API reference, GetHostedZone).
            answer = look.lab.creations.pop(zone_id(item), None)
            answer = answer or await look.read_one("route53", "GetHostedZone", Id=item["Id"])
            vpcs = frozenset(vpc["VPCId"] for vpc in answer.get("VPCs", []))
            return _parse_zone(look.lab, item, vpcs if own is None else vpcs & own)

        return list(await asyncio.gather(*(one(item) for item in await hosted_zones(look))))

    async def poll(self, lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
        return await check_propagation(lab, items)

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        [vpc] = desired.spec["vpcs"]
        call = lab.aws.call(
            "route53",
            "CreateHostedZone",
            Name=desired.spec["name"],
            CallerReference=f"{_reference_prefix(lab)}{desired.address}:{uuid.uuid4().hex[:12]}",
            VPC={"VPCRegion": lab.aws.target.region, "VPCId": vpc},
            HostedZoneConfig={"Comment": desired.spec["comment"], "PrivateZone": True},
        )
        # Its propagation is awaited with that of its records.
        answer = await explain_refusal(lab, desired.address, call, lambda: at_zone_name(lab, vpc, desired.spec["name"]))
        zone = zone_id(answer["HostedZone"])
        if "VPC" in answer:
            lab.creations[zone] = {"VPCs": [answer["VPC"]]}
        return Observed(desired.address, self.kind, zone, dict(desired.spec), name=desired.spec["name"])

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        if "comment" in changes:
            comment = changes["comment"].after
            await lab.aws.call("route53", "UpdateHostedZoneComment", Id=observed.id, Comment=comment)
        if "vpcs" in changes:
            answer = await _set_vpcs(lab, observed.id, changes["vpcs"])
            return note_change(lab, observed, answer)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        await delete_if_exists(lab, "route53", "DeleteHostedZone", Id=observed.id)


async def _set_vpcs(lab: AwsContext, zone: str, change: Change) -> Item:
    """Associate missing VPCs first: a private zone keeps at least one (Route 53 API reference, LastVPCAssociation).

    Return the answer to the last association.
    """

    def vpc(id_: str) -> dict[str, str]:
        return {"VPCRegion": lab.aws.target.region, "VPCId": id_}

    associated: Item = {}
    for id_ in sorted(change.after - change.before):
        associated = await lab.aws.call("route53", "AssociateVPCWithHostedZone", HostedZoneId=zone, VPC=vpc(id_))
    for id_ in sorted(change.before - change.after):
        await delete_if_exists(lab, "route53", "DisassociateVPCFromHostedZone", HostedZoneId=zone, VPC=vpc(id_))
    return associated


async def hosted_zones(look: ObservationReads) -> list[Item]:
    """Return the account's zones with a caller reference of this lab."""
    zones = await look.items("route53", "ListHostedZones", "HostedZones")
    return [zone for zone in zones if zone.get("CallerReference", "").startswith(_reference_prefix(look.lab))]


def zone_address(lab: AwsContext, zone: Item) -> str:
    """Return the address in a zone's caller reference: `pltui:<lab>:<region>:<address>:<random>`."""
    return str(zone["CallerReference"][len(_reference_prefix(lab)) :].rpartition(":")[0])


def zone_id(zone: Item) -> str:
    """Return a zone's id without its prefix `/hostedzone/`."""
    return str(zone["Id"]).removeprefix("/hostedzone/")


def _reference_prefix(lab: AwsContext) -> str:
    """Return the prefix of caller references; with the region, because zones have none."""
    return f"pltui:{lab.name}:{lab.aws.target.region}:"


def _parse_zone(lab: AwsContext, zone: Item, vpcs: frozenset[str]) -> Observed:
    name = zone["Name"].rstrip(".")
    return Observed(
        address=zone_address(lab, zone),
        kind=HostedZone.kind,
        id=zone_id(zone),
        spec={
            "name": name,
            "vpcs": vpcs,
            "comment": zone.get("Config", {}).get("Comment", ""),
        },
        name=name,
    )
