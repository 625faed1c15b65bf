"""The switch turned back at once: the second command knows of the first, though AWS does not show it yet."""

import pytest

from pltui.engine.reconcile import Outcome
from pltui.lab.session import Lab
from tests.fakeaws.faults import Call, Fault
from tests.generated.bare import Account, converge
from tests.generated.process import Ended

MODIFY = "ModifyLoadBalancerAttributes"
CROSS_ZONE = "load_balancing.cross_zone.enabled"


def turned(on: bool):
    async def turn(lab: Lab) -> Outcome:
        return await lab.set_cross_zone(on)

    return turn


async def is_on(account: Account) -> bool:
    balancer = account.id("provider/load-balancer")
    answer = await account.cloud.hand("elbv2", "DescribeLoadBalancerAttributes", LoadBalancerArn=balancer)
    return {item["Key"]: item["Value"] for item in answer["Attributes"]}[CROSS_ZONE] == "true"


@pytest.mark.parametrize("lag", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("second", [turned(True), converge], ids=["the switch", "reconcile"])
async def test_it_is_on_again(lag: float, second) -> None:
    account = Account(lag=lag, pace=1.0)
    await account.made()
    ended: Ended = await account.process(turned(False))
    assert ended.ok, ended
    ended = await account.process(second)
    assert ended.ok, ended
    assert await is_on(account)


async def test_it_is_on_again_after_a_run_whose_end_is_unknown() -> None:
    account = Account(lag=5.0, pace=1.0)
    await account.made()

    def killed(call: Call) -> Fault | None:
        return Fault.KILLED_AFTER if call.operation == MODIFY else None

    await account.process(turned(False), killed)
    ended = await account.process(turned(True))
    assert ended.ok, ended
    assert await is_on(account)
