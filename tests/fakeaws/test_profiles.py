"""Instance profiles and metadata of machines on the fake."""

import asyncio

import pytest

from pltui.aws.client import Aws, Target
from pltui.engine.events import Phase
from pltui.engine.polling import CancellationToken
from tests.fakeaws import FakeAws
from tests.fakeaws.story import Story
from tests.fakecloud import labs
from tests.fakecloud.clock import run


def associations(story: Story, client: str) -> list[tuple[str, str]]:
    """(profile, state) of the client's associations."""
    filters = [{"Name": "instance-id", "Values": [client]}]
    answer = story.call("ec2", "DescribeIamInstanceProfileAssociations", Filters=filters)
    return [
        (one["IamInstanceProfile"]["Arn"].rpartition("/")[2], one["State"])
        for one in answer["IamInstanceProfileAssociations"]
    ]


def test_a_stopped_client_with_another_profile_gets_its_own_back_and_is_started() -> None:
    """ReplaceIamInstanceProfileAssociation would be refused until it runs (seen: terraform-provider-aws#8262)."""
    story = Story()
    story.converge()
    client, own = story.one("consumer/client"), story.one("consumer/client").spec["profile"]
    story.call("iam", "CreateRole", RoleName="theirs", AssumeRolePolicyDocument="{}")
    story.call("iam", "CreateInstanceProfile", InstanceProfileName="theirs")
    story.call("iam", "AddRoleToInstanceProfile", InstanceProfileName="theirs", RoleName="theirs")
    filters = [{"Name": "instance-id", "Values": [client.id]}]
    [held] = story.call("ec2", "DescribeIamInstanceProfileAssociations", Filters=filters)[
        "IamInstanceProfileAssociations"
    ]
    story.call("ec2", "DisassociateIamInstanceProfile", AssociationId=held["AssociationId"])
    story.call("ec2", "AssociateIamInstanceProfile", InstanceId=client.id, IamInstanceProfile={"Name": "theirs"})
    story.call("ec2", "StopInstances", InstanceIds=[client.id])
    assert story.converge().ok
    assert story.one("consumer/client").id == client.id
    assert story.one("consumer/client").spec["running"]
    assert associations(story, client.id) == [(own, "associated")]


@pytest.mark.parametrize("lost", [False, True])
def test_a_new_role_in_the_profile_is_used_at_once(lost: bool) -> None:
    """Without a new association the client would keep the credentials of the deleted role for up to an hour."""
    story = Story()
    story.converge()
    client, profile = story.one("consumer/client"), story.one("consumer/instance-profile")
    role = profile.spec["role"]
    story.call("iam", "RemoveRoleFromInstanceProfile", InstanceProfileName=profile.id, RoleName=role)
    if lost:
        story.call(
            "iam",
            "DetachRolePolicy",
            RoleName=role,
            PolicyArn=story.one("consumer/role/AmazonSSMManagedInstanceCore").spec["policy"],
        )
        story.call("iam", "DeleteRole", RoleName=role)
    before = len(story.fake.writes)
    assert story.converge().ok
    sent = [call.operation for call in story.fake.writes[before:]]
    steps = ["AddRoleToInstanceProfile", "DisassociateIamInstanceProfile", "AssociateIamInstanceProfile"]
    assert [operation for operation in sent if operation in steps] == steps
    assert associations(story, client.id) == [(profile.id, "associated")]


def test_a_profile_that_ec2_knows_late_gets_its_role_once() -> None:
    """A repeated AddRoleToInstanceProfile would be refused: a profile holds one role (IAM API reference)."""
    story = Story(fake=FakeAws(lag=4.0))

    async def main() -> tuple[bool, list[str]]:
        first = story.reconciler(CancellationToken())
        await first.converge()
        [profile] = [item for item in first.observed if item.kind == "instance_profile"]
        names = {"InstanceProfileName": profile.id, "RoleName": profile.spec["role"]}
        aws = Aws(Target(labs.REGION, "http://127.0.0.1:1"), wire=story.fake)
        await aws.call("iam", "RemoveRoleFromInstanceProfile", **names)
        await asyncio.sleep(60)  # until lists show it
        before = len(story.fake.writes)
        outcome = await story.reconciler(CancellationToken()).converge()
        return outcome.ok, [call.operation for call in story.fake.writes[before:]]

    ok, sent = run(main())
    assert ok
    assert not story.of("consumer/instance-profile", Phase.FAILED)
    assert sent.count("AddRoleToInstanceProfile") == 1
    assert sent[-1] == "AssociateIamInstanceProfile"


def test_a_metadata_endpoint_that_was_turned_off_is_turned_on() -> None:
    """Without it the machine has no credentials."""
    story = Story()
    story.converge()
    client = story.one("consumer/client").id
    story.call("ec2", "ModifyInstanceMetadataOptions", InstanceId=client, HttpEndpoint="disabled")
    [step] = story.plan().steps
    assert [change.field for change in step.changes] == ["http_endpoint"]
    assert story.converge().ok
    assert story.plan().steps == ()
