"""What has the name of something wanted and is not this lab's stops the plan; it is taken over only where that is asked
for, and only where it can become what is wanted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from pltui.engine.reconcile import Outcome
from pltui.engine.serialize import plan_lines
from pltui.lab.session import Lab
from pltui.topology import Partition, instance_trust
from tests.fakeaws.faults import Call, Fault, at_write
from tests.fakecloud.clock import run
from tests.generated.account import HERE, ZONE, Account, converged, group_by_hand, reconciled
from tests.generated.bystanders import make_bystanders
from tests.generated.invariants import assert_exactly, assert_works
from tests.generated.labs import NAMES, all_desired, spec
from tests.generated.process import Ended, process

REFUSED = 4  # exit code


async def planned(account: Account, *, adopt: bool = False) -> tuple[Ended, list[str]]:
    """How `plan` ended, and what it showed; it writes nothing."""
    lines: list[str] = []

    async def plan(lab: Lab) -> Outcome:
        lines.extend(plan_lines(await lab.plan()))
        return Outcome(ok=True)

    ended = await process(account.cloud, spec("a"), plan, host=HERE, adopt=adopt)
    assert not ended.writes
    return ended, lines


def refusal(ended: Ended) -> str:
    assert ended.error, str(ended)
    assert ended.error.code == REFUSED, str(ended)
    return f"{ended.error.message}; {ended.error.hint}"


# -- load balancers and target groups ---------------------------------------------------------------------------------


async def no_balancer(account: Account) -> None:
    """Somebody deletes the service and the load balancer."""
    await account.hand("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[account.id("consumer/endpoint")])
    await asyncio.sleep(60)
    service = account.id("provider/endpoint-service")
    await account.hand("ec2", "DeleteVpcEndpointServiceConfigurations", ServiceIds=[service])
    await account.hand("elbv2", "DeleteLoadBalancer", LoadBalancerArn=account.id("provider/load-balancer"))


async def balancer(account: Account, subnet: str, **more: Any) -> str:
    """A load balancer of the wanted name, by hand."""
    parameters = {"Name": "small-nlb", "Type": "network", "Scheme": "internal", "Subnets": [subnet], **more}
    answer = await account.hand("elbv2", "CreateLoadBalancer", **parameters)
    return str(answer["LoadBalancers"][0]["LoadBalancerArn"])


async def test_a_load_balancer_by_hand_in_our_vpc_is_taken_over_with_its_listener_once_that_is_asked_for() -> None:
    account = await converged()
    await no_balancer(account)
    group = await account.hand(
        "elbv2", "CreateTargetGroup", Name="theirs", Protocol="TCP", Port=80, VpcId=account.id("provider/vpc")
    )
    theirs = group["TargetGroups"][0]["TargetGroupArn"]
    arn = await balancer(account, account.id("provider/private-subnet-1"))
    forward = [{"Type": "forward", "TargetGroupArn": theirs}]
    await account.hand(
        "elbv2", "CreateListener", LoadBalancerArn=arn, Protocol="TCP", Port=8080, DefaultActions=forward
    )
    before = account.everything()

    said, vpc = refusal((await planned(account))[0]), account.id("provider/vpc")
    assert f"provider/load-balancer: a load balancer named small-nlb in {vpc} exists ({arn})" in said
    assert "does not belong to this lab" in said
    assert "--adopt" in said
    assert refusal(await reconciled(account)) == said
    assert account.everything() == before, "nothing is changed before somebody says so"

    ended, lines = await planned(account, adopt=True)
    assert ended.ok, str(ended)
    assert f"~ provider/load-balancer {arn}  (differs: cross_zone, name_tag, lab)" in lines
    assert "    lab: nothing -> small" in lines
    assert "    port: 8080 -> 80" in lines
    assert account.everything() == before

    ended = await reconciled(account, adopt=True)
    assert ended.ok, str(ended)
    assert account.id("provider/load-balancer") == arn
    assert_works(account.cloud, NAMES["a"], all_desired("a"))
    left = {key: one for key, one in account.everything().items() if key[1] == theirs}
    assert_exactly(account.cloud, {NAMES["a"]: all_desired("a")}, left)
    assert (await planned(account))[1] == []


async def test_a_target_group_by_hand_is_taken_over_with_the_attributes_that_differ() -> None:
    account = await converged()
    await no_balancer(account)
    name = next(desired.spec["name"] for desired in all_desired("a") if desired.kind == "target_group")
    await account.hand("elbv2", "DeleteTargetGroup", TargetGroupArn=account.id("provider/target-group"))
    made = await account.hand(
        "elbv2", "CreateTargetGroup", Name=name, Protocol="TCP", Port=80, VpcId=account.id("provider/vpc")
    )
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    switch = {"Key": "load_balancing.cross_zone.enabled", "Value": "false"}
    await account.hand("elbv2", "ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=[switch])
    assert f"provider/target-group: a target group named {name} in vpc-" in refusal((await planned(account))[0])
    _, lines = await planned(account, adopt=True)
    assert "    cross_zone: false -> use_load_balancer_configuration" in lines
    ended = await reconciled(account, adopt=True)
    assert ended.ok, str(ended)
    assert account.id("provider/target-group") == arn
    assert_exactly(account.cloud, {NAMES["a"]: all_desired("a")}, {})


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED, Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
def test_taking_over_is_finished_by_the_next_run_whatever_happens_to_the_first(fault: Fault) -> None:
    async def main(number: int) -> None:
        account = await converged()
        await no_balancer(account)
        arn = await balancer(account, account.id("provider/private-subnet-1"))
        script = at_write(number, fault)
        verb = spec("a"), lambda lab: lab.reconcile()
        await process(account.cloud, *verb, host=HERE, script=script, adopt=True)
        ended = await reconciled(account, adopt=True)
        assert ended.ok, str(ended)
        assert account.id("provider/load-balancer") == arn
        assert_exactly(account.cloud, {NAMES["a"]: all_desired("a")}, {})

    for number in range(2, 6):  # the first takes the lease
        run(main(number))


async def in_another_vpc(account: Account) -> None:
    vpc = (await account.hand("ec2", "CreateVpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
    made = await account.hand("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.0.128.0/20", AvailabilityZone=ZONE)
    await balancer(account, made["Subnet"]["SubnetId"])


async def group_in_another_vpc(account: Account) -> None:
    vpc = (await account.hand("ec2", "CreateVpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
    name = next(desired.spec["name"] for desired in all_desired("a") if desired.kind == "target_group")
    await account.hand("elbv2", "CreateTargetGroup", Name=name, Protocol="TCP", Port=80, VpcId=vpc)


async def role_elsewhere(account: Account) -> None:
    name = next(desired.spec["name"] for desired in all_desired("a") if desired.kind == "role")
    await account.hand("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=instance_trust(Partition()))


async def profile_elsewhere(account: Account) -> None:
    name = next(desired.spec["name"] for desired in all_desired("a") if desired.kind == "instance_profile")
    await account.hand("iam", "CreateInstanceProfile", InstanceProfileName=name)


@pytest.mark.parametrize(
    ("hand", "address", "why"),
    [
        (in_another_vpc, "provider/load-balancer", "subnets"),
        (group_in_another_vpc, "provider/target-group", "vpc"),
        (role_elsewhere, "consumer/role", "path"),
        (profile_elsewhere, "consumer/instance-profile", "path"),
    ],
)
async def test_what_can_never_become_ours_stops_the_plan_whatever_is_asked_for(
    hand: Callable[[Account], Awaitable[None]], address: str, why: str
) -> None:
    account = Account()
    await hand(account)
    before = account.everything()
    for adopt in (False, True):
        for ended in ((await planned(account, adopt=adopt))[0], await reconciled(account, adopt=adopt)):
            said = refusal(ended)
            assert f"{address}: a" in said
            assert f"cannot be adopted: {why} cannot change in place" in said
            assert "--adopt" not in said, "it would not help"
    assert account.everything() == before, "nothing was made, changed or deleted"


@pytest.mark.parametrize("where", ["in its own VPC", "in ours"])
async def test_what_is_another_labs_is_never_taken_over(where: str) -> None:
    if where == "in ours":
        account = await converged()
        await no_balancer(account)
        tags = [{"Key": "pltui:lab", "Value": "other"}, {"Key": "pltui:address", "Value": "provider/load-balancer"}]
        await balancer(account, account.id("provider/private-subnet-1"), Tags=tags)
    else:
        account = Account()
        theirs = spec("b")
        named = replace(theirs.provider.load_balancer, name="small-nlb")
        theirs = replace(theirs, provider=replace(theirs.provider, load_balancer=named))
        made = await process(account.cloud, theirs, lambda lab: lab.reconcile(), host=HERE)
        assert made.ok, str(made)
    before = account.everything()
    for adopt in (False, True):
        for ended in ((await planned(account, adopt=adopt))[0], await reconciled(account, adopt=adopt)):
            assert "belongs to lab other" in refusal(ended)
    assert account.everything() == before


# -- security groups --------------------------------------------------------------------------------------------------


async def test_a_group_by_hand_that_fits_is_taken_over() -> None:
    account = await converged()
    group = await group_by_hand(account)
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    await account.hand("ec2", "AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[rule])
    said = refusal((await planned(account))[0])
    assert f"a security group named consumer-instance-sg in {account.id('consumer/vpc')} exists ({group})" in said
    _, lines = await planned(account, adopt=True)
    assert "    name: no name, without this lab's tags -> consumer-instance-sg" in lines
    assert "    ingress: -tcp/22 from 0.0.0.0/0" in lines
    ended = await reconciled(account, adopt=True)
    assert ended.ok, str(ended)
    assert account.id("consumer/instance-security-group") == group
    assert_exactly(account.cloud, {NAMES["a"]: all_desired("a")}, {})


async def test_a_group_by_hand_of_another_description_is_not_as_that_cannot_change() -> None:
    account = await converged()
    group = await group_by_hand(account, "by hand")
    before = account.everything()
    for ended in ((await planned(account, adopt=True))[0], await reconciled(account, adopt=True)):
        assert f"({group}) and does not belong to this lab, and cannot be adopted: description" in refusal(ended)
    assert account.everything() == before


# -- calls ------------------------------------------------------------------------------------------------------------


async def test_nothing_more_is_read_where_nothing_is_missing() -> None:
    account = Account()
    await make_bystanders(account.cloud)
    assert (await reconciled(account)).ok
    heard: list[Call] = []
    ended = await process(account.cloud, spec("a"), lambda lab: lab.reconcile(), host=HERE, script=heard.append)
    assert (ended.ok, ended.writes) == (True, 0)
    calls = [call.operation for call in heard]
    assert calls.count("DescribeSecurityGroups") == 1
    assert not {"GetRole", "GetInstanceProfile", "DescribeNetworkInterfaces"} & {*calls}


async def test_a_name_that_is_taken_stops_a_rename_before_anything_is_deleted_for_it() -> None:
    account = await converged()
    arn = await account.hand(
        "elbv2", "CreateLoadBalancer", Name="small-lb", Type="network", Scheme="internal",
        Subnets=[account.id("provider/private-subnet-1")],
    )  # fmt: skip
    assert arn
    before = account.everything()
    for adopt in (False, True):
        ended = await process(account.cloud, spec("a", "renamed"), lambda lab: lab.reconcile(), host=HERE, adopt=adopt)
        assert "a load balancer named small-lb" in refusal(ended)
    assert account.everything() == before
