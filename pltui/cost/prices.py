"""Hourly cost of a lab: list prices of two regions ship with pltui, others are fetched from AWS (`aws/pricing.py`).

Included is what is billed for existing; excluded are data transfer, load balancer usage (NLCU), and disks. The resource
types name the items they are billed for. Pure, except that it reads the files beside it.
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
from typing import TYPE_CHECKING

from pltui.engine.model import Desired, Observed, State

if TYPE_CHECKING:
    from pltui.aws.pricing import Product
    from pltui.resources.base import Resource

Item = str  # "nat_gateway", "instance t3.micro"
Thing = Desired | Observed


@cache
def product(item: Item) -> Product | None:
    """Return the product of a billed item in AWS's price list."""
    return next((found for resource in _resource_types().values() if (found := resource.product(item))), None)


@cache
def monthly_prices() -> Mapping[Item, float]:
    """Return USD per month of the items with a fixed price."""
    products = (each for resource in _resource_types().values() for each in resource.products)
    return {each.item: each.usd_per_month for each in products if each.usd_per_month is not None}


def _resource_types() -> Mapping[str, Resource]:
    from pltui.resources.registry import RESOURCE_TYPES  # a fifth of a second, after the first frame

    return RESOURCE_TYPES


@dataclass(frozen=True, slots=True)
class PriceList:
    """USD per hour for each item of one region."""

    region: str
    as_of: str  # "2026-10"
    hourly: Mapping[Item, float] = field(default_factory=dict)
    monthly: Mapping[Item, float] = field(default_factory=monthly_prices)

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
    machines = {f"instance {kind}": price for kind, price in tables["instance"].items()}
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
            whole = (known := product(what)) and known.whole_hours
            so_far += count * prices.hourly.get(what, 0.0) * (math.ceil(hours) if whole else hours)
    return Bill(prices.region, prices.as_of, cost(there, prices), cost(all_desired, prices), since, so_far)


def _count_items(thing: Thing) -> Counter[Item]:
    if isinstance(thing, Observed) and (thing.foreign or thing.state is State.DELETING):
        return Counter()
    return Counter(_resource_types()[thing.kind].billed_items(thing.spec))
