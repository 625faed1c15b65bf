"""How long it takes on AWS until things show, work, and are gone."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pltui.aws.transport import ErrorAnswer
from tests.fakeaws import FakeAws
from tests.fakeaws.conversations.steps import (
    TRUST,
    Step,
    balancer,
    ec2,
    elbv2,
    endpoint,
    iam,
    instance,
    listener,
    service,
    ssm,
    subnet,
    target_group,
    targets,
    vpc,
)
from tests.fakeaws.test_contract import IDS
from tests.fakecloud.clock import run


class Talk:
    """Steps said to a fake, with time in between; `$name` is what an earlier one made."""

    def __init__(self, fake: FakeAws) -> None:
        self.fake, self.made = fake, dict[str, str]()

    async def say(self, step: Step) -> dict[str, Any]:
        import jmespath

        answer = await self.fake.send(step.service, step.operation, self._filled(step.parameters))
        if isinstance(step.keep, str) and step.keep:
            self.made[step.keep] = jmespath.search(IDS[step.operation], answer)
        elif step.keep:
            self.made |= {name: jmespath.search(path, answer) for name, path in step.keep.items()}
        return answer

    async def code(self, step: Step) -> str:
        """The code it is refused with; empty if it is not."""
        try:
            await self.say(step)
        except ErrorAnswer as error:
            return str(error.response["Error"]["Code"])
        return ""

    async def seconds_until(self, step: Step, wanted: Callable[[Any], bool]) -> float:
        """How long until what it answers, or its code, is so."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while True:
            try:
                answer: Any = await self.say(step)
            except ErrorAnswer as error:
                answer = error.response["Error"]["Code"]
            if wanted(answer):
                return loop.time() - begun
            assert loop.time() - begun < 7200, answer
            await asyncio.sleep(0.5)

    def _filled(self, value: Any) -> Any:
        match value:
            case str() if value.startswith("$"):
                return self.made[value[1:]]
            case dict():
                return {key: self._filled(item) for key, item in value.items()}
            case list():
                return [self._filled(item) for item in value]
        return value


def talking(story: Callable[[Talk], Any], **how: Any) -> Any:
    async def main() -> Any:
        return await story(Talk(FakeAws(**how)))

    return run(main())


def test_what_was_just_made_does_not_show_yet() -> None:
    async def story(talk: Talk) -> None:
        await talk.say(vpc())
        assert await talk.code(ec2("DescribeVpcs", VpcIds=["$vpc"])) == "InvalidVpcID.NotFound"
        assert (await talk.say(ec2("DescribeVpcs")))["Vpcs"] == []
        assert await talk.code(subnet()) == "InvalidVpcID.NotFound"
        await asyncio.sleep(2)
        assert await talk.code(subnet()) == ""
        assert len((await talk.say(ec2("DescribeVpcs")))["Vpcs"]) == 1

    talking(story)


def test_a_listing_shows_the_old_for_a_moment_after_a_change_or_a_deletion() -> None:
    async def story(talk: Talk) -> None:
        await talk.say(vpc())
        await asyncio.sleep(5)
        asked = ec2("DescribeVpcAttribute", VpcId="$vpc", Attribute="enableDnsHostnames")
        await talk.say(ec2("ModifyVpcAttribute", VpcId="$vpc", EnableDnsHostnames={"Value": True}))
        assert (await talk.say(asked))["EnableDnsHostnames"] == {"Value": False}
        await asyncio.sleep(1)
        assert (await talk.say(asked))["EnableDnsHostnames"] == {"Value": True}
        await talk.say(ec2("DeleteVpc", VpcId="$vpc"))
        assert len((await talk.say(ec2("DescribeVpcs")))["Vpcs"]) == 1
        assert await talk.code(ec2("DeleteVpc", VpcId="$vpc")) == "InvalidVpcID.NotFound"
        await asyncio.sleep(1)
        assert (await talk.say(ec2("DescribeVpcs")))["Vpcs"] == []

    talking(story)


def test_without_lag_everything_shows_at_once() -> None:
    async def story(talk: Talk) -> None:
        await talk.say(vpc())
        assert len((await talk.say(ec2("DescribeVpcs")))["Vpcs"]) == 1

    talking(story, lag=0.0)


def test_ec2_learns_of_a_profile_ten_seconds_after_iam() -> None:
    async def story(talk: Talk) -> None:
        for step in (
            iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST),
            iam("CreateInstanceProfile", InstanceProfileName="p"),
            vpc(),
        ):
            await talk.say(step)
        await asyncio.sleep(3)
        await talk.say(subnet())
        await talk.say(iam("AddRoleToInstanceProfile", InstanceProfileName="p", RoleName="r"))
        await asyncio.sleep(3)
        run_it = instance(IamInstanceProfile={"Name": "p"})
        seconds = await talk.seconds_until(run_it, lambda answer: answer != "InvalidParameterValue")
        assert 6 < seconds < 8

    talking(story)


def test_states_take_their_time_and_interfaces_outlive_what_they_belong_to() -> None:
    async def story(talk: Talk) -> None:
        for step in (vpc(), subnet(), balancer("nlb"), target_group("group"), listener()):
            await talk.say(step)
        state = elbv2("DescribeLoadBalancers", LoadBalancerArns=["$nlb"])
        assert await talk.code(service()) == "InvalidParameter"
        active = await talk.seconds_until(state, lambda a: a["LoadBalancers"][0]["State"]["Code"] == "active")
        assert 145 < active < 151
        await talk.say(service())
        assert await talk.code(endpoint()) == "Unavailable"
        await asyncio.sleep(15)
        await talk.say(endpoint())
        observed = ec2("DescribeVpcEndpoints", VpcEndpointIds=["$endpoint"])
        assert 59 < await talk.seconds_until(observed, lambda a: a["VpcEndpoints"][0]["State"] == "available") < 61
        await talk.say(ec2("DeleteVpcEndpoints", VpcEndpointIds=["$endpoint"]))
        assert 59 < await talk.seconds_until(observed, lambda a: a == "InvalidVpcEndpointId.NotFound") < 61
        await talk.say(ec2("DeleteVpcEndpointServiceConfigurations", ServiceIds=["$service"]))
        await asyncio.sleep(5)
        await talk.say(elbv2("DeleteLoadBalancer", LoadBalancerArn="$nlb"))
        gone = ec2("DeleteSubnet", SubnetId="$subnet")
        assert 110 < await talk.seconds_until(gone, lambda answer: answer != "DependencyViolation") < 121

    talking(story, lag=0.0)


def test_a_target_is_initial_until_it_is_registered_and_checked() -> None:
    async def story(talk: Talk) -> list[tuple[str, str]]:
        for step in (vpc(), subnet(), instance(), balancer("nlb"), target_group("group"), listener()):
            await talk.say(step)
        await asyncio.sleep(160)
        await talk.say(targets("RegisterTargets"))
        words: list[tuple[str, str]] = []
        begun = asyncio.get_running_loop().time()
        while not words or words[-1][0] != "healthy":
            answer = await talk.say(elbv2("DescribeTargetHealth", TargetGroupArn="$group"))
            health = answer["TargetHealthDescriptions"][0]["TargetHealth"]
            word = (health["State"], health.get("Reason", ""))
            words += [word] if word not in words else []
            await asyncio.sleep(5)
        assert 235 < asyncio.get_running_loop().time() - begun < 255  # 90 to be registered, 5 checks of 30
        return words

    states = talking(story, lag=0.0)
    assert states == [
        ("initial", "Elb.RegistrationInProgress"), ("initial", "Elb.InitialHealthChecking"), ("healthy", ""),
    ]  # fmt: skip


def test_a_lease_is_kept_in_a_parameter_whose_version_counts_up() -> None:
    async def story(talk: Talk) -> None:
        put = ssm("PutParameter", Name="/l", Value="a", Type="String")
        assert (await talk.say(put))["Version"] == 1
        assert await talk.code(put) == "ParameterAlreadyExists"
        await asyncio.sleep(100)
        assert (await talk.say(ssm("PutParameter", Name="/l", Value="b", Overwrite=True)))["Version"] == 2
        answer = await talk.say(ssm("GetParameter", Name="/l"))
        found = answer["Parameter"]
        assert (found["Value"], found["Version"], found["LastModifiedDate"].isoformat()[:16]) == (
            "b", 2, "2026-01-01T00:01",
        )  # fmt: skip
        assert answer["ResponseMetadata"]["HTTPHeaders"]["date"] == "Thu, 01 Jan 2026 00:01:40 GMT"

    talking(story)


@pytest.mark.parametrize(("name", "code"), [("vpcs", "VpcLimitExceeded")])
def test_a_quota_is_kept(name: str, code: str) -> None:
    async def story(talk: Talk) -> None:
        assert await talk.code(vpc()) == ""
        assert await talk.code(vpc("other")) == code

    talking(story, limits={name: 1})


def test_time_goes_on_from_one_loop_to_the_next() -> None:
    fake = FakeAws(lag=0.0)
    talk = Talk(fake)
    run(talk.say(vpc()))
    run(asyncio.sleep(0))
    assert run(talk.say(ec2("DescribeVpcs")))["Vpcs"][0]["State"] == "pending"

    async def later() -> str:
        await asyncio.sleep(1)
        return str((await talk.say(ec2("DescribeVpcs")))["Vpcs"][0]["State"])

    assert run(later()) == "available"
