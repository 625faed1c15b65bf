"""Route table. Its create is not resent after a lost answer: the table is searched by tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pltui.engine.model import Change, Desired, Field, Observed, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    LAB_TAG,
    NAMED,
    AwsContext,
    Item,
    ObservationReads,
    TaggedResource,
    delete_if_exists,
    name_field,
    tag,
)
from pltui.resources.blockers import explain_refusal, of_table
from pltui.resources.vpc import Vpc


class RouteTable(TaggedResource):
    """Route table of a VPC."""

    kind = "route_table"
    operation, key, tag_type = "DescribeRouteTables", "RouteTables", "route-table"
    repeatable = TaggedResource.repeatable | {"DeleteRouteTable"}
    traits = Traits({**NAMED, "vpc": Field.FIXED, "main": Field.MUTABLE}, refers_to=frozenset({"vpc"}), unguarded=True)

    async def begin(self, look: ObservationReads) -> None:
        """Send nothing: the tables of a VPC are read by the VPC's id."""

    async def observe(self, look: ObservationReads) -> list[Observed]:
        return [_parse_table(item) for item in await route_tables(look) if tag(item, LAB_TAG) == look.lab.name]

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        return _parse_table(item)

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        answer = await lab.aws.call(
            "ec2", "CreateRouteTable", VpcId=desired.spec["vpc"], TagSpecifications=self.specification(lab, desired)
        )
        return _parse_table(answer["RouteTable"])

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await self.rename(lab, desired, observed, changes)
        if "main" in changes:
            await _hand_over(lab, observed)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        """Delete the table; hand over the role of main table first."""
        if observed.spec["main"]:
            await _hand_over(lab, observed)
        call = delete_if_exists(lab, "ec2", "DeleteRouteTable", RouteTableId=observed.id)
        await explain_refusal(lab, observed.id, call, lambda: of_table(lab, observed.id))


async def _hand_over(lab: AwsContext, observed: Observed) -> None:
    """Make a foreign table the VPC's main one: a main table cannot be deleted (VPC user guide), except with the VPC.

    The VPC's original table is used unless it was deleted.
    """
    vpc = observed.spec["vpc"]
    wanted = [{"Name": "vpc-id", "Values": [vpc]}]
    tables = await lab.aws.pages("ec2", RouteTable.operation, RouteTable.key, Filters=wanted)
    others = [table["RouteTableId"] for table in tables if tag(table, LAB_TAG) != lab.name]
    if not others:
        answer = await lab.aws.call("ec2", "CreateRouteTable", VpcId=vpc)
        others = [answer["RouteTable"]["RouteTableId"]]
    for one in (one for table in tables for one in table.get("Associations", []) if one.get("Main")):
        if one["RouteTableId"] == observed.id:
            held = one["RouteTableAssociationId"]
            await lab.aws.call("ec2", "ReplaceRouteTableAssociation", AssociationId=held, RouteTableId=others[0])


async def route_tables(look: ObservationReads) -> list[Item]:
    """Return every route table in the lab's VPCs, foreign ones too: a lab's subnet may be associated with one."""
    vpcs = sorted(vpc["VpcId"] for vpc in await look.tagged_items(Vpc.operation, Vpc.key))
    if not vpcs:
        return []
    wanted = [{"Name": "vpc-id", "Values": vpcs}]
    tables = await look.items("ec2", RouteTable.operation, RouteTable.key, Filters=wanted)
    return [table for table in tables if table["VpcId"] in vpcs]


def _parse_table(item: Item) -> Observed:
    main = any(one.get("Main", False) for one in item.get("Associations", []))
    spec = {**name_field(item), "vpc": item["VpcId"], "main": main}
    return Observed(tag(item, ADDRESS_TAG), RouteTable.kind, item["RouteTableId"], spec, name=tag(item, "Name"))
