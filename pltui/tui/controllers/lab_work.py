"""Queue of the work on the lab behind the screen: one piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pltui.engine.outcome import Outcome
from pltui.errors import LabError
from pltui.i18n import Phrase, tr
from pltui.lab.faults import LabFault
from pltui.spec.model import Spec
from pltui.spec.problems import SpecError
from pltui.tui.controllers.lab_status import LabStatusPresenter
from pltui.tui.controllers.plan_approval import ReviewedRuns
from pltui.tui.controllers.recovery import RecoveryPresenter
from pltui.tui.rendering import fault_descriptions

if TYPE_CHECKING:
    from textual.worker_manager import WorkerManager

    from pltui.explain.explanation import Explained
    from pltui.tui.controllers.lab_status import LabStatus
    from pltui.tui.controllers.recovery import Recovery
    from pltui.tui.user_settings.preferences import Preferences

Job = Coroutine[Any, Any, None]
WAITS_FOR_R = "Nothing is written to AWS until you press r."


class LabWorkPresenter(LabStatusPresenter, RecoveryPresenter, Protocol):
    """Presenter that also has the controllers used by the work."""

    @property
    def preferences(self) -> Preferences:
        """The user's preferences."""

    @property
    def lab_status(self) -> LabStatus:
        """Controller of the header."""

    @property
    def recovery(self) -> Recovery:
        """Controller of lost endpoints and credentials."""

    @property
    def workers(self) -> WorkerManager:
        """Textual's workers of the app."""

    def show_crash(self, doing: str, error: BaseException) -> None:
        """Report an error of pltui itself; the app keeps running."""

    def follow_spec(self) -> None:
        """Show the session's spec after it has been replaced."""

    def decline(self, spec: Spec) -> None:
        """Note that the user has declined the plan for this spec."""

    def drain(self) -> None:
        """Show the events that have arrived."""

    def freeze_objects(self) -> None:
        """Exempt the present objects from garbage collection."""


class LabWork:
    """Calls the session and shows the results; a problem ends the piece of work, never the app."""

    def __init__(self, app: LabWorkPresenter) -> None:
        self._app = app
        self._session = app.session
        self._watching = False
        self._opened = False
        self._changing_faults: set[str] = set()  # ids of the faults being injected or cleared
        self._reviewed_runs = ReviewedRuns(app)
        self.busy = ""  # the work in progress, in words

    @property
    def is_open(self) -> bool:
        """True once the session is open."""
        return self._opened

    # -- one piece of work at a time

    def start(self, *, probing: bool = False) -> None:
        """Open the lab and show it. On AWS the probe starts only with `probing`."""
        sandbox = self._session.target == "sandbox"
        self._do(Phrase("opening the sandbox…" if sandbox else "opening AWS…"), self._start(probing))

    def reconcile(self) -> None:
        """Converge the lab, or open it first if it is not open."""
        if self._opened:
            self._do(Phrase("reconciling…"), self._reconcile())
        else:
            self.start()

    @property
    def idle(self) -> bool:
        """True if the lab is open and no work is in progress."""
        return self._opened and not self.busy

    def adopt(self, spec: Spec) -> None:
        """Put the saved spec in force; the user approves its plan first unless it changes nothing."""
        self._do(Phrase("reading the saved spec…"), self._adopt(spec))

    def destroy(self) -> None:
        """Delete the lab after the user has approved."""
        if self._opened:
            self._do(Phrase("destroying…"), self._destroy())
        else:
            self._app.tell(tr("The lab is not open yet."))

    def clear_faults(self, faults: Sequence[LabFault]) -> None:
        """Clear faults.

        The sandbox's own are cleared beside other work; undoing changes made through the API takes a run.
        """
        if ended := [each for each in faults if not each.by_api]:
            self._change_faults(Phrase("clearing faults"), ended, self._clear_faults)
        if changed := [each for each in faults if each.by_api]:
            self._do(Phrase("clearing faults…"), self._clear_faults(changed))

    def inject_fault(self, fault: LabFault) -> None:
        """Inject a fault beside other work: also a converging lab can be broken."""
        self._change_faults(Phrase("injecting a fault"), [fault], self._inject_faults)

    def _change_faults(self, doing: str, faults: Sequence[LabFault], how: Callable[[Sequence[LabFault]], Job]) -> None:
        """Run `how` for those faults that are not being injected or cleared already."""
        free = [each for each in faults if each.id not in self._changing_faults]
        ids = {each.id for each in free}

        async def job() -> None:
            try:
                await how(free)
                await self._app.lab_status.poll_faults()
            finally:
                self._changing_faults -= ids

        if free:
            self._changing_faults |= ids
            self._app.show_problem("")
            self._app.run_worker(self.run_guarded(doing, job()), exit_on_error=False)

    def flip(self, wish: bool) -> None:
        """Switch cross-zone load balancing on or off."""
        self._do(Phrase("turning cross-zone on…" if wish else "turning cross-zone off…"), self._flip(wish))

    def watch_switch(self) -> None:
        """Poll the cross-zone setting, unless work is in progress that will read it anyway."""
        if self._opened and not self.busy and not self._watching:
            self._watching = True
            self._app.run_worker(self.run_guarded(Phrase("reading the switch"), self._watch()), exit_on_error=False)

    def _do(self, doing: str, job: Job) -> None:
        if self.busy:
            job.close()
            doing = tr(self.busy).rstrip("…")
            self._app.tell(tr("Still {doing}. Wait, or quit with q.", doing=doing))
            return
        self.busy = doing
        self._app.show_doing(doing)
        self._app.show_problem("")
        self._app.run_worker(self._alone(doing, job), name=doing, exit_on_error=False)

    async def _alone(self, doing: str, job: Job) -> None:
        try:
            await self.run_guarded(doing, job)
        finally:
            self.busy = ""
            self._app.drain()
            self._app.freeze_objects()
            self._app.lab_status.watch()

    async def run_guarded(self, doing: str, job: Job) -> None:
        """Run `job`, and show its errors instead of raising them; `doing` names it in a report."""
        try:
            await job
        except LabError as error:
            self._app.show_doing("")
            if not await self._app.recovery.handles(error):
                self._app.show_problem(error.message, error.hint)
        except Exception as error:  # otherwise Textual would end the app with a traceback
            self._app.show_crash(tr(doing).rstrip("…"), error)
            self._app.show_doing("")

    async def _start(self, probing: bool) -> None:
        app, session = self._app, self._session
        await session.open()
        self._opened = True
        app.probe.update_zones()
        app.show_world(app.world.with_desired(session.all_desired))
        app.show_facts(endpoint=session.endpoint or "", region=session.region)
        app.show_doing(tr("reading the current state…"))
        await session.look()
        await self._observe()
        await app.lab_status.begin_polling()
        if session.target == "aws" or session.read_only:
            app.show_doing(tr("Read-only: nothing is written.") if session.read_only else tr(WAITS_FOR_R))
            if probing or (session.target == "sandbox" and app.facts.observed is not None):
                app.probe.start()
            return
        app.show_doing(tr("converging…"))
        await self._reconcile(keep_switch=True)

    async def _reconcile(self, *, keep_switch: bool = False) -> None:
        done = self._report_outcome(await self._reviewed_runs.reconcile(keep_switch=keep_switch))
        self._drop_stale_rows()
        await self._observe()
        if done:
            self._app.probe.start()

    async def _adopt(self, spec: Spec) -> None:
        app, session = self._app, self._session
        if session.read_only or session.same_world(spec):
            session.take(spec)
            app.follow_spec()
            if session.read_only:
                await session.look()
            app.show_doing("")
            app.tell(tr("The saved spec is in use."))
            return
        outcome = await self._reviewed_runs.adopt(spec, app.follow_spec, asking=not app.preferences.live)
        if outcome is None:
            app.decline(spec)
            await session.look()
        done = self._report_outcome(outcome)
        self._drop_stale_rows()
        await self._observe()
        if done:
            app.probe.start()

    def _drop_stale_rows(self) -> None:
        """Remove the rows of resources that are neither desired nor observed."""
        self._app.drain()
        self._app.show_world(self._app.world.with_desired(self._session.all_desired))

    async def _destroy(self) -> None:
        self._report_outcome(await self._reviewed_runs.destroy(lambda: self._app.probe.pause("stopped")))
        await self._observe()

    async def _clear_faults(self, faults: Sequence[LabFault]) -> None:
        outcome = await self._session.clear_faults(faults)
        if outcome is None or outcome.ok:
            self._app.show_doing(tr("Faults cleared."))
            self._app.mark(tr("faults cleared"))
            self._app.probe.forget_shares()
        else:
            self._report_outcome(outcome)

    async def _inject_faults(self, faults: Sequence[LabFault]) -> None:
        for fault in faults:
            await self._session.inject_fault(fault)
            self._app.show_doing(fault_descriptions.title(fault))
            self._app.mark(fault_descriptions.title(fault))
            self._app.probe.forget_shares()

    async def _flip(self, wish: bool) -> None:
        app = self._app
        app.show_facts(requested=wish)
        app.probe.expect_switch(wish)
        app.mark(tr("cross-zone on requested" if wish else "cross-zone off requested"))
        turned = False
        try:
            turned = self._report_outcome(await self._session.set_cross_zone(wish))
            await self._observe()
        finally:
            app.show_facts(requested=None)
            if not turned:
                app.probe.drop_expectation()

    def _report_outcome(self, outcome: Outcome | None) -> bool:
        """Show the outcome of a run, or that the user declined it; True if it succeeded."""
        app = self._app
        if outcome is None:
            app.show_doing(tr("Nothing was changed."))
            return False
        if outcome.ok:
            app.show_doing(tr("done: {done}", done=outcome.message or Phrase("nothing to change")))
        elif not outcome.interrupted:
            app.show_doing("")
            failed = Phrase("{n} failed", n=outcome.failed)
            app.show_problem(outcome.message or failed, tr("enter on a failed resource shows why"))
        return outcome.ok

    async def _observe(self) -> None:
        """Read the cross-zone setting; a change is marked among the answers."""
        before = self._app.facts.observed
        observed = await self._session.cross_zone()
        self._app.show_facts(observed=observed)
        if observed is not None and before is not None and observed != before:
            self._app.probe.note_switch(observed, requested=self._app.facts.requested is not None)
            self._app.mark(tr("cross-zone on observed" if observed else "cross-zone off observed"))

    async def _watch(self) -> None:
        try:
            if await self._app.recovery.look():
                return
            if self._app.world.working_rows or self._app.facts.faults:
                await self._session.look()  # follow changes that were started outside a run
            await self._observe()
        finally:
            self._watching = False

    # -- beside the queue

    def stop(self) -> None:
        """Cancel everything that runs."""
        self._app.workers.cancel_all()

    def explain(self, show: Callable[[Explained], None], failed: Callable[[str], None]) -> None:
        """Explain the path of a request; calls `show` with the result, or `failed` with the reason."""

        async def job() -> None:
            try:
                show(await self._session.explain())
            except LabError as error:
                failed(f"{tr(error.message)}\n{tr(error.hint)}")
                raise

        self._app.run_worker(self.run_guarded(Phrase("explaining"), job()), exit_on_error=False)

    def write_back(self) -> None:
        """Write the observed cross-zone setting into the spec's file."""
        app = self._app
        observed = app.facts.observed
        if observed is None:
            app.tell(tr("There is no cross-zone setting to write yet."))
            return
        try:
            written = self._session.write_back(observed)
        except LabError as error:
            app.show_problem(error.message, error.hint)
            return
        except SpecError as error:
            app.show_problem(str(error.problems[0]), tr("fix the spec first"))
            return
        app.show_facts(wanted=observed)
        app.show_world(app.world.with_desired(self._session.all_desired))
        setting = f"cross_zone: {str(observed).lower()}"
        app.tell(tr("{setting} written to the spec" if written else "the spec already has {setting}", setting=setting))

    def note_lost_sandbox(self) -> None:
        """Note that the sandbox has ended; the next piece of work opens the lab again."""
        self._opened = False
        self._app.probe.pause("stopped")
