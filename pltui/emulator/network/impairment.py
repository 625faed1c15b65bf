"""Injected latency and loss of a path: their effect on a handshake, and on the bytes that follow."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from pltui.emulator.network.relay import Delay
from pltui.reachability.world import Fault

# A SYN without an answer is sent again after these seconds (Linux, tcp_syn_retries = 6); after the last, about 130 s in
# all, the attempt fails. So a connection that is attempted while its path opens succeeds, as on AWS.
SYN_RETRIES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)

# Linux's TCP: minimum and maximum retransmission timeout in seconds, and number of retransmissions.
_SHORTEST_TIMEOUT = 0.2
_LONGEST_TIMEOUT = 120.0
_TRIES = 15
_SEGMENT = 1448


@dataclass(frozen=True, slots=True)
class Impairment:
    """Latency and loss of one path; false if it has neither."""

    latency: float = 0.0  # real seconds a round trip takes longer
    loss: float = 0.0  # the share of packets lost each way, 0 to 1

    def __bool__(self) -> bool:
        return self.latency > 0 or self.loss > 0

    def handshake(self) -> float | None:
        """Real seconds until a connection is established; None if every SYN was lost."""
        lost = 1 - (1 - self.loss) ** 2  # the SYN, or the answer to it
        waited = 0.0
        for pause in (*SYN_RETRIES, None):
            if random.random() >= lost:  # noqa: S311 # chance, not secrecy
                return waited + self.latency
            waited += pause or 0.0
        return None

    def delivery(self, size: int) -> float:
        """Real seconds until `size` bytes, sent now, arrive."""
        delay = self.latency / 2
        if not self.loss:
            return delay
        timeout = max(_SHORTEST_TIMEOUT, self.latency)
        missing = 1 - (1 - self.loss) ** max(1, -(-size // _SEGMENT))  # probability that any of its segments is lost
        for _ in range(_TRIES):
            if random.random() >= missing:  # noqa: S311 # chance, not secrecy
                break
            delay += timeout
            timeout = min(2 * timeout, _LONGEST_TIMEOUT)
            missing = self.loss
        return delay

    @property
    def line(self) -> Delay | None:
        """The delay for `relay.Half.slow_down`; None without impairment."""
        return self.delivery if self else None


NONE = Impairment()


def impairment(faults: Iterable[Fault], places: Iterable[str]) -> Impairment:
    """The impairment of packets that pass `places`: ids of machines, subnets, endpoints and zones."""
    passed = {"", *places}
    latency, kept = 0.0, 1.0
    for fault in faults:
        if fault.subject in passed and fault.kind == "latency":
            latency += fault.amount / 1000
        elif fault.subject in passed and fault.kind == "loss":
            kept *= 1 - min(max(fault.amount, 0.0), 1.0)
    return Impairment(latency, 1 - kept) if latency or kept < 1 else NONE
