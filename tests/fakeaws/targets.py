"""Target groups, who is registered with them, and whether they are well."""

from tests.fakeaws.balancing import ARN, attributes_of, check_name, with_attributes
from tests.fakeaws.listing import elb_page, with_tags
from tests.fakeaws.world import TAKES, Item, Refusal, Thing, World, serves, wire

elbv2 = serves("elbv2")

# ELBv2 API reference, TargetGroupAttribute and CreateTargetGroup.
FRESH = {
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "stickiness.enabled": "false",
    "stickiness.type": "source_ip",
    "proxy_protocol_v2.enabled": "false",
    "preserve_client_ip.enabled": "true",
    "deregistration_delay.timeout_seconds": "300",
    "deregistration_delay.connection_termination.enabled": "false",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
}
CHECKS = {
    "HealthCheckProtocol": "TCP", "HealthCheckPort": "traffic-port", "HealthCheckIntervalSeconds": 30,
    "HealthyThresholdCount": 5, "UnhealthyThresholdCount": 2, "HealthCheckTimeoutSeconds": 10,
    "HealthCheckEnabled": True,
}  # fmt: skip
Key = tuple[str, int]  # instance, port


def _check_timeout(checks: Item) -> None:
    """The timeout may be as long as the interval, and with HTTP not quite (hashicorp/terraform-provider-aws#2366)."""
    timeout, interval = checks["HealthCheckTimeoutSeconds"], checks["HealthCheckIntervalSeconds"]
    http = checks["HealthCheckProtocol"] == "HTTP"
    if timeout > interval or (http and timeout == interval):
        than = "smaller than" if http else "smaller than or equal to"
        raise Refusal("ValidationError", f"Health check timeout '{timeout}' must be {than} the interval '{interval}'")


@elbv2("CreateTargetGroup")
def create_target_group(world: World, p: Item) -> Item:
    check_name(p["Name"])
    usual = CHECKS | ({"HealthCheckTimeoutSeconds": 6} if p.get("HealthCheckProtocol") == "HTTP" else {})
    asked = {key: p.get(key, fresh) for key, fresh in usual.items()}
    _check_timeout(asked)
    settings = {
        "Protocol": p["Protocol"], "Port": p["Port"], "VpcId": p["VpcId"],
        "TargetType": p.get("TargetType", "instance"), **asked,
    }  # fmt: skip
    tags = with_tags([], p.get("Tags", []))
    for there in world.where("target_group", TargetGroupName=p["Name"]):
        if {key: there.truth[key] for key in settings} == settings and there.truth["_tags"] == tags:
            return {"TargetGroups": [wire(there.truth)]}
        text = f"A target group with the same name '{p['Name']}' exists, but with different settings"
        raise Refusal("DuplicateTargetGroupName", text)
    if world.get("vpc", p["VpcId"]) is None:
        raise Refusal("ValidationError", f"The VPC ID '{p['VpcId']}' is not found")
    world.limit("target_groups", "TooManyTargetGroups", len(world.all("target_group")))
    arn = f"{ARN}:targetgroup/{p['Name']}/{world.digits(16)}"
    item = {
        "TargetGroupArn": arn, "TargetGroupName": p["Name"], **settings, "LoadBalancerArns": [],
        "IpAddressType": "ipv4", "_attributes": FRESH, "_tags": tags, "_targets": {}, "_used_since": world.now,
    }  # fmt: skip
    return {"TargetGroups": [wire(world.make("target_group", arn, item).truth)]}


@elbv2("DescribeTargetGroups")
def describe_target_groups(world: World, p: Item) -> Item:
    found = world.shown("target_group", p.get("TargetGroupArns", ()))
    if arn := p.get("LoadBalancerArn"):
        found = [item for item in found if arn in item["LoadBalancerArns"]]
    if names := p.get("Names"):
        found = [item for item in found if item["TargetGroupName"] in names]
        if len(found) < len(set(names)):
            raise Refusal("TargetGroupNotFound", "One or more target groups not found")
    return elb_page(world, p, "TargetGroups", [wire(item) for item in found])


@elbv2("DescribeTargetGroupAttributes")
def describe_target_group_attributes(world: World, p: Item) -> Item:
    [item] = world.shown("target_group", [p["TargetGroupArn"]])
    return {"Attributes": attributes_of(item)}


@elbv2("ModifyTargetGroup")
def modify_target_group(world: World, p: Item) -> Item:
    group = world.ref("target_group", p["TargetGroupArn"])
    changed = {key: value for key, value in p.items() if key in CHECKS}
    _check_timeout({**group.truth, **changed})
    return {"TargetGroups": [wire(world.change(group, **changed))]}


@elbv2("ModifyTargetGroupAttributes")
def modify_target_group_attributes(world: World, p: Item) -> Item:
    group = world.ref("target_group", p["TargetGroupArn"])
    changed = with_attributes(group.truth, p, "Target group")
    return {"Attributes": attributes_of(world.change(group, _attributes=changed))}


@elbv2("DeleteTargetGroup")
def delete_target_group(world: World, p: Item) -> Item:
    group = world.ref("target_group", p["TargetGroupArn"])
    if group.truth["LoadBalancerArns"]:
        raise Refusal("ResourceInUse", f"Target group '{group.id}' is currently in use by a listener or a rule")
    world.remove(group)
    return {}


# -- registrations ----------------------------------------------------------------------------------------------------


def _key(group: Thing, target: Item) -> Key:
    return str(target["Id"]), int(target.get("Port") or group.truth["Port"])


@elbv2("RegisterTargets")
def register_targets(world: World, p: Item) -> Item:
    """Of those that are there already nothing changes."""
    group = world.ref("target_group", p["TargetGroupArn"])
    targets = dict(group.truth["_targets"])
    for target in p["Targets"]:
        instance = world.get("instance", target["Id"])
        shown = instance.shown(world.now) if instance else None
        if not instance or instance.truth.get("VpcId", group.truth["VpcId"]) != group.truth["VpcId"]:
            raise Refusal(
                "InvalidTarget",
                f"The following targets are not in the target group VPC '{group.truth['VpcId']}': '{target['Id']}'",
            )
        if shown is None or shown["State"]["Name"] != "running":
            raise Refusal(
                "InvalidTarget",
                f"The following targets are not in a running state and cannot be registered: '{target['Id']}'",
            )
        key = _key(group, target)
        if targets.get(key, (0.0, 0.0))[1] is not None:
            targets[key] = (world.now, None)
    world.change(group, _targets=targets)
    return {}


@elbv2("DeregisterTargets")
def deregister_targets(world: World, p: Item) -> Item:
    group = world.ref("target_group", p["TargetGroupArn"])
    delay = float(group.truth["_attributes"]["deregistration_delay.timeout_seconds"])
    targets = dict(group.truth["_targets"])
    for target in p["Targets"]:
        key = _key(group, target)
        if key in targets and targets[key][1] is None:
            used = bool(group.truth["LoadBalancerArns"])
            targets[key] = (targets[key][0], world.now + (delay * world.pace if used else 0.0))
    world.change(group, _targets=targets)
    return {}


def forget(world: World, instance: str) -> None:
    """A terminated instance leaves its groups by itself."""
    for group in world.all("target_group"):
        kept = {key: since for key, since in group.truth["_targets"].items() if key[0] != instance}
        if len(kept) < len(group.truth["_targets"]):
            world.change(group, _targets=kept)


def registered(group: Item) -> list[Key]:
    """Those that are not on their way out."""
    return [key for key, (_, until) in group["_targets"].items() if until is None]


# -- health -----------------------------------------------------------------------------------------------------------


@elbv2("DescribeTargetHealth")
def describe_target_health(world: World, p: Item) -> Item:
    [item] = world.shown("target_group", [p["TargetGroupArn"]])
    there = {key: since for key, since in item["_targets"].items() if since[1] is None or world.now < since[1]}
    asked = p.get("Targets")
    keys = [(one["Id"], one.get("Port", item["Port"])) for one in asked] if asked else list(there)
    return {
        "TargetHealthDescriptions": [
            {
                "Target": {"Id": instance, "Port": port},
                "HealthCheckPort": str(port),
                "TargetHealth": _health(world, item, (instance, port), there.get((instance, port))),
            }
            for instance, port in keys
        ]
    }


def _admits(world: World, instance: Item, port: int) -> bool:
    """True if some security group of the instance lets a client reach the port; from where is not looked at."""
    groups = [world.get("security_group", group["GroupId"]) for group in instance["SecurityGroups"]]
    rules = [rule for group in groups if group for rule in group.truth["IpPermissions"]]
    return any(rule.get("FromPort", 0) <= port <= rule.get("ToPort", 65535) for rule in rules)


def _health(world: World, group: Item, target: Key, since: tuple[float, float | None] | None) -> Item:
    """ELBv2 API reference, TargetHealth."""
    instance, port = target
    if since is None:
        return _is("unused", "Target.NotRegistered", "Target is not registered to the target group")
    if since[1] is not None:
        return _is("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
    thing = world.get("instance", instance)
    if thing is None or thing.truth["State"]["Name"] != "running":
        return _is("unused", "Target.InvalidState", "Target is in the stopped state")
    balancer = next((world.get("load_balancer", arn) for arn in group["LoadBalancerArns"]), None)
    if balancer is None:
        return _is("unused", "Target.NotInUse", "Target group is not configured to receive traffic")
    zone = thing.truth["Placement"]["AvailabilityZone"]
    if zone not in {one["ZoneName"] for one in balancer.truth["_zones"]}:
        return _is("unused", "Target.NotInUse", "Target is in an Availability Zone that is not enabled")
    known = max(since[0], group["_used_since"], thing.truth["_since"]) + TAKES["registration"] * world.pace
    checked = max(known, balancer.truth["_active_since"] or float("inf"))
    if world.now < known or checked == float("inf"):
        return _is("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
    sick = instance in world.sick or not _admits(world, thing.truth, port)
    threshold = group["UnhealthyThresholdCount" if sick else "HealthyThresholdCount"]
    if world.now < checked + group["HealthCheckIntervalSeconds"] * threshold * world.pace:
        return _is("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
    return _is("unhealthy", "Target.FailedHealthChecks", "Health checks failed") if sick else {"State": "healthy"}


def _is(state: str, reason: str, text: str) -> Item:
    return {"State": state, "Reason": reason, "Description": text}
