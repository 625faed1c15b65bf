"""Changes of Route 53 are done once all its name servers know them."""

import asyncio
import itertools

import pytest

from pltui.lab.session import Lab
from tests.fakeaws.faults import Call, Fault
from tests.generated.bare import Account, converge, destroy
from tests.generated.labs import spec


def asked(account: Account) -> list[str]:
    return [call.operation for call in account.sent if call.operation == "GetChange"]


async def without_record(account: Account) -> None:
    [zone] = [one.id for one in account.cloud.standing() if one.type == "hosted_zone"]
    [record] = [one.detail for one in account.cloud.standing() if one.type == "record"]
    batch = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    await account.cloud.hand("route53", "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)


async def test_a_record_is_done_when_all_name_servers_know_it() -> None:
    account = Account(pace=0.5)
    await account.made()
    await without_record(account)
    begun = asyncio.get_running_loop().time()
    ended = await account.process(converge)
    assert ended.ok, ended
    assert 20 < asyncio.get_running_loop().time() - begun < 40
    assert len(asked(account)) < 25
    changes = {call.parameters["Id"] for call in account.sent if call.operation == "GetChange"}
    assert len(changes) == 1


async def test_a_first_build_asks_once_where_changes_are_known_at_once() -> None:
    account = Account()
    ended = await account.process(converge)
    assert ended.ok, ended
    assert asked(account) == ["GetChange"]


async def test_a_zone_that_is_given_its_vpc_again_is_waited_for_and_what_is_there_is_not() -> None:
    account = Account(pace=0.5)
    await account.made()
    [zone] = [one.id for one in account.cloud.standing() if one.type == "hosted_zone"]
    hand, ours, theirs = account.cloud.hand, account.id("consumer/vpc"), account.id("provider/vpc")
    for operation, vpc in (("AssociateVPCWithHostedZone", theirs), ("DisassociateVPCFromHostedZone", ours)):
        where = {"VPCRegion": "ap-northeast-1", "VPCId": vpc}
        await hand("route53", operation, HostedZoneId=zone, VPC=where)
    assert (await account.process(converge)).ok
    assert asked(account)
    account.sent.clear()
    assert (await account.process(converge)).ok
    assert not asked(account)


async def test_vpcs_of_others_that_use_the_zone_are_left_alone() -> None:
    """As where a company resolves its private zones in one VPC."""
    account = Account()
    await account.made()
    [zone] = [one.id for one in account.cloud.standing() if one.type == "hosted_zone"]
    made = await account.cloud.hand("ec2", "CreateVpc", CidrBlock="10.9.0.0/16")
    where = {"VPCRegion": "ap-northeast-1", "VPCId": made["Vpc"]["VpcId"]}
    await account.cloud.hand("route53", "AssociateVPCWithHostedZone", HostedZoneId=zone, VPC=where)
    assert (await account.process(converge)).ok
    assert account.writes == []
    answer = await account.cloud.hand("route53", "GetHostedZone", Id=zone)
    assert where in answer["VPCs"]
    assert (await account.process(destroy)).ok


@pytest.mark.parametrize("refused", [Fault.DENIED, Fault.LOST], ids=str)
async def test_where_nobody_may_ask_a_change_is_taken_for_done_and_a_lost_answer_is_asked_for_again(
    refused: Fault,
) -> None:
    account, times = Account(), itertools.count(1)

    def script(call: Call) -> Fault | None:
        if call.operation != "GetChange":
            return None
        return refused if refused is Fault.DENIED or next(times) == 1 else None

    ended = await account.process(converge, script)
    assert ended.ok, ended


async def test_a_plan_asks_for_no_change() -> None:
    async def look(lab: Lab) -> object:
        return await lab.plan()

    account = Account()
    await account.made()
    await without_record(account)
    await account.process(look, of=spec("a"))  # type: ignore[arg-type]
    assert account.sent
    assert not asked(account)
