"""Rate limits of a service: concurrent calls, and after a throttle the rate that the service accepts.

AWS throttles by token buckets per account and region that others may be using too, so their level cannot be known in
advance (EC2 and ELB API throttling pages): the rate falls with each throttle and grows with each answer.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

# Maximum concurrent calls. Route 53 accepts five requests per second of an account (Route 53 developer guide,
# "Quotas"), and IAM, which is global, accepts few as well. The others share the threads.
AT_ONCE: Mapping[str, int] = {"route53": 4, "iam": 4}
MOST_AT_ONCE = 16


class Bucket(NamedTuple):
    """A token bucket shared by some calls: `size` at once, then `refill` per second; None if unknown."""

    group: str
    size: float = 1.0
    refill: float | None = None


# EC2 developer guide, "Request throttling for the Amazon EC2 API", request token bucket sizes and refill rates; Elastic
# Load Balancing user guide, "API request throttling".
_ENDPOINTS, _SERVICES = Bucket("endpoints", 4, 0.3), Bucket("endpoint services", 10, 1.0)
_BALANCERS, _TARGETS = Bucket("load balancers", 10, 0.2), Bucket("targets", 20, 4.0)
BUCKETS: Mapping[tuple[str, str], Bucket] = {
    **{("ec2", name): _ENDPOINTS for name in ("CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints")},
    **{
        ("ec2", name): _SERVICES
        for name in (
            "CreateVpcEndpointServiceConfiguration", "ModifyVpcEndpointServiceConfiguration",
            "DeleteVpcEndpointServiceConfigurations", "AcceptVpcEndpointConnections", "RejectVpcEndpointConnections",
        )
    },
    ("ec2", "CreateNatGateway"): Bucket("NAT gateways", 10, 1.0),
    ("ec2", "DeleteNatGateway"): Bucket("NAT gateways", 10, 1.0),
    ("ec2", "RunInstances"): Bucket("instances", 5, 2.0),
    ("elbv2", "CreateLoadBalancer"): _BALANCERS,
    ("elbv2", "SetSubnets"): _BALANCERS,
    ("elbv2", "RegisterTargets"): _TARGETS,
    ("elbv2", "DeregisterTargets"): _TARGETS,
}  # fmt: skip
# Buckets of calls without a bucket of their own: a service's reads, and its other changes.
_READS: Mapping[str, Bucket] = {"elbv2": Bucket("elbv2 reads", 40, 10.0), "route53": Bucket("route53", 5, 5.0)}
_CHANGES: Mapping[str, Bucket] = {"elbv2": Bucket("elbv2 changes", 20, 3.0), "route53": Bucket("route53", 5, 5.0)}


def bucket_of(service: str, operation: str, *, read: bool) -> Bucket:
    """Return the token bucket of a call."""
    others = (_READS if read else _CHANGES).get(service) or Bucket(service)
    return BUCKETS.get((service, operation), others)


SLOWER, FASTER = 0.7, 1.02  # factors of the rate after a throttle and after an answer
SLOWEST = 7.0  # calls per second; calls throttled at this rate still pause between two attempts
TOGETHER_S = 0.001  # seconds within which calls are prioritised together: some rounds of the event loop
UNBOUNDED = 200.0  # calls per second above which the limit is lifted

Pause = Callable[[float], Awaitable[bool]]
"""Sleeps so many seconds; True if it ended early, as the caller is to give up."""


async def sleep(seconds: float) -> bool:
    """Sleep for `seconds`; return False, as a `Pause` that is never interrupted."""
    await asyncio.sleep(seconds)
    return False


class RateLimiter:
    """Turns for calls of one service, or of one group of its operations; the most urgent call goes first.

    A throttle means that the bucket is empty. If its refill is known, no more than that is sent from then on; tokens
    saved while nothing is sent may be used at once, up to the bucket's size.
    """

    def __init__(self, service: str, bucket: Bucket | None = None) -> None:
        self._bucket = bucket or Bucket(service)
        self._free = AT_ONCE.get(service, MOST_AT_ONCE)
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        # The event loop in which turns are scheduled to be given, after all callers of this moment. A loop that has
        # ended meanwhile never gives them, so the loop must be remembered.
        self._giving: asyncio.AbstractEventLoop | None = None
        self._rate: float | None = None  # calls per second; None while unlimited
        self._next = 0.0  # time of the bucket's next token
        self._begun: list[float] = []  # start times of the latest calls

    @property
    def rate(self) -> float | None:
        """Current limit in calls per second; None if unlimited."""
        return self._rate

    @asynccontextmanager
    async def turn(self, urgency: int, pause: Pause = sleep) -> AsyncIterator[None]:
        """Wait for the turn of one call, and hold it while the call is sent. `pause` may end the delay early."""
        await self._wait_turn(urgency)
        try:
            await self._hold_back(pause)
            yield
        finally:
            self._give_back()

    async def _wait_turn(self, urgency: int) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-urgency, next(self._order), mine))
        self._give_soon()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # the turn was granted just as it was cancelled
                self._give_back()
            raise

    def _give_back(self) -> None:
        self._free += 1
        self._give_soon()

    def _give_soon(self) -> None:
        """Give turns a moment later: one answer starts many calls, and the first is not always the most urgent."""
        loop = asyncio.get_running_loop()
        if self._waiting and self._giving is not loop:
            self._giving = loop
            loop.call_later(TOGETHER_S, self._grant_turns)

    def _grant_turns(self) -> None:
        self._giving = None
        while self._waiting and self._free:
            following = heapq.heappop(self._waiting)[2]
            if not following.done():
                self._free -= 1
                following.set_result(None)

    async def _hold_back(self, pause: Pause) -> None:
        loop = asyncio.get_running_loop()
        if self._rate is not None:
            now = loop.time()
            begin = max(now - (self._bucket.size - 1) / self._rate, self._next)
            self._next = begin + 1 / self._rate
            if begin > now:
                await pause(begin - now)
        self._begun = [*self._begun[-MOST_AT_ONCE:], loop.time()]

    def reduce_rate(self) -> None:
        """Reduce the rate after a throttle."""
        refill = self._bucket.refill
        if refill is not None:
            self._rate = refill
            self._next = max(self._next, asyncio.get_running_loop().time() + 1 / refill)
            return
        rate = self._rate if self._rate is not None else self._measure_rate()
        self._rate = max(SLOWEST, rate * SLOWER)

    def increase_rate(self) -> None:
        """Increase the rate after an answer, until it is unlimited. A known refill rate stays the limit."""
        if self._rate is not None and self._bucket.refill is None:
            self._rate *= FASTER
            if self._rate >= UNBOUNDED:
                self._rate = None

    def _measure_rate(self) -> float:
        """Return the recent calls per second."""
        if len(self._begun) < 2:
            return float(MOST_AT_ONCE)
        return min(UNBOUNDED, len(self._begun) / max(self._begun[-1] - self._begun[0], 0.05))


class Budget:
    """Retries that a lab may spend: each answer earns part of one back.

    If most calls fail, retrying all of them would only add to the service's load.
    """

    def __init__(self, most: int = 60, earned: float = 1.0) -> None:
        self._most, self._earned = most, earned
        self._left = float(most)

    @property
    def remaining(self) -> int:
        """Retries left."""
        return int(self._left)

    def take(self) -> bool:
        """Spend one retry; return False if none is left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def refill(self) -> None:
        """Earn part of a retry back, up to the maximum."""
        self._left = min(self._most, self._left + self._earned)
