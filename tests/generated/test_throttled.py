"""A service that turns calls away: everything still comes to be, with few calls more, and it is told."""

import random
from collections.abc import Awaitable, Callable

import pytest

from pltui.engine.reconcile import Outcome
from pltui.lab.session import Lab
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.faults import Call, Fault, Script, every, no_faults
from tests.fakecloud.clock import run
from tests.generated.invariants import assert_exactly
from tests.generated.labs import NAMES, all_desired, spec
from tests.generated.process import Ended, Host, process

THIRD = 3


def converge(script: Script, verb: Callable[[Lab], Awaitable[Outcome]] = lambda lab: lab.reconcile()) -> Ended:
    async def story() -> Ended:
        cloud = FakeAws(lag=0.0, pace=0.0)  # nothing is waited for, so calls are those of the work itself
        ended = await process(cloud, spec("a"), verb, script=script, host=Host())
        if ended.ok:
            assert_exactly(cloud, {NAMES["a"]: all_desired("a")}, {})
        return ended

    random.seed(0)  # what the client's jitter is drawn from
    return run(story())


def test_throttled_at_every_third_call_it_converges_with_at_most_1_6_times_the_calls() -> None:
    plain, throttled = converge(no_faults), converge(every(THIRD, Fault.THROTTLED))
    assert throttled.ok, throttled
    assert throttled.calls <= 1.6 * plain.calls, (throttled.calls, plain.calls)


@pytest.mark.parametrize("service", ["ec2", "elbv2", "iam", "route53", "ssm"])
def test_a_service_that_is_busy_for_a_while_is_waited_for(service: str) -> None:
    left = [6]

    def script(call: Call) -> Fault | None:
        if call.service != service or not left[0]:
            return None
        left[0] -= 1
        return Fault.THROTTLED

    assert converge(script).ok
    assert not left[0]


def test_a_service_that_turns_away_everything_is_given_up_with_its_own_word_for_it() -> None:
    ended = converge(lambda call: Fault.THROTTLED if call.service == "elbv2" else None)
    assert not ended.ok
    assert "Throttling" in str(ended)
    assert ended.calls < 200


def test_who_waits_is_told_for_what_which_try_it_is_and_how_many_are_left() -> None:
    told: list[str] = []

    async def verb(lab: Lab) -> Outcome:
        with lab.feed.subscription(lambda event: told.append(str(getattr(event.detail, "status", "")))):
            return await lab.reconcile()

    left = [1]

    def script(call: Call) -> Fault | None:
        if call.operation != "CreateSubnet" or not left[0]:
            return None
        left[0] -= 1
        return Fault.THROTTLED

    assert converge(script, verb).ok
    [text] = [text for text in told if "RequestLimitExceeded" in text]
    assert "try 2 of 8 in" in text
    assert "retries left" in text
