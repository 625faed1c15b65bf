"""Processes that work on a lab, on hosts of their own, and may end at any call."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pltui.engine.lease import Holder
from pltui.engine.reconcile import Outcome
from pltui.errors import LabError
from pltui.lab import Lab
from pltui.settings import Settings
from pltui.spec.model import Spec
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.faults import Script, no_faults

REGION = "ap-northeast-1"
TIMEOUT = 3600.0  # seconds of a run


@dataclass
class Host:
    """A machine: it knows which of its processes live."""

    name: str = "host"
    living: set[str] = field(default_factory=set)

    def process(self, pid: int) -> Identity:
        return Identity(self, pid)


@dataclass(frozen=True)
class Identity:
    """What a lease needs to know of a process."""

    host: Host
    pid: int

    def holder(self, verb: str) -> Holder:
        return Holder(f"{self.host.name}/{self.pid}/{verb}", self.host.name, self.host.name, self.pid, "", verb, "", "")

    def alive(self, holder: Holder) -> bool | None:
        return str(holder.pid) in self.host.living if holder.machine == self.host.name else None

    def clock(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> str:
        return f"{self.clock():.2f}"


class Caller(FakeAws):
    """A process's own wire to the cloud: it counts its calls alone, and when it is killed no answer comes."""

    def __init__(self, cloud: FakeAws, script: Script = no_faults) -> None:
        self.__dict__ |= cloud.__dict__  # the same world
        self.script, self.calls, self.killed = script, [], asyncio.Event()
        self._writes = itertools.count(1)
        self.dead = False  # not even its last words are heard
        self.sending: set[asyncio.Task[Any]] = set()

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


@dataclass
class Ended:
    """How a process ended: with an outcome, with an error, or killed (neither)."""

    outcome: Outcome | None = None
    error: LabError | None = None
    calls: int = 0
    writes: int = 0

    @property
    def ok(self) -> bool:
        return self.outcome is not None and self.outcome.ok

    def __str__(self) -> str:
        if self.outcome:
            return "; ".join([self.outcome.message, *self.outcome.problems])
        return f"{self.error.message} (exit {self.error.code})" if self.error else "killed"


_pids = itertools.count(1)
Verb = Callable[[Lab], Awaitable[Outcome]]


async def process(
    cloud: FakeAws, spec: Spec, verb: Verb, *, host: Host, script: Script = no_faults, **more: Any
) -> Ended:
    """A new process on `host` opens the lab, does `verb` and ends. `more` are settings."""
    pid = next(_pids)
    wire = Caller(cloud, script)
    settings = Settings(target="aws", region=REGION, timeout=TIMEOUT, **more)
    lab = Lab("lab.yaml", spec, settings, wire=wire, process=host.process(pid))
    host.living.add(str(pid))

    async def work() -> Outcome:
        await lab.open()
        return await verb(lab)

    task = asyncio.ensure_future(work())
    dying = asyncio.ensure_future(wire.killed.wait())
    try:
        await asyncio.wait({task, dying}, return_when=asyncio.FIRST_COMPLETED)
        host.living.discard(str(pid))
        if not task.done():
            wire.dead = True
            for one in (task, *wire.sending):
                one.cancel()
            await asyncio.wait({task})
            return Ended(calls=len(wire.calls), writes=len(wire.writes))
        ended = Ended(calls=len(wire.calls), writes=len(wire.writes))
        try:
            ended.outcome = task.result()
        except LabError as error:
            ended.error = error
        return ended
    finally:
        dying.cancel()
