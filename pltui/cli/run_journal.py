"""Record a lab's runs in journals."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pltui.lab.session import Lab


@contextlib.contextmanager
def record_runs(lab: Lab, complain: Callable[[str], None]) -> Iterator[None]:
    """Write each run of the lab within the block to a file of its own; report write errors to `complain`."""
    from pltui.history.journal import Journal

    journal = Journal(lambda: run_header(lab), lambda: lab.all_desired, complain)
    with lab.feed.subscription(journal.hear):
        try:
            yield
        finally:
            journal.close()


def run_header(lab: Lab) -> dict[str, Any]:
    """Return the header of a run's journal.

    `outline` is the part of the spec that a screen needs; it is a valid spec by itself.
    """
    provider = lab.spec.provider
    balancer = provider.load_balancer
    return {
        "lab": lab.spec.name,
        "target": lab.target,
        "region": lab.region,
        "endpoint": lab.endpoint,
        "spec": str(Path(lab.path).absolute()),
        "outline": {
            "version": 1,
            "name": lab.spec.name,
            "region": lab.region,
            "provider": {
                "vpc": {"zones": provider.vpc.zone_count},
                "servers": {"count": provider.servers.count},
                "load_balancer": {
                    "name": balancer.name,
                    "cross_zone": balancer.cross_zone,
                    "subnets": list(balancer.subnets),
                },
            },
            "consumers": {
                name: {
                    "vpc": {"zones": consumer.vpc.zone_count},
                    "endpoint": {"subnets": list(consumer.endpoint.subnets)},
                    "dns": {"zone": consumer.dns.zone, "record": consumer.dns.record},
                    "client": {"subnet": consumer.client_subnets[0]},
                }
                for name, consumer in lab.spec.consumers.items()
            },
        },
    }
