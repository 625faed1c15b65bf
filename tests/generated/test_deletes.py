"""What keeps a lab from going: what is ours lets go, what is another's is named and stays as it is."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import pytest

from pltui.topology import Partition, instance_trust
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.faults import Call, Fault, Script, always, no_faults
from tests.fakecloud.clock import run
from tests.generated.account import ZONE, Account
from tests.generated.invariants import assert_others_untouched
from tests.generated.labs import spec
from tests.generated.process import Ended, Host, process

HTTP = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}]


Hand = Callable[[Account], Awaitable[Collection[str]]]


def destroyed(hand: Hand, *, pace: float = 1.0, script: Script = no_faults) -> tuple[Account, Ended, Collection[str]]:
    """A lab, what `hand` did to it, and how its end went; `hand` tells the ids of what is another's."""

    async def main() -> tuple[Account, Ended, Collection[str]]:
        account = Account(FakeAws(lag=0.2, pace=pace))
        made = await process(account.cloud, spec("a"), lambda lab: lab.reconcile(), host=Host())
        assert made.ok, str(made)
        before = account.everything()
        others = await hand(account)
        after = account.everything()
        theirs = {key: one for key, one in after.items() if key not in before and key[1] in others}
        ended = await process(account.cloud, spec("a"), lambda lab: lab.destroy(), host=Host(), script=script)
        assert_others_untouched(account.cloud, theirs)
        return account, ended, others

    return run(main())


def assert_gone(account: Account, ended: Ended, others: Collection[str] = ()) -> None:
    assert ended.ok, str(ended)
    assert not account.ours()
    assert {one.id for one in account.cloud.standing()} == set(others)


# -- nobody in the way ------------------------------------------------------------------------------------------------


async def nothing(_: Account) -> Collection[str]:
    return ()


def test_nobody_is_asked_for_where_nothing_is_refused() -> None:
    calls: list[Call] = []
    account, ended, _ = destroyed(nothing, pace=0.0, script=calls.append)
    assert_gone(account, ended)
    assert calls
    assert "DescribeNetworkInterfaces" not in {call.operation for call in calls}


def test_a_delegation_that_another_hand_wrote_into_our_zone_goes_with_it() -> None:
    """Also NS and SOA records keep a zone, unless they are those it was born with."""

    async def delegate(account: Account) -> Collection[str]:
        [zone] = [one.id for one in account.cloud.standing() if one.type == "hosted_zone"]
        record = {
            "Name": "sub.example.local", "Type": "NS", "TTL": 300, "ResourceRecords": [{"Value": "ns.example.org."}],
        }  # fmt: skip
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        await account.hand("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)
        return ()

    account, ended, _ = destroyed(delegate, pace=0.1)
    assert_gone(account, ended)


@pytest.mark.parametrize("pace", [1.0, 1.5])
def test_interfaces_that_outlive_what_they_belonged_to_are_waited_out(pace: float) -> None:
    account, ended, _ = destroyed(nothing, pace=pace)
    assert_gone(account, ended)


# -- what lets go -----------------------------------------------------------------------------------------------------


def test_another_consumer_is_severed_from_the_service_and_keeps_its_endpoint() -> None:
    async def consume(account: Account) -> Collection[str]:
        vpc = (await account.hand("ec2", "CreateVpc", CidrBlock="172.16.0.0/16"))["Vpc"]["VpcId"]
        parameters = {"VpcId": vpc, "CidrBlock": "172.16.0.0/24", "AvailabilityZone": ZONE}
        subnet = (await account.hand("ec2", "CreateSubnet", **parameters))["Subnet"]["SubnetId"]
        [service] = [one.detail["ServiceName"] for one in account.cloud.standing() if one.type == "endpoint_service"]
        await account.hand(
            "ec2", "CreateVpcEndpoint", VpcEndpointType="Interface", VpcId=vpc, SubnetIds=[subnet], ServiceName=service
        )
        return vpc, subnet

    account, ended, others = destroyed(consume)
    assert ended.ok, str(ended)
    left = {one.id: one for one in account.cloud.standing() if one.id not in others}
    assert [(one.type, one.detail["State"]) for one in left.values()] == [("endpoint", "rejected")]


def test_groups_whose_rules_name_each_other_let_go_of_each_other() -> None:
    async def name_each_other(account: Account) -> Collection[str]:
        groups = [account.id(f"consumer/{name}-security-group") for name in ("endpoint", "instance")]
        for one, other in (groups, groups[::-1]):
            rule = [{**HTTP[0], "UserIdGroupPairs": [{"GroupId": other}]}]
            await account.hand("ec2", "AuthorizeSecurityGroupIngress", GroupId=one, IpPermissions=rule)
        return ()

    account, ended, _ = destroyed(name_each_other)
    assert_gone(account, ended)


async def protect_the_load_balancer(account: Account) -> None:
    await account.hand(
        "elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=account.id("provider/load-balancer"),
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}],
    )  # fmt: skip


async def protect_a_machine(account: Account) -> None:
    flag = {"DisableApiTermination": {"Value": True}}
    await account.hand("ec2", "ModifyInstanceAttribute", InstanceId=account.id("consumer/client"), **flag)


async def more_policies(account: Account) -> None:
    role = next(one.id for one in account.cloud.standing() if one.type == "role")
    await account.hand("iam", "AttachRolePolicy", RoleName=role, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    await account.hand(
        "iam", "PutRolePolicy", RoleName=role, PolicyName="x", PolicyDocument=instance_trust(Partition())
    )


async def more_records(account: Account) -> None:
    zone = next(one.id for one in account.cloud.standing() if one.type == "hosted_zone")
    for type_, value in (("TXT", '"by hand"'), ("A", "10.0.0.9")):
        record = {"Name": "hand.example.local", "Type": type_, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
        await account.hand("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch={"Changes": changes})


@pytest.mark.parametrize("meddle", [protect_the_load_balancer, protect_a_machine, more_policies, more_records])
def test_what_was_put_on_ours_goes_with_it(meddle: Callable[[Account], Awaitable[None]]) -> None:
    async def hand(account: Account) -> Collection[str]:
        await meddle(account)
        return ()

    account, ended, _ = destroyed(hand)
    assert_gone(account, ended)


# -- what another holds -----------------------------------------------------------------------------------------------


def assert_held(account: Account, ended: Ended, left: Collection[str], *said: str) -> None:
    """The run ends with a list of `left`, and nothing else of the lab's is there; it says who holds what."""
    assert ended.outcome, str(ended)
    assert (ended.outcome.ok, ended.outcome.denied) == (False, False)
    assert account.ours() == set(left)
    assert set(left) <= set(ended.outcome.left)
    for address in left:
        assert address in ended.outcome.message
    for words in said:
        assert words in "\n".join(ended.outcome.problems)


def interface(account: Account, instance: str) -> str:
    [found] = [
        one["NetworkInterfaceId"]
        for thing in account.cloud.standing()
        if thing.id == instance
        for one in thing.detail["NetworkInterfaces"]
    ]
    return str(found)


def test_anothers_machine_in_our_subnet_keeps_the_subnet_and_its_vpc_and_nothing_more() -> None:
    async def move_in(account: Account) -> Collection[str]:
        return [await account.machine(account.id("consumer/private-subnet-1"))]

    calls: list[Call] = []
    account, ended, [machine] = destroyed(move_in, script=calls.append)
    said = f"held by {interface(account, machine)} (instance {machine})"
    assert_held(account, ended, ["consumer/private-subnet-1", "consumer/vpc"], "DependencyViolation", said)
    asked, tried = (
        sum(call.operation == one for call in calls) for one in ("DescribeNetworkInterfaces", "DeleteSubnet")
    )
    assert 0 < asked < tried / 2, "what is refused for minutes is not looked into each time"


def test_a_network_acl_in_our_vpc_keeps_the_vpc_and_is_named() -> None:
    async def acl(account: Account) -> Collection[str]:
        answer = await account.hand("ec2", "CreateNetworkAcl", VpcId=account.id("consumer/vpc"))
        return [answer["NetworkAcl"]["NetworkAclId"]]

    account, ended, [id_] = destroyed(acl)
    assert_held(account, ended, ["consumer/vpc"], "DependencyViolation", f"held by {id_}")


def test_anothers_machine_that_uses_our_group_keeps_the_group_too() -> None:
    async def move_in(account: Account) -> Collection[str]:
        group = account.id("consumer/instance-security-group")
        return [await account.machine(account.id("consumer/private-subnet-1"), SecurityGroupIds=[group])]

    account, ended, _ = destroyed(move_in)
    left = ["consumer/instance-security-group", "consumer/private-subnet-1", "consumer/vpc"]
    assert_held(account, ended, left, f"sg-{account.id(left[0])[3:]} has a dependent object (held by eni-")


def test_anothers_group_that_names_ours_keeps_it() -> None:
    async def name_it(account: Account) -> Collection[str]:
        made = await account.hand(
            "ec2", "CreateSecurityGroup", GroupName="theirs", Description="x", VpcId=account.id("consumer/vpc")
        )
        rule = [{**HTTP[0], "UserIdGroupPairs": [{"GroupId": account.id("consumer/endpoint-security-group")}]}]
        await account.hand("ec2", "AuthorizeSecurityGroupIngress", GroupId=made["GroupId"], IpPermissions=rule)
        return [made["GroupId"]]

    account, ended, [group] = destroyed(name_it)
    left = ["consumer/endpoint-security-group", "consumer/vpc"]
    assert_held(account, ended, left, f"held by {group} by its rules")


def test_anothers_things_in_our_vpc_keep_the_vpc_alone() -> None:
    async def furnish(account: Account) -> Collection[str]:
        vpc = account.id("consumer/vpc")
        group = await account.hand("ec2", "CreateSecurityGroup", GroupName="theirs", Description="x", VpcId=vpc)
        table = await account.hand("ec2", "CreateRouteTable", VpcId=vpc)
        return group["GroupId"], table["RouteTable"]["RouteTableId"]

    account, ended, (group, table) = destroyed(furnish)
    assert_held(account, ended, ["consumer/vpc"], f"held by {group}, {table}")


def test_anothers_gateway_endpoint_in_our_tables_keeps_the_vpc_alone() -> None:
    named: list[str] = []

    async def connect(account: Account) -> Collection[str]:
        tables = [account.id("consumer/private-route-table-1"), account.id("consumer/public-route-table")]
        made = await account.hand(
            "ec2", "CreateVpcEndpoint", VpcId=account.id("consumer/vpc"), RouteTableIds=tables,
            ServiceName="com.amazonaws.ap-northeast-1.s3",
        )  # fmt: skip
        named.append(made["VpcEndpoint"]["VpcEndpointId"])
        return ()  # its tables go

    account, ended, _ = destroyed(connect)
    assert_held(account, ended, ["consumer/vpc"], f"held by {named[0]}")


def test_anothers_subnet_that_uses_our_table_is_let_go_and_keeps_the_vpc() -> None:
    """The association is part of our table; the subnet then uses the VPC's own, as any without one does."""

    async def use(account: Account) -> Collection[str]:
        made = await account.hand(
            "ec2", "CreateSubnet", VpcId=account.id("consumer/vpc"), CidrBlock="10.0.240.0/24", AvailabilityZone=ZONE
        )
        subnet = made["Subnet"]["SubnetId"]
        table = account.id("consumer/private-route-table-1")
        await account.hand("ec2", "AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
        return [subnet]

    account, ended, [subnet] = destroyed(use)
    assert_held(account, ended, ["consumer/vpc"], f"held by {subnet}")


def test_anothers_public_address_keeps_the_way_out() -> None:
    async def move_in(account: Account) -> Collection[str]:
        subnet = account.id("consumer/public-subnet-1")
        await account.hand("ec2", "ModifySubnetAttribute", SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
        return [await account.machine(subnet)]

    account, ended, [machine] = destroyed(move_in)
    left = ["consumer/internet-gateway", "consumer/public-subnet-1", "consumer/vpc"]
    said = f"before detaching the gateway. (held by {interface(account, machine)} (instance {machine}))"
    assert_held(account, ended, left, said)


def test_anothers_service_on_our_load_balancer_keeps_it() -> None:
    async def serve(account: Account) -> Collection[str]:
        endpoint, service = account.id("consumer/endpoint"), account.id("provider/endpoint-service")
        await account.hand("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[endpoint])
        await asyncio.sleep(300)
        await account.hand("ec2", "DeleteVpcEndpointServiceConfigurations", ServiceIds=[service])
        await asyncio.sleep(60)
        made = await account.hand(
            "ec2", "CreateVpcEndpointServiceConfiguration", AcceptanceRequired=True,
            NetworkLoadBalancerArns=[account.id("provider/load-balancer")],
        )  # fmt: skip
        return [made["ServiceConfiguration"]["ServiceId"]]

    account, ended, [service] = destroyed(serve)
    left = {f"provider/{name}" for name in ("load-balancer", "target-group", "private-subnet-1", "vpc")}
    assert_held(account, ended, left | {"provider/load-balancer/listener"}, f"held by {service}")


def test_anothers_gateway_on_our_address_keeps_the_address() -> None:
    async def use(account: Account) -> Collection[str]:
        subnet, address = account.id("consumer/public-subnet-1"), account.id("consumer/elastic-ip-1")
        await account.hand("ec2", "DeleteNatGateway", NatGatewayId=account.id("consumer/nat-gateway-1"))
        await asyncio.sleep(300)
        made = await account.hand("ec2", "CreateNatGateway", SubnetId=subnet, AllocationId=address)
        await asyncio.sleep(300)
        return [made["NatGateway"]["NatGatewayId"]]

    account, ended, _ = destroyed(use)
    left = ["consumer/elastic-ip-1", "consumer/internet-gateway", "consumer/public-subnet-1", "consumer/vpc"]
    assert_held(account, ended, left, "AuthFailure", "held by eni-")


def test_anothers_profile_with_our_role_keeps_the_role() -> None:
    async def use(account: Account) -> Collection[str]:
        role = next(one.id for one in account.cloud.standing() if one.type == "role")
        await account.hand("iam", "CreateInstanceProfile", InstanceProfileName="theirs")
        await account.hand("iam", "AddRoleToInstanceProfile", InstanceProfileName="theirs", RoleName=role)
        return ["theirs"]

    account, ended, _ = destroyed(use)
    assert_held(account, ended, ["consumer/role"], "held by instance profile /theirs")


def test_anothers_target_goes_out_of_our_group_and_stays_as_it_is() -> None:
    async def register(account: Account) -> Collection[str]:
        machine = await account.machine(account.id("provider/private-subnet-1"))
        await account.hand(
            "elbv2", "RegisterTargets", TargetGroupArn=account.id("provider/target-group"),
            Targets=[{"Id": machine, "Port": 80}],
        )  # fmt: skip
        return [machine]

    account, ended, [machine] = destroyed(register)
    assert_held(account, ended, ["provider/private-subnet-1", "provider/vpc"], f"(instance {machine})")


def test_a_refusal_is_told_also_by_who_may_not_ask_whose_fault_it_is() -> None:
    async def move_in(account: Account) -> Collection[str]:
        return [await account.machine(account.id("consumer/private-subnet-1"))]

    account, ended, _ = destroyed(move_in, script=always(Fault.DENIED, "DescribeNetworkInterfaces"))
    said = (
        "has dependencies and cannot be deleted. (held by an unknown object; reading it failed: UnauthorizedOperation)"
    )
    assert_held(account, ended, ["consumer/private-subnet-1", "consumer/vpc"], said)
