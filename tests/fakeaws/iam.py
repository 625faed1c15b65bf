"""Roles, their policies, and instance profiles."""

import json
from collections.abc import Iterator

from tests.fakeaws.listing import marked_page, with_tags, without_tags
from tests.fakeaws.world import ACCOUNT, Item, Refusal, Thing, World, not_found, serves, wire

iam = serves("iam")


def _exists(what: str, name: str) -> Refusal:
    return Refusal("EntityAlreadyExists", f"{what} with name {name} already exists.", 409)


def _held(text: str) -> Refusal:
    return Refusal("DeleteConflict", text, 409)


def _profiles_of(world: World, role: str) -> Iterator[Thing]:
    return (one for one in world.all("instance_profile") if role in one.truth["_roles"])


# -- roles ------------------------------------------------------------------------------------------------------------


@iam("CreateRole")
def create_role(world: World, p: Item) -> Item:
    name, path = p["RoleName"], p.get("Path", "/")
    if world.get("role", name):
        raise _exists("Role", name)
    world.limit("roles", "LimitExceeded", len(world.all("role")))
    item = {
        "Path": path, "RoleName": name, "RoleId": f"AROA{world.digits(17).upper()}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}", "CreateDate": world.date,
        "AssumeRolePolicyDocument": _document(p["AssumeRolePolicyDocument"]),
        "Description": p.get("Description", ""), "MaxSessionDuration": 3600,
        "_tags": with_tags([], p.get("Tags", [])), "_attached": (), "_inline": {},
    }  # fmt: skip
    world.make("role", name, item)
    return {"Role": {**wire(item), "Tags": item["_tags"]}}


def _document(text: str) -> Item:
    try:
        return dict(json.loads(text))
    except ValueError:
        raise Refusal("MalformedPolicyDocument", "This policy contains invalid Json") from None


@iam("GetRole")
def get_role(world: World, p: Item) -> Item:
    [item] = world.shown("role", [p["RoleName"]])
    return {"Role": {**wire(item), "Tags": item["_tags"]}}


@iam("ListRoles")
def list_roles(world: World, p: Item) -> Item:
    found = [wire(item) for item in world.shown("role") if item["Path"].startswith(p.get("PathPrefix", "/"))]
    return marked_page(world, p, "Roles", found)


@iam("UpdateAssumeRolePolicy")
def update_assume_role_policy(world: World, p: Item) -> Item:
    world.change(world.ref("role", p["RoleName"]), AssumeRolePolicyDocument=_document(p["PolicyDocument"]))
    return {}


@iam("DeleteRole")
def delete_role(world: World, p: Item) -> Item:
    role = world.ref("role", p["RoleName"])
    if any(_profiles_of(world, role.id)):
        raise _held("Cannot delete entity, must remove roles from instance profile first.")
    if role.truth["_attached"]:
        raise _held("Cannot delete entity, must detach all policies first.")
    if role.truth["_inline"]:
        raise _held("Cannot delete entity, must delete policies first.")
    world.remove(role)
    return {}


@iam("TagRole")
def tag_role(world: World, p: Item) -> Item:
    role = world.ref("role", p["RoleName"])
    world.change(role, _tags=with_tags(role.truth["_tags"], p["Tags"]))
    return {}


@iam("UntagRole")
def untag_role(world: World, p: Item) -> Item:
    role = world.ref("role", p["RoleName"])
    world.change(role, _tags=without_tags(role.truth["_tags"], [{"Key": key} for key in p["TagKeys"]]))
    return {}


# -- policies ---------------------------------------------------------------------------------------------------------


@iam("AttachRolePolicy")
def attach_role_policy(world: World, p: Item) -> Item:
    role, arn = world.ref("role", p["RoleName"]), p["PolicyArn"]
    if not arn.startswith("arn:aws:iam::aws:policy/"):
        raise Refusal("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    if arn not in role.truth["_attached"]:
        world.change(role, _attached=(*role.truth["_attached"], arn))
    return {}


@iam("DetachRolePolicy")
def detach_role_policy(world: World, p: Item) -> Item:
    role, arn = world.ref("role", p["RoleName"]), p["PolicyArn"]
    if arn not in role.truth["_attached"]:
        raise Refusal("NoSuchEntity", f"Policy {arn} was not found.", 404)
    world.change(role, _attached=tuple(one for one in role.truth["_attached"] if one != arn))
    return {}


@iam("ListAttachedRolePolicies")
def list_attached_role_policies(world: World, p: Item) -> Item:
    [role] = world.shown("role", [p["RoleName"]])
    found = [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in role["_attached"]]
    return marked_page(world, p, "AttachedPolicies", found)


@iam("ListEntitiesForPolicy")
def list_entities_for_policy(world: World, p: Item) -> Item:
    found = [
        {"RoleName": item["RoleName"], "RoleId": item["RoleId"]}
        for item in world.shown("role")
        if p["PolicyArn"] in item["_attached"] and item["Path"].startswith(p.get("PathPrefix", "/"))
    ]
    return {"PolicyGroups": [], "PolicyUsers": [], **marked_page(world, p, "PolicyRoles", found)}


@iam("PutRolePolicy")
def put_role_policy(world: World, p: Item) -> Item:
    role = world.ref("role", p["RoleName"])
    world.change(role, _inline={**role.truth["_inline"], p["PolicyName"]: _document(p["PolicyDocument"])})
    return {}


@iam("DeleteRolePolicy")
def delete_role_policy(world: World, p: Item) -> Item:
    role, name = world.ref("role", p["RoleName"]), p["PolicyName"]
    if name not in role.truth["_inline"]:
        raise Refusal("NoSuchEntity", f"The role policy with name {name} cannot be found.", 404)
    world.change(role, _inline={key: value for key, value in role.truth["_inline"].items() if key != name})
    return {}


@iam("ListRolePolicies")
def list_role_policies(world: World, p: Item) -> Item:
    [role] = world.shown("role", [p["RoleName"]])
    return {"PolicyNames": list(role["_inline"]), "IsTruncated": False}


# -- instance profiles ------------------------------------------------------------------------------------------------


def _profile(world: World, item: Item) -> Item:
    roles = [world.get("role", name) for name in item["_roles"]]
    return {**wire(item), "Roles": [wire(role.truth) for role in roles if role]}


@iam("CreateInstanceProfile")
def create_instance_profile(world: World, p: Item) -> Item:
    name, path = p["InstanceProfileName"], p.get("Path", "/")
    if world.get("instance_profile", name):
        raise Refusal("EntityAlreadyExists", f"Instance Profile {name} already exists.", 409)
    tags = with_tags([], p.get("Tags", []))
    item = {
        "Path": path, "InstanceProfileName": name, "InstanceProfileId": f"AIPA{world.digits(17).upper()}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile{path}{name}", "CreateDate": world.date, "Tags": tags,
        "_roles": (), "_made": world.now, "_filled": world.now,
    }  # fmt: skip
    return {"InstanceProfile": _profile(world, world.make("instance_profile", name, item).truth)}


@iam("GetInstanceProfile")
def get_instance_profile(world: World, p: Item) -> Item:
    [item] = world.shown("instance_profile", [p["InstanceProfileName"]])
    return {"InstanceProfile": _profile(world, item)}


@iam("ListInstanceProfiles")
def list_instance_profiles(world: World, p: Item) -> Item:
    prefix = p.get("PathPrefix", "/")
    found = [_profile(world, one) for one in world.shown("instance_profile") if one["Path"].startswith(prefix)]
    return marked_page(world, p, "InstanceProfiles", found)


@iam("AddRoleToInstanceProfile")
def add_role_to_instance_profile(world: World, p: Item) -> Item:
    profile = world.ref("instance_profile", p["InstanceProfileName"])
    role = world.ref("role", p["RoleName"])
    if profile.truth["_roles"]:
        raise Refusal("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", 409)
    world.change(profile, _roles=(role.id,), _filled=world.now)
    return {}


@iam("RemoveRoleFromInstanceProfile")
def remove_role_from_instance_profile(world: World, p: Item) -> Item:
    profile = world.ref("instance_profile", p["InstanceProfileName"])
    if p["RoleName"] not in profile.truth["_roles"]:
        raise not_found("role", p["RoleName"])
    world.change(profile, _roles=())
    return {}


@iam("DeleteInstanceProfile")
def delete_instance_profile(world: World, p: Item) -> Item:
    profile = world.ref("instance_profile", p["InstanceProfileName"])
    if profile.truth["_roles"]:
        raise _held("Cannot delete entity, must remove roles from instance profile first.")
    world.remove(profile)
    return {}
