"""Controller of the probe: its consumers, its pace, and the effect of the switch as detected from the answers."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from textual.worker import Worker

from pltui.i18n import Phrase, tr
from pltui.probe.schedule import ProbePace
from pltui.probe.series import LATELY, Series
from pltui.probe.switch_detection import SwitchDetected, prospect
from pltui.spec.model import Spec
from pltui.topology import PROVIDER, Address
from pltui.tui.widgets.probe_log import Line, Mark

if TYPE_CHECKING:
    from pltui.tui.presenter import Presenter


FIGURES_SECONDS = 0.2  # between two updates of the figures: faster ones could not be read
STALE_SECONDS = 1.0  # without an answer, after which the figures are updated all the same


def spec_pace(spec: Spec) -> ProbePace:
    """Pace set in the spec."""
    return ProbePace(1 / spec.probe.interval)


class ProbeController:
    """One series of answers per consumer.

    All consumers send requests at once, unless one is selected as `alone`.
    """

    def __init__(self, app: Presenter) -> None:
        self._app, self._session = app, app.session
        self._spec = app.session.spec
        self._series: dict[str, Series] = {}
        self._chosen: ProbePace | None = None
        self._since = 0.0  # monotonic time of the start, or of the last change of pace
        self._update_series()
        self._worker: Worker[None] | None = None
        self._news: set[str] = set()  # consumers whose figures have changed since the last update
        self._shown = 0.0  # monotonic time of the last update
        self.alone: str = ""  # the only consumer that sends requests; "" for all of them
        self.wanted = False  # True if the probe is to run, even if it cannot at present
        self.lines: deque[Line] = deque()  # answers and marks not shown yet
        self.zones: dict[str, int] = {}  # the provider's: zone -> the subnet that answers from it

    @property
    def consumers(self) -> tuple[str, ...]:
        """Names of the consumers that send requests."""
        return (self.alone,) if self.alone else tuple(self._series)

    @property
    def series(self) -> Series:
        """Series of the first consumer that sends requests."""
        return self._series[self.consumers[0]]

    # -- the lab it probes ----------------------------------------------------------------------------------------

    def update_zones(self) -> None:
        """Update each subnet's zone from the desired resources, and the expected effect of the switch per consumer."""
        self.zones.update(self._zones(PROVIDER))
        for name, series in self._series.items():
            entered = self._spec.consumers[name].endpoint.subnets
            zones = [zone for zone, number in self._zones(name).items() if number in entered]
            series.foresee(prospect(self._spec.provider, self.zones, zones))
        self._show_consumer()
        self._show(self._series)

    def _zones(self, owner: str) -> dict[str, int]:
        """Zone -> number of the owner's private subnets."""
        found = {}
        for desired in self._session.all_desired:
            address = Address.parse(desired.address)
            zone = desired.spec.get("zone") or desired.spec.get("availability_zone")
            if address.side == owner and (number := address.private_subnet) and isinstance(zone, str):
                found[zone] = number
        return found

    def follow_spec(self) -> None:
        """Go on with the session's present spec."""
        running, before = self.wanted, self._spec
        self._cancel()
        self._spec = spec = self._session.spec
        if spec_pace(spec) != spec_pace(before):
            self._chosen = None  # the spec's pace has changed, and overrides the user's
        self._update_series()
        self.zones.clear()
        if self.alone not in self._series:
            self.alone = ""
        self.update_zones()
        if running:
            self.start()

    def _update_series(self) -> None:
        """Create missing series, drop those of removed consumers, and set the time window of each."""
        self._series = {name: self._series.get(name) or Series() for name in self._spec.consumers}
        for series in self._series.values():
            series.widen(self.pace.rate)

    # -- starting and pausing -------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Start or pause the probe."""
        if not self._app.work.is_open:
            self._app.tell(tr("The lab is not open yet."))
        elif self._app.facts.probe == "running":
            self.pause("paused")
        else:
            self.start()

    def start(self) -> None:
        """Start the probe unless it is running."""
        self.wanted = True
        if self._worker is None:
            self._app.show_facts(probe="running")
            self._since = monotonic()
            self._worker = self._app.run_worker(self._run, name="probe", exit_on_error=False)

    def pause(self, state: str) -> None:
        """Pause the probe; `state` is the word for the header."""
        self.wanted = False
        if self._worker is not None:
            self._cancel()
            self._app.show_facts(probe=state)
            self._app.mark(tr(state))

    def _cancel(self) -> None:
        for series in self._series.values():
            series.record_pause()
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None

    async def _run(self) -> None:
        await self._app.work.run_guarded(Phrase("probing"), self._probe())

    async def _probe(self) -> None:
        """Send requests until cancelled, or until one of the consumers fails; that error is raised."""
        asking = [asyncio.ensure_future(self._probe_as(name)) for name in self.consumers]
        try:
            await asyncio.gather(*asking)
        except Exception:
            self._worker = None
            self._app.show_facts(probe="stopped")
            raise
        finally:
            for each in asking:
                each.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def _probe_as(self, consumer: str) -> None:
        series = self._series[consumer]
        async for answer in self._session.answers(consumer, pace=lambda: self.pace):
            # Numbers continue after a pause, whereas the session starts each time from one.
            numbered = replace(answer, n=series.tally.sent + 1)
            turn = series.add(numbered, monotonic())
            if answer.zone and answer.subnet is not None:
                self.zones.setdefault(answer.zone, answer.subnet)
            self.lines.append(numbered)
            self._news.add(consumer)
            if turn:
                self.lines.append(_mark(turn, consumer))

    # -- consumers and pace ---------------------------------------------------------------------------------------

    def select_next_consumer(self) -> None:
        """Select the next consumer as the only one, or after the last one all of them."""
        if len(self._series) == 1:
            self._app.tell(tr("This lab has one consumer."))
            return
        order = ["", *self._series]
        self.select_consumer(order[(order.index(self.alone) + 1) % len(order)])

    def select_consumer(self, consumer: str) -> None:
        """Send requests as this consumer only, or as all of them if it is "".

        Raises:
            ValueError: If the lab has no such consumer.
        """
        if consumer and consumer not in self._series:
            raise ValueError(Phrase("there is no consumer {consumer!r}", consumer=consumer))
        running = self._worker is not None
        self._cancel()
        self.alone = consumer if len(self._series) > 1 else ""
        self._show_consumer()
        self._show(self.consumers)
        if self.alone:
            self._app.mark(tr("asking as {consumer}", consumer=self.alone))
        if running:
            self.start()

    def _show_consumer(self) -> None:
        everybody = tr("all consumers") if len(self._series) > 1 else ""
        self._app.show_facts(consumer=self.alone or everybody)
        self._app.main.probes.show_only(self.alone)

    @property
    def pace(self) -> ProbePace:
        """The pace in force: the user's, or else the spec's."""
        return self._chosen or spec_pace(self._spec)

    @property
    def chosen(self) -> ProbePace | None:
        """The pace set by the user; None for the spec's."""
        return self._chosen

    @chosen.setter
    def chosen(self, pace: ProbePace | None) -> None:
        """Set the pace, and adapt the time windows of all series."""
        self._chosen, self._since = pace, monotonic()
        self._update_series()
        self._news.update(self._series)

    def change_pace(self, how: Callable[[ProbePace], ProbePace]) -> None:
        """Change the pace, and mark the change among the answers."""
        pace = how(self.pace)
        if pace != self.pace:
            self.chosen = pace
            self._app.mark(tr("{rate:g} requests/s, {n} parallel", rate=pace.rate, n=pace.concurrency))

    # -- the switch -----------------------------------------------------------------------------------------------

    def expect_switch(self, on: bool) -> None:
        """Expect the effect of a change of the switch that this app has just requested."""
        now = monotonic()
        for series in self._series.values():
            series.expect(on, now)

    def drop_expectation(self) -> None:
        """Drop the expectation after the request has failed: a later change has another cause."""
        for series in self._series.values():
            series.record_pause()

    def note_switch(self, on: bool, *, requested: bool) -> None:
        """Note that AWS reports the switch as changed.

        `requested`: by this app; otherwise another client changed it at an unknown time.
        """
        for series in self._series.values():
            series.record_turn()
            if not requested:
                series.expect(on, None)
        self._news.update(self._series)

    def forget_shares(self) -> None:
        """Forget the shares after a fault was injected or cleared: older ones cannot be compared with newer ones."""
        for series in self._series.values():
            series.tally.forget()
        self._news.update(self._series)

    # -- showing --------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show new figures, at most every FIGURES_SECONDS."""
        passed = monotonic() - self._shown
        if self._worker and passed >= STALE_SECONDS:
            self._news.update(self.consumers)  # a lack of answers is shown, too
        if not self._news or passed < FIGURES_SECONDS:
            return
        self._shown = monotonic()
        news, self._news = self._news, set()
        self._show(news)

    def _show(self, consumers: Iterable[str]) -> None:
        now = monotonic()
        counts = self._worker is not None and now - self._since > LATELY + 1
        for name in consumers:
            if series := self._series.get(name):
                reached = series.reached_rate(now) if counts else None
                self._app.main.probes.show(name, series.figures(), self.zones, self.pace, reached)
        lately = (self._series[name].tally.by_subnet() for name in self.consumers)
        self._app.main.topology.share(sum(lately, Counter()))


def _mark(turn: SwitchDetected, consumer: str) -> Mark:
    """Line for a detected effect of the switch, with a short form."""
    if turn.seconds is None:
        text = tr("cross-zone on took effect" if turn.on else "cross-zone off took effect")
        return Mark(text, consumer, tr("it took effect"))
    seconds = turn.seconds
    if turn.on:
        text = tr("cross-zone on took effect after {seconds:.1f} s", seconds=seconds)
    else:
        text = tr("cross-zone off took effect after {seconds:.1f} s", seconds=seconds)
    return Mark(text, consumer, tr("effect after {seconds:.1f} s", seconds=seconds))
