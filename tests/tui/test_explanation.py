"""The path of a request, as the screen tells it."""

from typing import Any

import pytest
from rich.segment import Segment
from syrupy.assertion import SnapshotAssertion
from textual.containers import VerticalScroll

from pltui.errors import LabError
from pltui.tui.theming import theme
from tests.builders.fake_lab import FakeLab, spec
from tests.tui.conftest import Driver, panel, showing

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


async def explained(lab: Driver, *, cross_zone: bool = False, **network: Any) -> None:
    await lab.converge()
    lab.lab.switch, lab.lab.network = cross_zone, network
    await lab.press("e")


@SIZES
async def test_cross_zone_off(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await explained(lab)
        assert panel(lab) == snapshot


async def test_what_has_no_room_goes_on_in_its_own_column() -> None:
    async with showing(size=(80, 24)) as lab:
        await explained(lab)
        lines = panel(lab).splitlines()
        number = next(number for number, line in enumerate(lines) if "server-2" in line)
        assert lines[number + 1].strip("│ ")
        assert lines[number + 1].index(lines[number + 1].strip("│ ")) == lines[number].index("ELB_NOT_CROSSZONE")


async def test_on_a_small_screen_nothing_of_it_has_to_be_scrolled_to() -> None:
    async with showing(size=(80, 24)) as lab:
        await explained(lab)
        assert lab.app.screen.query_one(VerticalScroll).max_scroll_y == 0


async def test_a_server_that_answers_has_its_letter_in_its_colour() -> None:
    async with showing(size=(120, 40)) as lab:
        await explained(lab, cross_zone=True)
        found = list(_segments(lab))
        for subnet in (1, 2, 3):
            colour = theme.style(lab.app, theme.lane(subnet)).color
            letters = [each.style for each in found if each.text == theme.letter(subnet)]
            assert [(each.color, each.reverse) for each in letters if each] == [(colour, True)]


@pytest.mark.parametrize("name", ["stopped", "sick"])
async def test_what_keeps_a_server_out_is_said_in_the_colour_of_errors(name: str) -> None:
    async with showing(size=(120, 40)) as lab:
        await explained(lab, cross_zone=True, **{name: frozenset({2})})
        error = theme.style(lab.app, "error")
        assert any("PL_TARGET_UNHEALTHY" in each.text and each.style == error for each in _segments(lab))


async def test_each_of_several_consumers_is_told_of() -> None:
    async with showing(FakeLab(spec(consumers=("shop", "office"))), size=(120, 60)) as lab:
        await explained(lab)
        assert panel(lab).count(", port 80") == 2


async def test_why_nothing_was_found_out_takes_the_explanations_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(size=(120, 40)) as lab:

        async def denied() -> None:
            raise LabError("ec2:DescribeSubnets was denied", "ask for it")

        monkeypatch.setattr(lab.lab, "explain", denied)
        await explained(lab)
        assert "ec2:DescribeSubnets was denied" in panel(lab)
        assert "Asking…" not in panel(lab)


def _segments(lab: Driver) -> list[Segment]:
    """What the explanation is drawn with."""
    body = lab.app.screen.query_one("#text").visual._renderable  # type: ignore[attr-defined]
    return list(lab.app.console.render(body, lab.app.console.options.update(width=100)))
