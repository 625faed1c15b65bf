"""Route table. Its create is not sent again after a lost answer: what came of it is looked for by tag."""

from __future__ import annotations

from collections.abc import Callable

from pltui.engine.types import Field, Seen, Traits, Want
from pltui.resources.base import (
    ADDRESS_TAG,
    LAB_TAG,
    NAMED,
    Item,
    Lab,
    Look,
    TaggedResource,
    gone_is_done,
    named,
    tag,
)
from pltui.resources.vpc import Vpc


class RouteTable(TaggedResource):
    kind = "route_table"
    operation, key, tag_type = "DescribeRouteTables", "RouteTables", "route-table"
    traits = Traits({**NAMED, "vpc": Field.FIXED})

    async def begin(self, look: Look) -> None:
        """Nothing: the tables of a VPC are asked for by its id."""

    async def observe(self, look: Look) -> list[Seen]:
        return [_seen(item) for item in await route_tables(look) if tag(item, LAB_TAG) == look.lab.name]

    async def parse(self, look: Look, item: Item) -> Seen | None:
        return _seen(item)

    async def create(self, lab: Lab, want: Want, made: Callable[[Seen], None]) -> Seen:
        answer = await lab.aws.call(
            "ec2", "CreateRouteTable", VpcId=want.spec["vpc"], TagSpecifications=self.specification(lab, want)
        )
        return _seen(answer["RouteTable"])

    async def delete(self, lab: Lab, seen: Seen) -> None:
        await gone_is_done(lab, "ec2", "DeleteRouteTable", RouteTableId=seen.id)


async def route_tables(look: Look) -> list[Item]:
    """Every route table in our VPCs, also those of others: one of our subnets may have been moved to one of them."""
    vpcs = sorted(vpc["VpcId"] for vpc in await look.tagged(Vpc.operation, Vpc.key))
    if not vpcs:
        return []
    wanted = [{"Name": "vpc-id", "Values": vpcs}]
    tables = await look.items("ec2", RouteTable.operation, RouteTable.key, Filters=wanted)
    return [table for table in tables if table["VpcId"] in vpcs]


def _seen(item: Item) -> Seen:
    spec = {**named(item), "vpc": item["VpcId"]}
    return Seen(tag(item, ADDRESS_TAG), RouteTable.kind, item["RouteTableId"], spec, name=tag(item, "Name"))
