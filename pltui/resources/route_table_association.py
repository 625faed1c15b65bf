"""A subnet's association with a route table: part of the subnet, which has at most one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pltui.engine.model import Change, Desired, Field, Observed, State, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    LAB_TAG,
    AwsContext,
    Item,
    ObservationReads,
    Resource,
    delete_if_exists,
    tag,
    with_reason,
)
from pltui.resources.route_table import route_tables
from pltui.resources.subnet import Subnet
from pltui.topology import naming

# EC2 API reference, RouteTableAssociationState: State. None: the association is gone.
STATES = {
    "associating": State.PENDING,
    "associated": State.READY,
    "disassociating": State.DELETING,
    "disassociated": None,
    "failed": State.FAILED,
}


class RouteTableAssociation(Resource):
    """Association of a subnet with a route table."""

    kind = "route_table_association"
    repeatable = frozenset({"DisassociateRouteTable"})
    traits = Traits({"subnet": Field.FIXED, "table": Field.MUTABLE}, refers_to=frozenset({"route_table", "subnet"}))

    async def observe(self, look: ObservationReads) -> list[Observed]:
        subnets = {s["SubnetId"]: tag(s, ADDRESS_TAG) for s in await look.tagged_items(Subnet.operation, Subnet.key)}
        ours = {table["RouteTableId"] for table in await route_tables(look) if tag(table, LAB_TAG) == look.lab.name}
        found = [
            _parse_association(subnets.get(one["SubnetId"], one["SubnetId"]), one)
            for table in await route_tables(look)
            for one in table.get("Associations", [])
            # An association left over from a deleted subnet still blocks the deletion of the lab's table.
            if "SubnetId" in one and (one["SubnetId"] in subnets or table["RouteTableId"] in ours)
        ]
        return [observed for observed in found if observed]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        answer = await lab.aws.call(
            "ec2", "AssociateRouteTable", RouteTableId=desired.spec["table"], SubnetId=desired.spec["subnet"]
        )
        return Observed(desired.address, self.kind, answer["AssociationId"], dict(desired.spec))

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        table = changes["table"].after
        await lab.aws.call("ec2", "ReplaceRouteTableAssociation", AssociationId=observed.id, RouteTableId=table)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        await delete_if_exists(lab, "ec2", "DisassociateRouteTable", AssociationId=observed.id)


def _parse_association(subnet_address: str, item: Item) -> Observed | None:
    status = item.get("AssociationState", {})
    state = STATES.get(status.get("State", "associated"), State.PENDING)
    if state is None:
        return None
    return Observed(
        address=naming.route_table_association(subnet_address),
        kind=RouteTableAssociation.kind,
        id=item["RouteTableAssociationId"],
        spec={"subnet": item["SubnetId"], "table": item["RouteTableId"]},
        state=state,
        status=with_reason(status["State"], status.get("StatusMessage", "")) if state is not State.READY else "",
    )
