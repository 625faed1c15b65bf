"""How long planning takes, per resource, for labs of 1,000 to 100,000 resources: `python -m tests.bench.planning`.

The times are of the processor, the best of some runs, as the machine may be busy with other work.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pltui.engine.model import Desired, Observed
from pltui.engine.plan import make_plan
from pltui.engine.references import resolve
from pltui.resources.registry import RESOURCE_TYPES
from pltui.spec import parse
from pltui.topology import Region, Zone, all_desired

SIZES = (1_000, 10_000, 100_000)
RUNS = 3
TRAITS = {kind: resource.traits for kind, resource in RESOURCE_TYPES.items()}
REGION = Region("ap-northeast-1", [Zone("ap-northeast-1a", "apne1-az4"), Zone("ap-northeast-1c", "apne1-az1")])
SPEC = """\
version: 1
name: bench
region: ap-northeast-1
provider: {vpc: {zones: 2}}
consumers: {consumer: {vpc: {zones: 2}}}
"""
# So many resources at least are planned for each figure, in several small labs or one large one: with a single small
# lab, the processor's caches would be what is measured.
LEAST = 100_000


@dataclass(frozen=True)
class Figures:
    case: str
    resources: int
    steps: int
    each: float  # seconds per resource


def lab(size: int) -> Sequence[Desired]:
    """The resources of a lab of about `size`: one provider, and as many consumers as it takes."""
    spec = parse(SPEC, "bench.yaml")
    [consumer] = spec.consumers.values()
    provider = len(all_desired(replace(spec, consumers={}), REGION))
    each = len(all_desired(spec, REGION)) - provider
    names = [f"consumer-{n}" for n in range(max(1, round((size - provider) / each)))]
    many = replace(spec, consumers={name: replace(consumer, name=name) for name in names})
    return all_desired(many, REGION)


def observed(resources: Sequence[Desired]) -> list[Observed]:
    """The world in which all of it is there and as desired."""
    known: dict[str, Observed] = {}
    for desired in resources:
        attributes = {name: f"{name} of {desired.address}" for name in ("service_name", "dns_name", "dns_zone")}
        spec = resolve(desired.spec, known)
        known[desired.address] = Observed(desired.address, desired.kind, f"id of {desired.address}", spec, attributes)
    return list(known.values())


def cases(size: int) -> dict[str, tuple[Sequence[Desired], Sequence[Observed]]]:
    resources = lab(size)
    there = observed(resources)
    elsewhere = {"cidr": "192.0.2.0/24"}
    moved = [replace(item, spec={**item.spec, **elsewhere}) if item.kind == "vpc" else item for item in there]
    return {
        "create all": (resources, []),
        "no change": (resources, there),
        "replace every VPC": (resources, moved),
        "destroy all": ((), there),
    }


def measure(size: int) -> Iterator[Figures]:
    labs = [cases(size) for _ in range(0, LEAST, size)]
    for case in labs[0]:
        times = []
        for _ in range(RUNS):
            seconds, resources, steps = 0.0, 0, 0
            for worlds in labs:
                desired, observed = worlds[case]
                begun = time.process_time()
                plan = make_plan(desired, observed, TRAITS)
                seconds += time.process_time() - begun
                resources += max(len(desired), len(observed))
                steps += len(plan.steps)
            times.append(seconds / resources)
        yield Figures(case, resources // len(labs), steps // len(labs), min(times))


def show() -> None:
    print(f"{'':<20}{'resources':>10}{'steps':>10}{'seconds':>10}{'µs per resource':>18}{'of the smallest':>18}")
    smallest: dict[str, float] = {}
    for size in SIZES:
        for one in measure(size):
            ratio = one.each / smallest.setdefault(one.case, one.each)
            print(
                f"{one.case:<20}{one.resources:>10,}{one.steps:>10,}{one.each * one.resources:>10.3f}"
                f"{one.each * 1e6:>18.1f}{ratio:>18.2f}",
                flush=True,
            )


if __name__ == "__main__":
    show()
