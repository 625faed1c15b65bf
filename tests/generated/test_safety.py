"""Rules that keep a lab, and what is not of it, from harm: each where it alone makes the difference."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from pltui.engine.lease import LASTS
from pltui.engine.plan import Plan
from pltui.engine.reconcile import Outcome
from pltui.errors import Refused
from pltui.lab import Lab
from pltui.settings import Settings
from pltui.spec.model import Spec
from tests.fakeaws import FakeAws
from tests.fakeaws import world as aws
from tests.fakeaws.faults import Call, Fault, Script, always, first, no_faults
from tests.fakeaws.world import Item
from tests.fakecloud.clock import run
from tests.generated.bystanders import make_bystanders
from tests.generated.invariants import assert_exactly, assert_others_untouched, photograph
from tests.generated.labs import spec, wants
from tests.generated.process import REGION, Ended, Host, Identity, process

LATE = 60.0  # seconds: longer than what was just done is waited for to show
ENDS = ("Delete", "Terminate", "Release", "Detach")


def converge(lab: Lab) -> Awaitable[Outcome]:
    return lab.reconcile()


def destroy(lab: Lab) -> Awaitable[Outcome]:
    return lab.destroy()


class Account:
    """A fresh cloud, one machine, and what its processes sent."""

    def __init__(self, *, lag: float = 0.0, pace: float = 0.0) -> None:
        self.cloud, self.host = FakeAws(lag=lag, pace=pace), Host()
        self.sent: list[Call] = []
        self.cloud.standing()  # from now on the cloud's clock is this loop's, whoever calls

    @property
    def writes(self) -> list[str]:
        """Operations of the writes sent, the lease's left out."""
        return [call.operation for call in self.sent if call.write and call.service != "ssm"]

    async def process(
        self,
        verb: Callable[[Lab], Awaitable[Outcome]],
        script: Script = no_faults,
        *,
        of: Spec | None = None,
        host: Host | None = None,
        **settings: Any,
    ) -> Ended:
        def recorded(call: Call) -> Fault | None:
            self.sent.append(call)
            return script(call)

        return await process(self.cloud, of or spec("a"), verb, host=host or self.host, script=recorded, **settings)

    async def made(self) -> None:
        """The lab stands, and nothing is remembered of how."""
        ended = await self.process(converge)
        assert ended.ok, ended
        self.sent.clear()

    def id(self, address: str) -> str:
        [found] = [one.id for one in self.cloud.standing() if one.tags.get("pltui:address") == address]
        return found


# -- made once --------------------------------------------------------------------------------------------------------


# By type: its create, and the deletion of one at an address by another hand.
GUARDED = {
    "endpoint": ("CreateVpcEndpoint", "DeleteVpcEndpoints", "VpcEndpointIds", "consumer/endpoint"),
    "endpoint_service": ("CreateVpcEndpointServiceConfiguration", "", "", ""),
    "instance": ("RunInstances", "TerminateInstances", "InstanceIds", "provider/server-1"),
    "nat_gateway": ("CreateNatGateway", "DeleteNatGateway", "NatGatewayId", "provider/nat-gateway-1"),
}


@pytest.mark.parametrize("type_", GUARDED)
def test_a_create_whose_answer_is_lost_makes_one_however_late_it_shows(
    type_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, delete, parameter, address = GUARDED[type_]

    async def story() -> None:
        account = Account(lag=1.0, pace=0.05)
        if delete:
            await account.made()
            id_: Any = account.id(address)
            await account.cloud.hand("ec2", delete, **{parameter: [id_] if parameter.endswith("s") else id_})
            await asyncio.sleep(300)
        monkeypatch.setitem(aws.LAG, type_, LATE)  # type: ignore[arg-type]
        ended = await account.process(converge, first(Fault.LOST, create))
        assert ended.ok, ended
        assert not [name for name in account.writes if name.startswith(ENDS)]
        assert_exactly(account.cloud, {"small": wants("a")}, {})

    run(story())


def test_what_does_not_show_yet_is_waited_for_in_the_same_pass() -> None:
    async def story() -> None:
        account = Account(lag=1.0, pace=0.05)
        ended = await account.process(converge)
        assert ended.outcome
        assert ended.outcome.passes <= 3, "one that makes, one that mends what came too early, and a last look"

    run(story())


@pytest.mark.parametrize("operation", ["CreateVpc", "AllocateAddress", "CreateInternetGateway", "CreateRouteTable"])
def test_what_a_killed_process_may_just_have_made_is_not_made_again(operation: str) -> None:
    async def story() -> None:
        account = Account(lag=4.0, pace=0.05)
        await account.process(converge, first(Fault.KILLED_AFTER, operation))
        ended = await account.process(converge)
        assert ended.ok, ended
        assert not [name for name in account.writes if name.startswith(ENDS)]

    run(story())


@pytest.mark.parametrize("fault", [None, Fault.LOST], ids=["answered", "lost"])
def test_what_was_changed_is_not_changed_again_before_it_shows(fault: Fault | None) -> None:
    async def story() -> None:
        account = Account(lag=5.0)
        await account.made()
        group = account.id("provider/service-security-group")
        [found] = [one for one in account.cloud.standing() if one.id == group]
        rules = found.detail["IpPermissions"]
        await account.cloud.hand("ec2", "RevokeSecurityGroupIngress", GroupId=group, IpPermissions=rules)
        await asyncio.sleep(LATE)
        mend = "AuthorizeSecurityGroupIngress"
        ended = await account.process(converge, first(fault, mend) if fault else no_faults)
        assert ended.ok, ended
        assert account.writes == [mend]

    run(story())


def test_what_was_changed_and_undone_at_once_is_changed_again_after_a_while() -> None:
    async def story() -> None:
        account = Account(lag=5.0)
        await account.made()
        group = account.id("provider/service-security-group")
        [found] = [one for one in account.cloud.standing() if one.id == group]
        rules = found.detail["IpPermissions"]
        undo, mend = "RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"
        await account.cloud.hand("ec2", undo, GroupId=group, IpPermissions=rules)
        await asyncio.sleep(LATE)

        async def undone() -> None:
            await asyncio.sleep(0.05)
            await account.cloud.hand("ec2", undo, GroupId=group, IpPermissions=rules)

        def script(call: Call) -> None:
            if call.operation == mend and mend not in account.writes[:-1]:
                asyncio.ensure_future(undone())  # noqa: RUF006

        async with asyncio.timeout(4 * LATE):
            ended = await account.process(converge, script)
        assert ended.ok, ended
        assert account.writes == [mend, mend]

    run(story())


def test_what_was_made_and_not_rounded_off_is_not_made_again_before_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(aws.LAG, "vpc", 12.0)  # type: ignore[arg-type]  # longer than all else that is waited for

    def script(call: Call) -> Fault | None:
        """At first nothing can be done in or to a VPC."""
        early = asyncio.get_running_loop().time() < 2.0
        return Fault.REFUSED if early and call.write and "'vpc-" in str(call.parameters) else None

    async def story() -> None:
        account = Account(lag=1.0)
        ended = await account.process(converge, script)
        assert ended.ok, ended
        assert account.writes.count("CreateVpc") == 2, "one on either side"

    run(story())


def test_a_machine_is_made_of_the_newest_image_though_one_of_an_older_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        account = Account()
        await account.process(converge, first(Fault.KILLED_AFTER, "RunInstances"))
        await account.cloud.hand("ec2", "TerminateInstances", InstanceIds=[account.id("provider/server-1")])
        monkeypatch.setattr("tests.fakeaws.ssm.NEWEST_IMAGE", "ami-00000000000000001")
        ended = await account.process(converge)
        assert ended.ok, ended

    run(story())


# -- not ours ---------------------------------------------------------------------------------------------------------


class Careless(FakeAws):
    """An endpoint that ignores filters, as emulators do with those they do not know."""

    async def send(self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0) -> Item:
        left = {name: value for name, value in parameters.items() if name not in ("Filters", "Filter", "PathPrefix")}
        return await super().send(service, operation, left, urgency)


def test_where_filters_are_ignored_all_that_is_not_ours_stays_as_it_was() -> None:
    async def story() -> None:
        cloud = Careless(lag=0.0, pace=0.0)
        await make_bystanders(cloud)
        host = Host()
        assert (await process(cloud, spec("b"), converge, host=host)).ok
        others = photograph(cloud.standing())
        for verb in (converge, destroy):
            settings = Settings(target="aws", region=REGION, timeout=3600)
            lab = Lab("lab.yaml", spec("a"), settings, wire=cloud, process=host.process(99))
            await lab.open()
            outcome = await verb(lab)
            assert outcome.ok, outcome
            assert_others_untouched(cloud, others)
        assert_exactly(cloud, {}, others)

    run(story())


async def _twin(cloud: FakeAws, kind: str) -> None:
    """Something of another's with the very name the lab wants for its own."""
    [name] = {want.spec["name"] for want in wants("a") if want.kind == kind}
    vpc = (await cloud.hand("ec2", "CreateVpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
    zone = f"{REGION}a"
    match kind:
        case "load_balancer":
            subnet = await cloud.hand("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=zone)
            balancer = await cloud.hand(
                "elbv2", "CreateLoadBalancer", Name=name, Type="network", Scheme="internal",
                Subnets=[subnet["Subnet"]["SubnetId"]],
            )  # fmt: skip
            group = await cloud.hand("elbv2", "CreateTargetGroup", Name="by-hand", Protocol="TCP", Port=80, VpcId=vpc)
            action = {"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}
            arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
            await cloud.hand(
                "elbv2", "CreateListener", LoadBalancerArn=arn, Protocol="TCP", Port=80, DefaultActions=[action]
            )
        case "target_group":
            await cloud.hand("elbv2", "CreateTargetGroup", Name=name, Protocol="TCP", Port=80, VpcId=vpc)
        case "role":
            await cloud.hand("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument="{}")
        case "instance_profile":
            await cloud.hand("iam", "CreateInstanceProfile", InstanceProfileName=name)


TWINS = ["load_balancer", "target_group", "role", "instance_profile"]


@pytest.mark.parametrize("adopt", [False, True], ids=["", "adopting"])
@pytest.mark.parametrize("kind", TWINS)
def test_what_is_anothers_and_has_a_wanted_name_stops_a_run_before_it_writes(kind: str, adopt: bool) -> None:
    """Also where it may be taken over, if that would take more than changes in place."""

    async def story() -> None:
        account = Account()
        await _twin(account.cloud, kind)
        others = photograph(account.cloud.standing())
        ended = await account.process(converge, adopt=adopt)
        assert isinstance(ended.error, Refused), ended
        assert not account.writes
        assert_others_untouched(account.cloud, others)

    run(story())


def test_what_could_be_taken_over_is_only_where_that_was_asked_for() -> None:
    """A load balancer of the lab's whose tags somebody took off."""

    async def story() -> None:
        account = Account()
        await account.made()
        arn = account.id("provider/load-balancer")
        await account.cloud.hand("elbv2", "RemoveTags", ResourceArns=[arn], TagKeys=["pltui:lab"])
        ended = await account.process(converge)
        assert isinstance(ended.error, Refused)
        assert not account.writes
        ended = await account.process(converge, adopt=True)
        assert ended.ok, ended
        assert account.writes == ["AddTags"]

    run(story())


def test_what_others_have_beside_ours_is_left_as_it_is() -> None:
    """A route in a table of theirs in our VPC, and our server in a group of theirs."""

    async def story() -> None:
        account = Account()
        await account.made()
        hand, vpc = account.cloud.hand, account.id("provider/vpc")
        table = (await hand("ec2", "CreateRouteTable", VpcId=vpc))["RouteTable"]["RouteTableId"]
        way_out = account.id("provider/internet-gateway")
        await hand("ec2", "CreateRoute", RouteTableId=table, DestinationCidrBlock="192.0.2.0/24", GatewayId=way_out)
        group = await hand("elbv2", "CreateTargetGroup", Name="small-theirs", Protocol="TCP", Port=80, VpcId=vpc)
        arn = group["TargetGroups"][0]["TargetGroupArn"]
        server = account.id("provider/server-1")
        await hand("elbv2", "RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": server, "Port": 80}])
        ended = await account.process(converge)
        assert ended.ok, ended
        assert not account.writes

    run(story())


@pytest.mark.parametrize("kind", TWINS)
def test_what_is_anothers_and_has_a_name_of_ours_is_not_destroyed(kind: str) -> None:
    async def story() -> None:
        account = Account()
        await _twin(account.cloud, kind)
        others = photograph(account.cloud.standing())
        ended = await account.process(destroy)
        assert ended.ok, ended
        assert_others_untouched(account.cloud, others)

    run(story())


# -- one writer -------------------------------------------------------------------------------------------------------


def test_who_waited_for_another_looks_again_and_finds_all_done() -> None:
    async def story() -> None:
        account = Account(lag=0.2, pace=0.05)
        elsewhere = Account()
        elsewhere.cloud = account.cloud

        async def second() -> Ended:
            await asyncio.sleep(0.3)
            return await elsewhere.process(converge, host=Host("elsewhere"), lock_timeout=600.0)

        one, other = await asyncio.gather(account.process(converge), second())
        assert one.ok, one
        assert other.ok, other
        assert not elsewhere.writes

    run(story())


def test_a_lease_is_renewed_however_long_nothing_is_written() -> None:
    """A load balancer takes longer to make than a lease lasts."""

    async def story() -> None:
        account = Account(lag=0.2, pace=2.0)

        async def second() -> Ended:
            await asyncio.sleep(170)
            return await account.process(converge, host=Host("elsewhere"))

        one, other = await asyncio.gather(account.process(converge), second())
        assert one.ok, one
        assert other.error
        assert "is changing this lab" in other.error.message

    run(story())


@dataclass
class Sleeper(Host):
    """A machine that slept: only its clock tells."""

    asleep: float = 0.0

    def process(self, pid: int) -> Identity:
        return _Asleep(self, pid)


@dataclass(frozen=True)
class _Asleep(Identity):
    def clock(self) -> float:
        assert isinstance(self.host, Sleeper)
        return super().clock() + self.host.asleep


@pytest.mark.parametrize("number", [5, 20, 40])
def test_who_slept_past_its_lease_sends_no_write_more(number: int) -> None:
    async def story() -> None:
        account, host = Account(), Sleeper()
        after: list[str] = []

        def script(call: Call) -> None:
            if host.asleep and call.write and call.service != "ssm":
                after.append(call.operation)
            if call.write == number:
                host.asleep = LASTS + 10
                asyncio.ensure_future(_taken_over(account.cloud))  # noqa: RUF006

        ended = await account.process(converge, script, host=host)
        assert not ended.ok
        assert not after

    run(story())


def test_who_slept_and_finds_its_lease_as_it_was_goes_on() -> None:
    async def story() -> None:
        account, host = Account(), Sleeper()

        def script(call: Call) -> None:
            if call.write == 20:
                host.asleep = LASTS + 10

        ended = await account.process(converge, script, host=host)
        assert ended.ok, ended

    run(story())


async def _taken_over(cloud: FakeAws) -> None:
    words = (await cloud.hand("ssm", "GetParameter", Name="/pltui/small/lease"))["Parameter"]["Value"]
    other = words.replace('"run": "host/', '"run": "other/')
    assert other != words
    await cloud.hand("ssm", "PutParameter", Name="/pltui/small/lease", Value=other, Type="String", Overwrite=True)


# -- no more than was asked for ---------------------------------------------------------------------------------------


def test_once_told_to_stop_not_even_what_rounds_off_is_sent() -> None:
    async def story() -> None:
        account = Account()
        labs: list[Lab] = []

        def script(call: Call) -> None:
            if call.operation == "CreateVpc":
                labs[0].stop()

        async def verb(lab: Lab) -> Outcome:
            labs.append(lab)
            return await lab.reconcile()

        ended = await account.process(verb, script)
        assert ended.outcome
        assert ended.outcome.interrupted
        assert "ModifyVpcAttribute" not in account.writes

    run(story())


def test_what_a_plan_is_not_approved_for_is_not_done() -> None:
    def refuse(plan: Plan, first: bool) -> None:
        raise Refused("no")

    async def story() -> None:
        account = Account()
        ended = await account.process(lambda lab: lab.reconcile(review=refuse))
        assert isinstance(ended.error, Refused)
        assert not [call for call in account.sent if call.write]

    run(story())


def test_what_is_refused_is_not_asked_for_over_and_over() -> None:
    async def story() -> None:
        account = Account()
        ended = await account.process(converge, always(Fault.REFUSED, "CreateLoadBalancer"))
        assert not ended.ok
        assert account.writes.count("CreateLoadBalancer") <= 2

    run(story())


def test_read_only_writes_nothing() -> None:
    async def story() -> None:
        account = Account()
        for verb in (converge, destroy, lambda lab: lab.set_cross_zone(True)):
            ended = await account.process(verb, read_only=True)
            assert isinstance(ended.error, Refused)
        assert not [call for call in account.sent if call.write]

    run(story())


def test_a_load_balancer_that_is_gone_is_not_made_by_a_switch() -> None:
    async def story() -> None:
        account = Account()
        await account.made()
        await account.cloud.hand("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[account.id("consumer/endpoint")])
        await account.cloud.hand(
            "ec2", "DeleteVpcEndpointServiceConfigurations", ServiceIds=[account.id("provider/endpoint-service")]
        )
        arn = account.id("provider/load-balancer")
        await account.cloud.hand("elbv2", "DeleteLoadBalancer", LoadBalancerArn=arn)
        ended = await account.process(lambda lab: lab.set_cross_zone(False))
        assert not ended.ok
        assert not account.writes

    run(story())


def test_what_is_gone_already_holds_up_no_destroy() -> None:
    async def story() -> None:
        account = Account()
        await account.made()
        begun = asyncio.get_running_loop().time()
        ended = await account.process(destroy, first(Fault.LOST, "DeleteSubnet"))
        assert ended.ok, ended
        assert asyncio.get_running_loop().time() - begun < LATE

    run(story())


def test_a_way_out_of_a_vpc_is_not_taken_away_while_it_is_used() -> None:
    """While a NAT gateway has its public address that is refused, time and again."""

    async def story() -> None:
        account = Account(pace=0.05)
        await account.made()
        ended = await account.process(destroy)
        assert ended.ok, ended
        assert account.writes.count("DetachInternetGateway") == 2, "one on either side"

    run(story())


# -- what keeps from going --------------------------------------------------------------------------------------------


async def _connected(account: Account) -> None:
    """Another's endpoint to the lab's service."""
    hand = account.cloud.hand
    vpc = (await hand("ec2", "CreateVpc", CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]
    subnet = await hand("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.9.0.0/24", AvailabilityZone=f"{REGION}a")
    services = await hand("ec2", "DescribeVpcEndpointServiceConfigurations")
    await hand(
        "ec2", "CreateVpcEndpoint", VpcEndpointType="Interface", VpcId=vpc,
        ServiceName=services["ServiceConfigurations"][0]["ServiceName"], SubnetIds=[subnet["Subnet"]["SubnetId"]],
    )  # fmt: skip


async def _entangled(account: Account) -> None:
    """Rules of two groups that name each other."""
    one, other = account.id("consumer/instance-security-group"), account.id("consumer/endpoint-security-group")
    for group, peer in ((one, other), (other, one)):
        rule = {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 9, "UserIdGroupPairs": [{"GroupId": peer}]}
        await account.cloud.hand("ec2", "AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[rule])


async def _protected(account: Account) -> None:
    arn = account.id("provider/load-balancer")
    on = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    await account.cloud.hand("elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=on)


async def _burdened(account: Account) -> None:
    """More policies on the lab's role than it has itself."""
    [role] = [one.id for one in account.cloud.standing() if one.type == "role"]
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    await account.cloud.hand("iam", "AttachRolePolicy", RoleName=role, PolicyArn=policy)
    await account.cloud.hand("iam", "PutRolePolicy", RoleName=role, PolicyName="more", PolicyDocument="{}")


async def _crowned(account: Account) -> None:
    """A table of the lab's is its VPC's main one."""
    table, vpc = account.id("provider/private-route-table-1"), account.id("provider/vpc")
    tables = await account.cloud.hand("ec2", "DescribeRouteTables", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    [main] = [a for t in tables["RouteTables"] for a in t["Associations"] if a["Main"]]
    await account.cloud.hand(
        "ec2", "ReplaceRouteTableAssociation", AssociationId=main["RouteTableAssociationId"], RouteTableId=table
    )


async def _guarded(account: Account) -> None:
    """A machine of the lab's is protected from termination."""
    machine = account.id("provider/server-1")
    await account.cloud.hand(
        "ec2", "ModifyInstanceAttribute", InstanceId=machine, DisableApiTermination={"Value": True}
    )


@pytest.mark.parametrize("done", [_connected, _guarded, _entangled, _protected, _burdened, _crowned])
def test_what_others_did_to_a_lab_does_not_keep_it_from_going(done: Callable[[Account], Awaitable[None]]) -> None:
    async def story() -> None:
        account = Account()
        await account.made()
        before = {(one.type, one.id) for one in account.cloud.standing()}
        await done(account)
        hands = {(one.type, one.id) for one in account.cloud.standing()} - before
        ended = await account.process(destroy)
        assert ended.ok, ended
        left = {(one.type, one.id) for one in account.cloud.standing()}
        assert left <= {key for key in hands if key[0] in ("vpc", "subnet", "endpoint")}

    run(story())
