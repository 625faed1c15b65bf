"""Access to Session Manager: the obstacles to it, and the billed parts of each way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pltui.i18n import Phrase
from pltui.spec.model import Consumer, Spec
from pltui.topology.region import Region

SESSION_MANAGER_SERVICES = ("ssm", "ssmmessages")

ADVICE = Phrase("set client.access: endpoints, or vpc.nat: single")


def access_problem(spec: Spec) -> str:
    """Return a sentence naming the clients that cannot reach Session Manager; empty if all can."""
    names = [
        f"consumers.{consumer.name}"
        for consumer in spec.consumers.values()
        if consumer.client.access == "nat" and consumer.vpc.nat == "none"
    ]
    if not names:
        return ""
    return Phrase("{names}: without a NAT gateway the client cannot reach Session Manager", names=", ".join(names))


def access_services(spec: Spec, region: Region) -> frozenset[str]:
    """Return the names of AWS's services for which the lab has endpoints."""
    if not any(consumer.client.access == "endpoints" for consumer in spec.consumers.values()):
        return frozenset()
    return frozenset(
        region.partition.systems_manager_service(region.name, service) for service in SESSION_MANAGER_SERVICES
    )


def access_items(spec: Spec) -> Mapping[str, Counter[str]]:
    """Return the items billed by the hour for all consumers, as in price lists, by choice of `client.access`."""
    consumers = spec.consumers.values()
    gateways = sum(_count_gateways(consumer) for consumer in consumers)
    return {
        "nat": Counter({"nat_gateway": gateways, "public_ipv4": gateways}),
        "endpoints": Counter({"endpoint_zone": len(SESSION_MANAGER_SERVICES) * len(consumers)}),
    }


def _count_gateways(consumer: Consumer) -> int:
    """Return the number of a consumer's NAT gateways; one if it has none, because it would need one."""
    return consumer.vpc.zone_count if consumer.vpc.nat == "per_zone" else 1
