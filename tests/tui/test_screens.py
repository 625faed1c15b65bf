"""What each state looks like, in a small and in a usual terminal."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from pltui.errors import LabError
from pltui.tui.widgets import topology
from tests.tui.conftest import showing
from tests.tui.fake import FakeLab, refused, spec

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
Size = tuple[int, int]


@SIZES
async def test_starting(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        assert lab.picture() == snapshot


@SIZES
async def test_converging(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.step(5)
        assert lab.picture() == snapshot


@SIZES
async def test_probing(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        await lab.answer(40)
        assert lab.picture() == snapshot


@SIZES
async def test_switched_off(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        await lab.answer(8)
        await lab.press("x")
        await lab.step()
        await lab.answer(3)
        await lab.answer(1, ("timeout", "No answer within 2 s."))
        assert lab.picture() == snapshot


@SIZES
async def test_details(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        await lab.select("provider/load-balancer")
        await lab.press("enter")
        assert lab.picture() == snapshot


@SIZES
async def test_help(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.press("question_mark")
        assert lab.picture() == snapshot


@SIZES
async def test_destroy_prompt(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        await lab.press("D", *"priv", "enter")
        assert lab.picture() == snapshot


@SIZES
async def test_themes(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        await lab.press("ctrl+t")
        assert lab.picture() == snapshot


@SIZES
async def test_a_question(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        lab.lab.ended = "the sandbox has died: killed by signal 9"
        await lab.app.recovery.look()
        await lab.settle()
        assert lab.picture() == snapshot


@SIZES
async def test_held(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        await lab.answer(40)
        await lab.press("h")
        await lab.answer(4)
        assert lab.picture() == snapshot


@SIZES
async def test_the_palette(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        await lab.press("ctrl+p")
        await lab.pilot.pause(0.5)
        lab.app.screen.query_one("Input").cursor_blink = False  # type: ignore[attr-defined]
        await lab.settle()
        assert lab.picture() == snapshot


@SIZES
async def test_error(size: Size, snapshot: SnapshotAssertion) -> None:
    fake = FakeLab()
    fake.raises = refused()
    async with showing(fake, size=size) as lab:
        await lab.step()
        lab.app.clear_notifications()
        await lab.settle()
        assert lab.picture() == snapshot


@SIZES
async def test_ascii(size: Size, snapshot: SnapshotAssertion) -> None:
    async with showing(size=size, ascii_glyphs=True) as lab:
        await lab.converge()
        await lab.answer(9)
        await lab.press("l")
        assert lab.text().isascii()
        assert lab.picture() == snapshot


async def test_a_real_account_is_told_by_word_and_colour(snapshot: SnapshotAssertion) -> None:
    async with showing(FakeLab(target="aws")) as lab:
        await lab.step(2)
        assert lab.picture() == snapshot


async def test_two_consumers_at_full_width(monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion) -> None:
    monkeypatch.setattr(topology, "monotonic", lambda: 0.0)  # nothing moves
    async with showing(FakeLab(spec(consumers=("consumer", "second"))), size=(200, 60)) as lab:
        await lab.converge()
        await lab.answer(30)
        assert lab.picture() == snapshot


@pytest.mark.slow
@pytest.mark.parametrize("modal", ["question_mark", "e", "D", "ctrl+p"])
async def test_any_size_is_survived(modal: str) -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(5)
        for size in ((20, 5), (120, 40), (200, 60), (1, 1), (80, 24)):
            await lab.pilot.resize_terminal(*size)
            await lab.settle()
            await lab.press(modal)
            await lab.pilot.resize_terminal(*reversed(size))
            await lab.settle()
            await lab.press("escape")
        await lab.pilot.resize_terminal(80, 24)
        await lab.settle()
        assert "privatelink" in lab.text()


async def test_no_color_leaves_only_the_terminals_own_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with showing() as lab:
        await lab.converge()
        await lab.answer(5)
        strips = lab.app.screen._compositor.render_strips()
        coloured = [s for strip in strips for s in strip if s.style and s.style.color and not s.style.color.is_default]
        assert coloured == []
        assert "Subnet 1" in lab.text()


async def test_a_problem_names_what_happened_and_what_to_do() -> None:
    fake = FakeLab()
    fake.raises = LabError("The sandbox did not start", "run pltui sandbox up")
    async with showing(fake) as lab:
        await lab.step()
        assert "The sandbox did not start · run pltui sandbox up" in lab.text()
