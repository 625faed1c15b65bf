"""Keeps a `World` in step with an API: woken by every call that changes something, with a slow look as safety net."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pltui.reach import parse
from pltui.reach.parse import Answers
from pltui.reach.world import World

log = logging.getLogger(__name__)

# Calls come in bursts; this much waiting catches most of one and is still far below what a person sees.
DEBOUNCE = 0.03
# The share of one processor reading may take while writes keep coming: a third.
_REST = 2.0
_MAX_REST = 0.5
# How often to look where nobody tells of changes, and where everybody does.
FOREIGN_RESYNC = 2.0
OWN_RESYNC = 300.0
_RETRY = 1.0
# States that end by themselves are looked at this often, in AWS seconds and within these real ones.
_CHANGING = 5.0
_CHANGING_BOUNDS = (0.15, 2.0)

# By topic, the states that pass without anyone's call.
_PASSING: Mapping[str, frozenset[str]] = {
    "instances": frozenset({"pending", "stopping", "shutting-down"}),
    "endpoints": frozenset({"pending", "deleting"}),
    "load_balancers": frozenset({"provisioning"}),
    "targets": frozenset({"draining"}),
}


class Readable(Protocol):
    """What `Sync` needs of `reader.Reader`."""

    answers: Answers

    @property
    def all_topics(self) -> frozenset[str]: ...

    def read(self, wanted: frozenset[str]) -> frozenset[str]: ...


class Sync:
    """Call `wake` from any thread, and `run` and `settled` on the loop. At most one read is under way."""

    def __init__(
        self,
        make_reader: Callable[[str], Readable],
        publish: Callable[[World], Awaitable[None]],
        scale: Callable[[float], float],  # AWS seconds -> real seconds
        resync: float = OWN_RESYNC,
    ) -> None:
        self._make_reader = make_reader
        self._publish = publish
        self._scale = scale
        self._resync = resync
        self._readers: dict[str, Readable] = {}
        self._due: dict[str, set[str]] = {}
        self._retry: dict[str, frozenset[str]] = {}
        self._world = World()
        self._woken = asyncio.Event()
        self._asked = self._done = 0
        self._progress = asyncio.Condition()
        self._executor = ThreadPoolExecutor(1, "pltui-sync")
        self._loop = asyncio.get_running_loop()

    def wake(self, region: str, topics: frozenset[str] | None = None) -> None:
        """Some of `region`'s topics (None: all) may have changed. A region not heard of before is read whole."""
        self._loop.call_soon_threadsafe(self._note, region, topics)

    def look(self) -> None:
        """Do not wait for the time to look at states that change by themselves."""
        for region, topics in self._changing().items():
            self._note(region, topics)

    async def settled(self) -> None:
        """Return once everything asked for before this call has been read and published."""
        # One turn of the loop lets in what other threads have just asked for.
        await asyncio.sleep(0)
        asked = self._asked
        async with self._progress:
            await self._progress.wait_for(lambda: self._done >= asked)

    async def run(self) -> None:
        try:
            while True:
                await self._wait()
                began = time.monotonic()
                due, asked = self._due, self._asked
                self._due, self._retry = {}, {}
                try:
                    await self._refresh(due)
                except Exception:  # an answer of a shape nobody foresaw: say so, and go on with what is known
                    log.exception("the world could not be read")
                async with self._progress:
                    self._done = asked
                    self._progress.notify_all()
                if not self._retry:
                    await asyncio.sleep(min(_REST * (time.monotonic() - began), _MAX_REST))
        finally:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _note(self, region: str, topics: frozenset[str] | None) -> None:
        if region not in self._readers:
            self._readers[region] = self._make_reader(region)
            topics = None
        self._due.setdefault(region, set()).update(self._readers[region].all_topics if topics is None else topics)
        self._asked += 1
        self._woken.set()

    async def _wait(self) -> None:
        """Until something is due; then a little longer, so that a burst of calls is read once."""
        patience, soon = self._next_look()
        try:
            async with asyncio.timeout(patience):
                await self._woken.wait()
            await asyncio.sleep(DEBOUNCE)
        except TimeoutError:
            for region, topics in soon.items():
                self._due.setdefault(region, set()).update(topics)
        self._woken.clear()

    def _next_look(self) -> tuple[float, Mapping[str, frozenset[str]]]:
        """When, in seconds, to look at what although nobody called."""
        if self._retry:
            return _RETRY, self._retry
        if changing := self._changing():
            low, high = _CHANGING_BOUNDS
            return min(max(self._scale(_CHANGING), low), high), changing
        return self._resync, {region: reader.all_topics for region, reader in self._readers.items()}

    def _changing(self) -> Mapping[str, frozenset[str]]:
        found = {region: changing_topics(each.answers) for region, each in self._readers.items()}
        return {region: topics for region, topics in found.items() if topics}

    async def _refresh(self, due: Mapping[str, set[str]]) -> None:
        world = await self._loop.run_in_executor(self._executor, self._read, due)
        if world != self._world:
            self._world = world
            await self._publish(world)

    def _read(self, due: Mapping[str, set[str]]) -> World:
        for region, topics in due.items():
            if failed := self._readers[region].read(frozenset(topics)):
                self._retry[region] = failed
        return parse.world([reader.answers for reader in tuple(self._readers.values())])


def changing_topics(answers: Answers) -> frozenset[str]:
    """The topics that hold a state which will pass by itself."""
    states = {
        "instances": {each["State"]["Name"] for each in answers.instances},
        "endpoints": {each.get("State", "").lower() for each in answers.endpoints},
        "load_balancers": {each["State"]["Code"] for each in answers.load_balancers},
        "targets": {each["TargetHealth"]["State"] for group in answers.targets.values() for each in group},
    }
    topics = {topic for topic, passing in _PASSING.items() if states[topic] & passing}
    if topics & {"endpoints", "load_balancers"}:
        topics.add("interfaces")  # they appear along the way
    return frozenset(topics)
