"""Processes that work on a lab, on hosts of their own, and may end at any moment."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pltui.aws.settings import Settings
from pltui.engine.lease import LeaseHolder
from pltui.engine.reconcile import Outcome
from pltui.errors import LabError
from pltui.lab.session import Lab
from pltui.spec.model import Spec
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.faults import Call, Fault, Script, no_faults
from tests.fakeaws.world import Item
from tests.generated.scenario import End

REGION = "ap-northeast-1"
TIMEOUT = 3600.0  # seconds of a run
# Creates that nothing keeps from making a second one: neither a token nor a name.
UNGUARDED = {"CreateVpc": "vpc", "AllocateAddress": "elastic_ip", "CreateInternetGateway": "internet_gateway",
             "CreateRouteTable": "route_table"}  # fmt: skip


@dataclass
class Host:
    """A machine: it knows which of its processes live."""

    name: str = "host"
    living: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)  # runs that ended, whether or not their process lives on

    def process(self, pid: int) -> Identity:
        return Identity(self, pid)


_runs = itertools.count(1)


@dataclass(frozen=True)
class Identity:
    """What a lease needs to know of a process."""

    host: Host
    pid: int

    def holder(self, verb: str) -> LeaseHolder:
        """A new run of it."""
        run = f"{self.host.name}/{self.pid}/{next(_runs)}"
        return LeaseHolder(run, self.host.name, self.host.name, self.pid, "", verb, "", "")

    def alive(self, holder: LeaseHolder) -> bool | None:
        """Whether the run goes on."""
        if holder.machine != self.host.name:
            return None
        return str(holder.pid) in self.host.living and holder.run not in self.host.over

    def mark_ended(self, holder: LeaseHolder) -> None:
        self.host.over.add(holder.run)

    def clock(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> str:
        return f"{self.clock():.2f}"


@dataclass
class Write:
    """A write to the lab, as it went over the wire; in seconds of the loop's clock."""

    operation: str
    sent: float
    leased: bool  # the lease that stood as it was sent was its own
    applied: float | None = None  # None: it has not arrived, or was refused
    second: bool = False  # it made one where there was one

    def __str__(self) -> str:
        return f"{self.operation} at {self.sent:.2f} s"


class Caller(FakeAws):
    """A process's own wire to the cloud: it keeps its own calls, and when it is killed no answer comes."""

    def __init__(self, cloud: FakeAws, script: Script = no_faults, *, lease: str = "", holder: str = "") -> None:
        super().__init__(script=script)
        self._cloud, self.world, self.limits, self._requests = cloud, cloud.world, cloud.limits, cloud._requests
        self._lease, self._holder = lease, holder
        self.log: list[Write] = []  # writes to the lab: those of leases are none
        self._sent: dict[int, Write] = {}
        self.dead = False  # not even its last words are heard
        self.sending: set[asyncio.Task[Any]] = set()

    def _advance(self) -> None:
        self._cloud._advance()  # there is one time for all

    async def send(
        self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
    ) -> dict[str, Any]:
        if self.dead:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        assert task
        self.sending.add(task)
        try:
            return await super().send(service, operation, parameters, urgency)
        finally:
            self.sending.discard(task)

    async def _on_its_way(self, call: Call, fault: Fault | None) -> Any:
        if call.write and call.service != "ssm":
            now = asyncio.get_running_loop().time()
            self._sent[id(call.parameters)] = write = Write(call.operation, now, self._leased())
            self.log.append(write)
        return await super()._on_its_way(call, fault)

    def _leased(self) -> bool:
        lease = self.world.get("parameter", self._lease)
        return lease is not None and json.loads(lease.truth["Value"])["run"].startswith(self._holder)

    def _apply(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Item:
        write = self._sent.pop(id(parameters), None)
        if write is None:
            return super()._apply(service, operation, parameters)
        second = self._there(operation, parameters)
        answer = super()._apply(service, operation, parameters)
        write.applied, write.second = asyncio.get_running_loop().time(), second
        return answer

    def _there(self, operation: str, parameters: Mapping[str, Any]) -> bool:
        """Whether one stands of what this would make."""
        if operation not in UNGUARDED:
            return False
        [specification] = parameters["TagSpecifications"]
        ours = {tag["Key"]: tag["Value"] for tag in specification["Tags"] if tag["Key"] != "Name"}
        mine = (one for one in self._cloud.standing() if one.type == UNGUARDED[operation])
        return any(ours.items() <= one.tags.items() for one in mine)


@dataclass
class Ended:
    """How a process ended: with an outcome, with an error, by leaving (`left`), or killed (none of these)."""

    outcome: Outcome | None = None
    error: LabError | None = None
    left: bool = False
    calls: int = 0
    writes: int = 0
    log: list[Write] = field(default_factory=list)  # what is on the wire arrives yet
    at: float = 0.0
    told_to_end: float | None = None  # when somebody stopped it, or its time was up

    @property
    def ok(self) -> bool:
        return self.outcome is not None and self.outcome.ok

    @property
    def killed(self) -> bool:
        return not (self.outcome or self.error or self.left)

    @property
    def span(self) -> tuple[float, float] | None:
        """From its first write to the lab to its last; None when it wrote nothing."""
        if not self.log:
            return None
        return self.log[0].sent, max(write.applied or write.sent for write in self.log)

    def __str__(self) -> str:
        if self.outcome:
            return "; ".join([self.outcome.message, *self.outcome.problems])
        if self.error:
            return f"{self.error.message} (exit {self.error.code})"
        return "left" if self.left else "killed"


_pids = itertools.count(1)
Verb = Callable[[Lab], Awaitable[Outcome]]


async def process(
    cloud: FakeAws,
    spec: Spec,
    verb: Verb,
    *,
    host: Host,
    script: Script = no_faults,
    end: End | None = None,
    **more: Any,
) -> Ended:
    """A new process on `host` opens the lab, does `verb` and ends, or is ended. `more` are settings."""
    pid = next(_pids)
    wire = Caller(cloud, script, lease=f"/pltui/{spec.name}/lease", holder=f"{host.name}/{pid}/")
    timeout = end.at if end and end.how == "timeout" else TIMEOUT
    settings = Settings(target="aws", region=REGION, timeout=timeout, **more)
    lab = Lab("lab.yaml", spec, settings, wire=wire, process=host.process(pid))
    host.living.add(str(pid))
    loop, ended = asyncio.get_running_loop(), Ended(log=wire.log)

    async def work() -> Outcome:
        await lab.open()
        if timeout < TIMEOUT:
            ended.told_to_end = loop.time() + timeout
        return await verb(lab)

    task = asyncio.ensure_future(work())
    dying = asyncio.ensure_future(wire.killed.wait())
    ways: Mapping[str, Callable[[], object]] = {"stop": lab.stop, "quit": task.cancel, "kill": wire.killed.set}
    ending: asyncio.TimerHandle | None = None
    if end and end.how in ways:
        ended.told_to_end = None if end.how == "kill" else loop.time() + end.at
        ending = loop.call_later(end.at, ways[end.how])
    try:
        await asyncio.wait({task, dying}, return_when=asyncio.FIRST_COMPLETED)
        host.living.discard(str(pid))
        ended.at, ended.calls, ended.writes = loop.time(), len(wire.calls), len(wire.writes)
        if not task.done():
            await _dropped(wire, task)
        elif task.cancelled():
            ended.left = True
            await _dropped(wire, task)
        else:
            ended.outcome = task.result()
    except LabError as error:
        ended.error = error
    finally:
        if ending:
            ending.cancel()
        dying.cancel()
    return ended


async def _dropped(wire: Caller, task: asyncio.Task[Outcome]) -> None:
    """Nobody is there any more to hear what is yet to be answered."""
    wire.dead = True
    for one in (task, *wire.sending):
        one.cancel()
    await asyncio.wait({task})
