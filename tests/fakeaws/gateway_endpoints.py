"""Gateway endpoints: a route in each of their tables, which only the endpoint writes and removes."""

from tests.fakeaws.listing import tags_of
from tests.fakeaws.world import ACCOUNT, REGION, Item, Refusal, Thing, World

# AWS's services that have such endpoints, with the prefix lists of their addresses.
PREFIX_LISTS = {
    f"com.amazonaws.{REGION}.s3": "pl-61a54008",
    f"com.amazonaws.{REGION}.dynamodb": "pl-78a54011",
}


def make(world: World, p: Item) -> Thing:
    vpc, service = world.ref("vpc", p["VpcId"]), p["ServiceName"]
    tables = [world.ref("route_table", table) for table in p.get("RouteTableIds", ())]
    id_ = world.new_id("vpce")
    item = {
        "VpcEndpointId": id_, "VpcEndpointType": "Gateway", "VpcId": vpc.id, "ServiceName": service,
        "State": "available", "RouteTableIds": [table.id for table in tables], "SubnetIds": [], "Groups": [],
        "PrivateDnsEnabled": False, "RequesterManaged": False, "NetworkInterfaceIds": [], "DnsEntries": [],
        "CreationTimestamp": world.date, "OwnerId": ACCOUNT, "Tags": tags_of(p, "vpc-endpoint"),
    }  # fmt: skip
    for table in tables:
        route = {
            "DestinationPrefixListId": PREFIX_LISTS[service], "GatewayId": id_, "Origin": "CreateRoute",
            "State": "active",
        }  # fmt: skip
        world.change(table, Routes=[*table.truth["Routes"], route])
    return world.make("endpoint", id_, item)


def forget_table(world: World, table: str) -> None:
    for endpoint in world.all("endpoint"):
        tables = endpoint.truth["RouteTableIds"]
        if table in tables:
            world.change(endpoint, RouteTableIds=[one for one in tables if one != table])


def remove_routes(world: World, endpoint: Thing) -> None:
    for id_ in endpoint.truth["RouteTableIds"]:
        table = world.ref("route_table", id_)
        kept = [route for route in table.truth["Routes"] if route.get("GatewayId") != endpoint.id]
        world.change(table, Routes=kept)


def check_removable(route: Item, table: str) -> None:
    if route.get("GatewayId", "").startswith("vpce-"):
        destination = route["DestinationPrefixListId"]
        raise Refusal("InvalidParameterValue", f"cannot remove VPC endpoint route {destination} in route table {table}")
