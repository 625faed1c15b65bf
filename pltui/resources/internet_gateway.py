"""Internet gateway. No token guards its creation: after a lost answer it is searched by tag."""

from __future__ import annotations

from collections.abc import Callable

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


class InternetGateway(TaggedResource):
    """Internet gateway of a VPC."""

    kind = "internet_gateway"
    operation, key, tag_type = "DescribeInternetGateways", "InternetGateways", "internet-gateway"
    repeatable = TaggedResource.repeatable | {"DeleteInternetGateway"}
    traits = Traits(NAMED, refers_to=frozenset(), unguarded=True)

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        return _parse_gateway(item)

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        answer = await lab.aws.call("ec2", "CreateInternetGateway", TagSpecifications=self.specification(lab, desired))
        return _parse_gateway(answer["InternetGateway"])

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        await delete_if_exists(lab, "ec2", "DeleteInternetGateway", InternetGatewayId=observed.id)


def _parse_gateway(item: Item) -> Observed:
    name = tag(item, "Name")
    return Observed(
        tag(item, ADDRESS_TAG), InternetGateway.kind, item["InternetGatewayId"], name_field(item), name=name
    )
