"""Elastic IP address.

No token guards its creation, and a second one is billed: after a lost answer it is searched by tag.
"""

from __future__ import annotations

from collections.abc import Callable

from pltui.aws.pricing import Product
from pltui.engine.model import Desired, Observed, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    NAMED,
    AwsContext,
    Item,
    ObservationReads,
    TaggedResource,
    delete_if_exists,
    name_field,
    tag,
)
from pltui.resources.blockers import explain_refusal, of_address


class ElasticIp(TaggedResource):
    """Elastic IP address for a NAT gateway."""

    kind = "elastic_ip"
    operation, key, tag_type = "DescribeAddresses", "Addresses", "elastic-ip"
    repeatable = TaggedResource.repeatable | {"ReleaseAddress"}
    products = (Product("public_ipv4", "AmazonVPC", "PublicIPv4:InUseAddress"),)
    traits = Traits(NAMED, refers_to=frozenset(), unguarded=True)

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        if "AllocationId" not in item:
            return None  # an address of EC2-Classic has no allocation
        name = tag(item, "Name")
        status = item.get("PublicIp", "")
        return Observed(
            tag(item, ADDRESS_TAG), self.kind, item["AllocationId"], name_field(item), status=status, name=name
        )

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        answer = await lab.aws.call(
            "ec2", "AllocateAddress", Domain="vpc", TagSpecifications=self.specification(lab, desired)
        )
        return Observed(
            desired.address, self.kind, answer["AllocationId"], {}, status=answer["PublicIp"], name=desired.name
        )

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        call = delete_if_exists(lab, "ec2", "ReleaseAddress", AllocationId=observed.id)
        await explain_refusal(lab, observed.id, call, lambda: of_address(lab, observed.id))
