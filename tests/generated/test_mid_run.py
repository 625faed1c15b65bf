"""What goes wrong while a run waits: another hand, reads that fail, a network that is away for a moment."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable

import pytest

from pltui.aws.transport import NotReached
from tests.fakeaws.faults import Call, Fault, always
from tests.generated import process
from tests.generated.bare import Account, converge, destroy

TIMEOUT_S = 900.0  # of a command, by default
Hand = Callable[[Account], Awaitable[object]]


@pytest.fixture(autouse=True)
def default_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "TIMEOUT", TIMEOUT_S)


async def stop_server(account: Account) -> None:
    await account.cloud.hand("ec2", "StopInstances", InstanceIds=[account.id("provider/server-1")])


async def stop_client(account: Account) -> None:
    await account.cloud.hand("ec2", "StopInstances", InstanceIds=[account.id("consumer/client")])


async def delete_listener(account: Account) -> None:
    listener = account.id("provider/load-balancer/listener")
    await account.cloud.hand("elbv2", "DeleteListener", ListenerArn=listener)


async def deregister(account: Account) -> None:
    target = [{"Id": account.id("provider/server-1")}]
    await account.cloud.hand(
        "elbv2", "DeregisterTargets", TargetGroupArn=account.id("provider/target-group"), Targets=target
    )


async def close_group(account: Account) -> None:
    """The load balancer's health checks do not reach the servers any more."""
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.128.0/20"}]}
    await account.cloud.hand(
        "ec2", "RevokeSecurityGroupIngress", GroupId=account.id("provider/service-security-group"), IpPermissions=[rule]
    )


HANDS = (stop_server, delete_listener, deregister, close_group)


@pytest.mark.parametrize(
    ("hand", "at_s"),
    [*itertools.product(HANDS, (30, 60, 140, 200)), (stop_client, 140), (stop_client, 200)],  # it starts at about 100 s
)
async def test_what_another_hand_undoes_while_the_run_waits_is_done_again(hand: Hand, at_s: float) -> None:
    account, loop = Account(lag=1.0, pace=1.0), asyncio.get_running_loop()
    begun = loop.time()

    async def later() -> None:
        await asyncio.sleep(at_s)
        await hand(account)

    meddling = asyncio.create_task(later())
    ended = await account.process(converge)
    await meddling
    took_s = loop.time() - begun
    assert ended.ok, ended
    assert took_s < TIMEOUT_S * 3 / 4


POLLED = {
    "DescribeNatGateways": 15,
    "DescribeInstances": 15,
    "DescribeTargetHealth": 15,
    "DescribeInstanceInformation": 15,
    "DescribeVpcEndpoints": 150,
}


@pytest.mark.parametrize("fault", [Fault.INTERNAL, Fault.THROTTLED, Fault.LOST])
@pytest.mark.parametrize("operation", POLLED)
async def test_a_read_that_fails_from_then_on_ends_the_run_with_its_reason(operation: str, fault: Fault) -> None:
    account, loop = Account(lag=1.0, pace=1.0), asyncio.get_running_loop()
    begun = loop.time()

    def script(call: Call) -> Fault | None:
        return fault if call.operation == operation and loop.time() - begun > POLLED[operation] else None

    ended, took_s = await account.process(converge, script), loop.time() - begun
    assert not ended.ok
    assert took_s < TIMEOUT_S * 0.85
    assert operation in str(ended)


@pytest.mark.parametrize("away_s", [1, 5])
@pytest.mark.parametrize("at_s", [3, 40, 100, 180])
@pytest.mark.parametrize("verb", [converge, destroy])
async def test_a_network_that_is_away_for_a_moment_ends_no_run(verb: Callable, at_s: float, away_s: float) -> None:
    random.seed(1)  # pauses between tries are random, and could all be short
    account, loop = Account(lag=1.0, pace=1.0), asyncio.get_running_loop()
    if verb is destroy:
        await account.made()
    begun = loop.time()

    def script(_: Call) -> None:
        if at_s <= loop.time() - begun < at_s + away_s:
            raise NotReached("Could not connect to the endpoint URL")

    ended = await account.process(verb, script)
    assert ended.ok, ended


async def test_a_timeout_names_what_was_waited_for_and_its_status() -> None:
    account = Account(lag=1.0, pace=1.0)
    account.cloud.world.never_registers = True
    ended = await account.process(converge)
    assert ended.outcome is not None
    assert "timed out after 900 s" in ended.outcome.message
    assert any(one.startswith("consumer/client: ") and "Session Manager" in one for one in ended.outcome.problems), (
        ended.outcome.problems
    )


@pytest.mark.parametrize(
    ("operation", "address"),
    [
        ("AuthorizeSecurityGroupIngress", "provider/service-security-group"),
        ("AddRoleToInstanceProfile", "consumer/instance-profile"),
        ("ModifyVpcAttribute", "consumer/vpc"),
    ],
)
async def test_what_exists_when_its_second_call_is_denied_is_counted_and_nothing_is_waited_for(
    operation: str, address: str
) -> None:
    account = Account(lag=1.0, pace=1.0)
    ended = await account.process(converge, always(Fault.DENIED, operation))
    assert ended.outcome is not None
    assert ended.outcome.wrote
    assert address in ended.outcome.left
    assert "timed out" not in ended.outcome.message
    made = ended.outcome.created + ended.outcome.unfinished
    tagged = [one for one in account.cloud.standing() if one.tags.get("pltui:address")]
    assert made >= len(tagged)


async def test_a_rule_that_may_not_be_put_back_is_not_waited_for() -> None:
    account, loop = Account(lag=1.0, pace=1.0), asyncio.get_running_loop()
    await account.made()
    await close_group(account)
    await asyncio.sleep(120)
    begun = loop.time()
    ended = await account.process(converge, always(Fault.DENIED, "AuthorizeSecurityGroupIngress"))
    took_s = loop.time() - begun
    assert not ended.ok
    assert "AuthorizeSecurityGroupIngress" in str(ended)
    assert took_s < 30


async def test_a_type_that_becomes_unreadable_leaves_what_was_not_seen_to_work_unfinished() -> None:
    account, loop = Account(lag=1.0, pace=1.0), asyncio.get_running_loop()
    begun = loop.time()

    def script(call: Call) -> Fault | None:
        return Fault.DENIED if call.operation == "DescribeVpcEndpoints" and loop.time() - begun > 150 else None

    ended = await account.process(converge, script)
    assert ended.outcome is not None
    assert ended.outcome.unfinished == 1
    assert "consumer/endpoint" in ended.outcome.left


@pytest.mark.parametrize("operation", ["ListRoles", "DescribeNatGateways", "DescribeTargetHealth"])
@pytest.mark.parametrize("fault", [Fault.INTERNAL, Fault.THROTTLED])
async def test_a_read_that_fails_for_a_minute_while_the_run_waits_ends_nothing(operation: str, fault: Fault) -> None:
    account, loop = Account(lag=1.0, pace=1.0), asyncio.get_running_loop()
    begun = loop.time()

    def script(call: Call) -> Fault | None:
        return fault if call.operation == operation and 60 < loop.time() - begun < 130 else None

    ended = await account.process(converge, script)
    assert ended.ok, ended


class TestBegun:
    """Updates and deletions whose call was answered count as writes, also where the run ends before they settle."""

    async def test_a_start_that_is_waited_for_over_several_passes_is_counted_once(self) -> None:
        account = Account(lag=1.0, pace=1.0)
        await account.made()
        await stop_client(account)
        await asyncio.sleep(200)
        ended = await account.process(converge)
        assert ended.ok, ended
        assert ended.outcome is not None
        assert (ended.outcome.updated, ended.outcome.begun, ended.outcome.wrote) == (1, 0, True)

    async def test_a_start_that_is_waited_for_at_the_timeout_is_begun(self, monkeypatch: pytest.MonkeyPatch) -> None:
        account = Account(lag=0.0, pace=1.0)
        await account.made()
        monkeypatch.setattr(process, "TIMEOUT", 5.0)
        await stop_client(account)
        await asyncio.sleep(200)
        ended = await account.process(converge)
        assert ended.outcome is not None
        assert (ended.outcome.updated, ended.outcome.begun, ended.outcome.wrote) == (0, 1, True)
        assert "1 started but not finished" in ended.outcome.message

    async def test_the_first_call_of_an_update_whose_second_is_denied_is_a_write(self) -> None:
        account = Account(lag=1.0, pace=1.0)
        await account.made()
        await close_group(account)
        theirs = {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 9, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}
        group = account.id("provider/service-security-group")
        await account.cloud.hand("ec2", "AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[theirs])
        await asyncio.sleep(60)
        ended = await account.process(converge, always(Fault.DENIED, "RevokeSecurityGroupIngress"))
        assert ended.outcome is not None
        assert not ended.outcome.denied
        assert ended.outcome.wrote
        assert "RevokeSecurityGroupIngress" in str(ended.outcome.problems)


async def test_a_timeout_in_a_look_that_is_repeated_names_its_reason_and_what_was_waited_for() -> None:
    account, loop = Account(lag=1.0, pace=1.0), asyncio.get_running_loop()
    account.cloud.world.never_registers = True
    begun = loop.time()

    def script(call: Call) -> Fault | None:
        return Fault.INTERNAL if call.operation == "DescribeRouteTables" and loop.time() - begun > 500 else None

    ended = await account.process(converge, script)
    assert ended.outcome is not None
    problems = "\n".join(ended.outcome.problems)
    assert "ec2:DescribeRouteTables" in problems
    assert "consumer/client: waiting for Session Manager" in problems


async def test_a_profile_that_was_created_is_given_its_role_though_another_create_is_refused_meanwhile() -> None:
    account = Account(lag=5.0, pace=1.0)
    rejected = always(Fault.DENIED, "AllocateAddress")
    ended = await account.process(converge, rejected)
    assert ended.outcome is not None
    assert ended.outcome.unfinished == 0, ended
