"""Synchronisation of a `NetworkModel` with an API: after each call that changes something, and at a long interval."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pltui.emulator.network.changes import SHARED_TOPICS, Location, changing_topics
from pltui.emulator.network.changes import topics as topics_of
from pltui.reachability import parse
from pltui.reachability.parse import ApiResponses
from pltui.reachability.reading import GLOBAL_TOPICS
from pltui.reachability.world import NetworkModel

log = logging.getLogger(__name__)

# Seconds. Calls come in bursts; this delay covers most of one and is too short for a person to notice.
DEBOUNCE = 0.03
_LONGEST_BURST = 0.4
# Pause after a read, as a multiple of its duration: reading takes a fifth of one processor while writes keep coming.
_REST = 4.0
_MAX_REST = 0.5
# Poll intervals in seconds, for an API that does not report changes and for one that does.
FOREIGN_RESYNC = 2.0
OWN_RESYNC = 300.0
_RETRY = 1.0
# Poll interval of states that end by themselves, in AWS seconds, and its bounds in real seconds.
_CHANGING = 5.0
_CHANGING_BOUNDS = (0.15, 2.0)

# Readers take memory and time: the least recently used location is dropped for a new one.
MOST_PLACES = 32


class Readable(Protocol):
    """The interface of `reader.NetworkReader` that `Sync` uses."""

    answers: ApiResponses

    def read(self, wanted: frozenset[str]) -> frozenset[str]:
        """Read these topics; return those to be tried again."""


class Sync:
    """Background reader of the model. `wake`, `note_call` and `start_over` are thread-safe; the rest runs on the loop.

    At most one read is under way.
    """

    def __init__(
        self,
        make_reader: Callable[[Location], Readable],
        publish: Callable[[NetworkModel], Awaitable[None]],
        scale: Callable[[float], float],  # AWS seconds -> real seconds
        resync: float = OWN_RESYNC,
    ) -> None:
        self._make_reader = make_reader
        self._publish = publish
        self._scale = scale
        self._resync = resync
        self._readers: dict[Location, Readable] = {}  # the most recently used are last
        self._due: dict[Location, set[str]] = {}
        self._retry: dict[Location, frozenset[str]] = {}
        self._world = NetworkModel()
        self._woken = asyncio.Event()
        self._asked = self._done = 0
        self._awaited = 0  # number of calls of `catch_up` that wait
        self._urgent = asyncio.Event()  # set while there are any
        self._progress = asyncio.Condition()
        self._executor = ThreadPoolExecutor(1, "pltui-sync")
        self._loop = asyncio.get_running_loop()

    @property
    def places(self) -> tuple[Location, ...]:
        """Every location that is read."""
        return tuple(self._readers)

    def wake(self, place: Location, topics: frozenset[str] | None = None) -> None:
        """Read topics of `place` again (None: all). A new location is read as a whole."""
        self._loop.call_soon_threadsafe(self._note, place, topics)

    def note_call(self, place: Location, service: str, action: str) -> None:
        """Read the topics that a call may have changed, at `place` and at locations that share them."""
        if due := topics_of(service, action):
            self._loop.call_soon_threadsafe(self._note_call, place, due)

    def start_over(self, places: Iterable[Location] = ()) -> None:
        """Drop everything read, as the API's whole state has changed, and read `places`."""
        self._loop.call_soon_threadsafe(self._restart, tuple(places))

    def look(self) -> None:
        """Read states that change by themselves now, without waiting for their interval."""
        for place, topics in self._changing().items():
            self._note(place, topics)

    async def catch_up(self) -> None:
        """Return once everything requested before this call has been read and published."""
        # One turn of the loop, for requests that other threads have just made.
        await asyncio.sleep(0)
        asked = self._asked
        if self._done >= asked:
            return
        self._awaited += 1
        self._urgent.set()
        self._woken.set()
        try:
            async with self._progress:
                await self._progress.wait_for(lambda: self._done >= asked)
        finally:
            self._awaited -= 1
            if not self._awaited:
                self._urgent.clear()

    async def run(self) -> None:
        """Read and publish until cancelled."""
        try:
            while True:
                await self._wait()
                began = time.monotonic()
                for place, topics in self._retry.items():
                    self._due.setdefault(place, set()).update(topics)
                due, asked = self._due, self._asked
                self._due, self._retry = {}, {}
                try:
                    await self._refresh(due)
                except Exception:  # an answer of an unforeseen shape: log it, and keep the previous model
                    log.exception("the world could not be read")
                async with self._progress:
                    self._done = asked
                    self._progress.notify_all()
                if not self._retry:
                    await self._rest(min(_REST * (time.monotonic() - began), _MAX_REST))
        finally:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _note(self, place: Location, topics: frozenset[str] | None) -> None:
        reader = self._readers.pop(place, None)
        if reader is None:
            reader, topics = self._make_reader(place), None
            self._make_room()
        self._readers[place] = reader
        self._due.setdefault(place, set()).update(place.topics if topics is None else topics)
        self._asked += 1
        self._woken.set()

    def _note_call(self, place: Location, due: frozenset[str]) -> None:
        parts = {place: due - GLOBAL_TOPICS, place.of_global_services(): due & GLOBAL_TOPICS}
        for own, concerned in parts.items():
            if concerned:
                self._note(own, concerned)
        for other in self._readers:
            if shared := due & other.topics & SHARED_TOPICS:
                self._due.setdefault(other, set()).update(shared)

    def _restart(self, places: Iterable[Location]) -> None:
        self._readers.clear()
        self._due.clear()
        for place in places:
            self._note(place, None)
        self._asked += 1
        self._woken.set()

    def _make_room(self) -> None:
        while len(self._readers) >= MOST_PLACES:
            place = next(iter(self._readers))
            del self._readers[place]
            self._due.pop(place, None)
            log.warning("more than %d places are in use: no longer looking at %s", MOST_PLACES, place)

    async def _wait(self) -> None:
        """Wait until something is due, and then a little longer, so that a burst of calls is read once."""
        patience, soon = self._next_look()
        try:
            async with asyncio.timeout(patience):
                await self._woken.wait()
            await self._burst()
        except TimeoutError:
            for place, topics in soon.items():
                self._due.setdefault(place, set()).update(topics)
        self._woken.clear()

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._urgent.wait()

    async def _burst(self) -> None:
        """Return when no call has come for a moment, when `catch_up` is waiting, or after the longest burst."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_BURST):
                while not self._urgent.is_set():
                    self._woken.clear()
                    async with asyncio.timeout(DEBOUNCE):
                        await self._woken.wait()

    def _next_look(self) -> tuple[float, Mapping[Location, frozenset[str]]]:
        """Seconds until the next poll without a call, and the topics it reads."""
        changing = self._changing()
        if self._retry:
            retry, nothing = self._retry, frozenset[str]()
            return _RETRY, {e: changing.get(e, nothing) | retry.get(e, nothing) for e in {*changing, *retry}}
        if changing:
            low, high = _CHANGING_BOUNDS
            return min(max(self._scale(_CHANGING), low), high), changing
        return self._resync, {place: place.topics for place in self._readers}

    def _changing(self) -> Mapping[Location, frozenset[str]]:
        found = {place: changing_topics(each.answers) for place, each in self._readers.items()}
        return {place: topics for place, topics in found.items() if topics}

    async def _refresh(self, due: Mapping[Location, set[str]]) -> None:
        readers = dict(self._readers)  # a copy, as it may change during the read
        world = await self._loop.run_in_executor(self._executor, self._read, readers, due)
        if world != self._world:
            await self._publish(world)
            self._world = world  # only now, so that a failed publication is tried again

    def _read(self, readers: Mapping[Location, Readable], due: Mapping[Location, set[str]]) -> NetworkModel:
        for place, topics in due.items():
            reader = readers.get(place)
            if reader is not None and (failed := reader.read(frozenset(topics))):
                self._retry[place] = failed
        return parse.parse_network_model([reader.answers for reader in readers.values()])
