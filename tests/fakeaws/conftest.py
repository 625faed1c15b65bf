"""Tests of the in-process cloud run in virtual time."""

from tests.fakecloud.clock import virtual_time

pytest_asyncio_loop_factories = virtual_time
