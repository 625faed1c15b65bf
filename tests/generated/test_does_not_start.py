"""A machine that AWS cannot start again: the start succeeds, and the machine is stopped again for a reason."""

import asyncio
from datetime import datetime, timedelta

import pytest

from pltui.engine.model import Observed, State
from pltui.resources import session_manager
from tests.generated.bare import Account, converge, destroy

REASON = "Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state"


@pytest.mark.parametrize("pace", [0.0, 1.0])
@pytest.mark.parametrize("address", ["consumer/client", "provider/server-1"])
async def test_its_reason_is_shown_and_it_is_started_twice_at_most(address: str, pace: float) -> None:
    account, loop = Account(lag=pace, pace=pace), asyncio.get_running_loop()
    await account.made()
    await account.cloud.hand("ec2", "StopInstances", InstanceIds=[account.id(address)])
    await asyncio.sleep(200)
    account.cloud.world.fails_to_start = [{"Code": REASON.partition(":")[0], "Message": REASON}] * 50
    begun = loop.time()
    ended, writes, took_s = await account.process(converge), account.writes, loop.time() - begun
    assert not ended.ok
    assert REASON in str(ended)
    assert writes.count("StartInstances") == 2
    assert took_s < 400


async def test_stop_protection_is_turned_off_before_the_machine_is_terminated() -> None:
    account = Account()
    await account.made()
    machine = account.id("provider/server-1")
    for attribute in ("DisableApiStop", "DisableApiTermination"):
        protected = {"InstanceId": machine, attribute: {"Value": True}}
        await account.cloud.hand("ec2", "ModifyInstanceAttribute", **protected)
    assert (await account.process(destroy)).ok
    assert account.cloud.standing() == []


@pytest.mark.parametrize("lag", [1.0, 12.0])
async def test_a_read_that_shows_the_reason_of_an_earlier_stop_is_no_failure(lag: float) -> None:
    account = Account(lag=lag, pace=1.0)
    await account.made()
    machine = account.id("provider/server-1")
    await account.cloud.hand("ec2", "StopInstances", InstanceIds=[machine])
    await asyncio.sleep(200)
    thing = account.cloud.world.ref("instance", machine)
    account.cloud.world.change(thing, StateReason={"Code": REASON.partition(":")[0], "Message": REASON})
    await asyncio.sleep(60)
    ended, writes = await account.process(converge), account.writes
    assert ended.ok, ended
    assert writes.count("StartInstances") == 1
    assert ended.outcome is not None
    assert ended.outcome.failed == 0


def test_a_client_is_not_ready_by_a_ping_from_before_its_start() -> None:
    """Systems Manager lists a machine as online for some minutes after it was stopped."""
    started = "2026-12-01T08:00:00Z"
    client = Observed("consumer/client", "instance", "i-1", {}, created=started)
    rows = {
        before: {
            "PingStatus": "Online",
            "LastPingDateTime": datetime.fromisoformat(started) - timedelta(minutes=before),
        }
        for before in (4, -1)
    }
    now = datetime.fromisoformat(started) + timedelta(minutes=2)
    states = {
        before: session_manager._judge_machine(client, row, now, "eu-west-1").state for before, row in rows.items()
    }
    assert states == {4: State.PENDING, -1: State.READY}
