"""What runs behind the screen: one piece of work on the lab at a time, and the probe beside it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.worker import Worker

from pltui.errors import LabError
from pltui.probe.tally import Tally
from pltui.tui.session import Outcome
from pltui.tui.widgets.header import on_off
from pltui.tui.widgets.stream import Line

if TYPE_CHECKING:
    from pltui.tui.app import LabApp

Job = Coroutine[Any, Any, None]


class Work:
    """Calls the session and tells the app; a problem ends the piece of work, never the app."""

    def __init__(self, app: LabApp) -> None:
        self._app = app
        self._session = app.session
        self._probe: Worker[None] | None = None
        self._watching = False
        self._opened = False
        self._consumers = tuple(app.session.spec.consumers)
        self._consumer = self._consumers[0]
        self._tallies = {name: Tally() for name in self._consumers}
        self.busy = ""  # what is being done, in words
        self.lines: deque[Line] = deque()  # answers and marks not shown yet
        self.zones: dict[str, int] = {}  # zone -> the subnet that answers from it, as learnt

    @property
    def tally(self) -> Tally:
        return self._tallies[self._consumer]

    # -- one piece of work at a time

    def start(self) -> None:
        where = "the sandbox" if self._session.target == "sandbox" else "AWS"
        self._do(f"opening {where}…", self._start())

    def reconcile(self) -> None:
        if self._opened:
            self._do("reconciling…", self._reconcile())
        else:
            self.start()

    def destroy(self) -> None:
        self._do("destroying…", self._destroy())

    def flip(self, wish: bool) -> None:
        self._do(f"turning cross-zone {on_off(wish)}…", self._flip(wish))

    def watch_switch(self) -> None:
        """Look at the switch, unless something is going on that will look anyway."""
        if self._opened and not self.busy and not self._watching:
            self._watching = True
            self._app.run_worker(self._guarded("looking at the switch", self._watch()), exit_on_error=False)

    def _do(self, doing: str, job: Job) -> None:
        if self.busy:
            job.close()
            self._app.tell(f"Still {self.busy.rstrip('…')}; wait for it, or leave with q.")
            return
        self.busy = doing
        self._app.show_doing(doing)
        self._app.show_problem("")
        self._app.run_worker(self._alone(doing, job), name=doing, exit_on_error=False)

    async def _alone(self, doing: str, job: Job) -> None:
        try:
            await self._guarded(doing.rstrip("…"), job)
        finally:
            self.busy = ""
            self._app.drain()

    async def _guarded(self, doing: str, job: Job) -> None:
        try:
            await job
        except LabError as error:
            self._app.show_problem(error.message, error.hint)
            self._app.show_doing("")
        except Exception as error:  # the last door before Textual would end the app with a traceback
            self._app.show_crash(doing, error)
            self._app.show_doing("")

    async def _start(self) -> None:
        app, session = self._app, self._session
        await session.open()
        self._opened = True
        self._learn_zones()
        app.main.shares.show(self.tally, self.zones)
        app.show_world(app.world.with_wants(session.wants))
        app.show_facts(endpoint=session.endpoint or "", region=session.region)
        app.show_doing("looking at what is there…")
        await session.look()
        await self._observe()
        if session.target == "aws":
            app.show_doing("Nothing is written to AWS until you press r.")
            return
        app.show_doing("converging…")
        if self._told(await session.reconcile(keep_switch=True)):
            await self._observe()
            self.start_probe()

    async def _reconcile(self) -> None:
        done = self._told(await self._session.reconcile())
        await self._observe()
        if done and self._probe is None:
            self.start_probe()

    async def _destroy(self) -> None:
        self._pause("stopped")
        self._told(await self._session.destroy())
        await self._observe()

    async def _flip(self, wish: bool) -> None:
        app = self._app
        app.show_facts(requested=wish)
        app.mark(f"cross-zone {on_off(wish)} requested")
        try:
            self._told(await self._session.set_cross_zone(wish))
            await self._observe()
        finally:
            app.show_facts(requested=None)

    def _told(self, outcome: Outcome) -> bool:
        """Say how a run ended; True when it did what it should."""
        app = self._app
        counts = (("created", outcome.created), ("updated", outcome.updated), ("deleted", outcome.deleted))
        done = ", ".join(f"{count} {word}" for word, count in counts if count) or "nothing to change"
        if outcome.ok:
            app.show_doing(f"done: {done}")
        elif not outcome.interrupted:
            app.show_doing("")
            app.show_problem(outcome.message or f"{outcome.failed} failed", "enter on a failed resource tells why")
        return outcome.ok

    async def _observe(self) -> None:
        """Ask how the switch stands; a change is marked among the answers."""
        before = self._app.facts.observed
        observed = await self._session.cross_zone()
        self._app.show_facts(observed=observed)
        if observed is not None and before is not None and observed != before:
            for tally in self._tallies.values():
                tally.forget()  # shares before and after a switch are different things
            self._app.mark(f"cross-zone {on_off(observed)} observed")

    async def _watch(self) -> None:
        try:
            await self._observe()
            self._app.show_facts(faults=await self._session.faults())
        finally:
            self._watching = False

    # -- beside it

    def explain(self, show: Callable[[str], None]) -> None:
        async def job() -> None:
            try:
                show(await self._session.explain())
            except LabError as error:
                show(f"{error.message}\n{error.hint}")
                raise

        self._app.run_worker(self._guarded("explaining", job()), exit_on_error=False)

    def write_back(self) -> None:
        app = self._app
        observed = app.facts.observed
        if observed is None:
            app.tell("There is no switch to write yet.")
            return
        try:
            written = self._session.write_back(observed)
        except LabError as error:
            app.show_problem(error.message, error.hint)
            return
        app.show_facts(wanted=observed)
        app.tell(
            f"cross_zone: {str(observed).lower()} " + ("written to the spec" if written else "is in the spec already")
        )

    # -- the probe

    def toggle_probe(self) -> None:
        if not self._opened:
            self._app.tell("The lab is not open yet.")
        elif self._app.facts.probe == "running":
            self._pause("paused")
        else:
            self.start_probe()

    def start_probe(self) -> None:
        self._app.show_facts(probe="running")
        self._probe = self._app.run_worker(
            self._guarded("probing", self._ask(self._consumer)), name="probe", exit_on_error=False
        )

    def next_consumer(self) -> None:
        if len(self._consumers) == 1:
            self._app.tell("This lab has one consumer.")
            return
        running = self._app.facts.probe == "running"
        self._cancel()
        self._consumer = self._consumers[(self._consumers.index(self._consumer) + 1) % len(self._consumers)]
        self._app.show_facts(consumer=self._consumer)
        self._app.mark(f"asking as {self._consumer}")
        if running:
            self.start_probe()

    def stop(self) -> None:
        """Everything that runs ends now."""
        self._cancel()
        self._app.workers.cancel_all()

    def _pause(self, state: str) -> None:
        if self._probe is not None:
            self._cancel()
            self._app.show_facts(probe=state)
            self._app.mark(state)

    def _cancel(self) -> None:
        if self._probe is not None:
            self._probe.cancel()
            self._probe = None

    async def _ask(self, consumer: str) -> None:
        tally = self._tallies[consumer]
        try:
            async for answer in self._session.answers(consumer):
                # A probe paused and started again counts on; the session counts each start from one.
                numbered = replace(answer, n=tally.sent + 1)
                tally.add([numbered])
                if answer.zone and answer.subnet is not None:
                    self.zones.setdefault(answer.zone, answer.subnet)
                self.lines.append(numbered)
        except Exception:
            self._app.show_facts(probe="stopped")
            self._probe = None
            raise

    def _learn_zones(self) -> None:
        """The zone of each of the provider's private subnets, so that its lane is drawn before it answers."""
        for want in self._session.wants:
            owner, _, part = want.address.partition("/private-subnet-")
            zone = want.spec.get("zone") or want.spec.get("availability_zone")
            if owner == "provider" and part.isdecimal() and isinstance(zone, str):
                self.zones[zone] = int(part)
