"""Who answered: counts and latencies over a sliding window of answers. Knows nothing of screens."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from pltui.probe.answer import Answer

# At the default five answers a second this is twenty seconds: long enough for stable shares, short enough that a switch
# shows at once and has pushed all old answers out while one still watches.
WINDOW = 100
RANKS = (50, 95, 99)  # the percentiles that are told


class Tally:
    def __init__(self, window: int | None = WINDOW) -> None:
        self._answers: deque[Answer] = deque(maxlen=window)
        self.sent = 0
        self.failed = 0

    def add(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            self._answers.append(answer)
            self.sent += 1
            self.failed += not answer.ok

    def forget(self, *, keep: int = 0) -> None:
        """Empty the window but for its newest `keep`: what comes is not to be mixed with what was. Totals go on."""
        for _ in range(len(self._answers) - keep):
            self._answers.popleft()

    def resize(self, window: int) -> None:
        """Let the window hold so many answers from now on."""
        if window != self._answers.maxlen:
            self._answers = deque(self._answers, maxlen=window)

    def __len__(self) -> int:
        """How many answers the window holds."""
        return len(self._answers)

    def by_subnet(self) -> Counter[int]:
        return Counter(a.subnet for a in self._answers if a.subnet is not None)

    def by_zone(self) -> Counter[str]:
        return Counter(a.zone for a in self._answers if a.zone)

    def by_failure(self) -> Counter[str]:
        return Counter(a.kind or "other" for a in self._answers if not a.ok)

    def percentiles(self, *ranks: int) -> tuple[float, ...] | None:
        """Latencies in ms at `ranks` (nearest rank) of the answers that came; None when there was none."""
        latencies = sorted(a.latency_ms for a in self._answers if a.ok and a.latency_ms is not None)
        if not latencies:
            return None
        return tuple(latencies[max(0, -(-len(latencies) * rank // 100) - 1)] for rank in ranks)

    def latency_ms(self) -> dict[str, float] | None:
        """The percentiles people ask for, by name; None when nobody answered."""
        found = self.percentiles(*RANKS)
        return {f"p{rank}": value for rank, value in zip(RANKS, found, strict=True)} if found else None
