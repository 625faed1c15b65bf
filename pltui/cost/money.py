"""Costs in words."""

from __future__ import annotations

from datetime import datetime

from pltui.cost.prices import Bill, Cost
from pltui.i18n import tr


def format_rate(cost: Cost, digits: int = 2) -> str:
    """Return a cost such as `0.23 USD/h`, with a `+` if some items have no price."""
    if cost.unknown and not cost.hourly:
        return tr("unknown price")
    return f"{cost.hourly:.{digits}f}{'+' if cost.unknown else ''} USD/h"


def missing_prices(cost: Cost) -> str:
    """Return a sentence naming the items without a price; empty if there are none."""
    names = ", ".join(item.removeprefix("instance ").replace("_", " ") for item in cost.unknown)
    return tr("no price known for {what}", what=names) if names else ""


def format_change(bill: Bill) -> str:
    """Return one line: the cost now and as desired, once if equal, with the source of the figures."""
    now, wanted = format_rate(bill.now), format_rate(bill.wanted)
    told = tr("cost on AWS: {now}" if now == wanted else "cost on AWS: {now} -> {wanted}", now=now, wanted=wanted)
    return f"{told}  ({price_source(bill)})" + (
        f"; {missing_prices(bill.wanted)}" if bill.as_of and bill.wanted.unknown else ""
    )


def client_access(bill: Bill) -> str:
    """Return one line: the cost of each way by which the clients may reach Session Manager."""
    ways = {choice: format_rate(cost, 3) for choice, cost in bill.client_access.items()}
    return tr("client.access costs {nat} as nat, {endpoints} as endpoints with vpc.nat: none", **ways) if ways else ""


def price_source(bill: Bill) -> str:
    """Return the source of the figures, and what they exclude."""
    if not bill.as_of:
        return tr("no list prices for {region}", region=bill.region)
    return tr(
        "list prices of {month} for {region}, without data transfer, load and disks",
        month=bill.as_of,
        region=bill.region,
    )


def format_span(since: datetime, now: datetime) -> str:
    """Return a duration such as `2 h 10 min` or `12 s`: the two largest units, or seconds below a minute."""
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < 60:
        return tr("{count} s", count=seconds)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if not hours:
        return tr("{count} min", count=minutes)
    if not days:
        return tr("{hours} h {minutes} min", hours=hours, minutes=minutes % 60)
    return tr("{days} d {hours} h", days=days, hours=hours % 24)


def spending(bill: Bill) -> str:
    """Return the USD spent since the oldest resource was created, as of the bill's date."""
    return tr("≈ {usd} USD so far", usd=f"{bill.so_far:.2f}")
