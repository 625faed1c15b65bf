"""Rules of a spec beyond its schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pltui.i18n import Phrase
from pltui.spec.cidr import cidr_problem, vpc_cidr_problem
from pltui.spec.document import Path
from pltui.spec.messages import Finding
from pltui.spec.model import Consumer, HealthCheck, Spec, Vpc, longest_timeout
from pltui.spec.placement import placement_findings
from pltui.spec.probe_pattern import greeting_findings
from pltui.spec.problems import did_you_mean

# Graviton families have a "g" after their generation (t4g, c7gn, im4gn) or are a1; the lab's machine image is x86_64.
_ARM = re.compile(r"([a-z]+[0-9]+g[a-z-]*|a1)\.")
_MAX_NAME = 253  # characters of a whole domain name in text form (RFC 1035, section 2.3.4)


def rule_findings(spec: Spec, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield every rule that `spec`, built from `data`, breaks."""
    yield from _check_vpc(("provider", "vpc"), spec.provider.vpc, spec.region)
    yield from _instance_types(("provider", "servers", "instance_type"), spec.provider.servers.instance_type)
    balancer = ("provider", "load_balancer", "subnets")
    if data["provider"]["load_balancer"]["subnets"] != "all":
        yield from _check_subnets(balancer, spec.provider.load_balancer.subnets, spec.provider.vpc, ("provider", "vpc"))
    yield from _health_check(spec.provider.load_balancer.health_check)
    for consumer in spec.consumers.values():
        yield from _check_consumer(consumer, spec.region)
    yield from placement_findings(spec)
    yield from greeting_findings(spec)
    yield from _probe_times(spec)
    yield from _check_experiments(spec, data["experiments"])


def _check_vpc(path: Path, vpc: Vpc, region: str | None) -> Iterator[Finding]:
    problem = vpc_cidr_problem(vpc.cidr)
    if problem:
        yield Finding((*path, "cidr"), problem)
    if isinstance(vpc.zones, int) or region is None:
        return
    for index, zone in enumerate(vpc.zones):
        # A zone id (apne1-az1) does not name its region; a zone's name starts with it.
        if not re.search(r"-az[0-9]+$", zone) and not re.match(rf"{re.escape(region)}([a-z]$|-)", zone):
            message = Phrase(
                "zone '{zone}' is not in the region {region}; write for example {region}a", zone=zone, region=region
            )
            yield Finding((*path, "zones", index), message, because_of=(("region",),))


def _health_check(check: HealthCheck) -> Iterator[Finding]:
    most = longest_timeout(check.protocol, check.interval)
    if check.timeout > most:
        message = Phrase(
            "{timeout} s are too long for {protocol} checks every {interval} s; {most} or less would be right",
            timeout=check.timeout,
            protocol=check.protocol,
            interval=check.interval,
            most=most,
        )
        path: Path = ("provider", "load_balancer", "health_check")
        yield Finding((*path, "timeout"), message, because_of=((*path, "interval"), (*path, "protocol")))


def _check_consumer(consumer: Consumer, region: str | None) -> Iterator[Finding]:
    path: Path = ("consumers", consumer.name)
    yield from _check_vpc((*path, "vpc"), consumer.vpc, region)
    yield from _check_subnets((*path, "endpoint", "subnets"), consumer.endpoint.subnets, consumer.vpc, (*path, "vpc"))
    if consumer.endpoint.ingress != "private_subnets":
        for index, block in enumerate(consumer.endpoint.ingress):
            problem = cidr_problem(block)
            if problem:
                yield Finding((*path, "endpoint", "ingress", index), problem)
    if len(consumer.dns.name) > _MAX_NAME:
        message = Phrase(
            "record and zone have {n} characters together; a domain name may have {most}",
            n=len(consumer.dns.name),
            most=_MAX_NAME,
        )
        yield Finding((*path, "dns", "record"), message, because_of=((*path, "dns", "zone"),))
    yield from _instance_types((*path, "client", "instance_type"), consumer.client.instance_type)
    if consumer.client.subnet is not None:
        client = _check_subnet((*path, "client", "subnet"), consumer.client.subnet, consumer.vpc, (*path, "vpc"))
        if client:
            yield client


def _check_subnets(path: Path, subnets: Iterable[int], vpc: Vpc, vpc_path: Path) -> Iterator[Finding]:
    for index, subnet in enumerate(subnets):
        finding = _check_subnet((*path, index), subnet, vpc, vpc_path)
        if finding:
            yield finding


def _check_subnet(path: Path, subnet: int, vpc: Vpc, vpc_path: Path) -> Finding | None:
    if subnet <= vpc.zone_count:
        return None
    zones = Phrase("1 zone") if vpc.zone_count == 1 else Phrase("{n} zones", n=vpc.zone_count)
    right = "1" if vpc.zone_count == 1 else Phrase("1 to {last}", last=vpc.zone_count)
    message = Phrase(
        "no subnet {subnet}: {path} has {zones}; {right} would be right",
        subnet=subnet,
        path=".".join(map(str, vpc_path)),
        zones=zones,
        right=right,
    )
    return Finding(path, message, because_of=((*vpc_path, "zones"),))


def _instance_types(path: Path, types: str | tuple[str, ...]) -> Iterator[Finding]:
    if isinstance(types, str):
        yield from _instance_type(path, types)
        return
    for index, name in enumerate(types):
        yield from _instance_type((*path, index), name)


def _instance_type(path: Path, name: str) -> Iterator[Finding]:
    if _ARM.match(name):
        yield Finding(
            path,
            Phrase(
                "'{name}' is an arm64 type and the lab's machine image is x86_64; write for example t3.micro", name=name
            ),
        )


def _probe_times(spec: Spec) -> Iterator[Finding]:
    for key, value, most, most_said in (
        ("interval", spec.probe.interval, 3600, "1h"),
        ("timeout", spec.probe.timeout, 300, "5m"),
    ):
        if not 0.01 <= value <= most:
            yield Finding(
                ("probe", key),
                Phrase("expected a time from 10ms to {most_said}, got {value:g}s", most_said=most_said, value=value),
            )


def _check_experiments(spec: Spec, raw: list[dict[str, Any]]) -> Iterator[Finding]:
    names: dict[str, int] = {}
    for index, experiment in enumerate(spec.experiments):
        path: Path = ("experiments", index)
        if experiment.name in names:
            first = names[experiment.name] + 1
            message = Phrase(
                "experiment {first} is named '{name}' too; give one of them another name",
                first=first,
                name=experiment.name,
            )
            yield Finding((*path, "name"), message)
        names.setdefault(experiment.name, index)
        answers = raw[index]["answered_by"]
        for_each = answers if isinstance(answers, dict) else {}
        for consumer, subnets in for_each.items():
            yield from _named_consumer((*path, "answered_by"), consumer, spec)
            yield from _check_subnets((*path, "answered_by", consumer), subnets, spec.provider.vpc, ("provider", "vpc"))
        if not for_each:
            yield from _check_subnets((*path, "answered_by"), answers, spec.provider.vpc, ("provider", "vpc"))
            continue
        for consumer in spec.consumers if for_each.keys() <= spec.consumers.keys() else ():
            if consumer not in for_each:
                message = Phrase(
                    "consumer '{consumer}' is missing; write for example {consumer}: [1]", consumer=consumer
                )
                yield Finding((*path, "answered_by"), message, because_of=(("consumers",),))


def _named_consumer(path: Path, consumer: str, spec: Spec) -> Iterator[Finding]:
    if consumer not in spec.consumers:
        known = Phrase("; the spec has: {consumers}", consumers=", ".join(spec.consumers))
        message = Phrase(
            "no consumer '{consumer}'{hint}", consumer=consumer[:60], hint=did_you_mean(consumer, spec.consumers, known)
        )
        yield Finding((*path, consumer), message, key=True, because_of=(("consumers",),))
