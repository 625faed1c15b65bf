"""Subnet. A second create with the same CIDR is refused (`InvalidSubnet.Conflict`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pltui.engine.types import Change, Field, Seen, State, Traits, Want
from pltui.resources.base import ADDRESS_TAG, NAMED, Item, Lab, Look, TaggedResource, gone_is_done, named, tag
from pltui.resources.holders import at_cidr, of_subnet, telling_who

# EC2 API reference, Subnet: State, which does not tell what `unavailable` comes of.
STATES = {
    "pending": State.PENDING,
    "available": State.READY,
    "unavailable": State.PENDING,
    "failed": State.FAILED,
    "failed-insufficient-capacity": State.FAILED,
}


class Subnet(TaggedResource):
    kind = "subnet"
    operation, key, tag_type = "DescribeSubnets", "Subnets", "subnet"
    traits = Traits(
        {
            **NAMED,
            "vpc": Field.FIXED,
            "cidr": Field.FIXED,
            "zone": Field.FIXED,
            "map_public_ip": Field.MUTABLE,  # off in a new one (VPC user guide)
        },
        refers_to=frozenset({"vpc"}),
    )

    async def parse(self, look: Look, item: Item) -> Seen | None:
        return _seen(item)

    async def create(self, lab: Lab, want: Want, made: Callable[[Seen], None]) -> Seen:
        vpc, cidr = want.spec["vpc"], want.spec["cidr"]
        call = lab.aws.call(
            "ec2",
            "CreateSubnet",
            VpcId=vpc,
            CidrBlock=cidr,
            AvailabilityZone=want.spec["zone"],
            TagSpecifications=self.specification(lab, want),
        )
        answer = await telling_who(lab, want.address, call, lambda: at_cidr(lab, vpc, cidr))
        return _seen(answer["Subnet"])

    async def update(self, lab: Lab, want: Want, seen: Seen, changes: Mapping[str, Change]) -> Seen | None:
        await self.rename(lab, want, seen, changes)
        if "map_public_ip" in changes:
            flag = {"Value": changes["map_public_ip"].want}
            await lab.aws.call("ec2", "ModifySubnetAttribute", SubnetId=seen.id, MapPublicIpOnLaunch=flag)
        return None

    async def delete(self, lab: Lab, seen: Seen) -> None:
        call = gone_is_done(lab, "ec2", "DeleteSubnet", SubnetId=seen.id)
        await telling_who(lab, seen.id, call, lambda: of_subnet(lab, seen.id))


def _seen(item: Item) -> Seen:
    return Seen(
        address=tag(item, ADDRESS_TAG),
        kind=Subnet.kind,
        id=item["SubnetId"],
        spec={
            **named(item),
            "vpc": item["VpcId"],
            "cidr": item.get("CidrBlock", ""),  # none in a subnet for IPv6 only
            "zone": item["AvailabilityZone"],
            "map_public_ip": item.get("MapPublicIpOnLaunch", False),
        },
        state=STATES.get(item.get("State", "available"), State.PENDING),
        status=item.get("State", ""),
        name=tag(item, "Name"),
    )
