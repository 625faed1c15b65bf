from __future__ import annotations

import asyncio
import math
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.backends import get_backend

from pltui.sandbox.api import make_app, serve
from pltui.sandbox.clock import Clock
from pltui.sandbox.front import Activity, Front, region_of_call
from pltui.sandbox.health import HealthBoard
from pltui.sandbox.network.network import Network
from tests.sandbox.network.lab import REGION, Caller, Clients, Consumer, Provider

SERVICES = ("ec2", "elbv2", "route53")


class Api:
    """The API on a thread, where every delay is over at once. It tells of changes to whoever is `told`."""

    def __init__(self) -> None:
        self.clock, self.health = Clock(math.inf), HealthBoard()
        self.told: Callable[[str, str, str], None] = lambda region, service, action: None
        app = make_app(self.clock, self.health, lambda *call: self.told(region_of_call.get(), *call))
        # Loading a thousand policies for every empty account is most of what an emptied one costs.
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"
        self.server = serve(Front(app, Activity(), "token", dict, self.clock.set_speed))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.endpoint_url = f"http://127.0.0.1:{self.server.port}"
        self.clients = Clients(*map(self._client, SERVICES))

    def _client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.endpoint_url, region_name=REGION, **keys)

    def forget(self) -> None:
        """An empty account again; what this leaves out takes long to set up, and is not used here."""
        for service in SERVICES:
            get_backend(service).reset()  # type: ignore[call-overload]


class Sandbox:
    """An API, and a network of this test's own on this test's loop."""

    def __init__(self, api: Api) -> None:
        self.api, self.clients = api, api.clients
        self.used = 0
        self.network = Network(api.clock, api.health, self._count)

    def _count(self) -> None:
        self.used += 1

    async def provider(self) -> Provider:
        return await asyncio.to_thread(lambda: Provider(self.clients, "provider").build().serve())

    async def consumer(self, service: str, name: str = "client", subnets: tuple[int, ...] = (1,)) -> Consumer:
        return await asyncio.to_thread(lambda: Consumer(self.clients, name).build().connect(service, subnets))

    @property
    def caller(self) -> Caller:
        return Caller(self.network.socks)

    async def until(self, condition: Callable[[], bool], patience: float = 20.0) -> None:
        """Wait for what the network brings about by itself."""
        deadline = time.monotonic() + patience
        while not await asyncio.to_thread(condition):
            assert time.monotonic() < deadline, "it never came about"
            await asyncio.sleep(0.02)

    async def healthy(self, provider: Provider, count: int = 3) -> None:
        await self.until(lambda: list(provider.health().values()).count("healthy") == count)
        await self.network.settled()


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    api = Api()
    yield api
    api.server.shutdown()


@pytest.fixture
async def sandbox(api: Api) -> AsyncIterator[Sandbox]:
    api.forget()
    sandbox = Sandbox(api)
    await sandbox.network.open()
    sandbox.network.attach(api.endpoint_url)
    api.told = sandbox.network.wake
    yield sandbox
    api.told = lambda region, service, action: None
    await sandbox.network.close()
