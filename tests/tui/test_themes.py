"""Themes: every one can be read, and choosing one shows it."""

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from pltui.tui.screens.themes import Themes
from pltui.tui.theming import theme
from pltui.tui.theming.contrast import LEAST, ratio, readable
from tests.tui.conftest import showing

COLOURED = [each for each in BUILTIN_THEMES.values() if not each.ansi]


def test_contrast_is_what_wcag_says_it_is() -> None:
    assert ratio(Color.parse("#000000"), Color.parse("#ffffff")) == 21
    assert ratio(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)
    assert ratio(Color.parse("#336699"), Color.parse("#336699")) == 1


@pytest.mark.parametrize("ours", theme.OURS, ids=lambda each: each.name)
def test_each_of_our_colours_can_be_read_on_each_ground_of_its_theme(ours: Theme) -> None:
    least = 7 if ours is theme.HIGH_CONTRAST else LEAST  # WCAG 2.2, success criteria 1.4.6 and 1.4.3
    colours = {**ours.variables, **{name: getattr(ours, name) for name in theme.NAMES - ours.variables.keys()}}
    grounds = [ours.background, ours.surface, ours.panel]
    poor = {
        (name, ground): ratio(Color.parse(colour), Color.parse(ground))
        for name, colour in colours.items()
        for ground in map(str, grounds)
        if ratio(Color.parse(colour), Color.parse(ground)) < least
    }
    assert poor == {}


@pytest.mark.parametrize("ours", theme.OURS, ids=lambda each: each.name)
def test_no_two_lanes_of_a_theme_have_one_colour(ours: Theme) -> None:
    lanes = [ours.variables[theme.lane(number)] for number in range(1, theme.LANES + 1)]
    assert len(set(lanes)) == theme.LANES == 6


@pytest.mark.parametrize(
    "name",
    [
        *(each.name for each in theme.OURS),
        *(pytest.param(each.name, marks=pytest.mark.slow) for each in COLOURED),
    ],
)
@pytest.mark.slow
async def test_what_widgets_draw_with_can_be_read_in_every_theme(name: str) -> None:
    async with showing() as lab:
        lab.app.theme = name
        await lab.settle()
        variables = lab.app.theme_variables
        for each in theme.NAMES:
            drawn = theme.style(lab.app, each).color
            assert drawn is not None
            for ground in (variables["background"], variables["surface"]):
                assert ratio(Color.parse(drawn.name), Color.parse(ground)) >= LEAST, each


def test_a_colour_that_can_be_read_is_left_as_it_is() -> None:
    assert readable("#56c7f5", "#0d1117", "#131a23") == "#56c7f5"
    assert readable("#56c7f5", "#ffffff") != "#56c7f5"
    assert readable("ansi_red", "ansi_default") == "ansi_red"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("15;0", "pltui-dark"),
        ("0;15", "pltui-light"),
        ("0;default;7", "pltui-light"),
        ("7;8", "pltui-dark"),
        ("", "pltui-dark"),
    ],
)
def test_the_terminals_own_background_decides_where_it_is_told(told: str, name: str) -> None:
    assert theme.of_terminal({"COLORFGBG": told} if told else {}) == name


@pytest.mark.slow
async def test_coming_upon_a_theme_shows_it_and_enter_keeps_it() -> None:
    async with showing() as lab:
        await lab.press("ctrl+t")
        assert isinstance(lab.app.screen, Themes)
        assert "pltui-high-contrast" in lab.text()
        assert "solarized-light" in lab.text()
        await lab.press("down")
        assert lab.app.theme == "pltui-light"
        await lab.press("down", "enter")
        assert lab.app.theme == "pltui-high-contrast"
        assert not isinstance(lab.app.screen, Themes)


@pytest.mark.slow
async def test_escape_goes_back_to_the_theme_there_was() -> None:
    async with showing() as lab:
        await lab.press("ctrl+t", "down", "down")
        assert lab.app.theme == "pltui-high-contrast"
        await lab.press("escape")
        assert lab.app.theme == "pltui-dark"


async def test_T_changes_between_dark_and_light() -> None:  # noqa: N802
    async with showing() as lab:
        await lab.press("T")
        assert lab.app.theme == "pltui-light"
        await lab.press("T")
        assert lab.app.theme == "pltui-dark"


@pytest.mark.slow
async def test_without_colours_only_the_terminals_own_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with showing() as lab:
        await lab.press("ctrl+t")
        assert "ansi-light" in lab.text()
        assert "nord" not in lab.text()
