"""Waiting for things to settle: one look per type however many are waited for, and one way to be told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pltui.engine.cloud import Cloud
from pltui.engine.errors import CloudError, InterruptedRunError, NotYetError, OutcomeUnknownError
from pltui.engine.model import Observed
from pltui.i18n import Phrase

T = TypeVar("T")
INTERRUPTED = Phrase("interrupted")

# The next look comes after a fixed share of the time waited so far: prompt for what takes a second, sparing for what
# takes minutes. Seconds.
SHARE, SHORTEST, LONGEST = 0.25, 0.1, 5.0
GATHER = 0.1  # before the first look, for others of the type that are being created: one look then shows them all


def pause_after(waited: float) -> float:
    """Seconds until the next look at something waited for since `waited` seconds."""
    return min(max(waited * SHARE, SHORTEST), LONGEST)


def read_exception(done: asyncio.Future[Any]) -> None:
    """Mark the exception of a future as read, so that asyncio does not report it: nothing awaits it any more."""
    if not done.cancelled():
        done.exception()


class CancellationToken:
    """Told once, heard everywhere: start nothing new."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.reason = ""
        self.asked = False  # somebody asked for it: not the clock, nor a lease that was lost

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self, reason: str = INTERRUPTED, *, asked: bool = True) -> None:
        if not self:
            self.reason, self.asked = reason, asked
            self._event.set()

    def check(self) -> None:
        """Raises InterruptedRunError once a stop was asked for."""
        if self:
            raise InterruptedRunError(self.reason)

    async def unless(self, reading: Awaitable[T]) -> T:
        """What `reading` comes to; raises InterruptedRunError as soon as a stop is asked for, and drops it then."""
        work, stopped = asyncio.ensure_future(reading), asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            raise InterruptedRunError(self.reason)
        finally:
            work.cancel()
            work.add_done_callback(read_exception)
            stopped.cancel()

    async def sleep(self, seconds: float) -> None:
        """Sleep; raises InterruptedRunError as soon as a stop is asked for."""
        try:
            # Not wait_for: until Python 3.12 it returns instead of being cancelled when both happen at once.
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        raise InterruptedRunError(self.reason)


def failure_status(error: CloudError) -> str:
    """The status of a resource that cannot be looked at."""
    words = {"code": error.code, "message": error.message}
    return Phrase("unreadable: {code}: {message}" if error.code else "unreadable: {message}", **words)


def _unreadable(error: CloudError) -> CloudError:
    """The error of a wait whose looks all failed. Nothing was written, so its outcome is not in doubt."""
    return CloudError(error.message, code=error.code, action=error.action, hint=error.hint, request_id=error.request_id)


@dataclass(eq=False)  # each is one of its own: comparing the items of many would take long
class _Waiter:
    item: Observed
    settled: Callable[[Observed | None], bool]
    heard: Callable[[Observed], None]
    since: float
    sighted: float  # when it was last seen
    future: asyncio.Future[Observed | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Poller:
    """Polls each type on behalf of all who wait for one of its resources.

    What is out of sight counts as gone only after `patience` seconds where it was to stay: what was just made is not
    seen everywhere at once. Looks that fail for so long end the wait, too; their reason is its status meanwhile.
    `coming` names the creates of a type on their way, whose resources may soon be waited for.
    """

    def __init__(
        self,
        cloud: Cloud,
        stop: CancellationToken,
        patience: float,
        coming: Callable[[str], Collection[asyncio.Future[bool]]] = lambda _: (),
    ) -> None:
        self._coming = coming
        self._cloud, self._stop, self._patience = cloud, stop, patience
        self._waiting: dict[str, list[_Waiter]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def until(
        self, item: Observed, settled: Callable[[Observed | None], bool], heard: Callable[[Observed], None]
    ) -> Observed | None:
        """`item` once `settled` says so of it (None: it is gone); every look at it is passed to `heard`.

        None, though not settled, when it has vanished.
        """
        begun = asyncio.get_running_loop().time()
        waiter = _Waiter(item, settled, heard, begun, begun)
        waiting = self._waiting.setdefault(item.kind, [])
        waiting.append(waiter)
        if len(waiting) == 1:
            task = asyncio.create_task(self._poll(item.kind))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            return await waiter.future
        finally:
            if waiter in waiting:
                waiting.remove(waiter)

    def end(self, error: Exception) -> None:
        """End every wait with `error`."""
        for waiting in self._waiting.values():
            for waiter in waiting:
                if not waiter.future.done():
                    waiter.future.set_exception(error)
            waiting.clear()

    async def _poll(self, kind: str) -> None:
        waiting = self._waiting[kind]
        failing: float | None = None  # since when every look has failed
        loop = asyncio.get_running_loop()
        try:
            if coming := [future for future in self._coming(kind) if not future.done()]:
                await self._stop.unless(asyncio.wait(coming, timeout=GATHER))
            while waiting:
                try:
                    await self._look(kind, waiting)
                    failing = None
                except (NotYetError, OutcomeUnknownError) as error:
                    failing = loop.time() if failing is None else failing
                    self._tell_failure(error, waiting, loop.time() - failing)
                if waiting:
                    newest = max(w.since for w in waiting)
                    await self._stop.sleep(pause_after(loop.time() - newest))
        except Exception as error:  # handed to those who wait: it is theirs to report
            for waiter in waiting:
                if not waiter.future.done():
                    waiter.future.set_exception(error)
        finally:
            self._waiting.pop(kind, None)

    async def _look(self, kind: str, waiting: list[_Waiter]) -> None:
        asked = tuple(waiting)  # others may join while the look is on its way, and it tells nothing of them
        look = self._cloud.poll(kind, [waiter.item for waiter in asked])
        found = {item.id: item for item in await self._stop.unless(look)}
        for waiter in asked:
            if waiter in waiting:
                self._tell(waiter, found.get(waiter.item.id), waiting)

    def _tell_failure(self, error: CloudError, waiting: list[_Waiter], failing_s: float) -> None:
        """Tell why a look failed, which shows nothing, not even that they are there. Raises CloudError after long."""
        if failing_s >= self._patience:
            raise _unreadable(error)
        for waiter in waiting:
            waiter.heard(replace(waiter.item, status=failure_status(error)))

    def _tell(self, waiter: _Waiter, now: Observed | None, waiting: list[_Waiter]) -> None:
        moment = asyncio.get_running_loop().time()
        if waiter.settled(now) or (now is None and moment - waiter.sighted >= self._patience):
            waiting.remove(waiter)
            if not waiter.future.done():
                waiter.future.set_result(now)
        elif now is not None:
            waiter.sighted = moment
            waiter.heard(now)
