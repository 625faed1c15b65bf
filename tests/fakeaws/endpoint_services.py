"""Endpoint services, and the connections to them as their owner sees them."""

from collections.abc import Callable, Iterator

from tests.fakeaws.listing import described, ec2_page, field, filtered, tags_of
from tests.fakeaws.world import ACCOUNT, REGION, Item, Refusal, Thing, World, not_found, serves, wire

ec2 = serves("ec2")

LIVE = frozenset({"pendingAcceptance", "pending", "available"})  # keep their service from going
SERVICE_FILTERS = {
    "service-id": field("ServiceId"),
    "service-name": field("ServiceName"),
    "service-state": field("ServiceState"),
    "supported-ip-address-types": lambda item: item["SupportedIpAddressTypes"],
}
CONNECTION_FILTERS = {
    "service-id": field("ServiceId"),
    "vpc-endpoint-id": field("VpcEndpointId"),
    "vpc-endpoint-owner": field("VpcEndpointOwner"),
    "vpc-endpoint-state": field("VpcEndpointState"),
}


def connections(world: World, service: Thing) -> Iterator[Thing]:
    return world.where("endpoint", ServiceName=service.last["ServiceName"])


def live(world: World, service: Thing) -> bool:
    return any(one.truth["State"] in LIVE for one in connections(world, service))


def of_balancer(world: World, arn: str) -> list[Thing]:
    return [one for one in world.all("endpoint_service") if arn in one.truth["NetworkLoadBalancerArns"]]


def zone_ids(world: World, service: Item) -> set[str]:
    balancers = (world.get("load_balancer", arn) for arn in service["NetworkLoadBalancerArns"])
    return {zone["ZoneId"] for one in balancers if one for zone in one.truth["_zones"]}


def _check_balancers(world: World, arns: list[str]) -> None:
    for arn in arns:
        balancer = world.ref("load_balancer", arn) if world.get("load_balancer", arn) else None
        if balancer is None:
            raise Refusal("InvalidParameter", f"The load balancer {arn} does not exist or cannot serve endpoints")
        if balancer.truth["State"]["Code"] != "active":
            raise Refusal("InvalidParameter", f"The load balancer {arn} is not active")
        if of_balancer(world, arn):
            raise Refusal(
                "InvalidParameter", "LBs are already associated with another VPC Endpoint Service Configuration"
            )


@ec2("CreateVpcEndpointServiceConfiguration")
def create_vpc_endpoint_service_configuration(world: World, p: Item) -> Item:
    if before := world.made_before("CreateVpcEndpointServiceConfiguration", p):
        return {"ServiceConfiguration": wire(before.last), "ClientToken": p["ClientToken"]}
    tags = tags_of(p, "vpc-endpoint-service")
    _check_balancers(world, p["NetworkLoadBalancerArns"])
    id_ = world.new_id("vpce-svc")
    balancers = [world.ref("load_balancer", arn).truth for arn in p["NetworkLoadBalancerArns"]]
    item = {
        "ServiceType": [{"ServiceType": "Interface"}], "ServiceId": id_,
        "ServiceName": f"com.amazonaws.vpce.{REGION}.{id_}", "ServiceState": "Pending",
        "AvailabilityZones": sorted({zone["ZoneName"] for one in balancers for zone in one["_zones"]}),
        "AcceptanceRequired": p.get("AcceptanceRequired", True), "ManagesVpcEndpoints": False,
        "NetworkLoadBalancerArns": list(p["NetworkLoadBalancerArns"]), "SupportedIpAddressTypes": ["ipv4"],
        "BaseEndpointDnsNames": [f"{id_}.{REGION}.vpce.amazonaws.com"], "Tags": tags,
        "_new": True,
    }  # fmt: skip
    service = world.make("endpoint_service", id_, item)
    world.after("new service", lambda: service.gone or world.change(service, "_new"))
    world.becoming(service, "endpoint_service", lambda: world.change(service, ServiceState="Available"))
    world.remember("CreateVpcEndpointServiceConfiguration", p, service)
    token = {"ClientToken": p["ClientToken"]} if "ClientToken" in p else {}
    return {"ServiceConfiguration": wire(item), **token}


@ec2("DescribeVpcEndpointServiceConfigurations")
def describe_vpc_endpoint_service_configurations(world: World, p: Item) -> Item:
    return described(world, p, "endpoint_service", "ServiceConfigurations", "ServiceIds", SERVICE_FILTERS)


@ec2("ModifyVpcEndpointServiceConfiguration")
def modify_vpc_endpoint_service_configuration(world: World, p: Item) -> Item:
    service = world.ref("endpoint_service", p["ServiceId"])
    added, removed = p.get("AddNetworkLoadBalancerArns", []), p.get("RemoveNetworkLoadBalancerArns", [])
    if added or removed:
        if live(world, service):
            raise Refusal(
                "ExistingVpcEndpointConnections", f"Service {service.id} has existing active VPC Endpoint connections!"
            )
        _check_balancers(world, added)
        kept = [arn for arn in service.truth["NetworkLoadBalancerArns"] if arn not in removed]
        world.change(service, NetworkLoadBalancerArns=kept + added)
    if "AcceptanceRequired" in p:
        world.change(service, AcceptanceRequired=p["AcceptanceRequired"])
    return {"Return": True}


@ec2("DeleteVpcEndpointServiceConfigurations")
def delete_vpc_endpoint_service_configurations(world: World, p: Item) -> Item:
    def delete(service: Thing) -> None:
        if live(world, service):
            raise Refusal(
                "ExistingVpcEndpointConnections", f"Service {service.id} has existing active VPC Endpoint connections!"
            )
        if service.truth["ServiceState"] != "Deleting":
            world.change(service, ServiceState="Deleting")
            world.becoming(service, "endpoint_service deletion", lambda: _end(world, service))

    return {"Unsuccessful": unsuccessful(world, "endpoint_service", p["ServiceIds"], delete)}


def _end(world: World, service: Thing) -> None:
    world.change(service, ServiceState="Deleted")
    world.remove(service)


def unsuccessful(world: World, type_: str, ids: list[str], act: Callable[[Thing], None]) -> list[Item]:
    """What of a bulk call was refused, which is told with HTTP 200 (EC2 model), and with spellings of its own."""
    failed = []
    for id_ in ids:
        try:
            act(world.ref(type_, id_))
        except Refusal as refusal:
            failed.append(
                {"ResourceId": id_, "Error": {"Code": refusal.code.replace("Id.", "."), "Message": refusal.message}}
            )
    return failed


# -- connections ------------------------------------------------------------------------------------------------------


@ec2("DescribeVpcEndpointConnections")
def describe_vpc_endpoint_connections(world: World, p: Item) -> Item:
    services = {item["ServiceName"]: item for item in world.shown("endpoint_service")}
    shown = [item for item in world.shown("endpoint") if item["ServiceName"] in services]
    found = [_connection(services[item["ServiceName"]], item) for item in shown]
    chosen = filtered(found, p.get("Filters", ()), CONNECTION_FILTERS)
    return ec2_page(world, p, "VpcEndpointConnections", chosen)


def _connection(service: Item, endpoint: Item) -> Item:
    return {
        "ServiceId": service["ServiceId"], "VpcEndpointId": endpoint["VpcEndpointId"], "VpcEndpointOwner": ACCOUNT,
        "VpcEndpointState": endpoint["State"], "CreationTimestamp": endpoint["CreationTimestamp"],
        "DnsEntries": endpoint["DnsEntries"], "NetworkLoadBalancerArns": service["NetworkLoadBalancerArns"],
        "IpAddressType": "ipv4", "VpcEndpointConnectionId": endpoint["_connection"],
    }  # fmt: skip


@ec2("AcceptVpcEndpointConnections")
def accept_vpc_endpoint_connections(world: World, p: Item) -> Item:
    def accept(endpoint: Thing) -> None:
        if endpoint.truth["State"] in ("pendingAcceptance", "rejected"):
            world.change(endpoint, State="pending")
            world.becoming(endpoint, "endpoint", lambda: world.change(endpoint, State="available"))

    return _decide(world, p, accept)


@ec2("RejectVpcEndpointConnections")
def reject_vpc_endpoint_connections(world: World, p: Item) -> Item:
    """The consumer's endpoint stays `rejected` until its owner deletes it."""

    def reject(endpoint: Thing) -> None:
        if endpoint.truth["State"] in LIVE:
            endpoint.turn += 1  # what it was becoming, it becomes no more
            world.change(endpoint, State="rejected")

    return _decide(world, p, reject)


def _decide(world: World, p: Item, act: Callable[[Thing], None]) -> Item:
    service = world.ref("endpoint_service", p["ServiceId"])

    def decide(endpoint: Thing) -> None:
        if endpoint.truth["ServiceName"] != service.truth["ServiceName"]:
            raise not_found("endpoint", endpoint.id)
        act(endpoint)

    return {"Unsuccessful": unsuccessful(world, "endpoint", p["VpcEndpointIds"], decide)}
