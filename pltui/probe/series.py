"""Results of one consumer's requests: shares and latencies since the last change of the switch, and over time."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pltui.probe.answer import Answer
from pltui.probe.switch_detection import SwitchDetected, SwitchEvidence, SwitchExpectation
from pltui.probe.tally import RANKS, WINDOW, Tally

SECONDS = 240  # seconds of latencies kept: more than the widest sparkline shows
# At higher rates, a window of WINDOW answers would pass too quickly to be read.
WINDOW_SECONDS = 20
WIDEST = 2000
LATELY = 3  # whole seconds over which the reached rate is averaged


@dataclass(frozen=True, slots=True)
class Second:
    """Answers of one second: count, failures, and the slowest latency in ms."""

    at: int  # seconds since the epoch
    answered: int = 0
    failed: int = 0
    slowest: float | None = None
    turned: bool = False  # the switch took effect just before this second

    def plus(self, answer: Answer) -> Second:
        """Return the second with one more answer."""
        if not answer.ok:
            return replace(self, failed=self.failed + 1)
        slowest = max(self.slowest or 0.0, answer.latency_ms or 0.0)
        return replace(self, answered=self.answered + 1, slowest=slowest)


@dataclass(frozen=True, slots=True)
class Figures:
    """A series at one moment, for display."""

    sent: int = 0  # since the start
    counted: int = 0  # the newest of those, on which the shares are based
    by_subnet: Mapping[int, int] = field(default_factory=dict)
    by_zone: Mapping[str, int] = field(default_factory=dict)
    by_failure: Mapping[str, int] = field(default_factory=dict)
    percentiles: tuple[float, ...] | None = None  # ms, at RANKS
    seconds: tuple[Second, ...] = ()


class Series:
    """Answers of one consumer, and detection of changes of the switch."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._seconds: deque[Second] = deque(maxlen=SECONDS)
        self._evidence: SwitchEvidence | None = None
        self._turned = False

    def foresee(self, prospect: SwitchExpectation) -> None:
        """Set the answers expected with the switch on and off."""
        self._evidence = SwitchEvidence(prospect)

    def add(self, answer: Answer, now: float) -> SwitchDetected | None:
        """Count an answer that arrived at `now` (seconds since the epoch).

        Return the change of the switch it proves, if any. Answers from before a change are then left out of the shares.
        """
        self.tally.add([answer])
        self._advance_to(now)
        # The clock may be set back; such answers count for the newest second.
        self._seconds[-1] = self._seconds[-1].plus(answer)
        came = now - answer.age_s
        turn = self._evidence.add(answer.subnet if answer.ok else None, came) if self._evidence else None
        if turn:
            self.tally.forget(keep=turn.answers)
        return turn

    def _advance_to(self, now: float) -> None:
        at = int(now)
        newest = self._seconds[-1].at if self._seconds else at - 1
        for second in range(max(newest + 1, at - SECONDS), at + 1):
            self._seconds.append(Second(second, turned=self._turned))
            self._turned = False

    def expect(self, on: bool, now: float | None) -> None:
        """Record that the switch was set at `now`, or at an unknown time."""
        if self._evidence:
            self._evidence.expect(on, now)

    def record_turn(self) -> None:
        """Record that the switch took effect: shares before and after are not comparable."""
        self.tally.forget()
        self._turned = bool(self._seconds)

    def record_pause(self) -> None:
        """Record that no requests are sent for a while."""
        if self._evidence:
            self._evidence.record_pause()

    def widen(self, rate: float) -> None:
        """Resize the window so that the shares cover some seconds at this rate."""
        self.tally.resize(min(WIDEST, max(WINDOW, int(rate * WINDOW_SECONDS))))

    def reached_rate(self, now: float) -> float:
        """Return the recent number of answers per second, failures included."""
        whole = range(int(now) - LATELY, int(now))
        return sum(each.answered + each.failed for each in self._seconds if each.at in whole) / LATELY

    def figures(self) -> Figures:
        """Return the current figures."""
        tally = self.tally
        return Figures(
            sent=tally.sent,
            counted=len(tally),
            by_subnet=tally.by_subnet(),
            by_zone=tally.by_zone(),
            by_failure=tally.by_failure(),
            percentiles=tally.percentiles(*RANKS),
            seconds=tuple(self._seconds),
        )
