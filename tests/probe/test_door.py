"""Where the sandbox's network is entered: looked for no oftener than it may have changed."""

import asyncio
import re
from itertools import pairwise

from pltui.probe.request import AskError, ProbeRequest
from pltui.probe.sandbox import LOOK_AGAIN, ProbeRoute, SandboxProbe
from tests.fakecloud.clock import run

QUESTION = ProbeRequest("consumer", "provider-nlb.example.local", 80, "/", 2.0, re.compile(r"Subnet (\d+)"), {})


def test_however_many_ask_in_vain_the_door_is_looked_for_once_in_a_while() -> None:
    looked = list[float]()

    async def nowhere() -> ProbeRoute:
        looked.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.05)
        raise AskError("unresolved", "no client machine yet")

    async def go() -> None:
        probe = SandboxProbe(QUESTION, nowhere)
        for _ in range(30):
            answers = await asyncio.gather(*(probe.ask() for _ in range(16)))
            assert {answer.error for answer in answers} == {"no client machine yet"}
            await asyncio.sleep(0.1)
        await probe.close()

    run(go())
    gaps = [later - before for before, later in pairwise(looked)]
    assert len(looked) >= 3
    assert all(gap >= LOOK_AGAIN for gap in gaps)
