"""How long planning takes, per resource, for labs of 1,000 to 100,000 resources: `python -m tests.bench.planning`.

The times are of the processor, the best of some runs, as the machine may be busy with other work.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pltui.engine.plan import make_plan
from pltui.engine.references import resolve
from pltui.engine.types import Seen, Want
from pltui.resources.cloud import CATALOGUE
from pltui.spec import parse
from pltui.topology import Region, Zone, wants

SIZES = (1_000, 10_000, 100_000)
RUNS = 3
TRAITS = {kind: resource.traits for kind, resource in CATALOGUE.items()}
REGION = Region("ap-northeast-1", [Zone("ap-northeast-1a", "apne1-az4"), Zone("ap-northeast-1c", "apne1-az1")])
SPEC = "version: 1\nname: bench\nregion: ap-northeast-1\nprovider: {vpc: {zones: 2}}\nconsumers: {consumer: {vpc: {zones: 2}}}\n"


@dataclass(frozen=True)
class Figures:
    case: str
    resources: int
    steps: int
    seconds: float


def lab(size: int) -> Sequence[Want]:
    """The resources of a lab of about `size`: one provider, and as many consumers as it takes."""
    spec = parse(SPEC, "bench.yaml")
    [consumer] = spec.consumers.values()
    provider = len(wants(replace(spec, consumers={}), REGION))
    each = len(wants(spec, REGION)) - provider
    names = [f"consumer-{n}" for n in range(max(1, round((size - provider) / each)))]
    many = replace(spec, consumers={name: replace(consumer, name=name) for name in names})
    return wants(many, REGION)


def observed(resources: Sequence[Want]) -> list[Seen]:
    """The world in which all of it is there and as desired."""
    known: dict[str, Seen] = {}
    for want in resources:
        attributes = {name: f"{name} of {want.address}" for name in ("service_name", "dns_name", "dns_zone")}
        spec = resolve(want.spec, known)
        known[want.address] = Seen(want.address, want.kind, f"id of {want.address}", spec, attributes)
    return list(known.values())


def measure(size: int) -> Iterator[Figures]:
    resources = lab(size)
    there = observed(resources)
    moved = [
        replace(item, spec={**item.spec, "cidr": "192.0.2.0/24"}) if item.kind == "vpc" else item for item in there
    ]
    cases: dict[str, tuple[Sequence[Want], Sequence[Seen]]] = {
        "create all": (resources, []),
        "no change": (resources, there),
        "replace every VPC": (resources, moved),
        "destroy all": ((), there),
    }
    for case, (desired, seen) in cases.items():
        times = []
        for _ in range(RUNS):
            begun = time.process_time()
            plan = make_plan(desired, seen, TRAITS)
            times.append(time.process_time() - begun)
        yield Figures(case, len(resources), len(plan.steps), min(times))


def show() -> None:
    print(f"{'':<20}{'resources':>10}{'steps':>10}{'seconds':>10}{'µs per resource':>18}{'of the smallest':>18}")
    smallest: dict[str, float] = {}
    for size in SIZES:
        for one in measure(size):
            each = one.seconds / one.resources
            ratio = each / smallest.setdefault(one.case, each)
            print(
                f"{one.case:<20}{one.resources:>10,}{one.steps:>10,}{one.seconds:>10.3f}"
                f"{each * 1e6:>18.1f}{ratio:>18.2f}",
                flush=True,
            )


if __name__ == "__main__":
    show()
