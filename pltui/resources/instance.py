"""EC2 instance. A ClientToken guards its create; terminated ones stay listed for about an hour.

User data can only be read one instance at a time, so a tag holds its digest. An edit made behind that is of no
consequence: cloud-init runs user data once, at the first boot (EC2 user guide, "Run commands at launch").
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from pltui.engine.errors import RefusedError
from pltui.engine.types import Change, Field, Seen, State, Traits, Want
from pltui.resources.base import (
    ADDRESS_TAG,
    NAMED,
    Item,
    Lab,
    Look,
    TaggedResource,
    create_once,
    gone_is_done,
    moment,
    named,
    tag,
)
from pltui.resources.managed import split_groups

USER_DATA_TAG = "pltui:user-data"
# The parameter AWS keeps pointing to the newest image (Systems Manager user guide, "public parameters").
NEWEST_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
# EC2 API reference, InstanceState. What is stopped can be started: that is a field, not a state.
STATES = {
    "pending": State.PENDING,
    "running": State.READY,
    "stopping": State.PENDING,
    "stopped": State.READY,
    "shutting-down": State.DELETING,
}


class Instance(TaggedResource):
    kind = "instance"
    operation, key, tag_type = "DescribeInstances", "Reservations", "instance"
    traits = Traits(
        {
            **NAMED,
            "subnet": Field.FIXED,
            "instance_type": Field.FIXED,
            "user_data_digest": Field.FIXED,
            "groups": Field.MUTABLE,
            "profile": Field.MUTABLE,
            "http_tokens": Field.MUTABLE,
            "running": Field.MUTABLE,
        },
        settles=True,
        lingers=True,
    )

    async def observe(self, look: Look) -> list[Seen]:
        found = await super().observe(look)
        missing = {want.address for want in look.wants.values() if want.kind == self.kind} - {s.address for s in found}
        if missing:
            look.lab.constants.begin("ssm", "GetParameter", Name=NEWEST_IMAGE)
        return found

    async def parse(self, look: Look, item: Item) -> Seen | None:
        return _seen(item)

    async def create(self, lab: Lab, want: Want, made: Callable[[Seen], None]) -> Seen:
        spec = want.spec
        image = (await lab.constants.each("ssm", "GetParameter", Name=NEWEST_IMAGE))["Parameter"]["Value"]
        tags = [*lab.tags(want), {"Key": USER_DATA_TAG, "Value": spec["user_data_digest"]}]
        more = {"UserData": spec["user_data"]} if spec["user_data"] else {}
        if spec["profile"]:
            more["IamInstanceProfile"] = {"Name": spec["profile"]}

        async def send(token: str) -> Seen | None:
            try:
                answer = await lab.aws.call(
                    "ec2",
                    "RunInstances",
                    ImageId=image,
                    InstanceType=spec["instance_type"],
                    MinCount=1,
                    MaxCount=1,
                    SubnetId=spec["subnet"],
                    SecurityGroupIds=sorted(spec["groups"]),
                    MetadataOptions={"HttpTokens": spec["http_tokens"], "HttpEndpoint": "enabled"},
                    TagSpecifications=[{"ResourceType": self.tag_type, "Tags": tags}],
                    ClientToken=token,
                    **more,
                )
            except RefusedError as error:
                if error.code == "IdempotentInstanceTerminated":
                    return None
                raise
            return _seen(answer["Instances"][0])

        return await create_once(lab, want, send, image)

    async def update(self, lab: Lab, want: Want, seen: Seen, changes: Mapping[str, Change]) -> Seen | None:
        await self.rename(lab, want, seen, changes)
        if "groups" in changes:
            groups = sorted({*changes["groups"].want, *seen.attached})  # the call replaces all of them
            await lab.aws.call("ec2", "ModifyInstanceAttribute", InstanceId=seen.id, Groups=groups)
        if "http_tokens" in changes:
            tokens = changes["http_tokens"].want
            await lab.aws.call("ec2", "ModifyInstanceMetadataOptions", InstanceId=seen.id, HttpTokens=tokens)
        if "profile" in changes:
            await _set_profile(lab, seen, changes["profile"].want)
        if "running" in changes:
            await lab.aws.call("ec2", "StartInstances", InstanceIds=[seen.id])
            return next(iter(await self.poll(lab, [seen])), None)
        return None

    async def delete(self, lab: Lab, seen: Seen) -> None:
        try:
            await gone_is_done(lab, "ec2", "TerminateInstances", InstanceIds=[seen.id])
        except RefusedError as error:
            if error.code != "OperationNotPermitted":  # what termination protection answers (EC2 user guide)
                raise
            unprotected = {"InstanceId": seen.id, "DisableApiTermination": {"Value": False}}
            await lab.aws.call("ec2", "ModifyInstanceAttribute", **unprotected)
            await gone_is_done(lab, "ec2", "TerminateInstances", InstanceIds=[seen.id])


async def _set_profile(lab: Lab, seen: Seen, profile: str) -> None:
    wanted = {"Name": profile}
    if not seen.spec["profile"]:
        await lab.aws.call("ec2", "AssociateIamInstanceProfile", InstanceId=seen.id, IamInstanceProfile=wanted)
        return
    associations = await lab.aws.pages(
        "ec2",
        "DescribeIamInstanceProfileAssociations",
        "IamInstanceProfileAssociations",
        Filters=[{"Name": "instance-id", "Values": [seen.id]}],
    )
    operation = "ReplaceIamInstanceProfileAssociation" if profile else "DisassociateIamInstanceProfile"
    more: dict[str, Any] = {"IamInstanceProfile": wanted} if profile else {}
    held = [one["AssociationId"] for one in associations if one["State"] in ("associating", "associated")]
    await asyncio.gather(*(lab.aws.call("ec2", operation, AssociationId=one, **more) for one in held))


def _seen(item: Item) -> Seen | None:
    status = item["State"]["Name"]
    groups, attached = split_groups(item.get("SecurityGroups", []))
    if status == "terminated":
        return None
    return Seen(
        address=tag(item, ADDRESS_TAG),
        kind=Instance.kind,
        id=item["InstanceId"],
        spec={
            **named(item),
            "subnet": item.get("SubnetId", ""),
            "instance_type": item["InstanceType"],
            "user_data_digest": tag(item, USER_DATA_TAG),
            "groups": groups,
            "profile": item.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2],
            "http_tokens": item.get("MetadataOptions", {}).get("HttpTokens", "optional"),
            # Until it has stopped for good there is nothing to start.
            "running": status != "stopped",
        },
        state=STATES.get(status, State.PENDING),
        status=status,
        name=tag(item, "Name"),
        created=moment(item.get("LaunchTime")),
        attached=attached,
    )
