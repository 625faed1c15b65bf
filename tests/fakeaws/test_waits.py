"""Waits and refusals that pass: what vanished meanwhile, and how long each reason is borne with."""

import asyncio
from collections import Counter

from pltui.engine.events import Event, Phase
from pltui.engine.reconcile import Outcome
from pltui.lab.runner import PATIENCE
from pltui.lab.session import Lab
from tests.fakeaws.faults import Call, Fault, Rejection
from tests.fakecloud.clock import run
from tests.generated.bare import Account, converge


async def test_what_vanishes_while_it_is_polled_by_its_own_name_is_made_again_and_not_waited_for_on_and_on() -> None:
    account, loop = Account(lag=1.0, pace=1.0), asyncio.get_running_loop()
    deleting: list[asyncio.Task[None]] = []

    async def delete() -> None:
        await asyncio.sleep(20)
        [balancer] = [one for one in account.cloud.standing() if one.type == "load_balancer"]
        await account.cloud.hand("elbv2", "DeleteLoadBalancer", LoadBalancerArn=balancer.id)

    def script(call: Call) -> None:
        if call.operation == "CreateLoadBalancer" and not deleting:
            deleting.append(asyncio.create_task(delete()))

    begun = loop.time()
    ended, took = await account.process(converge, script), loop.time() - begun
    assert ended.ok, ended
    assert took < 2 * PATIENCE


def test_the_time_to_bear_with_a_reason_begins_with_that_reason() -> None:
    """A throttle is borne with for a minute, which another reason that took longer before it must not use up."""

    async def story() -> list[Event]:
        account, tries, events = Account(lag=0.0, pace=1.0), list[float](), list[Event]()
        await account.made()
        subnet = account.id("provider/private-subnet-1")
        throttled = [Fault.THROTTLED] * 8  # as often as one call is tried

        def script(call: Call) -> Fault | Rejection | None:
            if call.operation != "DeleteSubnet" or call.parameters["SubnetId"] != subnet:
                return None
            tries.append(asyncio.get_running_loop().time())
            if tries[-1] - tries[0] < 70:
                return Rejection(
                    "DependencyViolation", f"The subnet '{subnet}' has dependencies and cannot be deleted."
                )
            return throttled.pop() if throttled else None

        async def verb(lab: Lab) -> Outcome:
            with lab.feed.subscription(events.append):
                return await lab.destroy()

        assert (await account.process(verb, script)).ok
        return events

    assert [event.address for event in run(story()) if event.phase is Phase.FAILED] == []


async def test_each_status_of_a_deletion_is_reported_once() -> None:
    account, events = Account(lag=0.0, pace=1.0), list[Event]()
    await account.made()

    async def verb(lab: Lab) -> Outcome:
        with lab.feed.subscription(events.append):
            return await lab.destroy()

    ended = await account.process(verb)
    assert ended.outcome is not None
    assert ended.ok
    passes = ended.outcome.passes
    waiting = Counter((one.address, one.detail.status) for one in events if one.phase is Phase.WAITING)
    assert 0 < max(waiting.values()) <= passes
