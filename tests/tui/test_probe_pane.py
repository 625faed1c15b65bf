"""The answers: side by side, held, faster and slower, and what they prove of the switch."""

import json
from pathlib import Path

import pytest
from textual.screen import Screen

from pltui.tui.app import COVERED
from pltui.tui.user_settings.view_state_file import ViewStateFile
from pltui.tui.widgets.probe_log import Mark
from tests.builders.fake_lab import FakeLab, spec
from tests.tui.conftest import marks, showing

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry


@pytest.fixture
def view_state(tmp_path: Path) -> ViewStateFile:
    return ViewStateFile("privatelink", "sandbox", tmp_path)


async def test_consumers_are_asked_side_by_side_and_n_looks_at_one_alone() -> None:
    async with showing(FakeLab(spec(consumers=("consumer", "second")))) as lab:
        await lab.converge()
        assert {"answers consumer", "answers second"} <= set(lab.lab.calls)
        await lab.answer(5)
        assert lab.text().count("5 of 5 · 5/s") == 2
        await lab.press("n")
        assert "asking as consumer" in lab.text()
        assert "probe running as consumer" in lab.text()
        await lab.answer(2)
        assert "last 7 of 7 answers" in lab.text()
        await lab.press("n", "n")
        await lab.answer(1)
        assert lab.text().count("8 of 8 · 5/s") == 2
        assert "probe running as all consumers" in lab.text()


async def test_each_consumers_answers_tell_when_the_switch_took_effect_for_it() -> None:
    async with showing(FakeLab(spec(consumers=("consumer", "second"))), size=(200, 60)) as lab:
        await lab.converge()
        await lab.answer(9)
        await lab.press("x")
        await lab.step()
        await lab.answer(30)
        for pane in lab.app.main.probes.visible_panes:
            marks = [line.text for line in pane.probe_log.lines if isinstance(line, Mark)]
            said = ("requested", "observed", "took effect after 0.0 s")
            assert marks == [f"cross-zone off {each}" for each in said]
            assert set(pane.distribution.figures.by_subnet) == {
                lab.lab.spec.consumers[pane.consumer].endpoint.subnets[0]
            }


async def test_a_switch_that_somebody_else_turned_has_no_time() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(9)
        lab.lab.switch = False
        lab.app.work.watch_switch()
        await lab.step()
        await lab.answer(30)
        assert marks(lab)[-2:] == ["cross-zone off observed", "cross-zone off took effect"]


async def test_h_lets_the_stream_stand_still_while_answers_are_collected() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(60)
        assert "#60 " in lab.text()
        await lab.press("h")
        await lab.answer(7)
        assert "held · 8 newer" in lab.text()  # the line that says so takes the place of one
        assert "#61 " not in lab.text()
        assert "of 67 answers" in lab.text()
        await lab.press("h")
        assert "#67 " in lab.text()
        assert "held" not in lab.text()


async def test_a_click_on_the_line_that_says_held_follows_again() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(60)
        await lab.press("h")
        await lab.answer(3)
        stream = lab.app.main.probe_log
        await lab.pilot.click(stream, offset=(4, stream.size.height - 1))
        await lab.settle()
        assert "#63 " in lab.text()


async def test_scrolling_back_holds_and_the_end_follows() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(60)
        lab.app.main.probe_log.focus()
        await lab.press("up", "up")
        await lab.answer(3)
        assert "held · " in lab.text()
        await lab.press("end")
        await lab.answer(1)
        assert "#64 " in lab.text()


async def test_rate_and_concurrency_change_by_key() -> None:
    async with showing() as lab:
        await lab.converge()
        assert "5/s" in lab.text()
        await lab.press("plus", "plus", "greater_than_sign")
        assert "20/s ×2" in lab.text()
        assert marks(lab)[-1] == "20 requests/s, 2 parallel"
        await lab.press("minus", "less_than_sign", "less_than_sign")
        assert "10/s" in lab.text()
        assert "×2" not in lab.text().splitlines()[-1]


# -- what is remembered of it


@pytest.mark.parametrize(
    "pace",
    [
        {"rate": 1e-320, "concurrency": 1},
        {"rate": 10**4000, "concurrency": 1},
        {"rate": 5, "concurrency": 0.5},
        {"rate": 5, "concurrency": 3},
        {"rate": "5", "concurrency": 1},
        {"rate": 5},
        [],
        7,
    ],
    ids=str,
)
async def test_a_pace_that_no_key_could_have_set_is_left_out(pace: object, view_state: ViewStateFile) -> None:
    view_state.path.write_text(json.dumps({"pace": pace}))
    async with showing(view_state=view_state, notices=True) as lab:
        assert lab.app.probe.chosen is None
        (notice,) = lab.app._notifications
        assert "pace: not a valid probe rate" in notice.message


async def test_only_a_pace_set_by_key_is_remembered(view_state: ViewStateFile) -> None:
    async with showing(view_state=view_state) as lab:
        await lab.converge()
        lab.app.probe.follow_spec()
        lab.app._view_state.leave()
        assert "pace" not in view_state.read()
        await lab.press("plus")
        lab.app._view_state.leave()
        assert view_state.read()["pace"] == {"rate": 10, "concurrency": 1}
    async with showing(view_state=view_state) as lab:
        await lab.converge()
        assert lab.app.probe.pace.rate == 10


@pytest.mark.parametrize("keys", [(), ("t",), ("t", "n")])
async def test_answers_lay_nothing_out_anew(keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    lab = FakeLab(spec(consumers=("shop", "office")))
    async with showing(lab, size=(80, 24)) as driver:
        await driver.converge()
        await driver.press(*keys)
        await driver.answer(9)
        anew: list[Screen[object]] = []
        monkeypatch.setattr(Screen, "_refresh_layout", lambda screen, *_, **__: anew.append(screen))
        await driver.answer(9)
        assert not anew


async def test_what_something_lies_over_is_drawn_less_often() -> None:
    async with showing() as driver:
        app = driver.app
        drawn: list[int] = []
        app.drain = lambda: drawn.append(1)  # type: ignore[method-assign]
        for keys, times in (("", 2 * COVERED), ("question_mark", 2)):
            await driver.pilot.press(*filter(None, [keys]))
            drawn.clear()
            for _ in range(2 * COVERED):
                app._tick()
            assert len(drawn) == times
