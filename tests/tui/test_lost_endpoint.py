"""The app on an endpoint that is not there: it shows the problem, goes on, and prints nothing as it leaves."""

import asyncio
import gc
import logging
import socket
from typing import Any

import pytest

from pltui.aws.settings import Settings
from pltui.lab.session import Lab
from pltui.spec import load
from pltui.tui.app import LabApp
from tests.tui.conftest import PRIVATELINK

SECONDS = 30.0  # for three tries at a closed port, on a busy machine


async def test_a_closed_port_is_a_problem_on_the_screen_and_nothing_is_printed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    printed: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: printed.append(context))
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    lab = Lab(str(PRIVATELINK), load(PRIVATELINK), Settings(endpoint_url=closed))
    app = LabApp(lab, watch=None)
    async with app.run_test(size=(120, 40)) as pilot:
        async with asyncio.timeout(SECONDS):
            while not app.main.progress.problem:
                await pilot.pause(0.05)
        assert "Could not connect to the endpoint URL" in app.main.progress.problem
        assert "check the network and --endpoint-url" in app.main.progress.problem
        await pilot.press("q")
    await asyncio.sleep(0)
    gc.collect()
    assert app.return_code == 0
    assert printed == []
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []
