"""How often to ask before silence means absence."""

from __future__ import annotations

from collections.abc import Collection

CHANCE = 1e-4  # of missing, in a whole run, a subnet that answers


def samples_needed(shares: Collection[float], chance: float = CHANCE) -> int:
    """Fresh connections after which a subnet that takes one of `shares` of them is missed with less than `chance`.

    A load balancer picks the target of each connection by a hash, evenly but at random: n connections miss a subnet of
    share p with probability (1 - p)^n, and any of several with at most the sum.
    """
    count = 1
    while sum((1 - share) ** count for share in shares if share < 1) >= chance:
        count += 1
    return count
