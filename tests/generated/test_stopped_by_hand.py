"""A server that another hand stops is started again, whenever the run begins."""

import asyncio

import pytest

from pltui.lab.runner import PATIENCE
from tests.generated.bare import Account, converge


@pytest.mark.parametrize("waited_s", [0, 0.5, 2, 10, 60])
async def test_a_server_that_is_stopping_is_started_again_and_its_target_is_healthy(waited_s: float) -> None:
    account, loop = Account(lag=1.0, pace=1.0), asyncio.get_running_loop()
    await account.made()
    await account.cloud.hand("ec2", "StopInstances", InstanceIds=[account.id("provider/server-1")])
    await asyncio.sleep(waited_s)
    begun = loop.time()
    ended, took = await account.process(converge), loop.time() - begun
    assert ended.ok, ended
    assert took < PATIENCE
