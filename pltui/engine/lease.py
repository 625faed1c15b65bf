"""One writer at a time: a lease, kept where every writer of a lab can see it.

Where it is kept there is no compare-and-swap, only a create that fails when there is one already. So whoever takes over
a lease that ran out overwrites it, waits, and reads back: only the holder of the version that stands then may write.
A holder that cannot renew in time stops writing well before its lease runs out for others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from pltui.engine.errors import CloudError, InterruptedRunError, OutcomeUnknownError, RefusedError
from pltui.engine.waiting import Stop, pause_after

LASTS = 60.0  # seconds from one renewal to where others may take it over
WRITES = LASTS / 2  # seconds after a renewal within which its holder may write
RENEW = LASTS / 4  # seconds between renewals


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds it, as others read it."""

    run: str  # unique for each run
    host: str  # its name, for people
    machine: str  # tells hosts of one name apart
    pid: int
    born: str  # when the process began, as its system tells: a number is given to another process later
    verb: str
    since: str  # RFC 3339, UTC
    renewed: str

    def __str__(self) -> str:
        return f"`pltui {self.verb}` (process {self.pid} on {self.host}, since {self.since})"


@dataclass(frozen=True, slots=True)
class Standing:
    """The lease as it stands. `holder` is None where nobody can read it; `age` is in seconds since it was written."""

    holder: Holder | None
    version: int
    age: float


class Shelf(Protocol):
    """Where a lease is kept. Every method may raise CloudError."""

    async def put(self, text: str) -> int | None:
        """Put it there, and its version; None when there is one already."""

    async def overwrite(self, text: str) -> int:
        """Its new version, one more than the one it replaces."""

    async def get(self) -> tuple[str, int, float] | None:
        """Text, version and age in seconds by the clock of where it is kept."""

    async def remove(self) -> None: ...


class LockedError(RefusedError):
    """Somebody else is writing."""


class Process(Protocol):
    """Where a lease is taken."""

    def holder(self, verb: str) -> Holder:
        """A new run of it."""

    def alive(self, holder: Holder) -> bool | None:
        """Whether the process of `holder` lives: None where that cannot be known from here."""

    def clock(self) -> float:
        """Seconds, those included that the machine slept."""

    def now(self) -> str:
        """RFC 3339, UTC."""


class Lease:
    """One run's hold on a lab.

    `read_back` is how many seconds an overwritten lease is left to stand before it counts; `timeout` how many to wait
    for another run to let go; `told` hears for whom. When it is lost, `stop` is set.
    """

    def __init__(
        self,
        shelf: Shelf,
        process: Process,
        verb: str,
        stop: Stop,
        *,
        read_back: float,
        timeout: float = 0.0,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._shelf, self._process, self._stop = shelf, process, stop
        self._me, self._clock = process.holder(verb), process.clock
        self._read_back, self._timeout, self._told = read_back, timeout, told
        self._version = 0
        self._renewed: float | None = None  # None while it is not held
        self._lost: str | None = None
        self._renewing = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        return self._renewed is not None

    # -- taking -----------------------------------------------------------------------------------------------------

    async def acquire(self) -> float | None:
        """Hold it; seconds since the last sign of a holder that went away without letting go, None if there was none.

        Raises LockedError when somebody else holds it for longer than `timeout`.
        """
        begun, told = self._clock(), ""
        while True:
            sent = self._clock()
            if (version := await self._put()) is not None:
                self._hold(version, sent)
                return None
            standing = await self.standing()
            if standing is None:
                continue
            if standing.holder and standing.holder.run == self._me.run:  # the answer to our put was lost
                self._hold(standing.version, sent)
                return None
            if self._over(standing):
                if await self._take_over(standing):
                    return standing.age
                continue
            waited = self._clock() - begun
            if waited >= self._timeout:
                raise self._locked(standing)
            if told != str(standing.holder):
                told = str(standing.holder)
                self._told(f"waiting for {standing.holder}")
            await self._stop.sleep(min(pause_after(waited), self._timeout - waited))

    async def _put(self) -> int | None:
        try:
            return await self._shelf.put(self._text())
        except OutcomeUnknownError:
            return None  # what stands tells

    async def standing(self) -> Standing | None:
        """The lease as it is, whoever holds it."""
        found = await self._shelf.get()
        if found is None:
            return None
        text, version, age = found
        return Standing(_parsed(text), version, age)

    def _over(self, standing: Standing) -> bool:
        """Whether nobody can be writing under it any more."""
        return standing.age > LASTS or bool(standing.holder and self._process.alive(standing.holder) is False)

    async def _take_over(self, standing: Standing) -> bool:
        sent = self._clock()
        version = await self._shelf.overwrite(self._text())
        # One version more than the one that ran out, or somebody was quicker and may be writing by now: they hear of
        # it when they renew, and write no longer than WRITES after that at the latest.
        quiet = self._read_back if version == standing.version + 1 else WRITES + RENEW
        await self._stop.sleep(quiet)
        if not await self._still_mine(version):
            return False
        self._hold(version, sent)
        if self._doubtful():
            await self._renew()
        return self.held

    def _hold(self, version: int, renewed: float) -> None:
        self._version, self._renewed, self._lost = version, renewed, None
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())

    def _locked(self, standing: Standing) -> LockedError:
        left = max(0.0, LASTS - standing.age)
        who = str(standing.holder) if standing.holder else "somebody whose words cannot be read"
        return LockedError(
            f"{who} is changing this lab",
            hint=f"--lock-timeout 60s waits for it; if it is gone, its lease runs out in {left:.0f} s",
        )

    # -- holding ----------------------------------------------------------------------------------------------------

    async def check(self) -> None:
        """To be asked before each write. Raises InterruptedRunError when it is not held beyond doubt."""
        if self._lost is None and self._doubtful():
            await self._renew()
        if self._lost is None and self._doubtful():
            self._give_up("the lease could not be renewed in time")
        if self._lost is not None:
            raise InterruptedRunError(self._lost)

    def _doubtful(self) -> bool:
        return self._renewed is not None and self._clock() - self._renewed > WRITES

    async def _keep(self) -> None:
        """Renew it from time to time, until it is let go or lost."""
        with contextlib.suppress(asyncio.CancelledError):
            while self._lost is None:
                await asyncio.sleep(RENEW)
                await self._renew()

    async def _renew(self) -> None:
        """What cannot be renewed for some passing reason is tried again by whoever wants to write."""
        async with self._renewing:
            if self._lost is not None or self._renewed is None:
                return
            sent = self._clock()
            try:
                if not await self._still_mine(self._version):
                    await self._lose()
                    return
                version = await self._shelf.overwrite(self._text())
                if version != self._version + 1:
                    await self._lose()
                    return
                self._version, self._renewed = version, sent
            except OutcomeUnknownError:
                await self._after_doubt(sent)
            except CloudError as error:
                if self._doubtful():
                    self._give_up(f"the lease could not be renewed: {error.message}")

    async def _after_doubt(self, sent: float) -> None:
        """The answer to an overwrite was lost: what stands tells whether it was applied."""
        try:
            standing = await self.standing()
        except CloudError:
            return
        mine = standing and standing.holder and standing.holder.run == self._me.run
        if not (mine and standing and standing.version - self._version in (0, 1)):
            await self._lose()
        elif standing.version > self._version:
            self._version, self._renewed = standing.version, sent

    async def _still_mine(self, version: int) -> bool:
        now = await self.standing()
        return bool(now and now.holder and now.holder.run == self._me.run and now.version == version)

    async def _lose(self) -> None:
        with contextlib.suppress(CloudError):
            standing = await self.standing()
            if standing and standing.holder and standing.holder.run != self._me.run:
                self._give_up(f"the lease was lost: {standing.holder} holds it now")
                return
        self._give_up("the lease was lost: another run took it over in between")

    def _give_up(self, why: str) -> None:
        self._lost = why
        self._stop.set(why, asked=False)

    # -- letting go -------------------------------------------------------------------------------------------------

    async def release(self) -> str:
        """Let go of it; what went wrong with that, if anything did: then it runs out by itself."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
            self._keeper = None
        if self._renewed is None:
            return ""
        if self._doubtful() and self._lost is None:
            await self._renew()
        mine = self._lost is None and not self._doubtful()
        self._renewed = None
        try:
            if mine:
                await self._shelf.remove()
        except CloudError as error:
            return f"the lease could not be removed, and runs out by itself: {error.message} ({error.action})"
        return ""

    async def clear(self) -> None:
        """Remove one that a run left behind, if nobody can be writing under it."""
        standing = await self.standing()
        if standing and self._over(standing):
            await self._shelf.remove()

    def _text(self) -> str:
        return json.dumps(asdict(replace(self._me, renewed=self._process.now())))


def _parsed(text: str) -> Holder | None:
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return None
