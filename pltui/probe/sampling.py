"""Samples of answers, and the size after which silence means absence."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pltui.errors import LabError
from pltui.i18n import Phrase

if TYPE_CHECKING:
    from pltui.context import LabContext
    from pltui.probe.answer import Answer
    from pltui.probe.factory import Prober

CHANCE = 1e-4  # probability of missing an answering subnet in a whole run


def samples_needed(shares: Collection[float], chance: float = CHANCE) -> int:
    """Return the number of connections after which a subnet is missed with a probability below `chance`.

    `shares` are the subnets' shares of connections. A load balancer picks the target of each connection by a hash,
    evenly but at random: n connections miss a subnet of share p with probability (1 - p)^n, and any of several with at
    most the sum.
    """
    count = 1
    while sum((1 - share) ** count for share in shares if share < 1) >= chance:
        count += 1
    return count


async def sample(lab: LabContext, prober: Prober, count: int) -> list[Answer]:
    """Send `count` requests, one after another, and return their answers.

    Raises:
        LabError: If the client cannot send requests, or a stop is asked for (exit code 130).
    """
    return [await ask(lab, prober) for _ in range(count)]


async def ask(lab: LabContext, prober: Prober) -> Answer:
    """Send one request, unless a stop is asked for. An answer that comes after it says nothing, and is dropped.

    Raises:
        LabError: If the client cannot send requests, or a stop is asked for (exit code 130).
    """
    _check_stop(lab)
    answer = await prober.ask()
    _check_stop(lab)
    return answer


def _check_stop(lab: LabContext) -> None:
    if lab.stopping:
        raise LabError(Phrase("interrupted"), code=130)
