"""The pictures of the screen that `s` saves."""

import html
import os
import re
from itertools import pairwise
from pathlib import Path

import pytest

from pltui import i18n
from pltui.text import width
from pltui.tui.rendering import screenshot
from pltui.tui.user_settings.resolution import Preferences
from tests.tui.conftest import CELL, Driver, done, showing

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry


async def saved(lab: Driver, folder: Path) -> list[str]:
    """The pictures in `folder` once what was pressed is done."""
    await done(lab, "screenshot")
    return sorted(os.listdir(folder))  # noqa: PTH208  # a look at a local folder holds nobody up


async def test_s_saves_a_picture_that_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    async with showing(notices=True, preferences=Preferences(pictures=tmp_path)) as lab:
        await lab.converge()
        await lab.press("s")
        (name,) = await saved(lab, tmp_path)
        assert name.startswith("pltui-privatelink-2")
        assert name.endswith(".svg")
        svg = (tmp_path / name).read_text(encoding="utf-8")
        assert "@font-face" not in svg
        assert "url(http" not in svg
        assert "Fira Code" not in svg
        assert "privatelink" in svg
        assert "The screen is saved as" in lab.text()
        assert "The screen is saved as" not in svg


async def test_a_second_picture_takes_no_others_place(tmp_path: Path) -> None:
    async with showing(preferences=Preferences(pictures=tmp_path)) as lab:
        for count in (1, 2, 3):
            await lab.press("s")
            assert len(await saved(lab, tmp_path)) == count


async def test_in_ascii_and_without_colours_the_picture_is_so_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with showing(ascii_glyphs=True, preferences=Preferences(pictures=tmp_path)) as lab:
        await lab.converge()
        await lab.press("s")
        (name,) = await saved(lab, tmp_path)
        svg = (tmp_path / name).read_text(encoding="utf-8")
        assert svg.replace("\xa0", " ").isascii()
        assert "provider-nlb" in svg


async def test_a_folder_for_no_pictures_is_told_of(tmp_path: Path) -> None:
    async with showing(notices=True, preferences=Preferences(pictures=tmp_path / "none")) as lab:
        await lab.press("s")
        await saved(lab, tmp_path)
        assert "The screen could not be saved" in lab.text()


@pytest.mark.parametrize("opens", ["e", "f", "question_mark", "enter", "D", "ctrl+t"])
async def test_what_lies_over_the_lab_is_on_the_picture(opens: str, tmp_path: Path) -> None:
    async with showing(preferences=Preferences(pictures=tmp_path)) as lab:
        await lab.converge()
        await lab.select("provider/server-1")
        await lab.press(opens)
        over = lab.app.screen
        assert over is not lab.app.main
        if opens == "D":  # where the lab's name is typed, it is a letter of that
            lab.app.set_focus(None)
        await lab.press("s")
        assert len(await saved(lab, tmp_path)) == 1
        assert lab.app.screen is over


async def test_a_key_of_ones_own_saves_over_a_dialog_too(tmp_path: Path) -> None:
    preferences = Preferences(pictures=tmp_path, keys={"app.screenshot": "f2"})
    async with showing(preferences=preferences) as lab:
        await lab.converge()
        await lab.press("f", "s")
        assert not os.listdir(tmp_path)  # noqa: PTH208  # a look at a local folder holds nobody up
        await lab.press("f2")
        assert len(await saved(lab, tmp_path)) == 1


async def test_wide_characters_take_two_cells_and_move_nothing_after_them(tmp_path: Path) -> None:
    i18n.set_language("ja")
    try:
        async with showing(preferences=Preferences(pictures=tmp_path)) as lab:
            await lab.converge()
            svg = screenshot.picture(lab.app, "lab")
    finally:
        i18n.set_language("en")
    texts = re.findall(r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"[^>]*>(.*?)</text>', svg)
    wide = [text for *_, text in texts if any(width(character) == 2 for character in html.unescape(text))]
    assert any("クロスゾーン" in text for text in wide)
    rows: dict[str, list[tuple[float, float]]] = {}
    for x, y, length, text in texts:
        assert float(length) == pytest.approx(CELL * width(html.unescape(text)), abs=0.1)
        rows.setdefault(y, []).append((float(x), float(x) + float(length)))
    for row in rows.values():
        for (_, end), (begin, _) in pairwise(sorted(row)):
            assert begin >= end - 0.1
