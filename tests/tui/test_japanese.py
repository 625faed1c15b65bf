"""The main screens in Japanese: every word, and every column in line though most characters take two cells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from syrupy.assertion import SnapshotAssertion

from pltui import i18n
from tests.tui.conftest import Driver, showing

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
Size = tuple[int, int]


@pytest.fixture(autouse=True)
def japanese() -> Iterator[None]:
    i18n.set_language("ja")
    yield
    i18n.set_language(i18n.ENGLISH)


async def _probing(lab: Driver) -> None:
    await lab.converge()
    await lab.answer(12)


async def _switched(lab: Driver) -> None:
    await _probing(lab)
    await lab.press("x")
    await lab.step()
    await lab.answer(3)


async def _details(lab: Driver) -> None:
    await lab.converge()
    await lab.select("provider/load-balancer")
    await lab.press("enter")


@SIZES
async def test_converging(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.step(5)
        assert lab.picture() == snapshot


@SIZES
async def test_probing(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await _probing(lab)
        assert lab.picture() == snapshot


@SIZES
async def test_switched_off(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await _switched(lab)
        assert lab.picture() == snapshot


@SIZES
async def test_details(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await _details(lab)
        assert lab.picture() == snapshot


@SIZES
@pytest.mark.parametrize(
    "key", ["question_mark", "D", "F", "l", "slash"], ids=["help", "destroy", "mend", "log", "filter"]
)
async def test_what_a_key_opens(size: Size, key: str, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        await lab.press(key)
        assert lab.picture() == snapshot


async def test_a_terminal_without_unicode_is_spoken_to_in_english() -> None:
    async with showing(ascii_glyphs=True) as lab:
        assert i18n.current_language() == i18n.ENGLISH
        text = lab.text()
    assert "cross-zone" in text
    assert "??" not in text
