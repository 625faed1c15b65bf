"""Internet gateway. No token guards its create: a lost answer is looked for by tag."""

from __future__ import annotations

from collections.abc import Callable

from pltui.engine.types import Seen, Traits, Want
from pltui.resources.base import ADDRESS_TAG, NAMED, Item, Lab, Look, TaggedResource, gone_is_done, named, tag


class InternetGateway(TaggedResource):
    kind = "internet_gateway"
    operation, key, tag_type = "DescribeInternetGateways", "InternetGateways", "internet-gateway"
    traits = Traits(NAMED, refers_to=frozenset(), unguarded=True)

    async def parse(self, look: Look, item: Item) -> Seen | None:
        return _seen(item)

    async def create(self, lab: Lab, want: Want, made: Callable[[Seen], None]) -> Seen:
        answer = await lab.aws.call("ec2", "CreateInternetGateway", TagSpecifications=self.specification(lab, want))
        return _seen(answer["InternetGateway"])

    async def delete(self, lab: Lab, seen: Seen) -> None:
        await gone_is_done(lab, "ec2", "DeleteInternetGateway", InternetGatewayId=seen.id)


def _seen(item: Item) -> Seen:
    name = tag(item, "Name")
    return Seen(tag(item, ADDRESS_TAG), InternetGateway.kind, item["InternetGatewayId"], named(item), name=name)
