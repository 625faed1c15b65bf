"""Route tables, their routes, and which subnets use them."""

from tests.fakeaws import gateway_endpoints
from tests.fakeaws.listing import described, field, tags_of
from tests.fakeaws.world import ACCOUNT, Item, Refusal, Thing, World, serves, wire

ec2 = serves("ec2")

DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
TARGETS = {"GatewayId": "internet_gateway", "NatGatewayId": "nat_gateway", "NetworkInterfaceId": "network_interface"}
FILTERS = {
    "route-table-id": field("RouteTableId"),
    "vpc-id": field("VpcId"),
    "association.subnet-id": lambda item: [one.get("SubnetId") for one in item["Associations"]],
    "association.route-table-association-id": lambda item: [
        one["RouteTableAssociationId"] for one in item["Associations"]
    ],
    "association.main": lambda item: [one["Main"] for one in item["Associations"]],
    "route.gateway-id": lambda item: [one.get("GatewayId") for one in item["Routes"]],
    "route.nat-gateway-id": lambda item: [one.get("NatGatewayId") for one in item["Routes"]],
}


def is_main(table: Item) -> bool:
    return any(one["Main"] for one in table["Associations"])


def make_main(world: World, vpc: str, cidr: str) -> Thing:
    """The table a VPC begins with: nobody asked for it, and it goes with the VPC."""
    table = _make(world, vpc, cidr, [])
    world.change(table, Associations=[_association(world, table.id, Main=True)], _implicit=True)
    return table


def _make(world: World, vpc: str, cidr: str, tags: list[Item]) -> Thing:
    id_ = world.new_id("rtb")
    local = {
        "DestinationCidrBlock": cidr, "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active",
    }  # fmt: skip
    item = {
        "RouteTableId": id_, "VpcId": vpc, "Routes": [local], "Associations": [], "PropagatingVgws": [],
        "OwnerId": ACCOUNT, "Tags": tags,
    }  # fmt: skip
    return world.make("route_table", id_, item)


def _association(world: World, table: str, **more: object) -> Item:
    id_ = world.new_id("rtbassoc")
    state = {"AssociationState": {"State": "associated"}}
    return {"RouteTableAssociationId": id_, "RouteTableId": table, "Main": False, **state, **more}


def forget_subnet(world: World, subnet: str) -> None:
    for table in world.all("route_table"):
        kept = [one for one in table.truth["Associations"] if one.get("SubnetId") != subnet]
        if len(kept) < len(table.truth["Associations"]):
            world.change(table, Associations=kept)


def mark(world: World, target: str, state: str) -> None:
    """What the routes that lead to `target` are now: `active` or `blackhole`."""
    for table in world.all("route_table"):
        routes = table.truth["Routes"]
        if any(target == route.get(key) for route in routes for key in TARGETS):
            marked = [{**r, "State": state} if any(r.get(key) == target for key in TARGETS) else r for r in routes]
            world.change(table, Routes=marked)


# -- tables -----------------------------------------------------------------------------------------------------------


@ec2("CreateRouteTable")
def create_route_table(world: World, p: Item) -> Item:
    if before := world.made_before("CreateRouteTable", p):
        return {"RouteTable": wire(before.last)}
    vpc = world.ref("vpc", p["VpcId"])
    table = _make(world, vpc.id, vpc.truth["CidrBlock"], tags_of(p, "route-table"))
    world.remember("CreateRouteTable", p, table)
    return {"RouteTable": wire(table.truth)}


@ec2("DescribeRouteTables")
def describe_route_tables(world: World, p: Item) -> Item:
    return described(world, p, "route_table", "RouteTables", "RouteTableIds", FILTERS)


@ec2("DeleteRouteTable")
def delete_route_table(world: World, p: Item) -> Item:
    table = world.ref("route_table", p["RouteTableId"])
    if table.truth["Associations"]:
        raise Refusal("DependencyViolation", f"The routeTable '{table.id}' has dependencies and cannot be deleted.")
    gateway_endpoints.forget_table(world, table.id)
    world.remove(table)
    return {}


# -- routes -----------------------------------------------------------------------------------------------------------


def _destination(p: Item) -> tuple[str, str]:
    return next((key, p[key]) for key in DESTINATIONS if key in p)


def _find(table: Thing, p: Item) -> Item | None:
    key, value = _destination(p)
    return next((route for route in table.truth["Routes"] if route.get(key) == value), None)


def _target(world: World, table: Thing, p: Item) -> Item:
    key = next(key for key in TARGETS if key in p)
    if p[key] == "local":
        return {key: "local"}
    thing = world.ref(TARGETS[key], p[key])
    vpcs = [one["VpcId"] for one in thing.truth["Attachments"]] if key == "GatewayId" else [thing.truth["VpcId"]]
    if table.truth["VpcId"] not in vpcs:
        raise Refusal(
            "InvalidParameterValue",
            f"route table {table.id} and network gateway {thing.id} belong to different networks",
        )
    if thing.truth.get("State") in ("deleted", "failed"):
        raise Refusal("NatGatewayNotFound", f"NAT gateway {thing.id} was not found")
    return {key: thing.id}


@ec2("CreateRoute")
def create_route(world: World, p: Item) -> Item:
    table = world.ref("route_table", p["RouteTableId"])
    target = _target(world, table, p)
    key, destination = _destination(p)
    if there := _find(table, p):
        if target.items() <= there.items():
            return {"Return": True}
        raise Refusal("RouteAlreadyExists", f"The route identified by {destination} already exists.")
    route = {key: destination, **target, "Origin": "CreateRoute", "State": "active"}
    world.change(table, Routes=[*table.truth["Routes"], route])
    return {"Return": True}


@ec2("ReplaceRoute")
def replace_route(world: World, p: Item) -> Item:
    table = world.ref("route_table", p["RouteTableId"])
    target = _target(world, table, p)
    key, destination = _destination(p)
    old = _find(table, p)
    if old is None:
        raise Refusal(
            "InvalidParameterValue",
            f"There is no route defined for '{destination}' in the route table. Use CreateRoute instead.",
        )
    new = {key: destination, **target, "Origin": "CreateRoute", "State": "active"}
    world.change(table, Routes=[new if route is old else route for route in table.truth["Routes"]])
    return {}


@ec2("DeleteRoute")
def delete_route(world: World, p: Item) -> Item:
    table = world.ref("route_table", p["RouteTableId"])
    old = _find(table, p)
    if old is None:
        raise Refusal(
            "InvalidRoute.NotFound",
            f"no route with destination-cidr-block {_destination(p)[1]} in route table {table.id}",
        )
    if old.get("GatewayId") == "local":
        raise Refusal("InvalidParameterValue", f"cannot remove local route {_destination(p)[1]}")
    gateway_endpoints.check_removable(old, table.id)
    world.change(table, Routes=[route for route in table.truth["Routes"] if route is not old])
    return {}


# -- associations -----------------------------------------------------------------------------------------------------


def _associated(world: World, id_: str) -> tuple[Thing, Item]:
    for table in world.all("route_table"):
        for one in table.truth["Associations"]:
            if one["RouteTableAssociationId"] == id_:
                return table, one
    raise Refusal("InvalidAssociationID.NotFound", f"The association ID '{id_}' does not exist")


@ec2("AssociateRouteTable")
def associate_route_table(world: World, p: Item) -> Item:
    table, subnet = world.ref("route_table", p["RouteTableId"]), world.ref("subnet", p["SubnetId"])
    if table.truth["VpcId"] != subnet.truth["VpcId"]:
        raise Refusal(
            "InvalidParameterValue", f"Route table {table.id} and subnet {subnet.id} belong to different networks"
        )
    if any(one.get("SubnetId") == subnet.id for t in world.all("route_table") for one in t.truth["Associations"]):
        raise Refusal(
            "Resource.AlreadyAssociated",
            f"the specified association for route table {table.id} conflicts with an existing association",
        )
    made = _association(world, table.id, SubnetId=subnet.id)
    world.change(table, Associations=[*table.truth["Associations"], made])
    return {"AssociationId": made["RouteTableAssociationId"], "AssociationState": made["AssociationState"]}


@ec2("DisassociateRouteTable")
def disassociate_route_table(world: World, p: Item) -> Item:
    table, one = _associated(world, p["AssociationId"])
    if one["Main"]:
        raise Refusal("InvalidParameterValue", f"cannot disassociate the main route table association {table.id}")
    world.change(table, Associations=[other for other in table.truth["Associations"] if other is not one])
    return {}


@ec2("ReplaceRouteTableAssociation")
def replace_route_table_association(world: World, p: Item) -> Item:
    table, one = _associated(world, p["AssociationId"])
    new = world.ref("route_table", p["RouteTableId"])
    world.change(table, Associations=[other for other in table.truth["Associations"] if other is not one])
    subnet = {"SubnetId": one["SubnetId"]} if "SubnetId" in one else {}
    made = _association(world, new.id, Main=one["Main"], **subnet)
    world.change(new, Associations=[*new.truth["Associations"], made])
    return {"NewAssociationId": made["RouteTableAssociationId"], "AssociationState": made["AssociationState"]}
