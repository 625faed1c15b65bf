"""How many API calls a lab costs: what counts on AWS is types and pages, not resources."""

from dataclasses import dataclass

from pltui.aws.settings import Settings
from pltui.engine.reconcile import Outcome
from pltui.lab.session import Lab
from pltui.spec import parse

SPEC = """\
version: 1
name: bench
region: ap-northeast-1
provider: {{}}
consumers:
{consumers}
"""


@dataclass(frozen=True)
class Cost:
    calls: int
    writes: int  # resources created, changed or deleted


@dataclass(frozen=True)
class Costs:
    resources: int
    converge: Cost
    noop: Cost
    toggle: Cost


async def measure(endpoint_url: str, consumers: int) -> Costs:
    names = "\n".join(f"  consumer-{n}: {{endpoint: {{subnets: [1]}}}}" for n in range(1, consumers + 1))
    spec = parse(SPEC.format(consumers=names), "bench.yaml")
    lab = Lab("bench.yaml", spec, Settings(endpoint_url=endpoint_url))
    await lab.open()
    try:
        done = lab.client.calls
        outcomes = []
        for act in (
            lab.reconcile,
            lab.reconcile,
            lambda: lab.set_cross_zone(not spec.provider.load_balancer.cross_zone),
        ):
            outcome: Outcome = await act()
            if not outcome.ok:
                raise RuntimeError(outcome.message)
            outcomes.append(Cost(lab.client.calls - done, outcome.writes))
            done = lab.client.calls
    finally:
        await lab.close()
    return Costs(len(lab.all_desired), *outcomes)
