"""From nothing to a whole lab, and what a run tells and counts on its way."""

import json
from collections.abc import Mapping, Sequence

import pytest

from pltui.engine.events import Event, Phase
from pltui.engine.model import Desired, Ref, Traits
from pltui.engine.reconcile import MOST_PASSES
from tests.fakecloud.clock import run
from tests.fakecloud.cloud import LATENCY, FakeCloud
from tests.fakecloud.faults import Fault, always
from tests.fakecloud.labs import Session, assert_exactly_one_of_each, cloud_for, small, wants_of


@pytest.mark.parametrize("spec", ["privatelink", "two-consumers", "single-subnet", "zonal"])
async def test_a_lab_converges_from_nothing_and_a_second_run_writes_nothing(spec: str) -> None:
    all_desired = wants_of(spec)
    cloud = cloud_for(all_desired)
    outcome = await Session(cloud, all_desired).converge()
    assert outcome.ok, outcome.problems
    assert (outcome.created, outcome.updated, outcome.deleted, outcome.failed) == (len(all_desired), 0, 0, 0)
    assert_exactly_one_of_each(cloud, all_desired)

    written = len(cloud.writes)
    again = await Session(cloud, all_desired).converge()
    assert (again.ok, again.writes, again.message) == (True, 0, "nothing to change")
    assert len(cloud.writes) == written


async def test_no_call_is_refused_on_the_way_because_it_came_too_early() -> None:
    """The fake refuses what names something absent and what precedes what it must follow; nothing was tried twice."""
    all_desired = wants_of("two-consumers")
    cloud = cloud_for(all_desired)
    session = Session(cloud, all_desired)
    await session.converge()
    creates = [call.address for call in cloud.writes if call.op == "create"]
    assert sorted(creates) == sorted(desired.address for desired in all_desired)
    assert not [e for e in session.events if e.phase in (Phase.FAILED, Phase.BLOCKED, Phase.UNKNOWN)]


async def test_a_run_takes_no_longer_than_its_slowest_chain() -> None:
    """Load balancer 120 s, then the service 5 s, then the endpoint 60 s: everything else happens meanwhile."""
    all_desired = wants_of("privatelink")
    outcome = await Session(cloud_for(all_desired), all_desired).converge()
    assert 185 <= outcome.seconds < 188


async def test_without_waiting_a_run_takes_as_many_round_trips_as_its_longest_chain_of_creates() -> None:
    all_desired = wants_of("privatelink")
    cloud = cloud_for(all_desired)
    cloud.settling = {}
    outcome = await Session(cloud, all_desired).converge()
    # Two looks; VPC (two calls), subnet, load balancer (two calls), service, endpoint, record.
    assert round(outcome.seconds / LATENCY) <= 2 + 2 + 1 + 2 + 1 + 1 + 1


def test_waiting_asks_once_a_type_however_many_are_waited_for() -> None:
    async def polls(all_desired: Sequence[Desired]) -> int:
        cloud = cloud_for(all_desired)
        await Session(cloud, all_desired).converge()
        return sum(call.op == "poll" and call.kind == "instance" for call in cloud.calls)

    few, many = run(polls(small())), run(polls(wants_of("two-consumers")))
    assert few <= many <= few + 3  # five machines instead of two


async def test_one_run_of_the_switch_looks_at_and_writes_nothing_else() -> None:
    all_desired = wants_of("privatelink")
    cloud = cloud_for(all_desired)
    await Session(cloud, all_desired).converge()
    cloud.take(cloud.at("consumer/endpoint"))
    balancer = cloud.at("provider/load-balancer")
    switch = Desired(balancer.address, balancer.kind, {"name": balancer.name, "cross_zone": False}, balancer.name)
    written = len(cloud.writes)
    outcome = await Session(cloud, all_desired).reconciler((switch,), only=True).converge()
    assert (outcome.ok, outcome.created, outcome.updated, outcome.deleted) == (True, 0, 1, 0)
    assert [(call.op, call.address) for call in cloud.writes[written:]] == [("update", balancer.address)]
    assert cloud.at(balancer.address).spec["cross_zone"] is False


async def test_two_labs_side_by_side_leave_each_other_alone() -> None:
    """A lab only sees what is its own: another's things in the same cloud neither count nor change."""
    all_desired = small()
    cloud = cloud_for(all_desired)
    bystander = cloud.put(Desired("provider/vpc", "vpc", {"name": "theirs"}, "theirs"), ours=False)
    await Session(cloud, all_desired).converge()
    await Session(cloud, all_desired).destroy()
    assert [thing.id for thing in cloud.things] == [bystander.id]


# -- events -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """Those of a first converge."""

    async def main() -> list[Event]:
        all_desired = wants_of("privatelink")
        session = Session(cloud_for(all_desired), all_desired)
        await session.converge()
        return session.events

    return run(main())


def test_events_are_numbered_without_a_gap(events: list[Event]) -> None:
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_each_resource_is_observed_absent_planned_started_done_and_observed_again_in_this_order(
    events: list[Event],
) -> None:
    for desired in wants_of("privatelink"):
        phases = [event.phase for event in events if event.address == desired.address]
        told = [phase for phase in phases if phase is not Phase.WAITING]
        assert told == [Phase.OBSERVED, Phase.PLANNED, Phase.STARTED, Phase.DONE, Phase.OBSERVED], desired.address


def test_nothing_starts_before_what_it_refers_to_was_started_and_what_it_comes_after_was_done(
    events: list[Event],
) -> None:
    moments = {(event.address, event.phase): event.seq for event in events}
    for desired in wants_of("privatelink"):
        started = moments[desired.address, Phase.STARTED]
        for value in desired.spec.values():
            for ref in value if isinstance(value, frozenset) else (value,):
                if isinstance(ref, Ref):
                    assert moments[ref.address, Phase.STARTED] < started
        for address in desired.after:
            assert moments[address, Phase.DONE] < started


def test_what_takes_time_is_told_while_it_is_waited_for(events: list[Event]) -> None:
    waiting = {event.address for event in events if event.phase is Phase.WAITING}
    assert {"provider/load-balancer", "consumer/endpoint", "provider/nat-gateway-1", "provider/server-1"} <= waiting


def test_every_event_is_plain_json(events: list[Event]) -> None:
    for event in events:
        assert json.loads(json.dumps(event.document()))["address"] == event.address


# -- the end of it ----------------------------------------------------------------------------------------------------


class _Undoing(FakeCloud):
    """Whatever is made is seen as failed: no pass ever helps."""

    async def observe(self, all_desired: Sequence[Desired], *_: object, **__: object) -> list:  # type: ignore[type-arg,override]
        for thing in self.things:
            thing.failed = True
        return await super().observe(all_desired)


async def test_what_fails_each_time_it_is_made_anew_ends_the_run_after_some_passes() -> None:
    all_desired = small()
    cloud = _Undoing(cloud_for(all_desired).traits, all_desired)
    outcome = await Session(cloud, all_desired).converge()
    assert not outcome.ok
    assert not outcome.interrupted
    assert outcome.passes <= MOST_PASSES + 3  # without those that end because they only waited
    assert outcome.left


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.DENIED, Fault.NOT_YET, Fault.DROPPED], ids=lambda f: f.name)
@pytest.mark.parametrize("address", ["provider/vpc", "provider/load-balancer", "consumer/client"])
async def test_a_create_that_never_succeeds_ends_the_run_and_is_named(fault: Fault, address: str) -> None:
    all_desired = small()
    cloud = cloud_for(all_desired)
    cloud.script = always(fault, "create", address)
    outcome = await Session(cloud, all_desired, patience=60).converge()
    assert not outcome.ok
    assert address in outcome.left
    assert outcome.passes <= MOST_PASSES + 3  # without those that end because they only waited


async def test_a_cloud_that_knows_one_kind_only_is_enough() -> None:
    """The engine knows no resource type by name."""
    traits: Mapping[str, Traits] = {"stone": Traits({})}
    all_desired = [Desired("one", "stone", {"weight": 1}), Desired("two", "stone", {"on": Ref("one")})]
    cloud = FakeCloud(traits, all_desired)
    assert (await Session(cloud, all_desired).converge()).created == 2
    assert cloud.at("two").spec["on"] == cloud.at("one").id
