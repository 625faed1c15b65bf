"""A change whose answer shows how the resource is afterwards needs no further look."""

from __future__ import annotations

import pytest

from pltui.engine.model import Event, Phase
from pltui.engine.reconcile import Outcome
from pltui.lab import Lab
from tests.fakeaws.world import OPERATIONS
from tests.fakecloud.clock import run
from tests.generated.bare import Account, converge
from tests.generated.process import Ended

MODIFY = "ModifyLoadBalancerAttributes"


async def turned(account: Account, events: list[Event]) -> Ended:
    async def turn(lab: Lab) -> Outcome:
        with lab.feed.subscribed(events.append):
            return await lab.set_cross_zone(False)

    return await account.process(turn)


def reads_after_the_change(account: Account) -> list[str]:
    operations = [call.operation for call in account.sent]
    return [call.operation for call in account.sent[operations.index(MODIFY) :] if not call.write]


def test_the_switch_is_not_read_again() -> None:
    async def story() -> None:
        account, events = Account(lag=5.0), list[Event]()
        await account.made()
        ended = await turned(account, events)
        assert ended.ok, ended
        assert reads_after_the_change(account) == []
        observed = [e.detail for e in events if (e.address, e.phase) == ("provider/load-balancer", Phase.OBSERVED)]
        assert [detail["spec"]["cross_zone"] for detail in observed] == [True, False]

    run(story())


@pytest.mark.parametrize("answer", [[], [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]])
def test_it_is_read_again_where_the_answer_shows_nothing_or_another_value(
    answer: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        account = Account()
        await account.made()
        modify = OPERATIONS["elbv2", MODIFY]
        monkeypatch.setitem(OPERATIONS, ("elbv2", MODIFY), lambda *sent: modify(*sent) and {"Attributes": answer})
        ended = await turned(account, [])
        assert ended.ok, ended
        assert "DescribeLoadBalancerAttributes" in reads_after_the_change(account)
        assert (await account.process(converge)).ok

    run(story())
