"""VPC. No token guards its creation: after a lost answer it is searched by tag."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from pltui.engine.model import Change, Desired, Field, Observed, State, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    NAMED,
    AwsContext,
    Item,
    ObservationReads,
    TaggedResource,
    delete_if_exists,
    name_field,
    retry_until_visible,
    tag,
)
from pltui.resources.blockers import explain_refusal, of_vpc

# EC2 API reference, Vpc: State.
STATES = {
    "pending": State.PENDING,
    "available": State.READY,
    "deleting": State.DELETING,
}

DNS = {"dns_support": "enableDnsSupport", "dns_hostnames": "enableDnsHostnames"}


class Vpc(TaggedResource):
    """VPC with its DNS attributes."""

    kind = "vpc"
    operation, key, tag_type = "DescribeVpcs", "Vpcs", "vpc"
    repeatable = TaggedResource.repeatable | {"DeleteVpc", "ModifyVpcAttribute"}
    traits = Traits(
        {**NAMED, "cidr": Field.FIXED, "dns_support": Field.MUTABLE, "dns_hostnames": Field.MUTABLE},
        refers_to=frozenset(),
        unguarded=True,
        essential=frozenset({"dns_support", "dns_hostnames"}),
    )

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        # The attributes can only be read one by one (EC2 API reference, DescribeVpcAttribute).
        answers = await asyncio.gather(
            *(
                look.read_one("ec2", "DescribeVpcAttribute", VpcId=item["VpcId"], Attribute=name)
                for name in DNS.values()
            )
        )
        flags = {
            field: bool(answer[name[0].upper() + name[1:]]["Value"])
            for (field, name), answer in zip(DNS.items(), answers, strict=True)
        }
        return _parse_vpc(item, flags)

    async def poll(self, lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
        """Return states without the DNS attributes, which take two calls per VPC and are not awaited."""
        ids = {item.id for item in items}
        found = await ObservationReads(lab).tagged_items(self.operation, self.key)
        return [_parse_vpc(item, {}) for item in found if item["VpcId"] in ids]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        answer = await lab.aws.call(
            "ec2", "CreateVpc", CidrBlock=desired.spec["cidr"], TagSpecifications=self.specification(lab, desired)
        )
        item = answer["Vpc"]
        fresh = {"dns_support": True, "dns_hostnames": False}  # EC2 user guide: the defaults of a new VPC
        observed = _parse_vpc(item, fresh)
        made(observed)
        for field in DNS:
            if desired.spec[field] != fresh[field]:
                await retry_until_visible(lab, partial(_set_attribute, lab, item["VpcId"], field, desired.spec[field]))
        return observed

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await self.rename(lab, desired, observed, changes)
        for field in DNS:  # one attribute per call; host names require DNS support to be on first
            if field in changes:
                await _set_attribute(lab, observed.id, field, changes[field].after)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        call = delete_if_exists(lab, "ec2", "DeleteVpc", VpcId=observed.id)
        await explain_refusal(lab, observed.id, call, lambda: of_vpc(lab, observed.id))


async def _set_attribute(lab: AwsContext, vpc: str, field: str, value: bool) -> None:
    name = DNS[field][0].upper() + DNS[field][1:]
    await lab.aws.call("ec2", "ModifyVpcAttribute", VpcId=vpc, **{name: {"Value": value}})


def _parse_vpc(item: Item, flags: Mapping[str, bool]) -> Observed:
    return Observed(
        address=tag(item, ADDRESS_TAG),
        kind=Vpc.kind,
        id=item["VpcId"],
        spec={**name_field(item), "cidr": item["CidrBlock"], **flags},
        state=STATES.get(item.get("State", "available"), State.PENDING),
        status=item.get("State", ""),
        name=tag(item, "Name"),
    )
