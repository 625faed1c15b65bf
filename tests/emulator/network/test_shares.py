"""Who answers how often: the numbers of AWS's own example, on real sockets."""

import asyncio
import math
from collections import Counter
from dataclasses import replace

import pytest

from pltui.reachability.world import EndpointInterface
from tests.builders.networks import GROUP, address
from tests.emulator.network.wire import Wire, world

CONNECTIONS = 1600
TARGETS = ("az1",) * 2 + ("az2",) * 8
NAME = "vpce-1.service"


def inside(count: int, share: float) -> bool:
    """Whether a count is one of a binomial distribution, but for one time in 2 million."""
    return abs(count - CONNECTIONS * share) <= 5 * math.sqrt(CONNECTIONS * share * (1 - share))


def lab() -> Wire:
    """Two zones with 2 and 8 targets, and an endpoint in both; the client asks for its regional name."""
    one = world(TARGETS)
    interfaces = tuple(
        EndpointInterface(f"eni-{zone}", f"consumer-{zone}", zone, zone, address(zone, 20), ("endpoint",))
        for zone in ("az1", "az2")
    )
    names = ("vpce-1-abcdefgh.vpce-svc-1.r.vpce.amazonaws.com",)
    endpoint = replace(one.endpoints["vpce-1"], interfaces=interfaces, names=names)
    balancer = one.load_balancers["nlb"]
    two_zones = replace(balancer, nodes=balancer.nodes[:2])
    return Wire(replace(one, endpoints={"vpce-1": endpoint}, load_balancers={"nlb": two_zones}))


@pytest.mark.fidelity(
    "Two zones with 2 and 8 targets: without cross-zone load balancing the 2 get 25 % each and the 8 get 6.25 % each,"
    " with it all 10 get 10 %",
    source="ELB user guide, Cross-zone load balancing",
)
@pytest.mark.parametrize("level", ["load balancer", "target group"])
@pytest.mark.parametrize("cross_zone", [False, True])
async def test_two_zones_with_2_and_8_targets(cross_zone: bool, level: str) -> None:
    wire = lab()
    balancer, group = wire.world.load_balancers["nlb"], wire.world.target_groups[GROUP]
    by_group = level == "target group"
    wire.world = replace(
        wire.world,
        load_balancers={"nlb": replace(balancer, cross_zone=cross_zone != by_group)},
        target_groups={GROUP: replace(group, cross_zone=cross_zone if by_group else None)},
    )
    await wire.open()
    name = wire.world.endpoints["vpce-1"].names[0]
    answers: Counter[str] = Counter()
    for _ in range(CONNECTIONS // 50):
        found = await asyncio.gather(*(wire.caller.get("client", name, patience=30) for _ in range(50)))
        answers.update(each.body for each in found)
    shares = {f"Subnet {n}": 0.1 if cross_zone else 0.5 / TARGETS.count(zone) for n, zone in enumerate(TARGETS)}
    assert answers.total() == CONNECTIONS
    assert {who: count for who, count in answers.items() if not inside(count, shares.get(who, 0))} == {}
    assert len(answers) == len(TARGETS)
    await wire.close()
