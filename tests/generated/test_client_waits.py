"""A client is not waited for while what it needs to register is missing."""

import asyncio

import pytest

from pltui.lab.runner import PATIENCE
from tests.fakeaws.faults import Call, Fault
from tests.generated.bare import Account, converge

ADD = "AddRoleToInstanceProfile"


@pytest.mark.parametrize("dropped", [1, 2, 3])
async def test_a_profile_that_lacks_its_role_gets_it_in_the_next_pass(dropped: int) -> None:
    account, loop, left = Account(lag=0.0, pace=0.2), asyncio.get_running_loop(), [Fault.DROPPED] * dropped

    def script(call: Call) -> Fault | None:
        return left.pop() if call.operation == ADD and left else None

    begun = loop.time()
    ended, took = await account.process(converge, script), loop.time() - begun
    assert ended.ok, ended
    assert took < PATIENCE
