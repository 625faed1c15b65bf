"""What each fault is on the wire, and what became of the call."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from pltui.aws.transport import ErrorAnswer, NoAnswer
from tests.fakeaws import FakeAws
from tests.fakeaws.faults import Fault, always, at_write, combine, every, first
from tests.fakecloud.clock import run

VPC = {"CidrBlock": "10.0.0.0/16"}


def make_vpc(fake: FakeAws) -> Coroutine[Any, Any, dict[str, Any]]:
    return fake.send("ec2", "CreateVpc", VPC)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED])
def test_nobody_hears_of_a_call_whose_answer_or_request_is_lost(fault: Fault) -> None:
    fake = FakeAws(script=at_write(1, fault))
    with pytest.raises(NoAnswer):
        run(make_vpc(fake))
    assert len(fake.standing()) == (fault is Fault.LOST)


@pytest.mark.parametrize(
    ("fault", "service", "code", "status"),
    [
        (Fault.DENIED, "ec2", "UnauthorizedOperation", 403),
        (Fault.DENIED, "iam", "AccessDenied", 403),
        (Fault.DENIED, "ssm", "AccessDeniedException", 400),
        (Fault.EXPIRED, "ec2", "RequestExpired", 400),
        (Fault.EXPIRED, "elbv2", "ExpiredToken", 403),
        (Fault.EXPIRED, "ssm", "ExpiredTokenException", 400),
        (Fault.THROTTLED, "ec2", "RequestLimitExceeded", 503),
        (Fault.THROTTLED, "elbv2", "Throttling", 400),
        (Fault.THROTTLED, "ssm", "ThrottlingException", 400),
        (Fault.INTERNAL, "ec2", "InternalError", 500),
        (Fault.INTERNAL_APPLIED, "ec2", "InternalError", 500),
        (Fault.REFUSED, "ec2", "InvalidParameterValue", 400),
    ],
)
def test_an_error_is_worded_as_its_service_words_it(fault: Fault, service: str, code: str, status: int) -> None:
    calls = {
        "ec2": ("CreateVpc", VPC),
        "iam": ("CreateInstanceProfile", {"InstanceProfileName": "p"}),
        "elbv2": ("DeleteLoadBalancer", {"LoadBalancerArn": "arn"}),
        "ssm": ("PutParameter", {"Name": "n", "Value": "v", "Type": "String"}),
    }
    operation, parameters = calls[service]
    fake = FakeAws(script=always(fault, operation))
    with pytest.raises(ErrorAnswer) as caught:
        run(fake.send(service, operation, parameters))
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert len(fake.standing()) == (fault is Fault.INTERNAL_APPLIED)


async def test_a_slow_answer_is_of_a_call_that_was_applied_at_once() -> None:
    fake = FakeAws(script=at_write(1, Fault.SLOW))
    waiting = asyncio.create_task(make_vpc(fake))
    await asyncio.sleep(1)
    there = len(fake.standing())
    await waiting
    seconds = asyncio.get_running_loop().time()
    assert there == 1
    assert seconds > 50


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
async def test_a_killed_process_hears_nothing_any_more_and_a_new_one_can_go_on(fault: Fault) -> None:
    # What was on its way as the process ended arrives all the same; what comes after is never sent.

    fake = FakeAws(script=at_write(1, fault))
    calls = [asyncio.create_task(make_vpc(fake)) for _ in range(2)]
    await fake.killed.wait()
    late = asyncio.create_task(make_vpc(fake))
    await asyncio.sleep(60)
    silent = not any(task.done() for task in (*calls, late))
    there = len(fake.standing())
    fake.revive()
    await make_vpc(fake)
    await asyncio.sleep(60)
    for task in (*calls, late):
        assert not task.done()
        task.cancel()
    after = len(fake.standing())
    assert silent
    assert (there, after) == ((0, 1) if fault is Fault.KILLED_BEFORE else (2, 3))


def test_scripts_say_when() -> None:
    script = combine(first(Fault.THROTTLED, "CreateVpc", 2), every(4, Fault.LOST, writes=True))
    fake = FakeAws(script=script)

    async def main() -> list[str]:
        words = []
        for _ in range(8):
            try:
                await make_vpc(fake)
                words.append("made")
            except ErrorAnswer as error:
                words.append(error.response["Error"]["Code"])
            except NoAnswer:
                words.append("lost")
        return words

    throttled = ["RequestLimitExceeded"] * 2
    assert run(main()) == [*throttled, "made", "lost", "made", "made", "made", "lost"]


def test_a_call_botocore_would_not_send_is_a_mistake_of_the_caller() -> None:
    fake = FakeAws()
    for operation, parameters in (("DescribeVpcs", {"VpcId": "x"}), ("DeleteVpc", {}), ("MakeVpc", {})):
        with pytest.raises(AssertionError):
            run(fake.send("ec2", operation, parameters))
