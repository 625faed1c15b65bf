"""How fast a service may be asked: so many calls at once, and after a throttle no faster than it bears.

AWS throttles by token buckets per account and region that others may be drawing on too, so their size cannot be known
ahead (EC2 and ELB API throttling pages): the pace falls with each throttle and grows with each answer.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

# Route 53 takes five requests a second of an account (Route 53 developer guide, "Quotas"), and IAM, one for the world,
# asks for little as well. The rest share the threads.
AT_ONCE: Mapping[str, int] = {"route53": 4, "iam": 4}
MOST_AT_ONCE = 16


class Bucket(NamedTuple):
    """Calls that share a token bucket: `size` at once, and `refill` a second from then on, None where it is unknown."""

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
# Of what a service has no bucket of its own for: its reads, and its other changes.
_READS: Mapping[str, Bucket] = {"elbv2": Bucket("elbv2 reads", 40, 10.0), "route53": Bucket("route53", 5, 5.0)}
_CHANGES: Mapping[str, Bucket] = {"elbv2": Bucket("elbv2 changes", 20, 3.0), "route53": Bucket("route53", 5, 5.0)}


def bucket_of(service: str, operation: str, *, read: bool) -> Bucket:
    """The bucket that a call takes from."""
    others = (_READS if read else _CHANGES).get(service) or Bucket(service)
    return BUCKETS.get((service, operation), others)


SLOWER, FASTER = 0.7, 1.02  # what a throttle and an answer do to the pace
SLOWEST = 7.0  # calls a second: what is throttled further still has pauses of its own between two tries
TOGETHER_S = 0.001  # within which calls count as asked for together: some rounds of the event loop
UNBOUNDED = 200.0  # calls a second from which on there is nothing to hold back

Pause = Callable[[float], Awaitable[bool]]
"""Sleeps so many seconds; True if it ended early, as the caller is to give up."""


async def sleep(seconds: float) -> bool:
    await asyncio.sleep(seconds)
    return False


class RateLimiter:
    """Turns at calling one service, or one group of its operations; the most urgent waits least.

    A throttle says that the bucket is empty. Where its refill is known, no more than that is sent from then on, and
    what is saved up while nothing is sent may go at once, as far as the bucket's size.
    """

    def __init__(self, service: str, bucket: Bucket | None = None) -> None:
        self._bucket = bucket or Bucket(service)
        self._free = AT_ONCE.get(service, MOST_AT_ONCE)
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        # The loop that is about to give turns, once all who ask at this moment have asked. One that ended meanwhile
        # never does, so that it matters which loop it is.
        self._giving: asyncio.AbstractEventLoop | None = None
        self._rate: float | None = None  # calls a second; None while it was never too much
        self._next = 0.0  # when the bucket has its next token
        self._begun: list[float] = []  # when the latest calls began

    @property
    def rate(self) -> float | None:
        """Calls a second it is held to, if it is."""
        return self._rate

    @asynccontextmanager
    async def turn(self, urgency: int, pause: Pause = sleep) -> AsyncIterator[None]:
        """One call's time on the wire. Where it is to be held back, `pause` may end that early."""
        await self._take(urgency)
        try:
            await self._hold_back(pause)
            yield
        finally:
            self._give_back()

    async def _take(self, urgency: int) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-urgency, next(self._order), mine))
        self._give_soon()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # the place came as it was given up
                self._give_back()
            raise

    def _give_back(self) -> None:
        self._free += 1
        self._give_soon()

    def _give_soon(self) -> None:
        """Give turns a moment later: one answer starts many calls, and the most urgent is not always the first."""
        loop = asyncio.get_running_loop()
        if self._waiting and self._giving is not loop:
            self._giving = loop
            loop.call_later(TOGETHER_S, self._give)

    def _give(self) -> None:
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

    def throttled(self) -> None:
        """Slow down: it was too much."""
        refill = self._bucket.refill
        if refill is not None:
            self._rate = refill
            self._next = max(self._next, asyncio.get_running_loop().time() + 1 / refill)
            return
        rate = self._rate if self._rate is not None else self._measured()
        self._rate = max(SLOWEST, rate * SLOWER)

    def served(self) -> None:
        """It was answered: a little faster, until nothing is held back any more. A known bucket fills no faster."""
        if self._rate is not None and self._bucket.refill is None:
            self._rate *= FASTER
            if self._rate >= UNBOUNDED:
                self._rate = None

    def _measured(self) -> float:
        """Calls a second of late."""
        if len(self._begun) < 2:
            return float(MOST_AT_ONCE)
        return min(UNBOUNDED, len(self._begun) / max(self._begun[-1] - self._begun[0], 0.05))


class Budget:
    """Retries a lab may spend before it is told to give up: each answer earns part of one back.

    Where most calls fail, retrying all of them would only add to what ails the service.
    """

    def __init__(self, most: int = 60, earned: float = 1.0) -> None:
        self._most, self._earned = most, earned
        self._left = float(most)

    @property
    def left(self) -> int:
        return int(self._left)

    def take(self) -> bool:
        """Whether there was one left to spend."""
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def refill(self) -> None:
        self._left = min(self._most, self._left + self._earned)
