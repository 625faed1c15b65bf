"""How fast a service is asked, and how often in vain."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import pytest

from pltui.aws.client import ATTEMPTS, Aws, Target
from pltui.aws.rate_limit import AT_ONCE, SLOWEST, UNBOUNDED, Bucket, Budget, RateLimiter, bucket_of
from pltui.aws.transport import ErrorAnswer, NoAnswer, NotReached
from pltui.engine.errors import (
    CloudError,
    InterruptedRunError,
    LockedError,
    NotYetError,
    OutcomeUnknownError,
    RefusedError,
)
from pltui.engine.polling import CancellationToken
from tests.fakecloud.clock import run

THROTTLED = {"Error": {"Code": "Throttling", "Message": "slow"}, "ResponseMetadata": {"HTTPStatusCode": 400}}


def answer(code: str, status: int = 400) -> ErrorAnswer:
    return ErrorAnswer({"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}})


class Service:
    """A wire to a service that takes `bears` calls a second; None: it never answers."""

    def __init__(self, bears: float | None) -> None:
        self.bears, self.begun = bears, list[float]()
        self.at_once = self.most = self.served = 0

    async def prepare(self, *services: str) -> None:
        """There is nothing to make ready."""

    async def send(
        self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
    ) -> dict[str, Any]:
        now = asyncio.get_running_loop().time()
        self.begun.append(now)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0.05)
        self.at_once -= 1
        if self.bears is None:
            raise NoAnswer("nothing came")
        if len([one for one in self.begun if one > now - 1]) > self.bears:
            raise ErrorAnswer(THROTTLED)
        self.served += 1
        return {}


async def _ask(aws: Aws, service: str = "ec2", operation: str = "DescribeVpcs") -> str:
    try:
        await aws.call(service, operation)
    except CloudError as error:
        return error.code or "lost"
    return ""


def test_a_throttled_service_is_asked_more_slowly_until_it_bears_it() -> None:
    async def story() -> tuple[Service, list[str]]:
        service = Service(bears=10)
        aws = Aws(Target("us-east-1"), wire=service)
        return service, await asyncio.gather(*(_ask(aws) for _ in range(120)))

    service, ended = run(story())
    assert not any(ended)
    assert len(service.begun) < 2 * service.served, "hardly any is sent in vain once the pace is found"


def test_what_was_throttled_to_the_end_was_not_done() -> None:
    """EC2 words a throttle as a server error (EC2 API reference, RequestLimitExceeded: status 503)."""

    class Busy(Service):
        async def send(self, *call: Any, **more: Any) -> dict[str, Any]:
            error = {"Code": "RequestLimitExceeded", "Message": "slow"}
            raise ErrorAnswer({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 503}})

    async def story() -> None:
        with pytest.raises(NotYetError):
            await Aws(Target("us-east-1"), wire=Busy(None)).call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")

    run(story())


def test_a_pace_falls_with_each_throttle_to_a_floor_and_grows_again_until_nothing_is_held_back() -> None:
    pace = RateLimiter("ec2")
    assert pace.rate is None
    rates = []
    for _ in range(60):
        pace.reduce_rate()
        assert pace.rate
        rates.append(pace.rate)
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == SLOWEST
    served = 0
    while pace.rate is not None:
        assert pace.rate < UNBOUNDED
        pace.increase_rate()
        served += 1
    assert served > 10


@pytest.mark.parametrize("service", sorted(AT_ONCE))
def test_what_takes_little_is_asked_little_at_once(service: str) -> None:
    async def story() -> int:
        wire = Service(bears=1000)
        aws = Aws(Target("us-east-1"), wire=wire)
        await asyncio.gather(*(_ask(aws, service, "ListRoles") for _ in range(40)))
        return wire.most

    assert run(story()) == AT_ONCE[service]


class Full(Service):
    """A service that throttles by the bucket of what it is asked, and counts what it refuses."""

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(None)
        assert bucket.refill
        self.size, self.refill, self.level, self.at, self.refused = bucket.size, bucket.refill, bucket.size, 0.0, 0

    async def send(self, *_: Any, **__: Any) -> dict[str, Any]:
        now = asyncio.get_running_loop().time()
        self.level, self.at = min(self.size, self.level + (now - self.at) * self.refill), now
        await asyncio.sleep(0.05)
        if self.level < 1:
            self.refused += 1
            raise ErrorAnswer(THROTTLED)
        self.level -= 1
        return {}


@pytest.mark.parametrize(
    ("service", "operation", "bucket"),
    [
        ("route53", "ChangeResourceRecordSets", Bucket("route53", 5, 5)),
        ("route53", "ListHostedZones", Bucket("route53", 5, 5)),
        ("elbv2", "CreateListener", Bucket("elbv2 changes", 20, 3)),
        ("elbv2", "RegisterTargets", Bucket("targets", 20, 4)),
        ("elbv2", "DescribeListeners", Bucket("elbv2 reads", 40, 10)),
        ("elbv2", "CreateLoadBalancer", Bucket("load balancers", 10, 0.2)),
        ("ec2", "CreateVpcEndpoint", Bucket("endpoints", 4, 0.3)),
        ("ec2", "RunInstances", Bucket("instances", 5, 2)),
        ("ec2", "CreateVpc", Bucket("ec2")),
    ],
)
def test_each_call_takes_from_the_bucket_that_aws_documents(service: str, operation: str, bucket: Bucket) -> None:
    read = operation.startswith(("Describe", "List"))
    assert bucket_of(service, operation, read=read) == bucket


@pytest.mark.parametrize(
    ("service", "operation"), [("route53", "ListHostedZones"), ("elbv2", "CreateListener"), ("elbv2", "DescribeRules")]
)
def test_a_burst_goes_at_once_and_what_is_more_no_faster_than_the_bucket_fills(service: str, operation: str) -> None:
    bucket = bucket_of(service, operation, read=operation != "CreateListener")
    assert bucket.refill

    async def asked(count: float, wire: Full, aws: Aws) -> float:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        assert not any(await asyncio.gather(*(_ask(aws, service, operation) for _ in range(int(count)))))
        return loop.time() - begun

    async def story() -> tuple[float, float, float, int]:
        wire = Full(bucket)
        aws = Aws(Target("us-east-1"), wire=wire)
        first = await asked(bucket.size, wire, aws)
        more = await asked(2 * bucket.size, wire, aws)
        await asyncio.sleep(60)
        return first, more, await asked(bucket.size, wire, aws), wire.refused

    first, more, later, refused = run(story())
    assert max(first, later) < 1, "neither a first burst nor one after a pause waits"
    assert more > 0.8 * 2 * bucket.size / bucket.refill - 1
    assert refused <= 17


def test_where_hardly_any_call_is_answered_retries_end_for_all_together() -> None:
    async def story() -> int:
        wire = Service(bears=None)
        aws = Aws(Target("us-east-1"), wire=wire)
        aws.budget = Budget(most=20)
        assert await asyncio.gather(*(_ask(aws) for _ in range(30))) == ["lost"] * 30
        return len(wire.begun)

    assert run(story()) == 30 + 20


def test_one_call_is_tried_so_often_and_no_more() -> None:
    async def story() -> int:
        wire = Service(bears=None)
        assert await _ask(Aws(Target("us-east-1"), wire=wire)) == "lost"
        return len(wire.begun)

    assert run(story()) == ATTEMPTS


def test_answers_earn_retries_back_up_to_the_first_amount() -> None:
    budget = Budget(most=2, earned=0.5)
    assert [budget.take() for _ in range(3)] == [True, True, False]
    budget.refill()
    assert not budget.take()
    budget.refill()
    assert budget.take()
    for _ in range(10):
        budget.refill()
    assert budget.remaining == 2


def test_the_guard_is_asked_before_each_try_of_a_write_and_of_no_read() -> None:
    asked: list[int] = []

    async def story() -> int:
        wire = Service(bears=None)

        async def guard() -> None:
            asked.append(len(wire.begun))
            if len(wire.begun) == before + 2:
                raise InterruptedRunError("no more")

        before = -2
        aws = Aws(Target("us-east-1"), wire=wire, guard=guard, repeatable={"DeleteVpc"})
        await _ask(aws)
        assert not asked
        before = len(wire.begun)
        with pytest.raises(OutcomeUnknownError):  # as the tries before were not answered
            await aws.call("ec2", "DeleteVpc", VpcId="vpc-1")
        return len(wire.begun) - before

    assert run(story()) == 2
    assert sorted(set(asked)) == [ATTEMPTS, ATTEMPTS + 1, ATTEMPTS + 2]


def test_a_write_that_was_held_back_asks_the_guard_again() -> None:
    async def story() -> int:
        wire, closed = Service(bears=0), False

        async def guard() -> None:
            if closed:
                raise InterruptedRunError("no more")

        aws = Aws(Target("us-east-1"), wire=wire, guard=guard)
        first = asyncio.create_task(aws.call("ec2", "CreateVpcEndpoint", VpcId="vpc-0", ClientToken="0"))
        await asyncio.sleep(0.06)  # throttled: the next ones are held back
        wire.bears = 100
        others = [aws.call("ec2", "CreateVpcEndpoint", VpcId=f"vpc-{n}", ClientToken=str(n)) for n in range(1, 6)]
        tasks = [first, *map(asyncio.create_task, others)]
        await asyncio.sleep(0.1)
        closed, sent = True, len(wire.begun)
        await asyncio.wait(tasks)
        return len(wire.begun) - sent

    assert run(story()) == 0


def test_a_write_that_is_held_back_ends_with_a_stop_and_is_not_sent() -> None:
    async def story() -> tuple[float, int]:
        loop, stop, wire = asyncio.get_running_loop(), CancellationToken(), Service(bears=0)

        async def pause(seconds: float) -> bool:
            with contextlib.suppress(InterruptedRunError):
                await stop.sleep(seconds)
            return bool(stop)

        async def guard() -> None:
            stop.check()

        aws = Aws(Target("us-east-1"), pause, wire=wire, guard=guard)
        calls = [aws.call("ec2", "CreateVpcEndpoint", VpcId=f"vpc-{n}", ClientToken=str(n)) for n in range(12)]
        tasks = [asyncio.create_task(calls.pop(0))]
        await asyncio.sleep(0.06)  # throttled: no more than three of ten a second from now on
        wire.bears = 100
        tasks += [asyncio.create_task(call) for call in calls]
        await asyncio.sleep(10)
        sent, begun = len(wire.begun), loop.time()
        stop.set()
        await asyncio.wait(tasks)
        assert sent < len(tasks)
        return loop.time() - begun, len(wire.begun) - sent

    took, late = run(story())
    assert took < 0.1
    assert late == 0


MAYBE = NoAnswer("nothing came")
TOO_MUCH = answer("RequestLimitExceeded", 503)


# What the second try comes to -> whether it tells what became of the first.
@pytest.mark.parametrize(
    ("second", "tells"),
    [
        (answer("RequestExpired"), False),
        (answer("UnauthorizedOperation", 403), False),
        (answer("PendingVerification"), False),
        (answer("VpcEndpointLimitExceeded"), True),
        (answer("InvalidSubnetID.NotFound"), True),
        (TOO_MUCH, False),
        (NotReached("no connection"), False),
        (LockedError("another run is writing"), False),
        (InterruptedRunError("no more"), False),
        (RefusedError("SSL validation failed"), False),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_first_try_that_may_have_been_applied_is_not_forgotten(second: Exception, tells: bool) -> None:
    class Scripted(Service):
        async def send(
            self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
        ) -> dict[str, Any]:
            self.begun.append(0.0)
            raise MAYBE if len(self.begun) == 1 else second

    async def story() -> None:
        await Aws(Target("us-east-1"), wire=Scripted(1)).call("ec2", "CreateVpcEndpoint", VpcId="v", ClientToken="t")

    with pytest.raises(CloudError) as caught:
        run(story())
    assert isinstance(caught.value, OutcomeUnknownError) is not tells
    assert ("nothing came" in caught.value.message) is not tells


def test_a_loop_that_ended_leaves_turns_to_the_next() -> None:
    """The last call's end gives a turn a moment later, which the loop may not live to see."""
    pace = RateLimiter("ec2")

    async def call() -> None:
        async with pace.turn(0):
            waiting = asyncio.create_task(pace.turn(0).__aenter__())
            await asyncio.sleep(0)
        waiting.cancel()

    for _ in range(2):
        asyncio.run(asyncio.wait_for(call(), 5))
