"""Detection of the effect of a cross-zone switch, from the answers alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pltui.probe.sampling import samples_needed
from pltui.spec.model import Provider


@dataclass(frozen=True, slots=True)
class SwitchExpectation:
    """Expected answers of one consumer: `own` always answer, `others` only while cross-zone is on.

    Both are indices of subnets. Without others the answers do not depend on the switch.
    """

    own: frozenset[int]
    others: frozenset[int]
    steady: int  # consecutive answers from `own` after which the silence of `others` is no coincidence


@dataclass(frozen=True, slots=True)
class SwitchDetected:
    """The answers now fit the switch."""

    on: bool
    seconds: float | None  # since the switch was set; None if it was set elsewhere at an unknown time
    answers: int  # number of the newest answers that arrived since it took effect


def prospect(provider: Provider, zones: Mapping[str, int], entered: Collection[str]) -> SwitchExpectation:
    """Return the expected answers of a consumer.

    `zones` is the provider's (zone -> subnet), `entered` the zones of the consumer's endpoint interfaces.

    An endpoint's interface leads to the load balancer's node in its own zone, and without cross-zone that node uses
    only the servers of its zone (Network Load Balancers user guide, cross-zone load balancing).
    """
    served = Counter(n % provider.vpc.zone_count + 1 for n in range(provider.servers.count))
    answering = frozenset(served) & frozenset(provider.load_balancer.subnets)
    own = frozenset(zones[zone] for zone in entered if zone in zones) & answering
    others = answering - own
    count = sum(served[subnet] for subnet in answering)
    # Without own servers no server answers while the switch is off, and silence has many reasons.
    steady = samples_needed([sum(served[subnet] for subnet in others) / count]) if own and others else 0
    return SwitchExpectation(own, others, steady)


class SwitchEvidence:
    """Evidence from one consumer's answers. A switch is detected only after answers that fitted the opposite."""

    def __init__(self, prospect: SwitchExpectation) -> None:
        self._prospect = prospect
        self.crossing: bool | None = None  # True if answers come from all zones; None: not known yet
        self._awaited: tuple[bool, float | None] | None = None  # the value set, and its time
        self._run, self._run_since = 0, 0.0

    def expect(self, on: bool, now: float | None) -> None:
        """Record that the switch was set at `now`, or at an unknown time.

        If the answers fit the new value already, its effect cannot be detected.
        """
        self._awaited = (on, now) if self.crossing is (not on) else None
        self._run = 0

    def record_pause(self) -> None:
        """Record that no requests are sent for a while: the time of changes meanwhile is unknown."""
        self._awaited = None

    def add(self, subnet: int | None, now: float) -> SwitchDetected | None:
        """Add an answer of `subnet` (None: no answer) at `now`; return the change of the switch it proves, if any."""
        if subnet in self._prospect.others:
            self._run = 0
            return self._detect_switch(True, now, 1)
        if subnet not in self._prospect.own:
            self._run = 0
            return None
        self._run_since = now if not self._run else self._run_since
        self._run += 1
        if not self._prospect.others or self._run < self._prospect.steady:
            return None
        return self._detect_switch(False, self._run_since, self._run)

    def _detect_switch(self, on: bool, since: float, answers: int) -> SwitchDetected | None:
        turned, self.crossing = self.crossing is not on, on
        if not turned or self._awaited is None or self._awaited[0] is not on:
            return None
        asked, self._awaited = self._awaited[1], None
        return SwitchDetected(on, None if asked is None else max(0.0, since - asked), answers)
