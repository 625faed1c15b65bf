"""The main screens in Japanese: every word, and every column in line though most characters take two cells."""

from collections.abc import Iterator

import pytest
from syrupy.assertion import SnapshotAssertion

from pltui import i18n
from tests.tui.conftest import showing
from tests.tui.states import (
    State,
    converging,
    destroy,
    details,
    filter_,
    help_,
    log,
    mend,
    probing,
    switched_off,
)

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry

PICTURES = (converging, probing, switched_off, details, help_, destroy, mend, log, filter_)


@pytest.fixture(autouse=True)
def japanese() -> Iterator[None]:
    i18n.set_language("ja")
    yield
    i18n.set_language(i18n.ENGLISH)


@pytest.mark.parametrize("state", PICTURES, ids=lambda state: state.__name__)
async def test_looks(state: State, snapshot: SnapshotAssertion) -> None:
    async with showing(size=(80, 24)) as lab:
        await state(lab)
        assert lab.picture() == snapshot


async def test_a_terminal_without_unicode_is_spoken_to_in_english() -> None:
    async with showing(ascii_glyphs=True) as lab:
        assert i18n.current_language() == i18n.ENGLISH
        text = lab.text()
    assert "cross-zone" in text
    assert "??" not in text
