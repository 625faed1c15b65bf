"""What one consumer's requests have come to: shares and latencies since the last turn of the switch, and over time."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pltui.probe.answer import Answer
from pltui.probe.switch_detection import SwitchDetected, SwitchEvidence, SwitchExpectation
from pltui.probe.tally import RANKS, WINDOW, Tally

SECONDS = 240  # of latencies kept: more than the widest sparkline shows
# At higher rates a window of WINDOW answers is over before one has read it.
WINDOW_SECONDS = 20
WIDEST = 2000
LATELY = 3  # whole seconds over which the rate that is reached is told


@dataclass(frozen=True, slots=True)
class Second:
    """One second of answers: how many came, how many failed, and the slowest latency in ms of those that came."""

    at: int  # seconds since the epoch
    answered: int = 0
    failed: int = 0
    slowest: float | None = None
    turned: bool = False  # the switch turned before this one

    def plus(self, answer: Answer) -> Second:
        if not answer.ok:
            return replace(self, failed=self.failed + 1)
        slowest = max(self.slowest or 0.0, answer.latency_ms or 0.0)
        return replace(self, answered=self.answered + 1, slowest=slowest)


@dataclass(frozen=True, slots=True)
class Figures:
    """A series at one moment, to be drawn."""

    sent: int = 0  # since the start
    counted: int = 0  # of those, the newest the shares are about
    by_subnet: Mapping[int, int] = field(default_factory=dict)
    by_zone: Mapping[str, int] = field(default_factory=dict)
    by_failure: Mapping[str, int] = field(default_factory=dict)
    percentiles: tuple[float, ...] | None = None  # ms, at RANKS
    seconds: tuple[Second, ...] = ()


class Series:
    def __init__(self) -> None:
        self.tally = Tally()
        self._seconds: deque[Second] = deque(maxlen=SECONDS)
        self._evidence: SwitchEvidence | None = None
        self._turned = False

    def foresee(self, prospect: SwitchExpectation) -> None:
        """What the switch means for this consumer."""
        self._evidence = SwitchEvidence(prospect)

    def add(self, answer: Answer, now: float) -> SwitchDetected | None:
        """Count an answer that came at `now` (seconds since the epoch). The Turn it proves, if it does.

        Answers from before a turn are left out of the shares from then on.
        """
        self.tally.add([answer])
        self._clock(now)
        # Clocks are set back at times; what comes then belongs to the newest second.
        self._seconds[-1] = self._seconds[-1].plus(answer)
        came = now - answer.age_s
        turn = self._evidence.add(answer.subnet if answer.ok else None, came) if self._evidence else None
        if turn:
            self.tally.forget(keep=turn.answers)
        return turn

    def _clock(self, now: float) -> None:
        at = int(now)
        newest = self._seconds[-1].at if self._seconds else at - 1
        for second in range(max(newest + 1, at - SECONDS), at + 1):
            self._seconds.append(Second(second, turned=self._turned))
            self._turned = False

    def expect(self, on: bool, now: float | None) -> None:
        """The switch was turned at `now`, or some time before."""
        if self._evidence:
            self._evidence.expect(on, now)

    def turned(self) -> None:
        """The switch was seen to have turned: shares before and after it are different things."""
        self.tally.forget()
        self._turned = bool(self._seconds)

    def lose(self) -> None:
        """Nobody asks for a while."""
        if self._evidence:
            self._evidence.lose()

    def widen(self, rate: float) -> None:
        """Let the shares be about some seconds at this rate."""
        self.tally.resize(min(WIDEST, max(WINDOW, int(rate * WINDOW_SECONDS))))

    def reached(self, now: float) -> float:
        """Answers a second lately, failures among them."""
        whole = range(int(now) - LATELY, int(now))
        return sum(each.answered + each.failed for each in self._seconds if each.at in whole) / LATELY

    def figures(self) -> Figures:
        tally = self.tally
        return Figures(
            tally.sent,
            len(tally),
            tally.by_subnet(),
            tally.by_zone(),
            tally.by_failure(),
            tally.percentiles(*RANKS),
            tuple(self._seconds),
        )
