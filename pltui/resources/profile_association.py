"""Association of an instance with an instance profile, which gives the instance its credentials.

A profile is replaced by taking it off and associating another one. `ReplaceIamInstanceProfileAssociation` would work on
running instances only (EC2 API reference). After a change of the profile's role, only a new association makes the
instance use that role at once; otherwise it may take an hour (IAM API reference, AddRoleToInstanceProfile; IAM user
guide, "Use instance profiles").
"""

from __future__ import annotations

import asyncio

from pltui.resources.base import AwsContext, Item, retry_until_visible

IN_USE = ("associating", "associated")  # EC2 API reference, IamInstanceProfileAssociation: State


async def set_profile(lab: AwsContext, instance: str, profile: str) -> None:
    """Associate an instance with a profile, in place of the one it has.

    Raises:
        NotYetError: If the earlier association, or the profile, has not settled yet.
    """
    found = await _read_associations(lab, "instance-id", [instance])
    await asyncio.gather(*(_disassociate(lab, one) for one in found if one["State"] in IN_USE))
    await retry_until_visible(
        lab,
        lambda: lab.aws.call(
            "ec2", "AssociateIamInstanceProfile", InstanceId=instance, IamInstanceProfile={"Name": profile}
        ),
    )


async def renew_associations(lab: AwsContext, profile: str) -> None:
    """Associate all instances of a profile with it once more, so that they use its present role."""
    found = await _read_associations(lab, "state", list(IN_USE))
    named = (one for one in found if one["IamInstanceProfile"]["Arn"].rpartition("/")[2] == profile)
    await asyncio.gather(*(set_profile(lab, one["InstanceId"], profile) for one in named))


async def _read_associations(lab: AwsContext, name: str, values: list[str]) -> list[Item]:
    return await lab.aws.pages(
        "ec2",
        "DescribeIamInstanceProfileAssociations",
        "IamInstanceProfileAssociations",
        Filters=[{"Name": name, "Values": values}],
    )


async def _disassociate(lab: AwsContext, association: Item) -> None:
    await lab.aws.call("ec2", "DisassociateIamInstanceProfile", AssociationId=association["AssociationId"])
