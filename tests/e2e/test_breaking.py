"""What the screen breaks on purpose is really broken, shows, and is mended as a whole, by whoever comes next."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pltui.aws.settings import Settings
from pltui.errors import LabError, Refused
from pltui.lab.faults import LabFault
from pltui.lab.session import Lab as Session
from pltui.spec import load
from tests.e2e.conftest import Lab

GROUP = "close consumer/endpoint-security-group"


OTHERS = ("server", "subnet", "latency", "loss", "throttle", "lag")


@asynccontextmanager
async def opened(lab: Lab, settings: Settings | None = None) -> AsyncIterator[Session]:
    session = Session(lab.spec, load(lab.spec, ()), settings or Settings())
    await session.open()
    try:
        await session.look()
        yield session
    finally:
        if left := [each for each in await session.possible_faults() if each.broken]:
            await session.clear_faults(left)
        await session.close()


async def one(session: Session, identity: str) -> LabFault:
    """The fault of this id."""
    return next(each for each in await session.possible_faults() if each.id == identity)


async def broken(session: Session) -> set[str]:
    return {each.id for each in await session.possible_faults() if each.broken}


async def asked_until(session: Session, kind: str | None) -> None:
    """Ask until requests fail in this way, or are answered for None: the network follows the API within moments."""
    asker = session.asker()
    try:
        while (await asker.ask()).kind != kind:
            pass
    finally:
        await asker.close()


@pytest.mark.slow
async def test_the_labs_own_machines_zones_subnets_and_groups_are_offered(lab: Lab) -> None:
    async with opened(lab) as session:
        offered = {each.id for each in await session.possible_faults()}
        assert {f"stop provider/server-{n}" for n in (1, 2, 3)} | {"stop consumer/client", GROUP} <= offered
        assert {f"zone {zone.id}" for zone in session.zones[:3]} <= offered
        assert {"latency", "loss", "throttle ec2", "lag ec2"} <= offered
        assert await broken(session) == set()


async def test_a_server_that_is_stopped_no_longer_answers_until_it_is_mended(lab: Lab) -> None:
    async with opened(lab) as session:
        await session.inject_fault(await one(session, "stop provider/server-1"))
        assert await broken(session) == {"stop provider/server-1"}
        while set(lab.ask(40)) != {"2", "3"}:  # the network follows the API within moments
            pass
        outcome = await session.clear_faults([await one(session, "stop provider/server-1")])
        assert outcome
        assert outcome.ok
        assert outcome.updated == 1
        assert await broken(session) == set()


@pytest.mark.slow
async def test_a_closed_group_lets_nothing_in_and_another_session_mends_it(lab: Lab) -> None:
    async with opened(lab) as session:
        await session.inject_fault(await one(session, GROUP))
        await asked_until(session, "timeout")
        async with opened(lab) as another:  # which knows of it from the lab alone
            assert await broken(another) == {GROUP}
            await another.clear_faults([await one(another, GROUP)])
        await asked_until(session, None)


@pytest.mark.slow
async def test_reconcile_undoes_what_was_done_by_the_api_and_ends_no_fault(lab: Lab) -> None:
    async with opened(lab) as session:
        await session.inject_fault(await one(session, "stop provider/server-2"))
        await session.inject_fault(await one(session, GROUP))
        await session.inject_fault(await one(session, "latency"))
        outcome = await session.reconcile()
        assert outcome.ok
        assert await broken(session) == {"latency"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zone", *(pytest.param(kind, marks=pytest.mark.slow) for kind in OTHERS)])
async def test_each_fault_shows_the_resources_it_strikes_and_ends_alone(lab: Lab, kind: str) -> None:
    async with opened(lab) as session:
        chosen = next(each for each in await session.possible_faults() if each.kind == kind)
        await session.inject_fault(chosen)
        now = await one(session, chosen.id)
        assert now.broken
        assert now.text
        if kind in ("zone", "server", "subnet"):
            assert now.addresses
        assert await session.clear_faults([now]) is None  # no run was needed
        assert await broken(session) == set()


@pytest.mark.slow
async def test_what_others_broke_is_told_and_mended_too(lab: Lab) -> None:
    async with opened(lab) as session:
        assert session.sandbox
        session.sandbox.add_fault("throttle", "ec2:CreateVpcEndpoint", 0)
        (found,) = [each for each in await session.possible_faults() if each.broken]
        assert found.text
        await session.clear_faults([found])
        assert await broken(session) == set()


@pytest.mark.slow
async def test_with_read_only_nothing_is_broken(lab: Lab) -> None:
    async with opened(lab, Settings(read_only=True)) as session:
        for each in await session.possible_faults():
            with pytest.raises(Refused, match="read-only"):
                await session.inject_fault(each)


@pytest.mark.slow
async def test_real_aws_and_what_stands_in_for_it_are_not_broken(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    async with opened(lab) as session:
        chosen = await one(session, "stop provider/server-1")
    for target in ("aws", "sandbox"):
        settings = Settings(target=target, endpoint_url=lab.cloud.endpoint_url)
        elsewhere = Session(lab.spec, load(lab.spec, ()), settings)
        await elsewhere.open()
        assert await elsewhere.possible_faults() == ()
        with pytest.raises(Refused):
            await elsewhere.inject_fault(chosen)


@pytest.mark.slow
async def test_what_is_not_there_cannot_be_broken(lab: Lab) -> None:
    async with opened(lab) as session:
        with pytest.raises(LabError, match="does not exist"):
            await session.inject_fault(LabFault("stop", "provider/server-9", "provider server 9"))


@pytest.mark.slow
async def test_who_is_changing_the_lab_is_told_while_they_do_and_no_longer(lab: Lab) -> None:
    async with opened(lab) as session:
        assert await session.holder() is None
        lease = session._new_lease("reconcile")
        await lease.acquire()
        try:
            found = await session.holder()
            assert found
            assert found.verb == "reconcile"
            assert not found.own  # it is of no run of this lab
        finally:
            await lease.release()
        assert await session.holder() is None


@pytest.mark.slow
async def test_the_bill_counts_what_was_seen_and_since_when(lab: Lab) -> None:
    async with opened(lab) as session:
        bill = await session.bill()
        assert bill.now == bill.wanted
        assert bill.now.hourly == pytest.approx(0.2267)
        assert bill.since
        assert abs(bill.since.timestamp() - time.time()) < 3600
