"""The lease, from the lab's side."""

import asyncio
from dataclasses import dataclass

import pytest

from pltui.engine.lease import LASTS
from tests.fakeaws import FakeAws
from tests.fakeaws.faults import Call, Fault, first
from tests.generated.bare import Account, converge
from tests.generated.process import Ended, Host, Identity


async def test_who_waited_for_another_looks_again_and_finds_all_done() -> None:
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


async def test_who_looked_before_another_run_made_all_looks_again_before_it_makes_anything() -> None:
    """Its first answer takes so long that the other run has come and gone meanwhile."""
    account = Account()
    elsewhere = Account()
    elsewhere.cloud = account.cloud

    async def second() -> Ended:
        await asyncio.sleep(0.2)
        return await elsewhere.process(converge, host=Host("elsewhere"))

    slow, quick = await asyncio.gather(account.process(converge, first(Fault.SLOW, "DescribeVpcs")), second())
    assert quick.ok, quick
    assert elsewhere.writes
    assert slow.ok, slow
    assert not [write for write in slow.log if write.second]
    assert not account.writes


async def test_a_lease_is_renewed_however_long_nothing_is_written() -> None:
    """A load balancer takes longer to make than a lease lasts."""
    account = Account(lag=0.2, pace=2.0)

    async def second() -> Ended:
        await asyncio.sleep(280)
        return await account.process(converge, host=Host("elsewhere"))

    one, other = await asyncio.gather(account.process(converge), second())
    assert one.ok, one
    assert other.error
    assert "is changing this lab" in other.error.message


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
async def test_who_slept_past_its_lease_sends_no_write_more(number: int) -> None:
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


async def test_who_slept_and_finds_its_lease_as_it_was_goes_on() -> None:
    account, host = Account(), Sleeper()

    def script(call: Call) -> None:
        if call.write == 20:
            host.asleep = LASTS + 10

    ended = await account.process(converge, script, host=host)
    assert ended.ok, ended


async def _taken_over(cloud: FakeAws) -> None:
    words = (await cloud.hand("ssm", "GetParameter", Name="/pltui/small/lease"))["Parameter"]["Value"]
    other = words.replace('"run": "host/', '"run": "other/')
    assert other != words
    await cloud.hand("ssm", "PutParameter", Name="/pltui/small/lease", Value=other, Type="String", Overwrite=True)
