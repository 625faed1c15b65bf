"""Polling by type: one look for all who wait, each judged only by looks that asked for its resource."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pltui.engine.model import Observed, State
from pltui.engine.polling import CancellationToken, Poller

POLL_S = 10.0


class Deleting:
    """A cloud whose looks take `POLL_S` and answer about what was asked, as it was when it was asked."""

    def __init__(self, gone_at: dict[str, float]) -> None:
        self.gone_at, self.asked = gone_at, list[list[str]]()

    async def poll(self, _kind: str, items: Sequence[Observed]) -> list[Observed]:
        now = asyncio.get_running_loop().time()
        self.asked.append([item.id for item in items])
        await asyncio.sleep(POLL_S)
        return [item for item in items if self.gone_at[item.id] > now]


async def test_who_begins_to_wait_during_a_look_is_not_judged_by_it() -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    cloud: Any = Deleting({"nat-1": begun + 50, "nat-2": begun + 70})
    watcher, gone = Poller(cloud, CancellationToken(), 300.0), dict[str, float]()

    async def wait(name: str, after: float) -> None:
        await asyncio.sleep(after)
        item = Observed(name, "nat_gateway", name, {}, state=State.DELETING)
        await watcher.wait_until(item, lambda now: now is None, lambda _: None)
        gone[name] = loop.time() - begun

    await asyncio.gather(wait("nat-1", 0), wait("nat-2", 5))
    gone = gone
    assert gone["nat-1"] > 50
    assert gone["nat-2"] > 70
