"""Waiting for resources to settle: one poll per type for all waits, and a cancellation token."""

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

# The next poll comes after a fixed share of the time waited so far: prompt for waits of a second, rare for waits of
# minutes. SHORTEST and LONGEST in seconds.
SHARE, SHORTEST, LONGEST = 0.25, 0.1, 5.0
GATHER = 0.1  # seconds before the first poll, so that one poll covers other creates of the type


def pause_after(waited: float) -> float:
    """Return the seconds until the next poll of something waited for since `waited` seconds."""
    return min(max(waited * SHARE, SHORTEST), LONGEST)


def read_exception(done: asyncio.Future[Any]) -> None:
    """Mark the exception of an unawaited future as retrieved, so that asyncio does not report it."""
    if not done.cancelled():
        done.exception()


class CancellationToken:
    """Set once, visible everywhere: start nothing new."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.reason = ""
        self.asked = False  # True if a user requested the stop, rather than a timeout or a lost lease

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self, reason: str = INTERRUPTED, *, asked: bool = True) -> None:
        """Request the stop. Only the first call counts; `asked`: see the attribute."""
        if not self:
            self.reason, self.asked = reason, asked
            self._event.set()

    def check(self) -> None:
        """Raise if a stop was requested.

        Raises:
            InterruptedRunError: If a stop was requested.
        """
        if self:
            raise InterruptedRunError(self.reason)

    async def unless(self, reading: Awaitable[T]) -> T:
        """Await `reading`; cancel it as soon as a stop is requested.

        Raises:
            InterruptedRunError: If a stop is requested first.
        """
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
        """Sleep for `seconds`.

        Raises:
            InterruptedRunError: As soon as a stop is requested.
        """
        try:
            # Not wait_for: until Python 3.12 it returns instead of being cancelled when both happen at once.
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        raise InterruptedRunError(self.reason)


def failure_status(error: CloudError) -> str:
    """Return the status of a resource that cannot be polled."""
    words = {"code": error.code, "message": error.message, "action": error.action}
    return Phrase(
        "unreadable: {code}: {message} ({action})" if error.code else "unreadable: {message} ({action})", **words
    )


def _unreadable_error(error: CloudError) -> CloudError:
    """Return the error of a wait whose polls all failed. Nothing was written, so its outcome is not in doubt."""
    return CloudError(error.message, code=error.code, action=error.action, hint=error.hint, request_id=error.request_id)


@dataclass(eq=False)  # compared by identity, because comparing many items would be slow
class _Waiter:
    item: Observed
    settled: Callable[[Observed | None], bool]
    heard: Callable[[Observed], None]
    since: float
    sighted: float  # time of its last observation
    future: asyncio.Future[Observed | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Poller:
    """Polls each type on behalf of all waits for its resources.

    A resource that should exist counts as gone only after it was missing for `patience` seconds, because a new one is
    not visible everywhere at once. Polls that fail for that long end the wait, too; until then their error is its
    status. `coming` returns the creates of a type in progress, whose resources may soon be waited for.
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

    async def wait_until(
        self, item: Observed, settled: Callable[[Observed | None], bool], heard: Callable[[Observed], None]
    ) -> Observed | None:
        """Return `item` once `settled` is true of it (None: it is gone); every poll of it is passed to `heard`.

        Return None, though not settled, if it has vanished.
        """
        begun = asyncio.get_running_loop().time()
        waiter = _Waiter(item, settled, heard, begun, begun)
        waiting = self._waiting.setdefault(item.kind, [])
        waiting.append(waiter)
        if len(waiting) == 1:
            task = asyncio.create_task(self._poll_kind(item.kind))
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

    async def _poll_kind(self, kind: str) -> None:
        waiting = self._waiting[kind]
        failing: float | None = None  # start of consecutive failures
        loop = asyncio.get_running_loop()
        try:
            if coming := [future for future in self._coming(kind) if not future.done()]:
                await self._stop.unless(asyncio.wait(coming, timeout=GATHER))
            while waiting:
                try:
                    await self._poll_once(kind, waiting)
                    failing = None
                except (NotYetError, OutcomeUnknownError) as error:
                    failing = loop.time() if failing is None else failing
                    self._tell_failure(error, waiting, loop.time() - failing)
                if waiting:
                    newest = max(w.since for w in waiting)
                    await self._stop.sleep(pause_after(loop.time() - newest))
        except Exception as error:  # passed to the waits, which report it
            for waiter in waiting:
                if not waiter.future.done():
                    waiter.future.set_exception(error)
        finally:
            self._waiting.pop(kind, None)

    async def _poll_once(self, kind: str, waiting: list[_Waiter]) -> None:
        asked = tuple(waiting)  # waits added during the poll are not covered by it
        look = self._cloud.poll(kind, [waiter.item for waiter in asked])
        found = {item.id: item for item in await self._stop.unless(look)}
        for waiter in asked:
            if waiter in waiting:
                self._notify_waiter(waiter, found.get(waiter.item.id), waiting)

    def _tell_failure(self, error: CloudError, waiting: list[_Waiter], failing_s: float) -> None:
        """Report a failed poll, which shows nothing about the resources. Raises CloudError if it lasts."""
        if failing_s >= self._patience:
            raise _unreadable_error(error)
        for waiter in waiting:
            waiter.heard(replace(waiter.item, status=failure_status(error)))

    def _notify_waiter(self, waiter: _Waiter, now: Observed | None, waiting: list[_Waiter]) -> None:
        moment = asyncio.get_running_loop().time()
        if waiter.settled(now) or (now is None and moment - waiter.sighted >= self._patience):
            waiting.remove(waiter)
            if not waiter.future.done():
                waiter.future.set_result(now)
        elif now is not None:
            waiter.sighted = moment
            waiter.heard(now)
