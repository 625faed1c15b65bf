"""Interface endpoints: an interface and a name per subnet, and the life of a connection."""

from collections.abc import Sequence

from tests.fakeaws import endpoint_services, gateway_endpoints, groups, interfaces
from tests.fakeaws.listing import described, field, tags_of
from tests.fakeaws.world import ACCOUNT, REGION, ZONES, Item, Refusal, Thing, World, serves, wire

ec2 = serves("ec2")

DNS_ZONE = "Z2E726K9Y6RL4W"  # where the region's endpoints have their names
# AWS's own services, with the names that private DNS gives them in a VPC.
OF_AWS = {f"com.amazonaws.{REGION}.{name}": f"{name}.{REGION}.amazonaws.com" for name in ("ssm", "ssmmessages")}
FILTERS = {
    "vpc-endpoint-id": field("VpcEndpointId"),
    "service-name": field("ServiceName"),
    "vpc-id": field("VpcId"),
    "vpc-endpoint-state": field("State"),
    "vpc-endpoint-type": field("VpcEndpointType"),
    "ip-address-type": field("IpAddressType"),
}


@ec2("CreateVpcEndpoint")
def create_vpc_endpoint(world: World, p: Item) -> Item:
    if before := world.made_before("CreateVpcEndpoint", p):
        return {"VpcEndpoint": wire(before.last), "ClientToken": p["ClientToken"]}
    if p["ServiceName"] in gateway_endpoints.PREFIX_LISTS:
        return {"VpcEndpoint": wire(gateway_endpoints.make(world, p).truth)}
    vpc = world.ref("vpc", p["VpcId"])
    service = _offered(world, p["ServiceName"], p.get("VpcEndpointType", "Gateway"))
    subnets = [world.ref("subnet", subnet) for subnet in p.get("SubnetIds", ())]
    _check_subnets(world, vpc.id, subnets, service)
    chosen = [world.ref("security_group", group).id for group in p.get("SecurityGroupIds", ())]
    _check_private_dns(p, service)
    tags = tags_of(p, "vpc-endpoint")
    there = sum(1 for _ in world.where("endpoint", VpcId=vpc.id))
    world.limit("endpoints", "VpcEndpointLimitExceeded", there)
    endpoint = _make(world, p, service, chosen or [groups.default_of(world, vpc.id)], tags)
    _set_subnets(world, endpoint, subnets)
    if not service["AcceptanceRequired"]:
        world.becoming(endpoint, "endpoint", lambda: world.change(endpoint, State="available"))
    elif world.asks_late:
        world.becoming(endpoint, "acceptance", lambda: world.change(endpoint, State="pendingAcceptance"))
    world.remember("CreateVpcEndpoint", p, endpoint)
    return {"VpcEndpoint": wire(endpoint.truth), **({"ClientToken": p["ClientToken"]} if "ClientToken" in p else {})}


def _make(world: World, p: Item, service: Item, chosen: list[str], tags: list[Item]) -> Thing:
    id_ = world.new_id("vpce")
    item = {
        "VpcEndpointId": id_, "VpcEndpointType": "Interface", "VpcId": p["VpcId"],
        "ServiceName": service["ServiceName"],
        "State": "pendingAcceptance" if service["AcceptanceRequired"] and not world.asks_late else "pending",
        "RouteTableIds": [],
        "SubnetIds": [], "Groups": interfaces.named(world, chosen), "IpAddressType": "ipv4",
        "PrivateDnsEnabled": p.get("PrivateDnsEnabled", False), "RequesterManaged": False, "NetworkInterfaceIds": [],
        "DnsEntries": [], "CreationTimestamp": world.date, "OwnerId": ACCOUNT, "Tags": tags,
        "_suffix": world.digits(8), "_connection": world.new_id("vpce-conn"),
    }  # fmt: skip
    return world.make("endpoint", id_, item)


def _offered(world: World, name: str, type_: str) -> Item:
    """Unknown, deleted and forbidden services look the same. AWS's own are in every zone."""
    if name in OF_AWS:
        return {"ServiceName": name, "AcceptanceRequired": False, "PrivateDnsName": OF_AWS[name]}
    found = next((item for item in world.shown("endpoint_service") if item["ServiceName"] == name), None)
    if (
        found is None
        or found["ServiceState"] == "Deleting"
        or not any(world.where("endpoint_service", ServiceName=name))
    ):
        raise Refusal("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    if type_ != "Interface":
        raise Refusal(
            "InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not support the endpoint type {type_}"
        )
    if "_new" in found:  # seen: aws/aws-sdk#805, aws-sdk-go-v2#2254
        raise Refusal("Unavailable", "The service is unavailable. Please try again shortly.", 503)
    return found


def _check_subnets(world: World, vpc: str, subnets: Sequence[Thing], service: Item) -> None:
    of_aws = service["ServiceName"] in OF_AWS
    of_them = {ZONES[zone] for zone in _zones_of(world, service["ServiceName"])}
    offered = of_them if of_aws else endpoint_services.zone_ids(world, service)
    for subnet in subnets:
        if subnet.truth["VpcId"] != vpc:
            raise Refusal("InvalidParameter", f"The subnet {subnet.id} is not in the VPC {vpc}")
        if subnet.truth["AvailabilityZoneId"] not in offered:
            raise Refusal(
                "InvalidParameter",
                f"The VPC endpoint service {service['ServiceName']} does not support the availability zone of the "
                f"subnet: {subnet.id}",
            )
    zones = [subnet.truth["AvailabilityZoneId"] for subnet in subnets]
    for number, zone in enumerate(zones):
        if zone in zones[:number]:
            raise Refusal(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {subnets[number].id}. VPC endpoint "
                "subnets should be in different availability zones supported by the VPC endpoint service.",
            )


def _check_private_dns(p: Item, service: Item) -> None:
    if p.get("PrivateDnsEnabled") and not service.get("PrivateDnsName"):
        raise Refusal(
            "InvalidParameter",
            f"Private DNS can't be enabled because the service {service['ServiceName']} does not provide a private DNS "
            "name.",
        )


def _set_subnets(world: World, endpoint: Thing, subnets: Sequence[Thing]) -> None:
    """An interface in each; the regional name comes first, then one a zone (PrivateLink guide)."""
    item = endpoint.truth
    chosen = [group["GroupId"] for group in item["Groups"]]
    there = {eni.truth["SubnetId"]: eni for eni in interfaces.held(world, endpoint.id)}
    text = f"VPC Endpoint Interface {endpoint.id}"
    for subnet in subnets:
        if subnet.id not in there:
            there[subnet.id] = interfaces.make(world, subnet, chosen, text, "vpc_endpoint", holder=endpoint.id)
    kept = {subnet.id for subnet in subnets}
    interfaces.remove(world, [eni for subnet, eni in there.items() if subnet not in kept])
    name = f"{endpoint.id}-{item['_suffix']}"
    service = f"{item['ServiceName'].rpartition('.')[2]}.{REGION}.vpce.amazonaws.com"
    zones = [f"{name}-{subnet.truth['AvailabilityZone']}" for subnet in subnets]
    world.change(
        endpoint,
        SubnetIds=[subnet.id for subnet in subnets],
        NetworkInterfaceIds=[there[subnet.id].id for subnet in subnets],
        DnsEntries=[{"DnsName": f"{one}.{service}", "HostedZoneId": DNS_ZONE} for one in (name, *zones)],
    )


@ec2("DescribeVpcEndpointServices")
def describe_vpc_endpoint_services(world: World, p: Item) -> Item:
    """AWS's own, by their names, which are in every zone but where `world.lacking` says otherwise."""
    for name in p["ServiceNames"]:
        _offered(world, name, "Interface")
    found = [{"ServiceName": name, "AvailabilityZones": _zones_of(world, name)} for name in p["ServiceNames"]]
    return {"ServiceDetails": found, "ServiceNames": p["ServiceNames"]}


def _zones_of(world: World, name: str) -> list[str]:
    return [zone for zone in ZONES if (name, zone) not in world.lacking]


@ec2("DescribeVpcEndpoints")
def describe_vpc_endpoints(world: World, p: Item) -> Item:
    return described(world, p, "endpoint", "VpcEndpoints", "VpcEndpointIds", FILTERS)


@ec2("ModifyVpcEndpoint")
def modify_vpc_endpoint(world: World, p: Item) -> Item:
    endpoint = world.ref("endpoint", p["VpcEndpointId"])
    item = endpoint.truth
    if item["State"] == "deleting":
        raise Refusal("IncorrectState", f"The Vpc Endpoint {endpoint.id} is deleting")
    named = [
        service for service in world.all("endpoint_service") if service.truth["ServiceName"] == item["ServiceName"]
    ]
    for service in named:
        _check_private_dns(p, service.truth)
    if "AddSecurityGroupIds" in p or "RemoveSecurityGroupIds" in p:
        _modify_groups(world, endpoint, p)
    if "AddSubnetIds" in p or "RemoveSubnetIds" in p:
        ids = [one for one in item["SubnetIds"] if one not in p.get("RemoveSubnetIds", ())]
        subnets = [world.ref("subnet", one) for one in dict.fromkeys([*ids, *p.get("AddSubnetIds", ())])]
        for service in named:
            _check_subnets(world, item["VpcId"], subnets, service.truth)
        _set_subnets(world, endpoint, subnets)
    if "PrivateDnsEnabled" in p:
        world.change(endpoint, PrivateDnsEnabled=p["PrivateDnsEnabled"])
    return {"Return": True}


def _modify_groups(world: World, endpoint: Thing, p: Item) -> None:
    kept = [g["GroupId"] for g in endpoint.truth["Groups"] if g["GroupId"] not in p.get("RemoveSecurityGroupIds", ())]
    added = [world.ref("security_group", group).id for group in p.get("AddSecurityGroupIds", ())]
    chosen = interfaces.named(world, list(dict.fromkeys([*kept, *added])))
    world.change(endpoint, Groups=chosen)
    for eni in interfaces.held(world, endpoint.id):
        world.change(eni, Groups=chosen)


@ec2("DeleteVpcEndpoints")
def delete_vpc_endpoints(world: World, p: Item) -> Item:
    def delete(endpoint: Thing) -> None:
        gateway_endpoints.remove_routes(world, endpoint)
        if endpoint.truth["State"] != "deleting":
            world.change(endpoint, State="deleting")
            world.becoming(endpoint, "endpoint deletion", lambda: _end(world, endpoint))

    return {"Unsuccessful": endpoint_services.unsuccessful(world, "endpoint", p["VpcEndpointIds"], delete)}


def _end(world: World, endpoint: Thing) -> None:
    """Its interfaces outlive it (terraform waits five minutes for them)."""
    lingering = interfaces.held(world, endpoint.id)
    world.change(endpoint, State="deleted")
    world.remove(endpoint)
    world.after("endpoint interfaces", lambda: interfaces.remove(world, lingering))
