"""Counts and latencies over a sliding window of answers. Knows nothing of screens."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from pltui.probe.answer import Answer

# Twenty seconds at the default five answers per second: long enough for stable shares, short enough that the effect of
# a switch is visible at once and soon complete.
WINDOW = 100
RANKS = (50, 95, 99)  # the reported percentiles


class Tally:
    """Counts of the answers in the window, and totals since the start. Window None: unlimited."""

    def __init__(self, window: int | None = WINDOW) -> None:
        self._answers: deque[Answer] = deque(maxlen=window)
        self.sent = 0
        self.failed = 0

    def add(self, answers: Iterable[Answer]) -> None:
        """Count answers; the oldest beyond the window are dropped."""
        for answer in answers:
            self._answers.append(answer)
            self.sent += 1
            self.failed += not answer.ok

    def forget(self, *, keep: int = 0) -> None:
        """Empty the window except for its newest `keep` answers. Totals are kept."""
        for _ in range(len(self._answers) - keep):
            self._answers.popleft()

    def resize(self, window: int) -> None:
        """Set the size of the window."""
        if window != self._answers.maxlen:
            self._answers = deque(self._answers, maxlen=window)

    def __len__(self) -> int:
        """Return the number of answers in the window."""
        return len(self._answers)

    def by_subnet(self) -> Counter[int]:
        """Count the window's answers by subnet."""
        return Counter(a.subnet for a in self._answers if a.subnet is not None)

    def by_zone(self) -> Counter[str]:
        """Count the window's answers by zone."""
        return Counter(a.zone for a in self._answers if a.zone)

    def by_failure(self) -> Counter[str]:
        """Count the window's failures by kind."""
        return Counter(a.kind or "other" for a in self._answers if not a.ok)

    def percentiles(self, *ranks: int) -> tuple[float, ...] | None:
        """Return latencies in ms at `ranks` (nearest rank) of successful answers; None if there are none."""
        latencies = sorted(a.latency_ms for a in self._answers if a.ok and a.latency_ms is not None)
        if not latencies:
            return None
        return tuple(latencies[max(0, -(-len(latencies) * rank // 100) - 1)] for rank in ranks)

    def latency_ms(self) -> dict[str, float] | None:
        """Return the percentiles at RANKS by name, such as "p95"; None without answers."""
        found = self.percentiles(*RANKS)
        return {f"p{rank}": value for rank, value in zip(RANKS, found, strict=True)} if found else None
