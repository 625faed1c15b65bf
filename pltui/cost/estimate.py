"""The bill of a lab, from the price list shipped with pltui.

Prices of items missing there come from AWS, and are cached for a week.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pltui.cost import prices
from pltui.cost.prices import Bill, Item, PriceList
from pltui.engine.errors import CloudError
from pltui.engine.json_values import load_foreign
from pltui.errors import LabError
from pltui.sandbox.private_folder import create_private
from pltui.system import files
from pltui.topology import access_items

if TYPE_CHECKING:
    from pltui.context import LabContext

KEPT = timedelta(days=7)
MAX_BYTES = 2**20  # of the cache; a region's prices take some hundred bytes
LISTED_PARTITION = "aws"  # partition of the price list in USD


class Billing:
    """Bill of one lab. AWS is queried at most once, and only for its own endpoints: an emulator bills nothing.

    It is queried in the partition `aws` alone: credentials of another partition are not valid there, and its prices are
    not in USD everywhere (AWS China lists them in CNY).
    """

    def __init__(self, lab: LabContext) -> None:
        self._lab = lab
        on_aws = lab.settings.on_aws and lab.chosen_endpoint is None
        self._asked = not on_aws or lab.partition.name != LISTED_PARTITION
        self._found: PriceList | None = None

    async def bill(self, now: datetime | None = None) -> Bill:
        """Return the bill at time `now` (default: the current time); fetch missing prices if allowed."""
        lab = self._lab
        listed = prices.shipped_prices(lab.region)
        if lab.partition.name != LISTED_PARTITION:
            listed = replace(listed, monthly={})
        ways = access_items(lab.spec)
        billed = {
            *prices.billed_items(lab.all_desired),
            *prices.billed_items(lab.observed),
            *(item for way in ways.values() for item in way),
        }
        missing = billed - {*listed.hourly, *prices.monthly_prices()}
        if missing and not self._asked:
            self._asked = True
            self._found = await self._fetch_prices(missing)
        if self._found:
            listed = replace(listed.extend(self._found.hourly), as_of=listed.as_of or self._found.as_of)
        bill = prices.bill(lab.all_desired, lab.observed, listed, now or datetime.now(UTC))
        access = {choice: prices.cost_of(counts, listed) for choice, counts in ways.items()}
        return replace(bill, client_access=access)

    async def _fetch_prices(self, items: Collection[Item]) -> PriceList | None:
        """Fetch prices of items; return the cached ones or None on errors, because the caller may lack permission."""
        from pltui.aws import pricing
        from pltui.aws.client import Aws, Target

        file = _cache_file(self._lab.region)
        kept = await asyncio.to_thread(_read_cache, file)
        if kept and set(items) <= set(kept.hourly):
            return kept
        products = [known for item in items if (known := prices.product(item))]
        target = Target(pricing.REGION, profile=self._lab.profile)
        try:
            found = await self._lab.read(
                pricing.fetch_prices(Aws(target, wire=self._lab.access.connect(target)), self._lab.region, products)
            )
        except (CloudError, LabError):
            return kept
        day = datetime.now(UTC).date().isoformat()
        fresh = PriceList(self._lab.region, day, {**(kept.hourly if kept else {}), **found})
        await asyncio.to_thread(_write_cache, file, fresh)
        return fresh


def _cache_file(region: str) -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("pltui") / f"prices-{region}.json"


def _read_cache(file: Path) -> PriceList | None:
    """Return the cached prices if less than a week old and well-formed."""
    try:
        document = load_foreign(files.read(file, MAX_BYTES))
        as_of, hourly = str(document["as_of"]), {str(item): float(usd) for item, usd in document["hourly"].items()}
        fresh = datetime.now(UTC) - datetime.fromisoformat(as_of).replace(tzinfo=UTC) < KEPT
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None
    return PriceList(str(document["region"]), as_of, hourly) if fresh else None


def _write_cache(file: Path, found: PriceList) -> None:
    """Write the cache; ignore errors."""
    document: Mapping[str, object] = {"region": found.region, "as_of": found.as_of, "hourly": dict(found.hourly)}
    try:
        create_private(file.parent)
        files.write(file, json.dumps(document, indent=2) + "\n", files.PRIVATE)
    except (OSError, LabError):
        return
