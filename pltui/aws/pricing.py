"""AWS's list prices: `GetProducts` of the Price List API, which answers in few regions for all of them.

Each product comes as JSON in a string; its price is under terms.OnDemand.*.priceDimensions.*.pricePerUnit.USD (AWS
Billing user guide, "Using the AWS Price List Query API").
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pltui.aws.client import Aws
from pltui.engine.errors import CloudError
from pltui.i18n import Phrase

# Region of the endpoint, for prices of any region (AWS Billing user guide, "Price List Query API endpoints").
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the price list, billed by the hour, or at a fixed price for a month.

    `item` is its name in pltui's lists: `nat_gateway`, `instance t3.micro`. `usage` is the usage type without the
    region's prefix: other products' names have the same suffix.
    """

    item: str
    service: str
    usage: str
    more: Mapping[str, str] = field(default_factory=dict)  # attributes that distinguish it from similar products
    whole_hours: bool = False  # partial hours are billed as full hours (pricing page of the service)
    usd_per_month: float | None = None


async def fetch_prices(aws: Aws, region: str, products: Sequence[Product]) -> dict[str, float]:
    """Return item -> USD per hour, for those of `products` that have exactly one price in `region`.

    `aws` must use REGION.

    Raises:
        CloudError: If a call fails, for example without permission for pricing:GetProducts.
    """
    prices = await asyncio.gather(*(_fetch_price(aws, region, product) for product in products))
    return {product.item: price for product, price in zip(products, prices, strict=True) if price is not None}


async def _fetch_price(aws: Aws, region: str, product: Product) -> float | None:
    terms = {"regionCode": region, **product.more}
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in terms.items()]
    texts = await aws.pages("pricing", "GetProducts", "PriceList", ServiceCode=product.service, Filters=filters)
    usage = re.compile(rf"(?:[A-Z0-9]+-)?{re.escape(product.usage)}")
    found = [item for item in map(_parse_product, texts) if usage.fullmatch(_usage_type(item))]
    prices = {price for item in found for price in _hourly_prices(item)}
    return prices.pop() if len(prices) == 1 else None


def _parse_product(text: Any) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (TypeError, ValueError) as error:
        raise CloudError(
            Phrase("the price list cannot be read: {error}", error=error), action="pricing:GetProducts"
        ) from error


def _usage_type(item: Mapping[str, Any]) -> str:
    return str(item.get("product", {}).get("attributes", {}).get("usagetype", ""))


def _hourly_prices(item: Mapping[str, Any]) -> Iterator[float]:
    """Yield prices per hour; the free tier's 0 is no price."""
    for term in item.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            price = float(dimension["pricePerUnit"].get("USD", 0))
            if price > 0:
                yield price
