import asyncio
import contextlib
import math
import os
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import boto3
import pytest
from moto.backends import get_backend

from pltui.emulator.api import make_app, serve
from pltui.emulator.clock import Clock
from pltui.emulator.faults import FaultRegistry
from pltui.emulator.front import Activity, Front, account_of_call, region_of_call
from pltui.emulator.health_board import TargetHealthBoard
from pltui.emulator.network.network import Network
from tests.emulator.network.lab import REGION, Caller, Clients, Consumer, Provider
from tests.emulator.network.wire import Wire, world
from tests.emulator.one_app import the_one

T = TypeVar("T")
SERVICES = ("ec2", "elbv2", "route53")


def _nobody(region: str, service: str, action: str, account: str) -> None:
    """Told, and does not mind."""


class Api:
    """The API on a thread, where every delay is over at once. It tells of changes to whoever is `told`."""

    def __init__(self) -> None:
        self.clock, self.health = Clock(math.inf), TargetHealthBoard()
        self.told: Callable[[str, str, str, str], None] = _nobody
        app = make_app(
            self.clock, self.health, lambda *call: self.told(region_of_call.get(), *call, account_of_call.get())
        )
        # Loading a thousand policies for every empty account is most of what an emptied one costs.
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"
        self.server = serve(Front(app, app, Activity()))
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
        self.faults = FaultRegistry()
        self.network = Network(api.clock, api.health, self._count, self.faults)
        self.faults.changed = self.network.faults_changed

    def _count(self) -> None:
        self.used += 1

    async def provider(self) -> Provider:
        return await asyncio.to_thread(lambda: Provider(self.clients, "provider").build().serve())

    async def consumer(self, service: str, name: str = "client", subnets: tuple[int, ...] = (1,)) -> Consumer:
        return await asyncio.to_thread(lambda: Consumer(self.clients, name).build().connect(service, subnets))

    async def lab(self) -> tuple[Provider, Consumer]:
        """A consumer of a service whose servers are healthy."""
        provider = await self.provider()
        consumer = await self.consumer(provider.service)
        await self.healthy(provider)
        return provider, consumer

    async def change(self, call: Callable[..., T], *arguments: Any, **more: Any) -> T:
        """The call's result, once the network has followed it."""
        result = await asyncio.to_thread(call, *arguments, **more)
        await self.network.catch_up()
        return result

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
        await self.network.catch_up()


@pytest.fixture
def api() -> Api:
    return the_one(Api)


@contextlib.asynccontextmanager
async def opened(api: Api) -> AsyncIterator[Sandbox]:
    """An empty account, and a network that follows it."""
    api.forget()
    sandbox = Sandbox(api)
    await sandbox.network.open()
    sandbox.network.attach(api.endpoint_url)
    api.told = sandbox.network.wake
    try:
        yield sandbox
    finally:
        api.told = _nobody
        await sandbox.network.close()


@pytest.fixture
async def sandbox(api: Api) -> AsyncIterator[Sandbox]:
    async with opened(api) as sandbox:
        yield sandbox


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire(world())
    await wire.open()
    yield wire
    await wire.close()
