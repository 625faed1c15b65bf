"""Where leases are kept in these tests, by the loop's clock, and the processes that take them."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from pltui.engine.errors import OutcomeUnknownError
from pltui.engine.lease import Lease, LeaseHolder
from pltui.engine.polling import CancellationToken
from tests.fakecloud.clock import run

READ_BACK = 2.0


@dataclass
class Parameter:
    """A shelf in memory, by the loop's clock. `lose` calls are applied and their answers lost; `drop` not applied."""

    text: str | None = None
    version: int = 0
    written: float = 0.0
    lose: set[str] = field(default_factory=set)
    drop: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    latency: float = 0.05

    async def put(self, text: str) -> int | None:
        await self._begin("put")
        if self.text is not None:
            return None
        return await self._write("put", text)

    async def overwrite(self, text: str) -> int:
        await self._begin("overwrite")
        return await self._write("overwrite", text)

    async def get(self) -> tuple[str, int, float] | None:
        await self._begin("get")
        return None if self.text is None else (self.text, self.version, now() - self.written)

    async def remove(self) -> None:
        await self._begin("remove")
        self.text, self.version = None, 0

    async def _begin(self, call: str) -> None:
        self.calls.append(call)
        await asyncio.sleep(self.latency)
        if call in self.drop:
            raise OutcomeUnknownError("the request is lost")

    async def _write(self, call: str, text: str) -> int:
        self.text, self.version, self.written = text, self.version + 1, now()
        if call in self.lose:
            self.lose.discard(call)
            raise OutcomeUnknownError("the answer is lost")
        return self.version

    def holder(self) -> str:
        return "" if self.text is None else json.loads(self.text)["run"]


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Process:
    """A process on a machine; `dead` holds the names of those on it that are gone."""

    name: str
    machine: str = "here"
    dead: set[str] = field(default_factory=set)
    asleep: float = 0.0  # seconds its machine slept, which only the clock tells

    def holder(self, verb: str) -> LeaseHolder:
        return LeaseHolder(self.name, "host", self.machine, 1, "", verb, "then", "then")

    def alive(self, holder: LeaseHolder) -> bool | None:
        return holder.run not in self.dead if holder.machine == self.machine else None

    def mark_ended(self, holder: LeaseHolder) -> None:
        self.dead.add(holder.run)

    def clock(self) -> float:
        return now() + self.asleep

    def now(self) -> str:
        return f"{self.clock():.1f}"


def lease(shelf: Parameter, process: Process, timeout: float = 0.0, stop: CancellationToken | None = None) -> Lease:
    return Lease(
        shelf, process, "reconcile", CancellationToken() if stop is None else stop, read_back=READ_BACK, timeout=timeout
    )


def story(main: Coroutine[Any, Any, None]) -> None:
    run(main)


def words(name: str) -> dict[str, Any]:
    return {
        "run": name, "host": "host", "machine": "there", "pid": 1, "born": "", "verb": "destroy", "since": "",
        "renewed": "",
    }  # fmt: skip


async def die(held: Lease) -> None:
    """The process that holds it ends, and lets nothing go."""
    await held.acquire()
    assert held._keeper
    held._keeper.cancel()
