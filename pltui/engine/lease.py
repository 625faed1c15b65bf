"""Lease of a lab: one writer at a time, recorded in a store that every writer can see.

The store has no compare-and-swap, only a create that fails if there is a lease already. So a run that takes over an
expired lease overwrites it, waits, and reads it back: only the holder of the version then current may write. A holder
that cannot renew in time stops writing well before its lease expires for others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace

from pltui.engine.errors import CloudError, DeniedError, InterruptedRunError, LockedError, OutcomeUnknownError
from pltui.engine.json_values import load_foreign
from pltui.engine.lease_holder import LeaseHolder, LeaseStore, Process
from pltui.engine.polling import CancellationToken, pause_after
from pltui.i18n import Phrase

__all__ = ["LASTS", "RENEW", "SEE", "STALE", "WRITES", "Lease", "LeaseHolder", "LeaseRecord", "LeaseStore", "Process"]

LASTS = 60.0  # seconds after a renewal until others may take it over
WRITES = LASTS / 2  # seconds after a renewal within which its holder may write
RENEW = LASTS / 4  # seconds between renewals
TO_LET_GO = 10.0  # maximum seconds for releasing it
STALE = 15.0  # seconds after which an observation is too old to change or delete by: others may have done so since
SEE = 2.0  # seconds until its holder checks that it can be read: most short runs end before that
TRIES = 5  # attempts to put it while it is unknown whether it is there


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """The lease as stored. `holder` is None if it cannot be parsed; `age` is in seconds since it was written."""

    holder: LeaseHolder | None
    version: int
    age: float

    @property
    def quiet(self) -> float:
        """Seconds for which its holder has certainly written nothing."""
        return self.age if self.holder and self.holder.ended else max(0.0, self.age - WRITES)


class Lease:
    """The lease of one run.

    `read_back`: seconds between an overwrite and the read that confirms it; `timeout`: seconds to wait for another run;
    `told` is called with that run. If the lease is lost, `stop` is set.

    `fresh` saves a second observation. A run observes, and takes the lease once it knows that there is something to
    change. By then another run may have had the lease, have changed something, and have released it. So every holder
    keeps the lease for `fresh` seconds after its last unguarded create (`note_create`). If an observation started no
    more than `fresh` seconds before the lease was put, it started after all such creates, and shows them: nothing is
    created twice by it (`covers`). All other writes may be based on an older observation, as each names its object by
    id, or is rejected if another was faster. The observation after them finds what is then left to do.
    """

    def __init__(
        self,
        shelf: LeaseStore,
        process: Process,
        verb: str,
        stop: CancellationToken,
        *,
        read_back: float,
        timeout: float = 0.0,
        fresh: float = 0.0,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._shelf, self._process, self._stop = shelf, process, stop
        self._me, self._clock = process.holder(verb), process.clock
        self._read_back, self._timeout, self._fresh, self._told = read_back, timeout, fresh, told
        self._met = False  # True after another run's lease or a lost answer
        self._undisputed = False  # True if it was put at the first attempt
        self._created: float | None = None
        self._version = 0
        self._renewed: float | None = None  # time of the last renewal; None while not held
        self._lost: str | None = None
        self._touched = False  # True if the store may contain this run's lease
        self._contested = False  # True if another holder may be writing that has not noticed yet
        self._renewing = asyncio.Lock()
        self._leaving = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def is_holder(self) -> bool:
        """True if this run has the lease."""
        return self._renewed is not None

    @property
    def run(self) -> str:
        """Id of its run, as in `LeaseHolder.run`."""
        return self._me.run

    # -- taking -----------------------------------------------------------------------------------------------------

    async def acquire(self) -> LeaseRecord | None:
        """Take the lease; return the one left by a run that ended without releasing it, or None.

        Raises:
            LockedError: If another run has it for longer than `timeout`.
            InterruptedRunError: If a stop is requested.
        """
        begun, told, tries = self._clock(), "", 0
        while True:
            self._stop.check()
            sent = self._clock()
            version, doubt = await self._put_lease()
            if version is not None:
                self._undisputed = not self._met
                self._hold(version, sent)
                return None
            self._met = True
            standing = await self._stop.unless(self.standing())
            if standing is None:
                tries += 1
                if doubt and tries >= TRIES:
                    raise doubt
                await self._stop.sleep(pause_after(self._clock() - begun))
                continue
            if standing.holder and standing.holder.run == self._me.run:  # the answer to the put was lost
                self._hold(standing.version, sent)
                return None
            if self._is_over(standing):
                if await self._take_over():
                    return standing
                continue
            waited = self._clock() - begun
            if waited >= self._timeout:
                raise self._locked_error(standing)
            if told != str(standing.holder):
                told = str(standing.holder)
                self._told(Phrase("waiting for {holder}", holder=str(standing.holder)))
            await self._stop.sleep(min(pause_after(waited), self._timeout - waited))

    def covers(self, looked: float, *, creating: bool) -> bool:
        """Return True if an observation started at `looked`, by the process's clock, is recent enough to act on.

        `creating`: the plan contains unguarded creates.
        """
        return self._undisputed and self._clock() - looked <= (self._fresh if creating else STALE)

    def note_create(self) -> None:
        """Record an unguarded create, which a run with an older observation would repeat."""
        self._created = self._clock()

    async def left_behind(self) -> bool:
        """Return True if there is an abandoned lease."""
        with contextlib.suppress(CloudError):
            standing = await self._stop.unless(self.standing())
            return standing is not None and self._is_over(standing)
        return False

    async def _put_lease(self) -> tuple[int | None, OutcomeUnknownError | None]:
        self._touched = True
        try:
            return await self._stop.unless(self._shelf.put(self._holder_text())), None
        except OutcomeUnknownError as error:
            return None, error  # the stored lease shows the outcome

    async def standing(self) -> LeaseRecord | None:
        """Return the stored lease of any holder."""
        found = await self._shelf.get()
        if found is None:
            return None
        text, version, age = found
        return LeaseRecord(_parse_holder(text), version, age)

    async def in_force(self) -> LeaseRecord | None:
        """Return the lease under which a run may be writing now, this one included; None if there is none."""
        standing = await self.standing()
        return None if standing is None or self._is_over(standing) else standing

    def _is_over(self, standing: LeaseRecord) -> bool:
        """Return True if no run can be writing under it any more."""
        holder = standing.holder
        return standing.age > LASTS or bool(holder and (holder.ended or self._process.alive(holder) is False))

    async def _take_over(self) -> bool:
        looked = self._clock()
        standing = await self._stop.unless(self.standing())
        if standing is None or not self._is_over(standing):
            return False
        sent = self._clock()
        version = await self._stop.unless(self._shelf.overwrite(self._holder_text()))
        # One version above the expired one, and no time for another run to have taken it meanwhile. Otherwise another
        # run may be writing by now: it notices at its next renewal, and writes for at most WRITES after the last one.
        alone = version == standing.version + 1 and self._clock() - looked < self._read_back
        self._contested = not alone
        await self._stop.sleep(self._read_back if alone else WRITES + RENEW)
        if not await self._stop.unless(self._still_mine(version)):
            return False
        self._contested = False
        self._hold(version, sent)
        if self._is_doubtful():
            await self._renew()
        return True

    def _hold(self, version: int, renewed: float) -> None:
        self._version, self._renewed = version, renewed
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep_renewing())

    def _locked_error(self, standing: LeaseRecord) -> LockedError:
        left = max(0.0, LASTS - standing.age)
        who = str(standing.holder) if standing.holder else Phrase("an unknown run (its lease cannot be read)")
        return LockedError(
            Phrase("{who} is changing this lab", who=who),
            hint=Phrase("--lock-timeout 60s waits for it; if it is gone, its lease expires in {left:.0f} s", left=left),
        )

    # -- holding ----------------------------------------------------------------------------------------------------

    async def check(self) -> None:
        """Check before each write that the lease is held; renew it if needed.

        Raises:
            InterruptedRunError: If it is lost or may be.
        """
        if self._lost is None and self._is_doubtful():
            await self._renew()
        if self._lost is None and self._is_doubtful():
            self._give_up(Phrase("the lease could not be renewed in time"))
        if self._lost is not None:
            raise InterruptedRunError(self._lost)

    def valid(self) -> bool:
        """Return True if a write that was checked earlier may still be sent; callable from any thread."""
        return self._lost is None and not self._is_doubtful()

    def _is_doubtful(self) -> bool:
        return self._renewed is not None and self._clock() - self._renewed > WRITES

    async def _keep_renewing(self) -> None:
        """Check that the lease can be read, and renew it periodically, until it is released or lost."""
        if await self._left_within(SEE):
            return
        await self._check_readable()
        if await self._left_within(RENEW - SEE):
            return
        await self._renew()
        while self._lost is None:
            if await self._left_within(RENEW):
                return
            await self._renew()

    async def _left_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._leaving.wait()
        return self._leaving.is_set()

    async def _check_readable(self) -> None:
        """Give up early if the lease can be written but not read: it could never be renewed."""
        with contextlib.suppress(CloudError):
            try:
                await self.standing()
            except DeniedError as error:
                self._give_up(
                    Phrase("the lease cannot be read: {message} ({hint})", message=error.message, hint=error.hint)
                )

    async def _renew(self) -> None:
        """Renew the lease. After a passing error, the next write tries again."""
        async with self._renewing:
            if self._lost is not None or self._renewed is None:
                return
            sent = self._clock()
            try:
                standing = await self.standing()
                if self._is_stale(standing):
                    return
                if not self._is_mine(standing, self._version):
                    await self._report_loss()
                    return
                version = await self._shelf.overwrite(self._holder_text())
                if version != self._version + 1:
                    await self._report_loss()
                    return
                self._version, self._renewed = version, sent
            except OutcomeUnknownError:
                await self._after_doubt(sent)
            except CloudError as error:
                self._give_up_if_doubtful(error)

    def _give_up_if_doubtful(self, error: CloudError) -> None:
        if self._is_doubtful():
            self._give_up(Phrase("the lease could not be renewed: {message}", message=error.message))

    async def _after_doubt(self, sent: float) -> None:
        """Read the lease after the answer to an overwrite was lost, to learn whether it was applied."""
        try:
            standing = await self.standing()
        except CloudError as error:
            self._give_up_if_doubtful(error)
            return
        mine = standing and standing.holder and standing.holder.run == self._me.run
        if not (mine and standing and standing.version - self._version in (0, 1)):
            await self._report_loss()
        elif standing.version > self._version:
            self._version, self._renewed = standing.version, sent

    async def _still_mine(self, version: int) -> bool:
        return self._is_mine(await self.standing(), version)

    def _is_mine(self, standing: LeaseRecord | None, version: int) -> bool:
        return bool(
            standing and standing.holder and standing.holder.run == self._me.run and standing.version == version
        )

    def _is_stale(self, standing: LeaseRecord | None) -> bool:
        """Return True if a read shows the state before the latest write: Parameter Store's reads lag behind its writes.

        The next renewal reads again, and no write is sent once the time for that is over.
        """
        assert self._renewed is not None
        return standing is None or standing.age > self._clock() - self._renewed

    async def _report_loss(self) -> None:
        with contextlib.suppress(CloudError):
            standing = await self.standing()
            if standing and standing.holder and standing.holder.run != self._me.run:
                self._give_up(Phrase("the lease was lost: {holder} holds it now", holder=str(standing.holder)))
                return
        self._give_up(Phrase("the lease was lost: another run took it over in between"))

    def _give_up(self, why: str) -> None:
        self._lost = why
        self._stop.set(why, asked=False)

    # -- releasing --------------------------------------------------------------------------------------------------

    async def release(self, *, settled: bool = True) -> str:
        """Release the lease; return a sentence if that fails, in which case it expires by itself.

        Unless all writes are known to be visible everywhere (`settled`), a note of the recent writes stays.
        """
        try:
            async with asyncio.timeout(TO_LET_GO):
                return await self._let_go(settled)
        except TimeoutError:
            return Phrase("the lease could not be removed in time, and will expire")
        except CloudError as error:
            return Phrase(
                "the lease could not be removed, and will expire: {message} ({action})",
                message=error.message,
                action=error.action,
            )
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Leave the lease in the store: calls in flight may still be executed, and are covered until it expires."""
        self._touched, self._renewed = False, None
        if not self._contested:
            self._process.mark_ended(self._me)
        if self._keeper is not None:
            self._keeper.cancel()

    async def _let_go(self, settled: bool) -> str:
        self._leaving.set()
        if self._keeper is not None:
            await asyncio.wait({self._keeper})  # a renewal in flight would arrive after the removal
        if not self._touched or self._contested or self._lost is not None:
            return ""
        if self._renewed is None:
            standing = await self.standing()
            if standing is None or standing.holder is None or standing.holder.run != self._me.run:
                return ""
        elif self._clock() - self._renewed > WRITES - TO_LET_GO:
            await self._renew()
            if not self.valid():
                return ""
        if settled and self._created is not None:
            await asyncio.sleep(max(0.0, self._created + self._fresh - self._clock()))
        self._renewed = None
        if settled:
            await self._shelf.remove()
        else:
            await self._shelf.overwrite(self._holder_text(ended=True))
        return ""

    def _holder_text(self, *, ended: bool = False) -> str:
        return json.dumps(asdict(replace(self._me, renewed=self._process.now(), ended=ended)))


def _parse_holder(text: str) -> LeaseHolder | None:
    """Parse a stored lease; None for text that no version of pltui can have written."""
    try:
        holder = LeaseHolder(**load_foreign(text))
    except (ValueError, TypeError):
        return None
    types = {"pid": int, "ended": bool}
    return holder if all(type(getattr(holder, f.name)) is types.get(f.name, str) for f in fields(holder)) else None
