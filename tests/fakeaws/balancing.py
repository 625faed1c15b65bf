"""Network load balancers and their listeners."""

from collections.abc import Sequence
from typing import Any

from tests.fakeaws import endpoint_services, interfaces
from tests.fakeaws.listing import elb_page, with_tags, without_tags
from tests.fakeaws.world import ACCOUNT, REGION, Item, Refusal, Thing, World, serves, wire

elbv2 = serves("elbv2")

ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
HOSTED_ZONE = "Z31USIVHYNEOWT"  # where the region's network load balancers have their names
# ELBv2 API reference, LoadBalancerAttribute.
FRESH = {
    "access_logs.s3.enabled": "false",
    "deletion_protection.enabled": "false",
    "dns_record.client_routing_policy": "any_availability_zone",
    "load_balancing.cross_zone.enabled": "false",
    "zonal_shift.config.enabled": "false",
}


def attributes_of(item: Item) -> list[Item]:
    return [{"Key": key, "Value": value} for key, value in item["_attributes"].items()]


def with_attributes(item: Item, p: Item, what: str) -> dict[str, str]:
    changed = {one["Key"]: one["Value"] for one in p["Attributes"]}
    for key in changed:
        if key not in item["_attributes"]:
            raise Refusal("InvalidConfigurationRequest", f"{what} attribute key '{key}' is not recognized")
    return {**item["_attributes"], **changed}


def short(arn: str) -> str:
    """The part of an ARN that comes after its kind."""
    return arn.partition("/")[2]


def check_name(name: str) -> None:
    if not (0 < len(name) <= 32 and name.replace("-", "a").isalnum()) or name.startswith(("-", "internal-")):
        raise Refusal("ValidationError", f"The name '{name}' is not valid")


# -- load balancers ---------------------------------------------------------------------------------------------------


@elbv2("CreateLoadBalancer")
def create_load_balancer(world: World, p: Item) -> Item:
    check_name(p["Name"])
    zones = _zones(world, p["Subnets"])
    settings = {
        "Type": p.get("Type", "application"), "Scheme": p.get("Scheme", "internet-facing"), "_zones": zones,
        "SecurityGroups": sorted(p.get("SecurityGroups", [])),
    }  # fmt: skip
    tags = with_tags([], p.get("Tags", []))
    for there in world.where("load_balancer", LoadBalancerName=p["Name"]):
        if {key: there.truth.get(key, []) for key in settings} == settings and there.truth["_tags"] == tags:
            return {"LoadBalancers": [wire(there.truth)]}
        text = f"A load balancer with the same name '{p['Name']}' exists, but with different settings"
        raise Refusal("DuplicateLoadBalancerName", text)
    world.limit("load_balancers", "TooManyLoadBalancers", len(world.all("load_balancer")))
    vpc = world.ref("subnet", zones[0]["SubnetId"]).truth["VpcId"]
    if settings["Scheme"] == "internet-facing" and not any(
        one["VpcId"] == vpc for gateway in world.all("internet_gateway") for one in gateway.truth["Attachments"]
    ):
        raise Refusal("InvalidSubnet", f"VPC {vpc} has no internet gateway")
    return {"LoadBalancers": [wire(_make(world, p["Name"], vpc, settings, tags).truth)]}


def _make(world: World, name: str, vpc: str, settings: Item, tags: list[Item]) -> Thing:
    digits = world.digits(16)
    arn = f"{ARN}:loadbalancer/net/{name}/{digits}"
    item = {
        "LoadBalancerArn": arn, "DNSName": f"{name}-{digits}.elb.{REGION}.amazonaws.com",
        "CanonicalHostedZoneId": HOSTED_ZONE, "CreatedTime": world.date, "LoadBalancerName": name, "VpcId": vpc,
        "State": {"Code": "provisioning"}, "IpAddressType": "ipv4", **settings,
        "AvailabilityZones": _shown_zones(settings["_zones"]), "_attributes": FRESH, "_tags": tags,
        "_active_since": None,
    }  # fmt: skip
    if not item["SecurityGroups"]:
        del item["SecurityGroups"]
    balancer = world.make("load_balancer", arn, item)
    _set_interfaces(world, balancer)
    world.becoming(
        balancer,
        "load_balancer",
        lambda: world.change(balancer, State={"Code": "active"}, _active_since=world.now),
    )
    return balancer


def _zones(world: World, subnets: Sequence[str]) -> list[Item]:
    """The zones that are served, and by which subnet each."""
    found = []
    for id_ in subnets:
        try:
            truth = world.ref("subnet", id_).truth
        except Refusal:
            raise Refusal("SubnetNotFound", f"The subnet ID '{id_}' does not exist") from None
        found.append({"SubnetId": id_, "ZoneName": truth["AvailabilityZone"], "ZoneId": truth["AvailabilityZoneId"]})
    if len({one["ZoneId"] for one in found}) < len(found):
        raise Refusal(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    return sorted(found, key=lambda one: str(one["SubnetId"]))


def _shown_zones(zones: Sequence[Item]) -> list[Item]:
    return [{"ZoneName": z["ZoneName"], "SubnetId": z["SubnetId"], "LoadBalancerAddresses": []} for z in zones]


def _set_interfaces(world: World, balancer: Thing) -> None:
    """One in each zone; those of zones that left linger."""
    item = balancer.truth
    there = {eni.truth["SubnetId"]: eni for eni in interfaces.held(world, balancer.id)}
    text, wanted = f"ELB {short(balancer.id)}", {zone["SubnetId"] for zone in item["_zones"]}
    for subnet in sorted(wanted - there.keys()):
        interfaces.make(
            world, world.ref("subnet", subnet), item.get("SecurityGroups", ()), text, "network_load_balancer",
            holder=balancer.id, Attachment={"InstanceOwnerId": "amazon-aws", "Status": "attached"},
        )  # fmt: skip
    _linger(world, [eni for subnet, eni in there.items() if subnet not in wanted])


def _linger(world: World, lingering: list[Thing]) -> None:
    if lingering:
        world.after("load_balancer interfaces", lambda: interfaces.remove(world, lingering))


@elbv2("DescribeLoadBalancers")
def describe_load_balancers(world: World, p: Item) -> Item:
    found = world.shown("load_balancer", p.get("LoadBalancerArns", ()))
    if names := p.get("Names"):
        found = [item for item in found if item["LoadBalancerName"] in names]
        if missing := set(names) - {item["LoadBalancerName"] for item in found}:
            raise Refusal("LoadBalancerNotFound", f"Load balancers '[{', '.join(sorted(missing))}]' not found")
    return elb_page(world, p, "LoadBalancers", [wire(item) for item in found])


@elbv2("DescribeLoadBalancerAttributes")
def describe_load_balancer_attributes(world: World, p: Item) -> Item:
    [item] = world.shown("load_balancer", [p["LoadBalancerArn"]])
    return {"Attributes": attributes_of(item)}


@elbv2("ModifyLoadBalancerAttributes")
def modify_load_balancer_attributes(world: World, p: Item) -> Item:
    balancer = world.ref("load_balancer", p["LoadBalancerArn"])
    changed = with_attributes(balancer.truth, p, "Load balancer")
    return {"Attributes": attributes_of(world.change(balancer, _attributes=changed))}


@elbv2("SetSubnets")
def set_subnets(world: World, p: Item) -> Item:
    balancer = world.ref("load_balancer", p["LoadBalancerArn"])
    zones = _zones(world, p["Subnets"])
    lost = {zone["ZoneId"] for zone in balancer.truth["_zones"]} - {zone["ZoneId"] for zone in zones}
    used = [one for one in endpoint_services.of_balancer(world, balancer.id) if endpoint_services.live(world, one)]
    moved = {z["SubnetId"] for z in balancer.truth["_zones"]} - {z["SubnetId"] for z in zones}
    if used and (lost or moved):
        raise Refusal(
            "ResourceInUse",
            f"Subnets cannot be removed from load balancer '{balancer.id}' because it is currently associated with "
            "another service",
        )
    item = world.change(balancer, _zones=zones, AvailabilityZones=_shown_zones(zones))
    _set_interfaces(world, balancer)
    return {"AvailabilityZones": item["AvailabilityZones"], "IpAddressType": "ipv4"}


@elbv2("SetSecurityGroups")
def set_security_groups(world: World, p: Item) -> Item:
    balancer = world.ref("load_balancer", p["LoadBalancerArn"])
    chosen = p["SecurityGroups"]
    if bool(balancer.truth.get("SecurityGroups")) != bool(chosen):
        raise Refusal(
            "InvalidConfigurationRequest", "Security groups can only be changed on a load balancer created with them"
        )
    for eni in interfaces.held(world, balancer.id):
        world.change(eni, Groups=interfaces.named(world, chosen))
    world.change(balancer, SecurityGroups=sorted(chosen))
    return {"SecurityGroupIds": sorted(chosen)}


@elbv2("DeleteLoadBalancer")
def delete_load_balancer(world: World, p: Item) -> Item:
    balancer = world.get("load_balancer", p["LoadBalancerArn"])
    if balancer is None:
        return {}
    if balancer.truth["_attributes"]["deletion_protection.enabled"] == "true":
        raise Refusal(
            "OperationNotPermitted",
            f"Load balancer '{balancer.id}' cannot be deleted because deletion protection is enabled",
        )
    if endpoint_services.of_balancer(world, balancer.id):
        raise Refusal(
            "ResourceInUse",
            f"Load balancer '{balancer.id}' cannot be deleted because it is currently associated with another service",
        )
    for listener in list(world.where("listener", LoadBalancerArn=balancer.id)):
        _remove_listener(world, listener)
    _linger(world, interfaces.held(world, balancer.id))
    world.remove(balancer)
    return {}


# -- listeners --------------------------------------------------------------------------------------------------------


def _forwards(actions: Sequence[Item]) -> list[str]:
    return [action["TargetGroupArn"] for action in actions if "TargetGroupArn" in action]


def _check_groups(world: World, actions: Sequence[Item], balancer: str) -> None:
    for arn in _forwards(actions):
        group = world.ref("target_group", arn)
        if set(group.truth["LoadBalancerArns"]) - {balancer}:
            raise Refusal(
                "TargetGroupAssociationLimit",
                f"The following target groups cannot be associated with more than one load balancer: {arn}",
            )


def _refer(world: World) -> None:
    """Tell each target group which load balancer it is on, and since when."""
    used: dict[str, set[str]] = {}
    for listener in world.all("listener"):
        for arn in _forwards(listener.truth["DefaultActions"]):
            used.setdefault(arn, set()).add(listener.truth["LoadBalancerArn"])
    for group in world.all("target_group"):
        balancers = sorted(used.get(group.id, ()))
        if balancers != group.truth["LoadBalancerArns"]:
            world.change(group, LoadBalancerArns=balancers, _used_since=world.now)


@elbv2("CreateListener")
def create_listener(world: World, p: Item) -> Item:
    balancer = world.ref("load_balancer", p["LoadBalancerArn"])
    settings = {key: p[key] for key in ("Protocol", "Port", "DefaultActions")}
    for there in world.where("listener", LoadBalancerArn=balancer.id, Port=p["Port"]):
        if {key: there.truth[key] for key in settings} == settings:
            return {"Listeners": [wire(there.truth)]}
        raise Refusal(
            "DuplicateListener", f"A listener already exists on this port for this load balancer '{balancer.id}'"
        )
    _check_groups(world, p["DefaultActions"], balancer.id)
    arn = f"{ARN}:listener/{short(balancer.id)}/{world.digits(16)}"
    item = {"ListenerArn": arn, "LoadBalancerArn": balancer.id, **settings, "_tags": with_tags([], p.get("Tags", []))}
    listener = world.make("listener", arn, item)
    _refer(world)
    return {"Listeners": [wire(listener.truth)]}


@elbv2("DescribeListeners")
def describe_listeners(world: World, p: Item) -> Item:
    found = world.shown("listener", p.get("ListenerArns", ()))
    if arn := p.get("LoadBalancerArn"):
        world.shown("load_balancer", [arn])
        found = [item for item in found if item["LoadBalancerArn"] == arn]
    return elb_page(world, p, "Listeners", [wire(item) for item in found])


@elbv2("ModifyListener")
def modify_listener(world: World, p: Item) -> Item:
    listener = world.ref("listener", p["ListenerArn"])
    balancer = listener.truth["LoadBalancerArn"]
    changed: dict[str, Any] = {key: p[key] for key in ("Protocol", "Port", "DefaultActions") if key in p}
    port = changed.get("Port", listener.truth["Port"])
    if any(one is not listener for one in world.where("listener", LoadBalancerArn=balancer, Port=port)):
        raise Refusal(
            "DuplicateListener", f"A listener already exists on this port for this load balancer '{balancer}'"
        )
    _check_groups(world, changed.get("DefaultActions", ()), balancer)
    item = world.change(listener, **changed)
    _refer(world)
    return {"Listeners": [wire(item)]}


@elbv2("DeleteListener")
def delete_listener(world: World, p: Item) -> Item:
    _remove_listener(world, world.ref("listener", p["ListenerArn"]))
    return {}


def _remove_listener(world: World, listener: Thing) -> None:
    world.remove(listener)
    _refer(world)


# -- tags -------------------------------------------------------------------------------------------------------------


def _type(arn: str) -> str:
    kinds = {"loadbalancer": "load_balancer", "targetgroup": "target_group", "listener": "listener"}
    return kinds[arn.split(":")[5].partition("/")[0]]


@elbv2("DescribeTags")
def describe_tags(world: World, p: Item) -> Item:
    if len(p["ResourceArns"]) > 20:
        raise Refusal("ValidationError", "At most 20 resources can be asked for")
    found = [(arn, world.shown(_type(arn), [arn])[0]) for arn in p["ResourceArns"]]
    return {"TagDescriptions": [{"ResourceArn": arn, "Tags": item["_tags"]} for arn, item in found]}


@elbv2("AddTags")
def add_tags(world: World, p: Item) -> Item:
    for thing in [world.ref(_type(arn), arn) for arn in p["ResourceArns"]]:
        world.change(thing, _tags=with_tags(thing.truth["_tags"], p["Tags"]))
    return {}


@elbv2("RemoveTags")
def remove_tags(world: World, p: Item) -> Item:
    keys = [{"Key": key} for key in p["TagKeys"]]
    for thing in [world.ref(_type(arn), arn) for arn in p["ResourceArns"]]:
        world.change(thing, _tags=without_tags(thing.truth["_tags"], keys))
    return {}
