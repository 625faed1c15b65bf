"""Which instance profile an instance has: EC2's side of IAM, which learns late of what IAM made."""

from tests.fakeaws.listing import described, field
from tests.fakeaws.world import PROFILE_LAG, Item, Refusal, Thing, World, serves, wire

ec2 = serves("ec2")

FILTERS = {"instance-id": field("InstanceId"), "state": field("State")}


def usable(world: World, asked: Item) -> Item:
    """The profile as instances show it. Raises Refusal while EC2 does not know it, or the role in it."""
    name = asked.get("Name") or asked["Arn"].rpartition("/")[2]
    given = "name" if "Name" in asked else "arn"
    profile = world.get("instance_profile", name)
    if profile is None or world.now < profile.truth["_made"] + PROFILE_LAG * world.lag:
        raise Refusal(
            "InvalidParameterValue",
            f"Value ({asked.get('Name') or asked['Arn']}) for parameter iamInstanceProfile.{given} is invalid. Invalid "
            f"IAM Instance Profile {given}",
        )
    item = profile.truth
    if not item["_roles"] or world.now < item["_filled"] + PROFILE_LAG * world.lag:
        raise Refusal("InvalidParameterValue", f'IAM Instance Profile "{item["Arn"]}" has no associated IAM Roles')
    return {"Arn": item["Arn"], "Id": item["InstanceProfileId"]}


def _of(world: World, instance: str) -> Thing | None:
    return next(world.where("profile_association", InstanceId=instance), None)


def associate(world: World, instance: Thing, profile: Item) -> Item:
    id_ = world.new_id("iip-assoc")
    item = {
        "AssociationId": id_, "InstanceId": instance.id, "IamInstanceProfile": profile, "State": "associated",
        "Timestamp": world.date,
    }  # fmt: skip
    world.change(instance, IamInstanceProfile=profile)
    return world.make("profile_association", id_, item).truth


def forget(world: World, instance: str) -> None:
    if association := _of(world, instance):
        world.remove(association)


@ec2("AssociateIamInstanceProfile")
def associate_iam_instance_profile(world: World, p: Item) -> Item:
    instance = world.ref("instance", p["InstanceId"])
    profile = usable(world, p["IamInstanceProfile"])
    if _of(world, instance.id):
        raise Refusal("IncorrectState", f"There is an existing association for instance {instance.id}")
    return {"IamInstanceProfileAssociation": wire(associate(world, instance, profile))}


@ec2("DescribeIamInstanceProfileAssociations")
def describe_iam_instance_profile_associations(world: World, p: Item) -> Item:
    key = "IamInstanceProfileAssociations"
    return described(world, p, "profile_association", key, "AssociationIds", FILTERS)


def _found(world: World, id_: str) -> Thing:
    association = world.get("profile_association", id_)
    if association is None:
        raise Refusal("InvalidAssociationID.NotFound", f"An invalid association-id of '{id_}' was given")
    return association


@ec2("DisassociateIamInstanceProfile")
def disassociate_iam_instance_profile(world: World, p: Item) -> Item:
    association = _found(world, p["AssociationId"])
    instance = world.ref("instance", association.truth["InstanceId"])
    world.remove(association)
    world.change(instance, "IamInstanceProfile")
    return {"IamInstanceProfileAssociation": {**association.last, "State": "disassociating"}}
