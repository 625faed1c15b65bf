"""Security groups and their rules."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.fakeaws.listing import described, field, tags_of
from tests.fakeaws.world import ACCOUNT, Item, Refusal, Thing, World, serves

ec2 = serves("ec2")

FILTERS = {
    "group-id": field("GroupId"),
    "group-name": field("GroupName"),
    "vpc-id": field("VpcId"),
    "description": field("Description"),
}
# Where an IpPermission lists those it lets in, and what it calls each.
PEERS = {
    "IpRanges": "CidrIp", "Ipv6Ranges": "CidrIpv6", "UserIdGroupPairs": "GroupId", "PrefixListIds": "PrefixListId",
}  # fmt: skip


class Rule(NamedTuple):
    protocol: str
    low: int | None
    high: int | None
    kind: str  # of PEERS
    peer: str


ALL_OUT = Rule("-1", None, None, "IpRanges", "0.0.0.0/0")  # what a new group starts with (EC2 user guide)


def make_default(world: World, vpc: str) -> Thing:
    """The group every VPC begins with: it admits only itself."""
    group = _make(world, vpc, "default", "default VPC security group", [])
    itself = (Rule("-1", None, None, "UserIdGroupPairs", group.id),)
    world.change(group, _ingress=itself, IpPermissions=_permissions(itself), _implicit=True)
    return group


def _make(world: World, vpc: str, name: str, description: str, tags: list[Item]) -> Thing:
    id_ = world.new_id("sg")
    item = {
        "GroupId": id_, "GroupName": name, "Description": description, "VpcId": vpc, "OwnerId": ACCOUNT, "Tags": tags,
        "IpPermissions": [], "IpPermissionsEgress": _permissions((ALL_OUT,)), "_ingress": (), "_egress": (ALL_OUT,),
    }  # fmt: skip
    return world.make("security_group", id_, item)


def default_of(world: World, vpc: str) -> str:
    return next(world.where("security_group", VpcId=vpc, GroupName="default")).id


def _permissions(rules: Iterable[Rule]) -> list[Item]:
    found: dict[tuple[str, int | None, int | None], Item] = {}
    for rule in rules:
        ports = {} if rule.low is None else {"FromPort": rule.low, "ToPort": rule.high}
        empty: Item = {"IpProtocol": rule.protocol, **ports, **{kind: [] for kind in PEERS}}
        permission = found.setdefault(rule[:3], empty)
        more = {"UserId": ACCOUNT} if rule.kind == "UserIdGroupPairs" else {}
        permission[rule.kind].append({PEERS[rule.kind]: rule.peer, **more})
    return list(found.values())


def _rules(permissions: Iterable[Item]) -> Iterator[Rule]:
    for one in permissions:
        everything = one["IpProtocol"] == "-1"
        ports = (None, None) if everything else (one.get("FromPort"), one.get("ToPort"))
        for kind, key in PEERS.items():
            for peer in one.get(kind, ()):
                yield Rule(one["IpProtocol"], *ports, kind, peer[key])


@ec2("CreateSecurityGroup")
def create_security_group(world: World, p: Item) -> Item:
    vpc = world.ref("vpc", p["VpcId"])
    tags, name = tags_of(p, "security-group"), p["GroupName"]
    if name.startswith("sg-") or len(name) > 255:
        raise Refusal("InvalidParameterValue", f"Value ({name}) for parameter GroupName is invalid.")
    if name == "default":
        raise Refusal("InvalidParameterValue", "Cannot use reserved security group name: default")
    if any(g.truth["GroupName"].lower() == name.lower() for g in world.where("security_group", VpcId=vpc.id)):
        raise Refusal("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc.id}'")
    group = _make(world, vpc.id, name, p["Description"], tags)
    return {"GroupId": group.id, "Tags": tags}


@ec2("DescribeSecurityGroups")
def describe_security_groups(world: World, p: Item) -> Item:
    return described(world, p, "security_group", "SecurityGroups", "GroupIds", FILTERS)


@ec2("DeleteSecurityGroup")
def delete_security_group(world: World, p: Item) -> Item:
    group = world.ref("security_group", p["GroupId"])
    if group.truth["GroupName"] == "default":
        raise Refusal("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')
    used = any(
        one["GroupId"] == group.id for eni in world.all("network_interface") for one in eni.truth["Groups"]
    ) or any(
        rule.peer == group.id
        for other in world.all("security_group")
        if other is not group
        for rule in (*other.truth["_ingress"], *other.truth["_egress"])
    )
    if used:
        raise Refusal("DependencyViolation", f"resource {group.id} has a dependent object")
    world.remove(group)
    return {}


def _authorize(world: World, p: Item, way: str, key: str) -> Item:
    group = world.ref("security_group", p["GroupId"])
    rules, there = tuple(_rules(p["IpPermissions"])), group.truth[way]
    for rule in rules:
        if rule.kind == "UserIdGroupPairs" and rule.peer != group.id:
            world.ref("security_group", rule.peer)
        if rule in there:
            ports = f"from port: {rule.low}, to port: {rule.high}, " if rule.low is not None else ""
            protocol = "ALL" if rule.protocol == "-1" else rule.protocol.upper()
            raise Refusal(
                "InvalidPermission.Duplicate",
                f'the specified rule "peer: {rule.peer}, {protocol}, {ports}ALLOW" already exists',
            )
    if "security_group_rules" in world.limits and len(there) + len(rules) > world.limits["security_group_rules"]:
        raise Refusal("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group")
    new = (*there, *dict.fromkeys(rules))
    world.change(group, **{way: new, key: _permissions(new)})
    return {"Return": True}


def _revoke(world: World, p: Item, way: str, key: str) -> Item:
    group = world.ref("security_group", p["GroupId"])
    rules, there = set(_rules(p["IpPermissions"])), group.truth[way]
    if not rules <= set(there):
        raise Refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    kept = tuple(rule for rule in there if rule not in rules)
    world.change(group, **{way: kept, key: _permissions(kept)})
    return {"Return": True}


@ec2("AuthorizeSecurityGroupIngress")
def authorize_security_group_ingress(world: World, p: Item) -> Item:
    return _authorize(world, p, "_ingress", "IpPermissions")


@ec2("AuthorizeSecurityGroupEgress")
def authorize_security_group_egress(world: World, p: Item) -> Item:
    return _authorize(world, p, "_egress", "IpPermissionsEgress")


@ec2("RevokeSecurityGroupIngress")
def revoke_security_group_ingress(world: World, p: Item) -> Item:
    return _revoke(world, p, "_ingress", "IpPermissions")


@ec2("RevokeSecurityGroupEgress")
def revoke_security_group_egress(world: World, p: Item) -> Item:
    return _revoke(world, p, "_egress", "IpPermissionsEgress")
