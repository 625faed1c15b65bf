"""AWS's list prices: `GetProducts` of the Price List API, which answers in few regions for all of them.

Each product comes as JSON in a string; its price is under terms.OnDemand.*.priceDimensions.*.pricePerUnit.USD (AWS
Billing user guide, "Using the AWS Price List Query API").
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pltui.aws.client import Aws
from pltui.engine.errors import CloudError
from pltui.i18n import Phrase

# Region of the endpoint, for prices of any region (AWS Billing user guide, "Price List Query API endpoints").
REGION = "us-east-1"
INSTANCE = "instance "  # prefix of machines in `pltui.cost.prices`


@dataclass(frozen=True, slots=True)
class Product:
    """`usage` is the usage type without the region's prefix: other products' names have the same suffix."""

    service: str
    usage: str
    more: Mapping[str, str] = field(default_factory=dict)  # attributes that distinguish it from similar products


PRODUCTS = {
    "load_balancer": Product("AWSELB", "LoadBalancerUsage", {"operation": "LoadBalancing:Network"}),
    "endpoint_zone": Product("AmazonVPC", "VpcEndpoint-Hours"),
    "nat_gateway": Product("AmazonEC2", "NatGateway-Hours", {"productFamily": "NAT Gateway"}),
    "public_ipv4": Product("AmazonVPC", "PublicIPv4:InUseAddress"),
}


def product(item: str) -> Product | None:
    """Return the product of `item` in the price list; None if it is not listed."""
    if not item.startswith(INSTANCE):
        return PRODUCTS.get(item)
    kind = item.removeprefix(INSTANCE)
    plain = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}
    return Product("AmazonEC2", f"BoxUsage:{kind}", {"instanceType": kind, **plain})


async def fetch_prices(aws: Aws, region: str, items: Iterable[str]) -> dict[str, float]:
    """Return USD per hour for those of `items` that have exactly one price in `region`. `aws` must use REGION.

    Raises:
        CloudError: If a call fails, for example without permission for pricing:GetProducts.
    """
    wanted = {item: known for item in items if (known := product(item))}
    prices = await asyncio.gather(*(_fetch_price(aws, region, known) for known in wanted.values()))
    return {item: price for item, price in zip(wanted, prices, strict=True) if price is not None}


async def _fetch_price(aws: Aws, region: str, known: Product) -> float | None:
    terms = {"regionCode": region, **known.more}
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in terms.items()]
    texts = await aws.pages("pricing", "GetProducts", "PriceList", ServiceCode=known.service, Filters=filters)
    usage = re.compile(rf"(?:[A-Z0-9]+-)?{re.escape(known.usage)}")
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
