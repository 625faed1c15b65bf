"""Subnet. A second create with the same CIDR is refused (`InvalidSubnet.Conflict`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    tag,
)
from pltui.resources.blockers import at_cidr, explain_refusal, of_subnet

# EC2 API reference, Subnet: State, which does not explain `unavailable`.
STATES = {
    "pending": State.PENDING,
    "available": State.READY,
    "unavailable": State.PENDING,
    "failed": State.FAILED,
    "failed-insufficient-capacity": State.FAILED,
}


class Subnet(TaggedResource):
    """Public or private subnet."""

    kind = "subnet"
    operation, key, tag_type = "DescribeSubnets", "Subnets", "subnet"
    repeatable = TaggedResource.repeatable | {"DeleteSubnet", "ModifySubnetAttribute"}
    traits = Traits(
        {
            **NAMED,
            "vpc": Field.FIXED,
            "cidr": Field.FIXED,
            "zone": Field.FIXED,
            "map_public_ip": Field.MUTABLE,  # off in a new subnet (VPC user guide)
        },
        refers_to=frozenset({"vpc"}),
    )

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        return _parse_subnet(item)

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        vpc, cidr = desired.spec["vpc"], desired.spec["cidr"]
        call = lab.aws.call(
            "ec2",
            "CreateSubnet",
            VpcId=vpc,
            CidrBlock=cidr,
            AvailabilityZone=desired.spec["zone"],
            TagSpecifications=self.specification(lab, desired),
        )
        answer = await explain_refusal(lab, desired.address, call, lambda: at_cidr(lab, vpc, cidr))
        return _parse_subnet(answer["Subnet"])

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await self.rename(lab, desired, observed, changes)
        if "map_public_ip" in changes:
            flag = {"Value": changes["map_public_ip"].after}
            await lab.aws.call("ec2", "ModifySubnetAttribute", SubnetId=observed.id, MapPublicIpOnLaunch=flag)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        call = delete_if_exists(lab, "ec2", "DeleteSubnet", SubnetId=observed.id)
        await explain_refusal(lab, observed.id, call, lambda: of_subnet(lab, observed.id))


def _parse_subnet(item: Item) -> Observed:
    return Observed(
        address=tag(item, ADDRESS_TAG),
        kind=Subnet.kind,
        id=item["SubnetId"],
        spec={
            **name_field(item),
            "vpc": item["VpcId"],
            "cidr": item.get("CidrBlock", ""),  # absent in an IPv6-only subnet
            "zone": item["AvailabilityZone"],
            "map_public_ip": item.get("MapPublicIpOnLaunch", False),
        },
        state=STATES.get(item.get("State", "available"), State.PENDING),
        status=item.get("State", ""),
        name=tag(item, "Name"),
    )
