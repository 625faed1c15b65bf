"""Sample size after which silence means absence."""

from __future__ import annotations

from collections.abc import Collection

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
