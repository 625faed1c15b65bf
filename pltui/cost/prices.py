"""Hourly cost of a lab: list prices of two regions ship with pltui, others are fetched from AWS (`aws/pricing.py`).

Included is what is billed for existing; excluded are data transfer, load balancer usage (NLCU), and disks. Pure, except
that it reads the files beside it.
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

INSTANCE = "instance "  # prefix of the instance type in an item's name
# USD per month, equal in every region of the partition `aws`; free if deleted within twelve hours (Route 53 pricing,
# "Hosted zones").
HOSTED_ZONE, HOSTED_ZONE_MONTH = "hosted_zone", 0.50
# Items whose partial hours are billed as full hours (Elastic Load Balancing and Amazon VPC pricing; PrivateLink
# pricing).
WHOLE_HOURS = frozenset({"load_balancer", "endpoint_zone", "nat_gateway"})

Item = str  # "nat_gateway", "instance t3.micro"
Thing = Desired | Observed


@dataclass(frozen=True, slots=True)
class PriceList:
    """USD per hour for each item of one region."""

    region: str
    as_of: str  # "2026-10"
    hourly: Mapping[Item, float] = field(default_factory=dict)
    monthly: Mapping[Item, float] = field(default_factory=lambda: {HOSTED_ZONE: HOSTED_ZONE_MONTH})

    def extend(self, found: Mapping[Item, float]) -> PriceList:
        """Return the list extended by other figures; those of this list take precedence."""
        return replace(self, hourly={**found, **self.hourly})


@dataclass(frozen=True, slots=True)
class Cost:
    """`hourly` and `monthly` in USD. Items in `unknown` have no price and are in neither sum."""

    hourly: float = 0.0
    monthly: float = 0.0
    counts: Mapping[Item, int] = field(default_factory=dict)
    unknown: tuple[Item, ...] = ()

    def document(self) -> dict[str, object]:
        """Return the cost as JSON values."""
        return {
            "usd_per_hour": round(self.hourly, 4),
            "usd_per_month": round(self.monthly, 2),
            "items": dict(self.counts),
            "unknown_prices": list(self.unknown),
        }


@dataclass(frozen=True, slots=True)
class Bill:
    """Cost of a lab as observed, and as desired."""

    region: str
    as_of: str
    now: Cost
    wanted: Cost
    since: datetime | None = None  # creation time of the oldest billed resource
    so_far: float = 0.0  # USD since then, for the resources that exist now
    client_access: Mapping[str, Cost] = field(default_factory=dict)  # cost of each choice, for all consumers

    def document(self) -> dict[str, object]:
        """Return the bill as JSON values."""
        return {
            "region": self.region,
            "prices_as_of": self.as_of,
            "now": self.now.document(),
            "wanted": self.wanted.document(),
            "client_access": {choice: cost.document() for choice, cost in self.client_access.items()},
        }


@cache
def shipped_prices(region: str) -> PriceList:
    """Return the price list shipped for a region; empty if there is none."""
    file = files(__package__) / f"{region}.toml"
    if not file.is_file():
        return PriceList(region, "")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    machines = {INSTANCE + kind: price for kind, price in tables["instance"].items()}
    return PriceList(region, tables["as_of"], {**tables["hourly"], **machines})


def billed_items(things: Iterable[Thing]) -> Counter[Item]:
    """Count the billed items among desired or observed resources."""
    return sum((_count_items(thing) for thing in things), Counter[Item]())


def cost(things: Iterable[Thing], prices: PriceList) -> Cost:
    """Return the cost of resources at the given prices."""
    return cost_of(billed_items(things), prices)


def cost_of(counts: Counter[Item], prices: PriceList) -> Cost:
    """Return the cost of counted items at the given prices."""
    counts = counts.copy()
    monthly = sum(counts.pop(item, 0) * price for item, price in prices.monthly.items())
    hourly = sum(count * prices.hourly.get(item, 0.0) for item, count in counts.items())
    unknown = tuple(sorted(item for item in counts if item not in prices.hourly))
    return Cost(hourly, monthly, dict(counts), unknown)


def bill(all_desired: Iterable[Desired], observed: Iterable[Observed], prices: PriceList, now: datetime) -> Bill:
    """Return the bill of a lab. `so_far` is an estimate: resources that no longer exist are not included.

    An address has no creation time: it is assumed to be as old as the oldest of the others.
    """
    there = list(observed)
    made = [datetime.fromisoformat(item.created) for item in there if item.created and billed_items([item])]
    since = min(made, default=None)
    so_far = 0.0
    for item in there:
        begun = datetime.fromisoformat(item.created) if item.created else since
        hours = max(0.0, (now - begun).total_seconds() / 3600) if begun else 0.0
        for what, count in billed_items([item]).items():
            so_far += count * prices.hourly.get(what, 0.0) * (math.ceil(hours) if what in WHOLE_HOURS else hours)
    return Bill(prices.region, prices.as_of, cost(there, prices), cost(all_desired, prices), since, so_far)


def _count_items(thing: Thing) -> Counter[Item]:
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
