"""Many consumers under AWS's bucket for endpoints: 4 calls at once, then 3 in ten seconds. One pass makes them all."""

import asyncio
import random
from collections.abc import Mapping

from pltui.lab.session import Lab
from pltui.spec import parse
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.faults import Call, Fault, Script, no_faults
from tests.fakecloud.clock import run
from tests.generated.process import Ended, Host, process

CONSUMERS = 10
SIZE, REFILL = 4.0, 0.3  # EC2 developer guide, "Request throttling for the Amazon EC2 API"
# The group of calls that share the bucket (the same guide).
SHARED = frozenset({"CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"})


class Bucket:
    """Throttles the calls that find it empty."""

    def __init__(self) -> None:
        self.level, self.at, self.taken, self.refused = SIZE, 0.0, 0, 0

    def __call__(self, call: Call) -> Fault | None:
        if call.operation not in SHARED:
            return None
        now = asyncio.get_running_loop().time()
        self.level, self.at = min(SIZE, self.level + (now - self.at) * REFILL), now
        if self.level < 1:
            self.refused += 1
            return Fault.THROTTLED
        self.level -= 1
        self.taken += 1
        return None


def spec(consumers: int) -> str:
    block = "".join(f"  c{n}: {{vpc: {{zones: 1}}}}\n" for n in range(consumers))
    return (
        "version: 1\nname: many\n"
        "provider: {vpc: {zones: 1, nat: none}, servers: {count: 1}, load_balancer: {name: many-nlb}}\n"
        f"consumers:\n{block}"
    )


def converge(script: Script) -> tuple[Ended, Mapping[str, int]]:
    async def story() -> tuple[Ended, Mapping[str, int]]:
        cloud = FakeAws(lag=0.0)
        ended = await process(cloud, parse(spec(CONSUMERS)), Lab.reconcile, script=script, host=Host())
        kinds = [one.type for one in cloud.standing()]
        return ended, {kind: kinds.count(kind) for kind in kinds}

    random.seed(0)  # the client's jitter is drawn from it
    return run(story())


def test_ten_consumers_converge_in_as_few_passes_as_without_throttling() -> None:
    freely, _ = converge(no_faults)
    bucket = Bucket()
    held, kinds = converge(bucket)
    assert freely.outcome
    assert held.outcome
    assert held.ok, held
    assert kinds["endpoint"] == CONSUMERS
    assert held.outcome.passes == freely.outcome.passes
    assert held.outcome.failed == 0
    assert bucket.refused <= 2 * CONSUMERS, "calls are sent at the pace of the bucket once it is empty"
