"""Whatever a test speaks, the next one is spoken to in English."""

from collections.abc import Iterator

import pytest

from pltui import i18n


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    i18n.set_language(i18n.ENGLISH)
