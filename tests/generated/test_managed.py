"""Objects that AWS services place in a lab's VPCs or attach to its resources: recognised, named, left alone."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pltui.lab.session import Lab
from tests.fakeaws.faults import Call
from tests.fakeaws.world import ACCOUNT
from tests.fakecloud.clock import run
from tests.generated.account import LAB, ZONE, Account, converged
from tests.generated.labs import spec
from tests.generated.process import Ended, Host, process

GUARDDUTY = "com.amazonaws.ap-northeast-1.guardduty-data"


async def place_guardduty(account: Account) -> tuple[str, str]:
    """GuardDuty's endpoint and group in the consumer's VPC: their ids."""
    vpc, subnet = account.id("consumer/vpc"), account.id("consumer/private-subnet-1")
    name = f"GuardDutyManagedSecurityGroup-{vpc}"
    made = await account.hand("ec2", "CreateSecurityGroup", GroupName=name, Description="GuardDuty", VpcId=vpc)
    group = str(made["GroupId"])
    [service] = [one.detail["ServiceName"] for one in account.cloud.standing() if one.type == "endpoint_service"]
    made = await account.hand(
        "ec2", "CreateVpcEndpoint", VpcEndpointType="Interface", VpcId=vpc, SubnetIds=[subnet], ServiceName=service,
        SecurityGroupIds=[group],
    )  # fmt: skip
    endpoint = str(made["VpcEndpoint"]["VpcEndpointId"])
    await asyncio.sleep(60)
    await account.hand("ec2", "DescribeVpcEndpoints")  # time passes in the account with each call
    world = account.cloud.world
    world.change(
        world.ref("endpoint", endpoint), ServiceName=GUARDDUTY, Tags=[{"Key": "GuardDutyManaged", "Value": "true"}]
    )
    await asyncio.sleep(60)
    return endpoint, group


def destroyed(remove: bool) -> tuple[Account, Ended, tuple[str, str], list[Call], float]:
    """A lab with GuardDuty's objects, and the end of its destroy; seconds it took."""
    calls: list[Call] = []

    async def main() -> tuple[Account, Ended, tuple[str, str], list[Call], float]:
        account = await converged()
        placed = await place_guardduty(account)

        def destroy(lab: Lab) -> Awaitable[object]:
            return lab.destroy(remove_guardduty=remove)

        begun = asyncio.get_running_loop().time()
        ended = await process(account.cloud, spec("a"), destroy, host=Host(), script=calls.append)  # type: ignore[arg-type]
        return account, ended, placed, calls, asyncio.get_running_loop().time() - begun

    return run(main())


@pytest.mark.fidelity(
    "GuardDuty Runtime Monitoring places an endpoint and a group in VPCs with instances, and keeps them from deletion",
    source="hashicorp/terraform-provider-aws#46747; GuardDuty user guide, Runtime Monitoring",
)
def test_without_consent_destroy_names_guarddutys_objects_and_leaves_them() -> None:
    account, ended, placed, _, seconds = destroyed(remove=False)
    assert ended.outcome
    assert not ended.outcome.ok
    assert {one.id for one in account.cloud.standing()} >= set(placed)
    assert account.ours() == {"consumer/private-subnet-1", "consumer/vpc"}
    problems = "\n".join(ended.outcome.problems)
    assert "of GuardDuty" in problems
    assert "`pltui destroy --remove-guardduty`" in problems
    assert seconds < 300, "it is no use to wait for what GuardDuty keeps"


def test_with_consent_they_are_deleted_in_order_and_the_vpc_after_them() -> None:
    account, ended, placed, calls, _ = destroyed(remove=True)
    assert ended.ok, str(ended)
    assert not account.ours()
    assert not {one.id for one in account.cloud.standing()} & set(placed)
    deletes = [call for call in calls if call.operation in ("DeleteVpcEndpoints", "DeleteSecurityGroup")]
    order = [key for call in deletes for key in placed if key in str(call.parameters)]
    assert list(dict.fromkeys(order)) == list(placed), "the endpoint goes before the group"
    assert ended.outcome
    assert ended.outcome.passes <= 2, "interfaces that linger are waited out, as for the lab's own endpoints"


async def test_consent_covers_the_labs_own_vpcs_only() -> None:
    account = await converged()
    vpc = (await account.hand("ec2", "CreateVpc", CidrBlock="172.16.0.0/16"))["Vpc"]["VpcId"]
    made = await account.hand(
        "ec2", "CreateSecurityGroup", GroupName=f"GuardDutyManagedSecurityGroup-{vpc}", Description="x", VpcId=vpc
    )
    ended = await process(account.cloud, spec("a"), lambda lab: lab.destroy(remove_guardduty=True), host=Host())
    group = str(made["GroupId"])
    assert ended.ok, str(ended)
    assert group in {one.id for one in account.cloud.standing()}


# -- attached groups --------------------------------------------------------------------------------------------------


async def attach_to_server(account: Account, group: str) -> None:
    own = account.id("provider/service-security-group")
    await account.hand(
        "ec2", "ModifyInstanceAttribute", InstanceId=account.id("provider/server-1"), Groups=[own, group]
    )


async def attach_to_endpoint(account: Account, group: str) -> None:
    await account.hand(
        "ec2", "ModifyVpcEndpoint", VpcEndpointId=account.id("consumer/endpoint"), AddSecurityGroupIds=[group]
    )


@pytest.mark.fidelity(
    "Firewall Manager attaches replicated groups, named FMManagedSecurityGroup..., to instances and interfaces",
    source="Firewall Manager developer guide, Common security group policies",
)
@pytest.mark.parametrize(
    ("attach", "vpc", "address"),
    [
        (attach_to_server, "provider/vpc", "provider/server-1"),
        (attach_to_endpoint, "consumer/vpc", "consumer/endpoint"),
    ],
)
async def test_a_group_of_firewall_manager_is_no_drift_and_survives_a_repair(
    attach: Callable[[Account, str], Awaitable[None]], vpc: str, address: str
) -> None:
    account = await converged()
    name = "FMManagedSecurityGroup17859c5e-6e22-4f48-9f36-c5d1104e2446-sg-0c6317495f7e7c086"
    made = await account.hand("ec2", "CreateSecurityGroup", GroupName=name, Description="x", VpcId=account.id(vpc))
    group = str(made["GroupId"])
    await attach(account, group)

    observed: dict[str, dict[str, str]] = {}

    async def check(lab: Lab) -> object:
        plan = await lab.plan()
        assert not plan.steps
        observed.update({item.address: dict(item.attached) for item in lab.observed if item.attached})
        return await lab.reconcile()

    ended = await process(account.cloud, spec("a"), check, host=Host())  # type: ignore[arg-type]
    assert ended.ok, str(ended)
    assert observed == {address: {group: "Firewall Manager"}}


async def test_replacing_the_groups_of_a_server_keeps_the_one_that_firewall_manager_attached() -> None:
    account = await converged()
    made = await account.hand(
        "ec2", "CreateSecurityGroup", GroupName="FMManagedSecurityGroup1", Description="x",
        VpcId=account.id("provider/vpc"),
    )  # fmt: skip
    by_hand = await account.hand(
        "ec2", "CreateSecurityGroup", GroupName="by-hand", Description="x", VpcId=account.id("provider/vpc")
    )
    server, own = account.id("provider/server-1"), account.id("provider/service-security-group")
    groups = [made["GroupId"], by_hand["GroupId"]]
    await account.hand("ec2", "ModifyInstanceAttribute", InstanceId=server, Groups=groups)
    ended = await process(account.cloud, spec("a"), lambda lab: lab.reconcile(), host=Host())
    assert ended.ok, str(ended)
    [shown] = [one.detail for one in account.cloud.standing() if one.id == server]
    assert {each["GroupId"] for each in shown["SecurityGroups"]} == {own, made["GroupId"]}


# -- other accounts' connections ---------------------------------------------------------------------------------------


async def test_a_plan_names_each_endpoint_of_others_that_loses_its_connection() -> None:
    account = await converged()
    vpc = (await account.hand("ec2", "CreateVpc", CidrBlock="172.16.0.0/16"))["Vpc"]["VpcId"]
    parameters = {"VpcId": vpc, "CidrBlock": "172.16.0.0/24", "AvailabilityZone": ZONE}
    subnet = (await account.hand("ec2", "CreateSubnet", **parameters))["Subnet"]["SubnetId"]
    [service] = [one.detail["ServiceName"] for one in account.cloud.standing() if one.type == "endpoint_service"]
    made = await account.hand(
        "ec2", "CreateVpcEndpoint", VpcEndpointType="Interface", VpcId=vpc, SubnetIds=[subnet], ServiceName=service
    )
    notes: list[tuple[str, ...]] = []

    async def plans(lab: Lab) -> object:
        notes.extend([(await lab.plan()).notes, (await lab.plan(destroy=True)).notes])
        return await lab.reconcile()

    ended = await process(account.cloud, spec("a"), plans, host=Host())  # type: ignore[arg-type]
    assert ended.ok, str(ended)
    endpoint, reconciling, destroying = str(made["VpcEndpoint"]["VpcEndpointId"]), notes[0], notes[1]
    assert reconciling == ()
    assert destroying == (f"{endpoint} of account {ACCOUNT} loses its connection to provider/endpoint-service",)


# -- the wrong region -------------------------------------------------------------------------------------------------


def test_destroy_where_the_lab_is_not_names_the_region_where_it_is() -> None:
    async def main() -> str:
        account = Account()
        trust = '{"Version": "2012-10-17", "Statement": []}'
        await account.hand(
            "iam", "CreateRole", RoleName="elsewhere", Path=f"/pltui/eu-west-1/{LAB}/", AssumeRolePolicyDocument=trust
        )
        await account.hand(
            "iam", "CreateRole", RoleName="another", Path="/pltui/eu-west-2/another/", AssumeRolePolicyDocument=trust
        )
        ended = await process(account.cloud, spec("a"), lambda lab: lab.destroy(), host=Host())
        assert ended.ok, str(ended)
        assert ended.outcome
        return ended.outcome.message

    assert run(main()) == f"nothing of lab {LAB} in ap-northeast-1; it is in eu-west-1"
