"""NAT gateway. A ClientToken guards its creation; deleted ones stay listed for about an hour."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from pltui.aws.pricing import Product
from pltui.engine.errors import DeniedError
from pltui.engine.model import Desired, Field, Observed, State, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    NAMED,
    AwsContext,
    Item,
    ObservationReads,
    TaggedResource,
    delete_if_exists,
    moment,
    name_field,
    tag,
)
from pltui.resources.guarded_create import Create, create_once
from pltui.resources.internet_gateway import InternetGateway
from pltui.resources.internet_gateway_attachment import attachment_id

# EC2 API reference, NatGateway: State.
STATES = {
    "pending": State.PENDING,
    "available": State.READY,
    "deleting": State.DELETING,
    "failed": State.FAILED,
}


class NatGateway(TaggedResource):
    """Public NAT gateway."""

    kind = "nat_gateway"
    operation, key, filters, tag_type = "DescribeNatGateways", "NatGateways", "Filter", "natgateway"
    repeatable = TaggedResource.repeatable | {"DeleteNatGateway"}
    products = (
        Product("nat_gateway", "AmazonEC2", "NatGateway-Hours", {"productFamily": "NAT Gateway"}, whole_hours=True),
    )
    traits = Traits(
        {**NAMED, "subnet": Field.FIXED, "allocation": Field.FIXED},
        eventually_ready=True,
        slow_delete=True,
        refers_to=frozenset({"elastic_ip", "internet_gateway_attachment", "subnet"}),
    )

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        observed = _parse_gateway(item)
        if observed is None:
            return None
        # The internet gateway cannot be detached while the public address is mapped (EC2: DependencyViolation).
        # Without permission to read gateways none is detached either, so the dependency does not matter.
        gateways: list[Item] = []
        with contextlib.suppress(DeniedError):
            gateways = await look.tagged_items(InternetGateway.operation, InternetGateway.key)
        needs = {
            attachment_id(gateway["InternetGatewayId"], one["VpcId"])
            for gateway in gateways
            for one in gateway.get("Attachments", [])
            if one["VpcId"] == item["VpcId"]
        }
        return replace(observed, needs=frozenset(needs))

    async def poll(self, lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
        ids = [{"Name": "nat-gateway-id", "Values": [item.id for item in items]}]
        found = await lab.aws.pages("ec2", self.operation, self.key, Filter=ids)
        return [observed for observed in map(_parse_gateway, found) if observed]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        async def send(token: str) -> Item:
            return await lab.aws.call(
                "ec2",
                "CreateNatGateway",
                SubnetId=desired.spec["subnet"],
                AllocationId=desired.spec["allocation"],
                ConnectivityType="public",
                ClientToken=token,
                TagSpecifications=self.specification(lab, desired),
            )

        create = Create(
            send, lambda answer: _parse_gateway(answer["NatGateway"]), self.poll, frozenset({"NatGatewayNotFound"})
        )
        return await create_once(lab, desired, create)

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        await delete_if_exists(lab, "ec2", "DeleteNatGateway", NatGatewayId=observed.id)


def _parse_gateway(item: Item) -> Observed | None:
    if item["State"] == "deleted":
        return None
    addresses = [one for one in item.get("NatGatewayAddresses", []) if "AllocationId" in one]
    # Secondary addresses may have been associated by others (EC2 API reference, NatGatewayAddress: IsPrimary).
    first = next((one for one in addresses if one.get("IsPrimary")), addresses[0] if addresses else {})
    return Observed(
        address=tag(item, ADDRESS_TAG),
        kind=NatGateway.kind,
        id=item["NatGatewayId"],
        spec={**name_field(item), "subnet": item.get("SubnetId", ""), "allocation": first.get("AllocationId", "")},
        state=STATES.get(item["State"], State.PENDING),
        status=item.get("FailureMessage") or item["State"],
        name=tag(item, "Name"),
        created=moment(item.get("CreateTime")),
    )
