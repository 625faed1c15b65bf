"""Calls over time, in waves of one round trip, and the reads of an unchanged lab beside the least there can be.

Run on the fake account in virtual time: each call takes one second, so the figures are the same on every machine.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from unittest.mock import patch

from pltui.aws.settings import Settings
from pltui.engine.reconcile import Outcome
from pltui.lab.session import Lab
from pltui.spec import load, parse
from pltui.spec.model import Spec
from tests.bench.calls import SPEC
from tests.fakeaws import fake
from tests.fakeaws.faults import Call
from tests.fakecloud.clock import run
from tests.generated.process import REGION, Host

CALL_S = 1.0  # seconds a call takes
# Reads of a lab with one of everything that do not grow with it: a list for each type, and what AWS tells of one load
# balancer and of one target group only.
LISTS, OF_BALANCER, OF_GROUP = 17, 2, 2
PER_VPC, PER_ZONE = 2, 2  # DescribeVpcAttribute takes one flag a call; GetHostedZone and ListResourceRecordSets
MANAGED_AT_ONCE = 50  # instance ids in one DescribeInstanceInformation: the clients'
CONTINUED = ("NextToken", "Marker", "StartRecordName")


@dataclass(frozen=True)
class Phase:
    name: str
    waves: Sequence[tuple[float, Counter[str]]]  # when calls were sent, and how many of each operation
    reads: int
    writes: int


def phases(spec: Spec) -> Iterator[Phase]:
    """Create, check, toggle and destroy, each by a process of its own."""
    verbs: dict[str, tuple[Callable[[Lab], Awaitable[Outcome | object]], bool]] = {
        "create": (lambda lab: lab.reconcile(), True),
        "check": (lambda lab: lab.plan(), True),
        "toggle": (lambda lab: lab.set_cross_zone(False), False),
        "destroy": (lambda lab: lab.destroy(), True),
    }
    with patch.object(fake, "LATENCY", CALL_S):
        cloud = fake.FakeAws(lag=0.0, pace=0.0)
        for name, (verb, planning) in verbs.items():
            yield run(_phase(cloud, spec, name, verb, planning))


async def _phase(
    cloud: fake.FakeAws, spec: Spec, name: str, verb: Callable[[Lab], Awaitable[object]], planning: bool
) -> Phase:
    loop, sent = asyncio.get_running_loop(), dict[float, Counter[str]]()
    begun, calls = loop.time(), len(cloud.calls)

    def script(call: Call) -> None:
        sent.setdefault(round(loop.time() - begun, 1), Counter())[call.operation] += 1

    cloud.script = script
    settings = Settings(target="aws", region=REGION)
    lab = Lab("bench.yaml", spec, settings, wire=cloud, process=Host().process(1))
    await lab.open(planning=planning)
    await verb(lab)
    done = cloud.calls[calls:]
    writes = sum(bool(call.write) for call in done)
    return Phase(name, sorted(sent.items()), len(done) - writes, writes)


def chart(phase: Phase, width: int = 100) -> Iterator[str]:
    """A row a wave: when, a mark for each call, and which calls."""
    yield f"{phase.name}: {len(phase.waves)} waves, {phase.reads} reads, {phase.writes} writes"
    for moment, operations in phase.waves:
        named = ", ".join(f"{name} {n}" if n > 1 else name for name, n in operations.most_common())
        yield f"{moment:>6.1f} {'#' * operations.total():<24} {named}"[:width]


def unchanged(consumers: int) -> tuple[int, int]:
    """Reads of a lab that is as wanted, and the least there can be: pages, two a VPC, two a hosted zone."""
    names = "\n".join(f"  consumer-{n}: {{endpoint: {{subnets: [1]}}}}" for n in range(1, consumers + 1))
    spec = parse(SPEC.format(consumers=names), "bench.yaml")

    async def main() -> tuple[int, int]:
        cloud = fake.FakeAws(lag=0.0, pace=0.0)
        for verb in ("reconcile", "plan"):
            lab = Lab("bench.yaml", spec, Settings(target="aws", region=REGION), wire=cloud, process=Host().process(1))
            cloud.calls.clear()
            await lab.open()
            await getattr(lab, verb)()
        pages = sum(any(token in call.parameters for token in CONTINUED) for call in cloud.calls)
        pages += 1 + -(-consumers // MANAGED_AT_ONCE)  # DescribeTags of both, and the clients
        vpcs = PER_VPC * (consumers + 1)
        return len(cloud.calls), LISTS + OF_BALANCER + OF_GROUP + pages + vpcs + PER_ZONE * consumers

    return run(main())


def show(path: str) -> None:
    for phase in phases(load(path)):
        print("\n".join(chart(phase)), flush=True)
    print("\nconsumers  reads of an unchanged lab  the API's limit")
    for consumers in (1, 4, 16, 100):
        reads, limit = unchanged(consumers)
        print(f"{consumers:>9}  {reads:>25}  {limit:>15}", flush=True)
