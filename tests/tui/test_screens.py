"""What each state looks like, in a small and in a usual terminal."""

import pytest
from syrupy.assertion import SnapshotAssertion

from pltui.errors import LabError
from pltui.tui.widgets import topology
from tests.builders.fake_lab import FakeLab, spec
from tests.tui.conftest import panel, showing
from tests.tui.states import (
    LABS,
    STATES,
    State,
    converging,
    details,
    error,
    held,
    help_,
    palette,
    probing,
    recovery,
    starting,
    switched_off,
    themes,
    words,
)

# Those with a picture of their own elsewhere, or with one in Japanese that tells more, are left out.
PICTURES = (starting, converging, probing, switched_off, details, help_, themes, recovery, held, palette, error)


@pytest.mark.parametrize("state", PICTURES, ids=lambda state: state.__name__)
async def test_looks(state: State, snapshot: SnapshotAssertion) -> None:
    async with showing(LABS.get(state, FakeLab)(), size=(80, 24)) as lab:
        await state(lab)
        assert lab.picture() == snapshot


async def test_looks_on_a_usual_terminal(snapshot: SnapshotAssertion) -> None:
    async with showing(size=(120, 40)) as lab:
        await switched_off(lab)
        assert lab.picture() == snapshot


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_on_a_larger_terminal_no_word_is_missing(state: State) -> None:
    texts = []
    for size in ((80, 24), (120, 40), (200, 60)):
        async with showing(LABS.get(state, FakeLab)(), size=size) as lab:
            await state(lab)
            on_top = lab.app.screen.query(".panel")
            texts.append(words(panel(lab) if on_top else lab.text()))
    small, usual, large = texts
    assert small <= usual <= large


async def test_looks_in_ascii(snapshot: SnapshotAssertion) -> None:
    async with showing(size=(80, 24), ascii_glyphs=True) as lab:
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
