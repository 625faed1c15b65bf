"""Instances: their states, and what a client token makes of a second RunInstances."""

from collections.abc import Callable

from tests.fakeaws import groups, interfaces, profiles, ssm
from tests.fakeaws.listing import ec2_page, field, filtered, tags_of
from tests.fakeaws.world import Item, Refusal, Thing, World, serves, wire

ec2 = serves("ec2")

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
FILTERS = {
    "instance-id": field("InstanceId"),
    "instance-state-name": lambda item: [item["State"]["Name"]],
    "instance-type": field("InstanceType"),
    "subnet-id": field("SubnetId"),
    "vpc-id": field("VpcId"),
    "client-token": field("ClientToken"),
    "image-id": field("ImageId"),
    "private-ip-address": field("PrivateIpAddress"),
    "availability-zone": lambda item: [item["Placement"]["AvailabilityZone"]],
    "instance.group-id": lambda item: [group["GroupId"] for group in item["SecurityGroups"]],
    "iam-instance-profile.arn": lambda item: [item.get("IamInstanceProfile", {}).get("Arn")],
}


def state(name: str) -> Item:
    return {"Code": CODES[name], "Name": name}


def status(instance: Thing) -> str:
    return str(instance.truth["State"]["Name"])


@ec2("RunInstances")
def run_instances(world: World, p: Item) -> Item:
    if before := world.made_before("RunInstances", p):
        if any(one.last["State"]["Name"] == "terminated" for one in before):
            raise Refusal(
                "IdempotentInstanceTerminated", "The request token is that of an instance that has been terminated"
            )
        return _reservation([one.last for one in before])
    _check_image(p["ImageId"])
    subnet = world.ref("subnet", p["SubnetId"])
    chosen = [world.ref("security_group", group).id for group in p.get("SecurityGroupIds", ())]
    if any(world.ref("security_group", group).truth["VpcId"] != subnet.truth["VpcId"] for group in chosen):
        raise Refusal(
            "InvalidParameter", f"Security group {chosen[0]} and subnet {subnet.id} are of different networks"
        )
    profile = profiles.usable(world, p["IamInstanceProfile"]) if "IamInstanceProfile" in p else None
    _check_capacity(world, p["InstanceType"], subnet.truth["AvailabilityZone"])
    tags = tags_of(p, "instance", "volume", "network-interface")
    running = sum(status(one) in ("pending", "running") for one in world.all("instance"))
    world.limit("instances", "VcpuLimitExceeded", running)
    made = [_make(world, p, subnet, chosen, tags, profile) for _ in range(p["MaxCount"])]
    world.remember("RunInstances", p, made)
    return _reservation([one.truth for one in made])


def _check_image(image: str) -> None:
    if image not in (ssm.NEWEST_IMAGE, f"resolve:ssm:{ssm.IMAGE_PARAMETER}"):
        raise Refusal("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist")


def _check_capacity(world: World, type_: str, zone: str) -> None:
    """EC2 answers with HTTP 500, as eksctl and cloudman have logged it."""
    if (type_, zone) in world.full:
        raise Refusal(
            "InsufficientInstanceCapacity",
            f"We currently do not have sufficient {type_} capacity in the Availability Zone you requested ({zone}). "
            "Our system will be working on provisioning additional capacity.",
            500,
        )


def _make(world: World, p: Item, subnet: Thing, chosen: list[str], tags: list[Item], profile: Item | None) -> Thing:
    vpc, id_ = subnet.truth["VpcId"], world.new_id("i")
    chosen = chosen or [groups.default_of(world, vpc)]
    public = {"Association": {"PublicIp": "203.0.113.1"}} if subnet.truth["MapPublicIpOnLaunch"] else {}
    eni = interfaces.make(world, subnet, chosen, "", "interface", holder=id_, Attachment={"InstanceId": id_}, **public)
    asked = p.get("MetadataOptions", {})
    item = {
        "InstanceId": id_, "ImageId": ssm.NEWEST_IMAGE, "InstanceType": p["InstanceType"], "State": state("pending"),
        "LaunchTime": world.date, "SubnetId": subnet.id, "VpcId": vpc,
        "PrivateIpAddress": eni.truth["PrivateIpAddress"],
        "Placement": {"AvailabilityZone": subnet.truth["AvailabilityZone"], "Tenancy": "default"},
        "SecurityGroups": interfaces.named(world, chosen),
        "NetworkInterfaces": [{"NetworkInterfaceId": eni.id}],
        "MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "enabled", "State": "applied", **asked},
        "ClientToken": p.get("ClientToken", ""), "Tags": tags,
        "_protected": p.get("DisableApiTermination", False), "_stop_protected": False, "_since": world.now,
    }  # fmt: skip
    instance = world.make("instance", id_, item)
    if profile:
        profiles.associate(world, instance, profile)
    if world.ended_at_launch:
        reason = world.ended_at_launch.pop(0)
        world.after("vpc", lambda: world.change(instance, State=state("shutting-down"), StateReason=reason))
        world.becoming(instance, "endpoint_service", lambda: _end(world, instance))
        return instance
    world.becoming(instance, "instance", lambda: _runs(world, instance))
    return instance


def _runs(world: World, instance: Thing) -> None:
    world.change(instance, State=state("running"), _since=world.now, _registered=False)
    world.after("agent", lambda: _registers(world, instance))


def _registers(world: World, instance: Thing) -> None:
    if not instance.gone and "IamInstanceProfile" in instance.truth and not world.never_registers:
        world.change(instance, _registered=True)


def _reservation(items: list[Item]) -> Item:
    return {"ReservationId": f"r-{items[0]['InstanceId'][2:]}", "Groups": [], "Instances": [wire(i) for i in items]}


@ec2("DescribeInstances")
def describe_instances(world: World, p: Item) -> Item:
    found = filtered(world.shown("instance", p.get("InstanceIds", ())), p.get("Filters", ()), FILTERS)
    return ec2_page(world, p, "Reservations", [_reservation([item]) for item in found])


# -- starting and ending ----------------------------------------------------------------------------------------------


def _turn(instance: Thing, was: str) -> Item:
    return {"InstanceId": instance.id, "PreviousState": state(was), "CurrentState": state(status(instance))}


@ec2("StartInstances")
def start_instances(world: World, p: Item) -> Item:
    def start(instance: Thing, was: str) -> None:
        if was not in ("stopped", "running", "pending"):
            text = f"The instance '{instance.id}' is not in a state from which it can be started."
            raise Refusal("IncorrectInstanceState", text)
        if was == "stopped":
            world.change(instance, State=state("pending"), StateReason={}, LaunchTime=world.date)
            if world.fails_to_start:
                reason = world.fails_to_start.pop(0)
                world.becoming(
                    instance, "instance", lambda: world.change(instance, State=state("stopped"), StateReason=reason)
                )
                return
            world.becoming(instance, "instance", lambda: _runs(world, instance))

    return _each(world, p, "StartingInstances", start)


@ec2("StopInstances")
def stop_instances(world: World, p: Item) -> Item:
    def stop(instance: Thing, was: str) -> None:
        if was in ("shutting-down", "terminated"):
            text = f"This instance '{instance.id}' is not in a state from which it can be stopped."
            raise Refusal("IncorrectInstanceState", text)
        if was in ("running", "pending"):
            world.change(instance, State=state("stopping"))
            world.becoming(instance, "instance stop", lambda: world.change(instance, State=state("stopped")))

    return _each(world, p, "StoppingInstances", stop)


@ec2("TerminateInstances")
def terminate_instances(world: World, p: Item) -> Item:
    def terminate(instance: Thing, was: str) -> None:
        if instance.truth["_stop_protected"]:
            raise Refusal(
                "OperationNotPermitted",
                f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiStop' instance attribute "
                "and try again.",
            )
        if instance.truth["_protected"]:
            raise Refusal(
                "OperationNotPermitted",
                f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiTermination' instance "
                "attribute and try again.",
            )
        if was not in ("shutting-down", "terminated"):
            reason = {"Code": "Client.UserInitiatedShutdown", "Message": "User initiated shutdown"}
            world.change(instance, State=state("shutting-down"), StateReason=reason)
            world.becoming(instance, "instance termination", lambda: _end(world, instance))

    return _each(world, p, "TerminatingInstances", terminate)


def _each(world: World, p: Item, key: str, act: Callable[[Thing, str], None]) -> Item:
    things = [world.ref("instance", id_) for id_ in p["InstanceIds"]]
    turns = []
    for thing in things:
        was = status(thing)
        act(thing, was)
        turns.append(_turn(thing, was))
    return {key: turns}


def _end(world: World, instance: Thing) -> None:
    """It leaves its network and its target groups, and is still listed for a while."""
    from tests.fakeaws import targets

    interfaces.remove(world, interfaces.held(world, instance.id))
    profiles.forget(world, instance.id)
    targets.forget(world, instance.id)
    gone = ("SubnetId", "VpcId", "PrivateIpAddress", "IamInstanceProfile")
    world.change(instance, *gone, State=state("terminated"), SecurityGroups=[], NetworkInterfaces=[])
    world.becoming(instance, "corpse", lambda: world.remove(instance))


# -- changing ---------------------------------------------------------------------------------------------------------


@ec2("ModifyInstanceAttribute")
def modify_instance_attribute(world: World, p: Item) -> Item:
    instance = world.ref("instance", p["InstanceId"])
    if "Groups" in p:
        chosen = [world.ref("security_group", group).id for group in p["Groups"]]
        [eni] = interfaces.held(world, instance.id)
        world.change(eni, Groups=interfaces.named(world, chosen))
        world.change(instance, SecurityGroups=interfaces.named(world, chosen))
    if "DisableApiTermination" in p:
        world.change(instance, _protected=p["DisableApiTermination"]["Value"])
    if "DisableApiStop" in p:
        world.change(instance, _stop_protected=p["DisableApiStop"]["Value"])
    if "InstanceType" in p or "UserData" in p:
        if status(instance) != "stopped":
            raise Refusal("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")
        if "InstanceType" in p:
            world.change(instance, InstanceType=p["InstanceType"]["Value"])
    return {}


@ec2("ModifyInstanceMetadataOptions")
def modify_instance_metadata_options(world: World, p: Item) -> Item:
    instance = world.ref("instance", p["InstanceId"])
    if status(instance) in ("shutting-down", "terminated"):
        raise Refusal("IncorrectState", f"The instance '{instance.id}' is not in a state that allows it")
    asked = {key: value for key, value in p.items() if key not in ("InstanceId", "DryRun")}
    options = {**instance.truth["MetadataOptions"], **asked}
    world.change(instance, MetadataOptions=options)
    return {"InstanceId": instance.id, "InstanceMetadataOptions": options}
