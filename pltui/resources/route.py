"""A route: part of its table. A second create of the same destination is refused (`RouteAlreadyExists`)."""

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
)
from pltui.resources.route_table import route_tables
from pltui.topology import naming

# Parameters for the target of a route (EC2 API reference, CreateRoute).
TARGETS = (
    "NatGatewayId", "GatewayId", "NetworkInterfaceId", "TransitGatewayId", "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn",
)  # fmt: skip

# EC2 API reference, Route: State. "blackhole" means that the target is gone or detached, and is repaired there. No page
# explains "filtered"; such a route is not in force, and must be replaced.
STATES = {
    "active": State.READY,
    "blackhole": State.PENDING,
    "filtered": State.FAILED,
}


class Route(Resource):
    """Default route of a route table."""

    kind = "route"
    repeatable = frozenset({"DeleteRoute", "ReplaceRoute"})
    traits = Traits(
        {"table": Field.FIXED, "destination": Field.FIXED, "target": Field.REPOINTABLE},
        parent_field="table",
        refers_to=frozenset({"internet_gateway", "nat_gateway", "route_table"}),
    )

    async def observe(self, look: ObservationReads) -> list[Observed]:
        tables = [table for table in await route_tables(look) if tag(table, LAB_TAG) == look.lab.name]
        routes = ((_parse_route(table, one), one) for table in tables for one in table.get("Routes", []))
        return [
            observed
            for observed, one in routes
            if _is_configured(one) and (_has_lab_target(observed) or observed.address in look.all_desired)
        ]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        await lab.aws.call("ec2", "CreateRoute", **_call_parameters(desired.spec))
        return Observed(
            desired.address, self.kind, route_id(desired.spec["table"], desired.spec["destination"]), dict(desired.spec)
        )

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await lab.aws.call(
            "ec2", "ReplaceRoute", **_call_parameters({**observed.spec, "target": changes["target"].after})
        )
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        destination = _destination_parameter(observed.spec["destination"])
        await delete_if_exists(lab, "ec2", "DeleteRoute", RouteTableId=observed.spec["table"], **destination)


def route_id(table: str, destination: str) -> str:
    """Return an id for a route, which AWS does not give."""
    return f"{table}/{destination}"


def _is_configured(route: Item) -> bool:
    """Return True unless it is the VPC's local route, or propagated by a gateway endpoint or a VPN."""
    return route.get("Origin", "CreateRoute") == "CreateRoute" and route.get("GatewayId") != "local"


def _has_lab_target(observed: Observed) -> bool:
    """Return True if its target is of a kind that the lab uses.

    Gateway endpoints (`vpce-…`) and VPC Lattice write routes that cannot be deleted. Their origin is `CreateRoute`,
    like that of users' routes (go-to-k/cdk-real-drift issue 1276; terraform-provider-aws, route_table.go).
    """
    return str(observed.spec["target"]).startswith(("nat-", "igw-"))


def _destination_parameter(value: str) -> dict[str, str]:
    if value.startswith("pl-"):
        return {"DestinationPrefixListId": value}
    return {"DestinationIpv6CidrBlock" if ":" in value else "DestinationCidrBlock": value}


def _call_parameters(spec: Mapping[str, str]) -> dict[str, str]:
    target = spec["target"]
    parameter = "NatGatewayId" if target.startswith("nat-") else "GatewayId"
    return {"RouteTableId": spec["table"], parameter: target, **_destination_parameter(spec["destination"])}


def _parse_route(table: Item, route: Item) -> Observed:
    destinations = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    destination = next((route[key] for key in destinations if route.get(key)), "")
    target = next((route[key] for key in TARGETS if route.get(key)), route.get("InstanceId", ""))
    return Observed(
        address=naming.route(tag(table, ADDRESS_TAG), destination),
        kind=Route.kind,
        id=route_id(table["RouteTableId"], destination),
        spec={"table": table["RouteTableId"], "destination": destination, "target": target},
        state=STATES.get(route.get("State", "active"), State.PENDING),
        status=route.get("State", ""),
    )
