"""Elastic IP address. No token guards its create, and a second one is billed: a lost answer is looked for by tag."""

from __future__ import annotations

from collections.abc import Callable

from pltui.engine.types import Desired, Observed, Traits
from pltui.resources.base import ADDRESS_TAG, NAMED, Item, Lab, Look, TaggedResource, gone_is_done, named, tag
from pltui.resources.holders import of_address, telling_who


class ElasticIp(TaggedResource):
    kind = "elastic_ip"
    operation, key, tag_type = "DescribeAddresses", "Addresses", "elastic-ip"
    traits = Traits(NAMED, refers_to=frozenset(), unguarded=True)

    async def parse(self, look: Look, item: Item) -> Observed | None:
        if "AllocationId" not in item:
            return None  # of EC2-Classic, which has none
        name = tag(item, "Name")
        status = item.get("PublicIp", "")
        return Observed(tag(item, ADDRESS_TAG), self.kind, item["AllocationId"], named(item), status=status, name=name)

    async def create(self, lab: Lab, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        answer = await lab.aws.call(
            "ec2", "AllocateAddress", Domain="vpc", TagSpecifications=self.specification(lab, desired)
        )
        return Observed(
            desired.address, self.kind, answer["AllocationId"], {}, status=answer["PublicIp"], name=desired.name
        )

    async def delete(self, lab: Lab, observed: Observed) -> None:
        call = gone_is_done(lab, "ec2", "ReleaseAddress", AllocationId=observed.id)
        await telling_who(lab, observed.id, call, lambda: of_address(lab, observed.id))
