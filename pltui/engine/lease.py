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
from dataclasses import asdict, dataclass, fields, replace

from pltui.engine.errors import CloudError, DeniedError, InterruptedRunError, LockedError, OutcomeUnknownError
from pltui.engine.lease_holder import LeaseHolder, LeaseStore, Process
from pltui.engine.polling import CancellationToken, pause_after
from pltui.i18n import Phrase

__all__ = ["LASTS", "RENEW", "SEE", "STALE", "WRITES", "Lease", "LeaseHolder", "LeaseRecord", "LeaseStore", "Process"]

LASTS = 60.0  # seconds from one renewal to where others may take it over
WRITES = LASTS / 2  # seconds after a renewal within which its holder may write
RENEW = LASTS / 4  # seconds between renewals
TO_LET_GO = 10.0  # seconds a run may take to let go of it
STALE = 15.0  # seconds after which a look is too old to change or delete by: others may have done so since
SEE = 2.0  # seconds after it was taken until its holder sees that it can be read: most short runs end before that
TRIES = 5  # at putting it there while nobody can say whether it is


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """The lease as it stands. `holder` is None where nobody can read it; `age` is in seconds since it was written."""

    holder: LeaseHolder | None
    version: int
    age: float

    @property
    def quiet(self) -> float:
        """Seconds for which its holder has surely written nothing."""
        return self.age if self.holder and self.holder.ended else max(0.0, self.age - WRITES)


class Lease:
    """One run's hold on a lab.

    `read_back` is how many seconds an overwritten lease is left to stand before it counts; `timeout` how many to wait
    for another run to let go; `told` hears for whom. When it is lost, `stop` is set.

    `fresh` saves the second look. A run looks, and takes the lease once it knows that there is something to change. By
    then another run may have had it, have changed something, and have let go. So every holder keeps the lease for
    `fresh` seconds after the last create that is guarded by nothing (`created`). Where a look began no more than
    `fresh` seconds before the lease was put there, it began after all such creates, and shows them: nothing is made
    twice by it (`covers`). All other writes may be sent by an older look, as each names what it changes or deletes by
    id, or is refused where another was quicker. The look after them finds what is then left to do.
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
        self._met = False  # another run's lease, or an answer that was lost
        self._undisputed = False  # it was put there at the first try
        self._created: float | None = None
        self._version = 0
        self._renewed: float | None = None  # None while it is not held
        self._lost: str | None = None
        self._touched = False  # something of ours may stand there
        self._contested = False  # and somebody may be writing who has not heard of it yet
        self._renewing = asyncio.Lock()
        self._leaving = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        return self._renewed is not None

    @property
    def run(self) -> str:
        """The run it is of, as `LeaseHolder.run` has it."""
        return self._me.run

    # -- taking -----------------------------------------------------------------------------------------------------

    async def acquire(self) -> LeaseRecord | None:
        """Hold it; the one that a run which ended without letting go had left, None if there was none.

        Raises LockedError when somebody else holds it for longer than `timeout`, InterruptedRunError once told to stop.
        """
        begun, told, tries = self._clock(), "", 0
        while True:
            self._stop.check()
            sent = self._clock()
            version, doubt = await self._put()
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
            if standing.holder and standing.holder.run == self._me.run:  # the answer to our put was lost
                self._hold(standing.version, sent)
                return None
            if self._over(standing):
                if await self._take_over():
                    return standing
                continue
            waited = self._clock() - begun
            if waited >= self._timeout:
                raise self._locked(standing)
            if told != str(standing.holder):
                told = str(standing.holder)
                self._told(Phrase("waiting for {holder}", holder=str(standing.holder)))
            await self._stop.sleep(min(pause_after(waited), self._timeout - waited))

    def covers(self, looked: float, *, creating: bool) -> bool:
        """True if a look that began at `looked`, by the process's clock, can be acted on, though it came before.

        `creating`: something is to be created that is guarded by nothing.
        """
        return self._undisputed and self._clock() - looked <= (self._fresh if creating else STALE)

    def created(self) -> None:
        """Something was created, or may have been, that a run with an older look would create again."""
        self._created = self._clock()

    async def left_behind(self) -> bool:
        """Whether one stands under which nobody can be writing any more."""
        with contextlib.suppress(CloudError):
            standing = await self._stop.unless(self.standing())
            return standing is not None and self._over(standing)
        return False

    async def _put(self) -> tuple[int | None, OutcomeUnknownError | None]:
        self._touched = True
        try:
            return await self._stop.unless(self._shelf.put(self._text())), None
        except OutcomeUnknownError as error:
            return None, error  # what stands tells

    async def standing(self) -> LeaseRecord | None:
        """The lease as it is, whoever holds it."""
        found = await self._shelf.get()
        if found is None:
            return None
        text, version, age = found
        return LeaseRecord(_parsed(text), version, age)

    async def in_force(self) -> LeaseRecord | None:
        """The lease under which somebody may be writing now, be it this one; None where nobody may."""
        standing = await self.standing()
        return None if standing is None or self._over(standing) else standing

    def _over(self, standing: LeaseRecord) -> bool:
        """Whether nobody can be writing under it any more."""
        holder = standing.holder
        return standing.age > LASTS or bool(holder and (holder.ended or self._process.alive(holder) is False))

    async def _take_over(self) -> bool:
        looked = self._clock()
        standing = await self._stop.unless(self.standing())
        if standing is None or not self._over(standing):
            return False
        sent = self._clock()
        version = await self._stop.unless(self._shelf.overwrite(self._text()))
        # One version more than the one that was over, and no time for anybody to have had it in between. Otherwise
        # somebody may be writing by now: they hear of it when they renew, and write no longer than WRITES after that.
        alone = version == standing.version + 1 and self._clock() - looked < self._read_back
        self._contested = not alone
        await self._stop.sleep(self._read_back if alone else WRITES + RENEW)
        if not await self._stop.unless(self._still_mine(version)):
            return False
        self._contested = False
        self._hold(version, sent)
        if self._doubtful():
            await self._renew()
        return True

    def _hold(self, version: int, renewed: float) -> None:
        self._version, self._renewed = version, renewed
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())

    def _locked(self, standing: LeaseRecord) -> LockedError:
        left = max(0.0, LASTS - standing.age)
        who = str(standing.holder) if standing.holder else Phrase("somebody whose words cannot be read")
        return LockedError(
            Phrase("{who} is changing this lab", who=who),
            hint=Phrase(
                "--lock-timeout 60s waits for it; if it is gone, its lease runs out in {left:.0f} s", left=left
            ),
        )

    # -- holding ----------------------------------------------------------------------------------------------------

    async def check(self) -> None:
        """To be asked before each write. Raises InterruptedRunError when it is not held beyond doubt."""
        if self._lost is None and self._doubtful():
            await self._renew()
        if self._lost is None and self._doubtful():
            self._give_up(Phrase("the lease could not be renewed in time"))
        if self._lost is not None:
            raise InterruptedRunError(self._lost)

    def valid(self) -> bool:
        """Whether a write that was checked some time ago may still be sent; asked from any thread."""
        return self._lost is None and not self._doubtful()

    def _doubtful(self) -> bool:
        return self._renewed is not None and self._clock() - self._renewed > WRITES

    async def _keep(self) -> None:
        """See that it can be read, and renew it from time to time, until it is let go or lost."""
        if await self._left_within(SEE):
            return
        await self._see()
        if await self._left_within(RENEW - SEE):
            return
        await self._renew()
        while self._lost is None:
            if await self._left_within(RENEW):
                return
            await self._renew()

    async def _left_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._leaving.wait(), seconds)
        return self._leaving.is_set()

    async def _see(self) -> None:
        """Who may write it and not read it could never renew it: better to hear of that before anything is made."""
        with contextlib.suppress(CloudError):
            try:
                await self.standing()
            except DeniedError as error:
                self._give_up(
                    Phrase("the lease cannot be read: {message} ({hint})", message=error.message, hint=error.hint)
                )

    async def _renew(self) -> None:
        """What cannot be renewed for some passing reason is tried again by whoever wants to write."""
        async with self._renewing:
            if self._lost is not None or self._renewed is None:
                return
            sent = self._clock()
            try:
                standing = await self.standing()
                if self._is_stale(standing):
                    return
                if not self._is_mine(standing, self._version):
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
                self._give_up_if_doubtful(error)

    def _give_up_if_doubtful(self, error: CloudError) -> None:
        if self._doubtful():
            self._give_up(Phrase("the lease could not be renewed: {message}", message=error.message))

    async def _after_doubt(self, sent: float) -> None:
        """The answer to an overwrite was lost: what stands tells whether it was applied."""
        try:
            standing = await self.standing()
        except CloudError as error:
            self._give_up_if_doubtful(error)
            return
        mine = standing and standing.holder and standing.holder.run == self._me.run
        if not (mine and standing and standing.version - self._version in (0, 1)):
            await self._lose()
        elif standing.version > self._version:
            self._version, self._renewed = standing.version, sent

    async def _still_mine(self, version: int) -> bool:
        return self._is_mine(await self.standing(), version)

    def _is_mine(self, standing: LeaseRecord | None, version: int) -> bool:
        return bool(
            standing and standing.holder and standing.holder.run == self._me.run and standing.version == version
        )

    def _is_stale(self, standing: LeaseRecord | None) -> bool:
        """True if a read shows the time before the latest write: Parameter Store's reads lag behind its writes.

        The next renewal reads again, and no write is sent once the time for that is over.
        """
        assert self._renewed is not None
        return standing is None or standing.age > self._clock() - self._renewed

    async def _lose(self) -> None:
        with contextlib.suppress(CloudError):
            standing = await self.standing()
            if standing and standing.holder and standing.holder.run != self._me.run:
                self._give_up(Phrase("the lease was lost: {holder} holds it now", holder=str(standing.holder)))
                return
        self._give_up(Phrase("the lease was lost: another run took it over in between"))

    def _give_up(self, why: str) -> None:
        self._lost = why
        self._stop.set(why, asked=False)

    # -- letting go -------------------------------------------------------------------------------------------------

    async def release(self, *, settled: bool = True) -> str:
        """Let go of it; what went wrong with that, if anything did: then it runs out by itself.

        Unless what was written is known to show everywhere (`settled`), a note stays that somebody wrote just now.
        """
        try:
            return await asyncio.wait_for(self._let_go(settled), TO_LET_GO)
        except TimeoutError:
            return Phrase("the lease could not be removed in time, and runs out by itself")
        except CloudError as error:
            return Phrase(
                "the lease could not be removed, and runs out by itself: {message} ({action})",
                message=error.message,
                action=error.action,
            )
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Leave it as it is: calls on the wire may still be carried out, and it speaks for them until it runs out."""
        self._touched, self._renewed = False, None
        if not self._contested:
            self._process.ended(self._me)
        if self._keeper is not None:
            self._keeper.cancel()

    async def _let_go(self, settled: bool) -> str:
        self._leaving.set()
        if self._keeper is not None:
            await asyncio.wait({self._keeper})  # a renewal on the wire would come after the removal
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
            await self._shelf.overwrite(self._text(ended=True))
        return ""

    def _text(self, *, ended: bool = False) -> str:
        return json.dumps(asdict(replace(self._me, renewed=self._process.now(), ended=ended)))


def _parsed(text: str) -> LeaseHolder | None:
    """None for what no version of pltui can have written."""
    try:
        holder = LeaseHolder(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None
    types = {"pid": int, "ended": bool}
    return holder if all(type(getattr(holder, f.name)) is types.get(f.name, str) for f in fields(holder)) else None
