"""Whether a switch of cross-zone has taken effect, told from the answers alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pltui.probe.sampling import samples_needed
from pltui.spec.model import Provider


@dataclass(frozen=True, slots=True)
class SwitchExpectation:
    """What the switch means for one consumer: `own` answer always, `others` only while cross-zone is on.

    Both are subnets' indices. Without others the answers tell nothing of the switch.
    """

    own: frozenset[int]
    others: frozenset[int]
    steady: int  # answers in a row from `own` after which `others` are silent by more than chance


@dataclass(frozen=True, slots=True)
class SwitchDetected:
    """The answers have come to fit the switch."""

    on: bool
    seconds: float | None  # from the request on; None where it was made by somebody else, and one does not know when
    answers: int  # how many of the newest answers came since it took effect


def prospect(provider: Provider, zones: Mapping[str, int], entered: Collection[str]) -> SwitchExpectation:
    """`zones` is the provider's (zone -> subnet), `entered` the zones of the consumer's endpoint interfaces.

    An endpoint's interface leads to the load balancer's node in its own zone, and without cross-zone that node asks
    only the servers of its zone (Network Load Balancers user guide, cross-zone load balancing).
    """
    served = Counter(n % provider.vpc.zone_count + 1 for n in range(provider.servers.count))
    answering = frozenset(served) & frozenset(provider.load_balancer.subnets)
    own = frozenset(zones[zone] for zone in entered if zone in zones) & answering
    others = answering - own
    count = sum(served[subnet] for subnet in answering)
    # Without servers of its own nobody answers while the switch is off, and silence has many reasons.
    steady = samples_needed([sum(served[subnet] for subnet in others) / count]) if own and others else 0
    return SwitchExpectation(own, others, steady)


class SwitchEvidence:
    """Follows one consumer's answers. A switch counts as seen only where they told the contrary before."""

    def __init__(self, prospect: SwitchExpectation) -> None:
        self._prospect = prospect
        self.crossing: bool | None = None  # whether the answers come from all zones; None: they have not told yet
        self._awaited: tuple[bool, float | None] | None = None  # the wish, and when it was made
        self._run, self._run_since = 0, 0.0

    def expect(self, on: bool, now: float | None) -> None:
        """The switch was turned at `now`, or at an unknown time. What the answers say already cannot be told anew."""
        self._awaited = (on, now) if self.crossing is (not on) else None
        self._run = 0

    def lose(self) -> None:
        """Nobody asks for a while: what changes meanwhile has no time."""
        self._awaited = None

    def add(self, subnet: int | None, now: float) -> SwitchDetected | None:
        """`subnet` answered at `now`, or nobody did. The Turn at the answer that proves it."""
        if subnet in self._prospect.others:
            self._run = 0
            return self._told(True, now, 1)
        if subnet not in self._prospect.own:
            self._run = 0
            return None
        self._run_since = now if not self._run else self._run_since
        self._run += 1
        if not self._prospect.others or self._run < self._prospect.steady:
            return None
        return self._told(False, self._run_since, self._run)

    def _told(self, on: bool, since: float, answers: int) -> SwitchDetected | None:
        turned, self.crossing = self.crossing is not on, on
        if not turned or self._awaited is None or self._awaited[0] is not on:
            return None
        asked, self._awaited = self._awaited[1], None
        return SwitchDetected(on, None if asked is None else max(0.0, since - asked), answers)
