"""The wire: one call in, its answer out, with what may go wrong in between."""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

from pltui.aws.transport import ErrorAnswer, NoAnswer
from tests.fakeaws import (  # noqa: F401  # each registers its operations
    balancing,
    compute,
    endpoint_services,
    endpoints,
    groups,
    iam,
    interfaces,
    nat,
    profiles,
    route53,
    routing,
    ssm,
    targets,
    vpc,
    vpc_parts,
)
from tests.fakeaws.faults import Call, Fault, Rejection, Script, no_faults
from tests.fakeaws.model import rejection
from tests.fakeaws.standing import Standing, standing
from tests.fakeaws.world import OPERATIONS, Item, Refusal, World
from tests.fakecloud.clock import VirtualLoop

LATENCY = 0.05  # seconds a call takes; it is applied in the middle
SLOW = 50.0  # seconds a slow answer takes
READS = ("Describe", "Get", "List")


class FakeAws:
    """A `pltui.aws.transport.Wire` over one account in one region, for loops of any clock.

    `lag` scales for how long things do not show, or show as they were; `pace` how long changes of state take; 0 is at
    once. `script` decides which calls go wrong. `limits` are quotas by name, such as {"vpcs": 5}; `page` is the most a
    listing shows at a time. An invalid request is an error of the test that sends it, unless not `strict`: then it is
    answered as AWS answers it.
    """

    def __init__(
        self,
        *,
        lag: float = 1.0,
        pace: float = 1.0,
        script: Script = no_faults,
        limits: Mapping[str, int] | None = None,
        page: int | None = None,
        strict: bool = True,
    ) -> None:
        self._strict = strict
        self.limits: dict[str, int] = dict(limits or {})
        self.world = World(lag, pace, self.limits, page)
        self.script = script
        self.calls: list[Call] = []
        self.killed = asyncio.Event()
        self._writes = itertools.count(1)
        self._requests = itertools.count(1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._behind = 0.0  # how far this loop's clock is behind the world's

    # -- what tests look at and meddle with -----------------------------------------------------------------------

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.write]

    def standing(self) -> list[Standing]:
        """All that truly exists now, whether or not it shows."""
        self._advance()
        return standing(self.world)

    def revive(self) -> None:
        """A new process may call, and nothing goes wrong any more. The calls of the old one never return."""
        self.killed.clear()
        self.script = no_faults

    async def hand(self, service: str, operation: str, **parameters: Any) -> Item:
        """A call by another hand: at once, free of faults, and not among `calls`. Raises ErrorAnswer."""
        self._check(service, operation, parameters)
        return self._apply(service, operation, parameters)

    # -- the seam -------------------------------------------------------------------------------------------------

    async def prepare(self, *services: str) -> None:
        """There is nothing to make ready."""

    async def send(self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0) -> Item:
        if self.killed.is_set():
            await _for_ever()
        self._check(service, operation, parameters)
        write = 0 if operation.startswith(READS) else next(self._writes)
        call = Call(service, operation, parameters, len(self.calls) + 1, write)
        self.calls.append(call)
        fault = self.script(call)
        if fault is Fault.KILLED_BEFORE:
            self.killed.set()
            await _for_ever()
        answer = await self._on_its_way(call, fault)
        if self.killed.is_set():
            await _for_ever()
        return self._answered(call, fault, answer)

    def _check(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        if rejected := rejection(service, operation, parameters):
            code, message = rejected
            assert not self._strict, f"AWS would reject {service} {operation} with {code}: {message}: {parameters}"
            raise self._error(code, message, 400)

    async def _on_its_way(self, call: Call, fault: Fault | Rejection | None) -> Item | ErrorAnswer:
        """What the service answers. Whoever is cancelled meanwhile has sent it all the same."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Item | ErrorAnswer] = loop.create_future()

        def arrive() -> None:
            answer: Item | ErrorAnswer = {}
            if fault is None or fault.applied:
                try:
                    answer = self._apply(call.service, call.operation, call.parameters)
                except ErrorAnswer as error:
                    answer = error
                if fault is Fault.KILLED_AFTER:
                    self.killed.set()
            loop.call_later(SLOW if fault is Fault.SLOW else LATENCY / 2, leave, answer)

        def leave(answer: Item | ErrorAnswer) -> None:
            if not answered.done():
                answered.set_result(answer)

        loop.call_later(LATENCY / 2, arrive)
        return await answered

    def _answered(self, call: Call, fault: Fault | Rejection | None, answer: Item | ErrorAnswer) -> Item:
        if fault in (Fault.LOST, Fault.DROPPED):
            raise NoAnswer(f"Connection was closed before we received a valid response: {call.operation}")
        if fault and (error := fault.error(call.service, call.operation)):
            raise self._error(*error)
        if isinstance(answer, ErrorAnswer):
            raise answer
        return answer

    def _apply(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Item:
        self._advance()
        try:
            if service == "ec2" and parameters.get("DryRun"):
                raise Refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
            answer = OPERATIONS[service, operation](self.world, dict(parameters))
        except Refusal as refusal:
            raise self._error(refusal.code, refusal.message, refusal.status) from None
        return {**answer, "ResponseMetadata": self._metadata(200)}

    def _error(self, code: str, message: str, status: int) -> ErrorAnswer:
        """Without a Date, by which this machine's clock would seem to be wrong: the world has a time of its own."""
        metadata = {**self._metadata(status), "HTTPHeaders": {}}
        return ErrorAnswer({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata})

    def _metadata(self, status: int) -> Item:
        self._advance()
        headers = {"date": self.world.date.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        return {
            "HTTPStatusCode": status, "RequestId": f"request-{next(self._requests):08d}", "HTTPHeaders": headers,
            "RetryAttempts": 0,
        }  # fmt: skip

    def _advance(self) -> None:
        """Time goes on from loop to loop; outside of all of them it stands still."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if loop is not self._loop:
            begun = 0.0 if isinstance(loop, VirtualLoop) else loop.time()
            self._loop, self._behind = loop, self.world.now - begun
        self.world.advance(loop.time() + self._behind)


async def _for_ever() -> None:
    """Who called is gone: no answer ever reaches it."""
    await asyncio.get_running_loop().create_future()
