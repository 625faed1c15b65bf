"""Breaking the lab on purpose by key, seeing it, and mending all of it by one key."""

import asyncio

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.binding import Binding
from textual.widgets import OptionList

from pltui.tui.screens.faults import Faults
from pltui.tui.screens.main import MainScreen
from tests.builders.fake_lab import FakeLab
from tests.tui.conftest import Driver, panel, showing

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry


async def breaking(lab: Driver, *downs: str) -> None:
    """Converged, the screen open, and so far down the list."""
    await lab.converge()
    await lab.press("f", *downs)


async def test_f_lists_what_can_be_broken_with_the_labs_own_machines_and_zones() -> None:
    async with showing() as lab:
        await breaking(lab)
        assert isinstance(lab.app.screen, Faults)
        for text in ("provider server 1: stop the EC2 instance", "ap-northeast-1a (apne1-az4)", "No active faults."):
            assert text in lab.text()
        await lab.press("escape")
        assert isinstance(lab.app.screen, MainScreen)


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_a_key_breaks_what_is_chosen_and_the_same_key_mends_it(key: str) -> None:
    async with showing() as lab:
        await breaking(lab)
        await lab.press(key)
        assert "break stop provider/server-1" in lab.lab.calls
        assert "Active faults: 1" in lab.text()
        await lab.press(key)
        assert "mend stop provider/server-1" in lab.lab.calls
        assert "No active faults." in lab.text()


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_a_key_pressed_twice_breaks_once_and_mends_once(key: str) -> None:
    async with showing() as lab:
        await breaking(lab, "down")
        lab.lab.striking = asyncio.Event()
        for doing in ("break", "mend"):
            await lab.press(key, key)
            lab.lab.striking.set()
            await lab.settle()
            await lab.press()
            lab.lab.striking.clear()
            assert lab.lab.calls.count(f"{doing} server i-0a") == 1
        assert "No active faults." in lab.text()


async def test_what_was_broken_shows_though_an_older_look_was_under_way() -> None:
    async with showing() as lab:
        await breaking(lab)
        lab.app.lab_status._looking = True
        await lab.press("enter")
        assert "Active faults: 1" in lab.text()


async def test_shares_are_of_what_was_answered_since_something_was_broken_or_mended() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(5)
        figures = lab.app.main.probes.visible_panes[0].distribution
        for key in ("enter", "enter"):
            await lab.press("f", key, "escape")
            assert figures.figures.counted == 0
            await lab.answer(3)
            assert figures.figures.counted == 3


async def test_the_cursor_stays_where_it_was_while_things_break() -> None:
    async with showing() as lab:
        await breaking(lab, "down")
        await lab.press("enter", "down", "enter")
        assert [call for call in lab.lab.calls if call.startswith("break")] == [
            "break server i-0a",
            "break zone apne1-az4",
        ]


async def test_what_is_broken_shows_in_header_tree_and_stream() -> None:
    async with showing() as lab:
        await breaking(lab)
        await lab.press("enter", "escape")
        assert " fault  provider server 1 is stopped" in lab.text()
        assert "✗ stopped by a fault" in lab.text()
        assert "✗ servers  3/4  fault active" in lab.text()
        assert "Stop an instance: provider server 1" in lab.text()  # the mark among the answers


async def test_capital_f_mends_everything_from_anywhere() -> None:
    async with showing() as lab:
        await breaking(lab)
        await lab.press("enter", "down", "enter", "escape")
        await lab.press("F")
        assert {"mend stop provider/server-1", "mend server i-0a"} <= set(lab.lab.calls)
        assert "fault" not in lab.app.main.header.render().plain


async def test_capital_f_mends_what_others_broke_too() -> None:
    async with showing() as lab:
        await lab.converge()
        lab.lab.broken = ("calls to ec2 are refused",)
        lab.app.lab_status.watch()
        await lab.settle()
        await lab.press("f")
        assert "Other faults" in lab.text()
        await lab.press("F")
        assert "mend other 0" in lab.lab.calls


async def test_with_nothing_broken_capital_f_says_so() -> None:
    async with showing(notices=True) as lab:
        await lab.converge()
        await lab.press("F")
        assert "No active faults." in lab.text()


@pytest.mark.parametrize("key", ["f", "F"])
async def test_real_aws_is_not_broken_on_purpose(key: str) -> None:
    async with showing(FakeLab(target="aws"), notices=True) as lab:
        await lab.step(2)
        await lab.press(key)
        assert isinstance(lab.app.screen, MainScreen)
        assert "Faults are available on the sandbox only" in lab.text()


async def test_a_lab_can_be_broken_while_it_converges() -> None:
    async with showing() as lab:
        await lab.step(4)
        await lab.press("f", "enter")
        assert "break stop provider/server-1" in lab.lab.calls
        assert lab.app.work.busy


async def test_looks(snapshot: SnapshotAssertion) -> None:
    async with showing(size=(80, 24)) as lab:
        await breaking(lab, "down")
        await lab.press("enter")
        assert panel(lab) == snapshot


async def test_faults_in_ascii() -> None:
    async with showing(size=(80, 24), ascii_glyphs=True) as lab:
        await breaking(lab)
        await lab.press("enter")
        assert lab.text().isascii()


def test_every_binding_has_an_id_and_a_tooltip() -> None:
    assert all(isinstance(each, Binding) and each.id and each.tooltip for each in Faults.BINDINGS)


async def test_a_fault_that_holds_a_run_up_is_ended_while_that_goes_on() -> None:
    async with showing() as lab:
        await lab.step(4)
        lab.lab.broken = ("calls to ec2 are refused",)
        lab.app.lab_status.watch()
        await lab.settle()
        await lab.press("F")
        assert "mend other 0" in lab.lab.calls
        assert lab.app.work.busy


async def test_without_colours_the_cursor_can_still_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with showing() as lab:
        await breaking(lab)
        choices = lab.app.screen.query_one(OptionList)
        cursor, other = (choices.render_line(line)._segments[0].style for line in (1, 3))
        assert cursor
        assert cursor.underline
        assert not (other and other.underline)
