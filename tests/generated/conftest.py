"""How the many generated runs are carried out."""

import gc
from collections.abc import Iterator

import pytest

from tests.fakecloud.clock import virtual_time

pytest_asyncio_loop_factories = virtual_time
KEY = "generated"
RARELY = 30_000  # objects more before garbage is looked for: a run makes many that live until it ends
MANY = ("test_every_fault", "test_stories", "test_watch")  # whose runs go the same ways over and over


@pytest.fixture(scope="package", autouse=True)
def _garbage_can_wait() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(RARELY, *usual[1:])
    yield
    gc.set_threshold(*usual)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage would more than double their time, and learn nothing that the other tests do not tell."""
    for item in items:
        if item.path.parent.name == KEY and item.path.stem in MANY:
            item.add_marker(pytest.mark.no_cover)
