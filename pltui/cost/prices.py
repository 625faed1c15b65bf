"""What a lab costs by the hour: list prices of two regions come with pltui, others AWS is asked for (`aws/pricing.py`).

Counted is what is billed for being there; not counted are data transfer, what a load balancer carries (NLCU), and
disks. Pure, but for reading the files beside it.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import files

from pltui.engine.model import Desired, Observed, State, options

INSTANCE = "instance "  # an item's name for a machine is this and its type
# By the month, alike in every region of the partition `aws`; nothing where it is gone within twelve hours (Route 53
# pricing, "Hosted zones").
HOSTED_ZONE, HOSTED_ZONE_MONTH = "hosted_zone", 0.50
# Where a started hour counts as a whole one (Elastic Load Balancing and Amazon VPC pricing; PrivateLink pricing).
WHOLE_HOURS = frozenset({"load_balancer", "endpoint_zone", "nat_gateway"})

Item = str  # "nat_gateway", "instance t3.micro"
Thing = Desired | Observed


@dataclass(frozen=True, slots=True)
class PriceList:
    """USD an hour for each item of one region."""

    region: str
    as_of: str  # "2026-10"
    hourly: Mapping[Item, float] = field(default_factory=dict)
    monthly: Mapping[Item, float] = field(default_factory=lambda: {HOSTED_ZONE: HOSTED_ZONE_MONTH})

    def joined(self, found: Mapping[Item, float]) -> PriceList:
        """With figures that were found elsewhere; those of this list go first."""
        return replace(self, hourly={**found, **self.hourly})


@dataclass(frozen=True, slots=True)
class Cost:
    """`hourly` and `monthly` in USD; of the items in `unknown` there is no price, and they are in neither."""

    hourly: float = 0.0
    monthly: float = 0.0
    counts: Mapping[Item, int] = field(default_factory=dict)
    unknown: tuple[Item, ...] = ()

    def document(self) -> dict[str, object]:
        return {
            "usd_per_hour": round(self.hourly, 4),
            "usd_per_month": round(self.monthly, 2),
            "items": dict(self.counts),
            "unknown_prices": list(self.unknown),
        }


@dataclass(frozen=True, slots=True)
class Bill:
    """What a lab costs as it stands, and what it would cost as wanted."""

    region: str
    as_of: str
    now: Cost
    wanted: Cost
    since: datetime | None = None  # when the oldest of what is billed was made
    so_far: float = 0.0  # USD for the hours since, of what is there now
    client_access: Mapping[str, Cost] = field(default_factory=dict)  # of each choice of it, for all consumers

    def document(self) -> dict[str, object]:
        return {
            "region": self.region,
            "prices_as_of": self.as_of,
            "now": self.now.document(),
            "wanted": self.wanted.document(),
            "client_access": {choice: cost.document() for choice, cost in self.client_access.items()},
        }


@cache
def listed(region: str) -> PriceList:
    """What comes with pltui; empty for a region it has no figures of."""
    file = files(__package__) / f"{region}.toml"
    if not file.is_file():
        return PriceList(region, "")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    machines = {INSTANCE + kind: price for kind, price in tables["instance"].items()}
    return PriceList(region, tables["as_of"], {**tables["hourly"], **machines})


def items(things: Iterable[Thing]) -> Counter[Item]:
    """How many of what is billed, among resources that are wanted or seen."""
    return sum((_billed(thing) for thing in things), Counter[Item]())


def cost(things: Iterable[Thing], prices: PriceList) -> Cost:
    return cost_of(items(things), prices)


def cost_of(counts: Counter[Item], prices: PriceList) -> Cost:
    counts = counts.copy()
    monthly = sum(counts.pop(item, 0) * price for item, price in prices.monthly.items())
    hourly = sum(count * prices.hourly.get(item, 0.0) for item, count in counts.items())
    unknown = tuple(sorted(item for item in counts if item not in prices.hourly))
    return Cost(hourly, monthly, dict(counts), unknown)


def bill(all_desired: Iterable[Desired], observed: Iterable[Observed], prices: PriceList, now: datetime) -> Bill:
    """`so_far` is an estimate: what was there before, and is not now, is not in it.

    An address does not say when it was made: it is taken for as old as the oldest of the others.
    """
    there = list(observed)
    made = [datetime.fromisoformat(item.created) for item in there if item.created and items([item])]
    since = min(made, default=None)
    so_far = 0.0
    for item in there:
        begun = datetime.fromisoformat(item.created) if item.created else since
        hours = max(0.0, (now - begun).total_seconds() / 3600) if begun else 0.0
        for what, count in items([item]).items():
            so_far += count * prices.hourly.get(what, 0.0) * (math.ceil(hours) if what in WHOLE_HOURS else hours)
    return Bill(prices.region, prices.as_of, cost(there, prices), cost(all_desired, prices), since, so_far)


def _billed(thing: Thing) -> Counter[Item]:
    if isinstance(thing, Observed) and (thing.foreign or thing.state is State.DELETING):
        return Counter()
    match thing.kind:
        case "load_balancer" | "nat_gateway":
            return Counter({thing.kind: 1})
        case "endpoint":
            return Counter({"endpoint_zone": len(thing.spec["subnets"])})
        case "elastic_ip":
            return Counter({"public_ipv4": 1})
        case "hosted_zone":
            return Counter({HOSTED_ZONE: 1})
        case "instance" if thing.spec["running"]:
            return Counter({INSTANCE + options(thing.spec["instance_type"])[0]: 1})
    return Counter()
