"""Parameters of Systems Manager, and whose account it is."""

from tests.fakeaws.listing import ec2_page, with_tags
from tests.fakeaws.world import ACCOUNT, REGION, Item, Refusal, World, serves, wire

ssm, sts = serves("ssm"), serves("sts")

IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
NEWEST_IMAGE = "ami-0a1b2c3d4e5f60718"


@sts("GetCallerIdentity")
def get_caller_identity(world: World, p: Item) -> Item:
    return {"Account": ACCOUNT, "UserId": "AIDATEST", "Arn": f"arn:aws:iam::{ACCOUNT}:user/test"}


def _arn(name: str) -> str:
    return f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name.lstrip('/')}"


@ssm("PutParameter")
def put_parameter(world: World, p: Item) -> Item:
    name, overwrite = p["Name"], p.get("Overwrite", False)
    if name.lower().startswith("/aws/"):
        raise Refusal("AccessDeniedException", f"No access to reserved parameter name: {name}.")
    if name.lower().lstrip("/").startswith(("aws", "ssm")):
        raise Refusal("ValidationException", 'Parameter name: can\'t be prefixed with "aws" or "ssm".')
    if overwrite and "Tags" in p:
        raise Refusal(
            "ValidationException",
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
            "remove overwrite flag.",
        )
    there = world.get("parameter", name)
    if there and not overwrite:
        raise Refusal(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        )
    if there is None and "Type" not in p:
        raise Refusal("ValidationException", "A parameter type is required when you create a parameter.")
    if len(p["Value"].encode()) > 4096:
        raise Refusal(
            "ValidationException", "Standard tier parameters support a maximum parameter value of 4096 characters."
        )
    fresh = {"Value": p["Value"], "LastModifiedDate": world.date}
    if there:
        world.change(there, **fresh, Type=p.get("Type", there.truth["Type"]), Version=there.truth["Version"] + 1)
        return {"Version": there.truth["Version"], "Tier": "Standard"}
    item = {
        "Name": name, "Type": p["Type"], **fresh, "Version": 1, "ARN": _arn(name),
        "DataType": p.get("DataType", "text"), "_tags": with_tags([], p.get("Tags", [])),
    }  # fmt: skip
    world.make("parameter", name, item)
    return {"Version": 1, "Tier": "Standard"}


@ssm("GetParameter")
def get_parameter(world: World, p: Item) -> Item:
    if p["Name"] == IMAGE_PARAMETER:  # public: AWS keeps it pointing to the newest image
        public = {"Type": "String", "Value": NEWEST_IMAGE, "Version": 1, "DataType": "aws:ec2:image"}
        arn = f"arn:aws:ssm:{REGION}::parameter{IMAGE_PARAMETER}"
        return {"Parameter": {"Name": p["Name"], **public, "LastModifiedDate": world.date, "ARN": arn}}
    [item] = world.shown("parameter", [p["Name"]])
    return {"Parameter": wire(item)}


@ssm("DeleteParameter")
def delete_parameter(world: World, p: Item) -> Item:
    world.remove(world.ref("parameter", p["Name"]))
    return {}


@ssm("AddTagsToResource")
def add_tags_to_resource(world: World, p: Item) -> Item:
    thing = world.get("parameter", p["ResourceId"])
    if thing is None:
        raise Refusal("InvalidResourceId", "The resource ID isn't valid.")
    world.change(thing, _tags=with_tags(thing.truth["_tags"], p["Tags"]))
    return {}


@ssm("ListTagsForResource")
def list_tags_for_resource(world: World, p: Item) -> Item:
    thing = world.get("parameter", p["ResourceId"])
    if thing is None:
        raise Refusal("InvalidResourceId", "The resource ID isn't valid.")
    return {"TagList": thing.truth["_tags"]}


@ssm("DescribeInstanceInformation")
def describe_instance_information(world: World, p: Item) -> Item:
    """Only machines whose agent has registered are listed; `ConnectionLost` once it has been heard no more."""
    wanted = next((each["Values"] for each in p.get("Filters", ()) if each["Key"] == "InstanceIds"), None)
    rows = [
        {
            "InstanceId": one.id,
            "PingStatus": "Online" if one.id not in world.silent else "ConnectionLost",
            "LastPingDateTime": world.date,
            "ResourceType": "EC2Instance",
        }
        for one in world.all("instance")
        if (wanted is None or one.id in wanted)
        and one.truth.get("_registered")
        and one.truth["State"]["Name"] == "running"
    ]
    return ec2_page(world, p, "InstanceInformationList", rows)
