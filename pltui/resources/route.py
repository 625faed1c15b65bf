"""A route: part of its table. A second create of the same destination is refused (`RouteAlreadyExists`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pltui import naming
from pltui.engine.types import Change, Field, Seen, State, Traits, Want
from pltui.resources.base import ADDRESS_TAG, LAB_TAG, Item, Lab, Look, Resource, gone_is_done, tag
from pltui.resources.route_table import route_tables

# Where a route may lead, and the parameter that says so (EC2 API reference, CreateRoute).
TARGETS = (
    "NatGatewayId", "GatewayId", "NetworkInterfaceId", "TransitGatewayId", "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn",
)  # fmt: skip

# EC2 API reference, Route: State. "blackhole" while what it leads to is gone or detached: that is repaired there. No
# page explains "filtered"; the route is not in force, and only a new one can be.
STATES = {
    "active": State.READY,
    "blackhole": State.PENDING,
    "filtered": State.FAILED,
}


class Route(Resource):
    kind = "route"
    traits = Traits(
        {"table": Field.FIXED, "destination": Field.FIXED, "target": Field.REPOINTABLE},
        dies_with="table",
        refers_to=frozenset({"internet_gateway", "nat_gateway", "route_table"}),
    )

    async def observe(self, look: Look) -> list[Seen]:
        tables = [table for table in await route_tables(look) if tag(table, LAB_TAG) == look.lab.name]
        routes = ((_seen(table, one), one) for table in tables for one in table.get("Routes", []))
        return [seen for seen, one in routes if _counts(one) and (_ours(seen) or seen.address in look.wants)]

    async def create(self, lab: Lab, want: Want, made: Callable[[Seen], None]) -> Seen:
        await lab.aws.call("ec2", "CreateRoute", **_call(want.spec))
        return Seen(want.address, self.kind, route_id(want.spec["table"], want.spec["destination"]), dict(want.spec))

    async def update(self, lab: Lab, want: Want, seen: Seen, changes: Mapping[str, Change]) -> Seen | None:
        await lab.aws.call("ec2", "ReplaceRoute", **_call({**seen.spec, "target": changes["target"].want}))
        return None

    async def delete(self, lab: Lab, seen: Seen) -> None:
        destination = _destination(seen.spec["destination"])
        await gone_is_done(lab, "ec2", "DeleteRoute", RouteTableId=seen.spec["table"], **destination)


def route_id(table: str, destination: str) -> str:
    return f"{table}/{destination}"


def _counts(route: Item) -> bool:
    """Not the VPC's own route, nor what a gateway endpoint or a VPN puts there by itself."""
    return route.get("Origin", "CreateRoute") == "CreateRoute" and route.get("GatewayId") != "local"


def _ours(seen: Seen) -> bool:
    """True if it leads where routes of a lab do.

    Gateway endpoints (`vpce-…`) and VPC Lattice write routes that cannot be deleted. Their origin is `CreateRoute`, as
    that of users' routes is (go-to-k/cdk-real-drift issue 1276; terraform-provider-aws, route_table.go).
    """
    return str(seen.spec["target"]).startswith(("nat-", "igw-"))


def _destination(value: str) -> dict[str, str]:
    if value.startswith("pl-"):
        return {"DestinationPrefixListId": value}
    return {"DestinationIpv6CidrBlock" if ":" in value else "DestinationCidrBlock": value}


def _call(spec: Mapping[str, str]) -> dict[str, str]:
    target = spec["target"]
    parameter = "NatGatewayId" if target.startswith("nat-") else "GatewayId"
    return {"RouteTableId": spec["table"], parameter: target, **_destination(spec["destination"])}


def _seen(table: Item, route: Item) -> Seen:
    destinations = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    destination = next((route[key] for key in destinations if route.get(key)), "")
    target = next((route[key] for key in TARGETS if route.get(key)), route.get("InstanceId", ""))
    return Seen(
        address=naming.route(tag(table, ADDRESS_TAG), destination),
        kind=Route.kind,
        id=route_id(table["RouteTableId"], destination),
        spec={"table": table["RouteTableId"], "destination": destination, "target": target},
        state=STATES.get(route.get("State", "active"), State.PENDING),
        status=route.get("State", ""),
    )
