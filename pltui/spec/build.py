"""Builds a `Spec` from checked values with all defaults present."""

from __future__ import annotations

import re
from typing import Any

from pltui.spec.model import (
    Account,
    Client,
    Consumer,
    Dns,
    Endpoint,
    EndpointService,
    Experiment,
    HealthCheck,
    LoadBalancer,
    Probe,
    Provider,
    Servers,
    Spec,
    Vpc,
    longest_timeout,
)

# Seconds, the defaults of AWS (Network Load Balancers user guide, "Health check settings").
TIMEOUTS = {"TCP": 10, "HTTP": 6}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def build(data: dict[str, Any]) -> Spec:
    """Return the spec of `data`, which must fit the schema and have its defaults filled in."""
    consumers = {name: _build_consumer(name, value) for name, value in data["consumers"].items()}
    probe = data["probe"]
    return Spec(
        name=data["name"],
        region=data.get("region"),
        provider=_build_provider(data["provider"]),
        consumers=consumers,
        probe=Probe(
            path=probe["path"],
            interval=seconds(probe["interval"]),
            timeout=seconds(probe["timeout"]),
            subnet_pattern=probe["subnet_pattern"],
        ),
        experiments=tuple(_build_experiment(value, consumers) for value in data["experiments"]),
    )


def seconds(duration: str) -> float:
    """Parse a duration, such as `200ms`, into seconds."""
    match = re.fullmatch(r"([0-9.]+)([a-z]+)", duration)
    assert match
    return round(float(match[1]) * _SECONDS[match[2]], 6)


def _build_provider(data: dict[str, Any]) -> Provider:
    vpc = _build_vpc(data["vpc"])
    balancer = data["load_balancer"]
    everywhere = range(1, vpc.zone_count + 1)
    return Provider(
        account=Account(**data["account"]),
        vpc=vpc,
        servers=Servers(**_with_types(data["servers"])),
        load_balancer=LoadBalancer(
            name=balancer["name"],
            cross_zone=balancer["cross_zone"],
            subnets=tuple(everywhere if balancer["subnets"] == "all" else balancer["subnets"]),
            health_check=_health_check(balancer["health_check"], data["servers"]["port"]),
        ),
        endpoint_service=EndpointService(**data["endpoint_service"]),
    )


def _health_check(data: dict[str, Any], port: int) -> HealthCheck:
    timeout = min(TIMEOUTS[data["protocol"]], longest_timeout(data["protocol"], data["interval"]))
    return HealthCheck(**{"port": port, "timeout": timeout, **data})


def _build_consumer(name: str, data: dict[str, Any]) -> Consumer:
    ingress = data["endpoint"]["ingress"]
    return Consumer(
        name=name,
        account=Account(**data["account"]),
        vpc=_build_vpc(data["vpc"]),
        endpoint=Endpoint(
            subnets=tuple(data["endpoint"]["subnets"]),
            ingress=ingress if ingress == "private_subnets" else tuple(ingress),
        ),
        dns=Dns(**data["dns"]),
        client=Client(**{"subnet": None, **_with_types(data["client"])}),
    )


def _with_types(data: dict[str, Any]) -> dict[str, Any]:
    types = data["instance_type"]
    return {**data, "instance_type": types if isinstance(types, str) else tuple(types)}


def _build_vpc(data: dict[str, Any]) -> Vpc:
    zones = data["zones"]
    return Vpc(cidr=data["cidr"], zones=zones if isinstance(zones, int) else tuple(zones), nat=data["nat"])


def _build_experiment(data: dict[str, Any], consumers: dict[str, Consumer]) -> Experiment:
    answers = data["answered_by"]
    by_consumer = answers if isinstance(answers, dict) else dict.fromkeys(consumers, answers)
    return Experiment(
        name=data["name"],
        cross_zone=data["cross_zone"],
        answered_by={consumer: tuple(subnets) for consumer, subnets in by_consumer.items()},
    )
