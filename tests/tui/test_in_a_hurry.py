"""Keys and clicks that come twice, or to a screen that something lies over: nothing ends that was not meant to."""

import asyncio
from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Button

from pltui.engine.plan import Plan
from pltui.errors import LabError, Unreached
from pltui.tui.controllers.recovery import FREE_SECONDS
from pltui.tui.screens.confirm import Confirm
from pltui.tui.screens.main import MainScreen
from pltui.tui.screens.review import Review
from tests.builders.fake_lab import FakeLab, standing_lab
from tests.tui.conftest import Driver, showing
from tests.tui.editing import OFF, differing, editing, save

pytestmark = pytest.mark.slow


async def twice(lab: Driver, key: str) -> None:
    """Both are in the queue before either is heard."""
    for _ in range(2):
        lab.app.post_message(Key(key, None))
    await lab.settle()
    await lab.settle()


class Slow:
    """A plan that is looked up until `ready`."""

    def __init__(self, fake: FakeLab, error: LabError | None = None) -> None:
        self.ready = asyncio.Event()
        self._plan, self._error = fake.plan, error
        fake.plan = self.look  # type: ignore[method-assign]

    async def look(self, *, destroy: bool = False, remove_guardduty: bool = False) -> Plan:
        await self.ready.wait()
        if self._error:
            raise self._error
        return await self._plan(destroy=destroy, remove_guardduty=remove_guardduty)


async def test_enter_twice_begins_a_destroy_and_leaves_the_app_as_it_is() -> None:
    async with showing(standing_lab()) as lab:
        await lab.converge()
        await lab.press("D", *"privatelink")
        await twice(lab, "enter")
        assert lab.app.is_running
        assert lab.lab.calls.count("destroy") == 1


async def test_a_button_clicked_twice_agrees_once() -> None:
    async with showing(standing_lab(target="aws")) as lab:
        await lab.converge()
        lab.lab.exists.pop("consumer/record")
        await lab.press("r")
        button = lab.app.screen.query_one("#yes", Button)
        button.press()
        button.press()
        await lab.settle()
        await lab.settle()
        assert lab.app.is_running
        assert lab.lab.calls.count("reconcile") == 1


async def test_enter_twice_on_a_theme_chooses_it() -> None:
    async with showing(standing_lab()) as lab:
        await lab.converge()
        await lab.press("ctrl+t")
        await twice(lab, "enter")
        assert lab.app.is_running
        assert isinstance(lab.app.screen, MainScreen)


async def test_a_plan_of_nothing_closes_once_the_palette_over_it_is_gone() -> None:
    async with showing(standing_lab(target="aws")) as lab:
        await lab.converge()
        slow = Slow(lab.lab)
        await lab.press("r", "ctrl+p")
        slow.ready.set()
        lab.lab.step(9)
        await lab.settle()
        await lab.press("escape")
        await lab.settle()
        assert lab.app.is_running
        assert isinstance(lab.app.screen, MainScreen)


async def test_a_plan_that_fails_makes_room_for_a_question_that_waited_for_who_types_under_it() -> None:
    async with showing(standing_lab()) as lab:
        await lab.converge()
        slow = Slow(lab.lab, Unreached("nobody answers there"))
        await lab.press("D")
        lab.lab.ended = "the sandbox died"
        await lab.app.recovery.look()
        await lab.settle()
        assert isinstance(lab.app.screen, Review)
        slow.ready.set()
        await lab.settle()
        await lab.pilot.pause(2 * FREE_SECONDS)
        await lab.settle()
        assert isinstance(lab.app.screen, Confirm)
        await lab.press("n")
        await lab.settle()
        assert isinstance(lab.app.screen, MainScreen)
        assert lab.app.is_running


async def test_an_error_nobody_foresaw_closes_the_review() -> None:
    async with showing(standing_lab()) as lab:
        await lab.converge()
        slow = Slow(lab.lab, ZeroDivisionError())  # type: ignore[arg-type]
        await lab.press("D")
        slow.ready.set()
        await lab.settle()
        assert not any(isinstance(screen, Review) for screen in lab.app.screen_stack)


async def test_no_to_a_saved_spec_that_moved_leaves_the_old_one_in_force(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        before = lab.lab.spec
        lab.lab.differing = differing()
        await save(lab, spec_file, OFF)
        lab.lab.exists.pop("consumer/record")  # meanwhile, by another hand
        await lab.press("y")
        await lab.settle()
        assert isinstance(lab.app.screen, Review)
        await lab.press("n")
        lab.lab.step(3)
        await lab.settle()
        assert lab.lab.spec == before
        assert lab.app.facts.wanted is before.provider.load_balancer.cross_zone


async def test_no_to_a_destroy_that_moved_leaves_the_probe_running() -> None:
    async with showing(standing_lab()) as lab:
        await lab.converge()
        await lab.press("D")
        lab.lab.exists.pop("consumer/record")
        await lab.press(*"privatelink", "enter")
        await lab.settle()
        assert isinstance(lab.app.screen, Review)
        await lab.press("escape")
        lab.lab.step(3)
        await lab.settle()
        assert lab.app.facts.probe == "running"


async def test_a_switch_that_could_not_be_turned_is_not_what_a_later_turn_is_timed_from() -> None:
    async with showing(standing_lab()) as lab:
        await lab.converge()
        await lab.answer(9)
        lab.lab.raises = LabError("no")
        await lab.press("x")
        await lab.step()
        lab.lab.switch = False
        await lab.answer(40)
        marks = [getattr(line, "text", "") for line in lab.app.main.probe_log.lines]
        assert not any("took effect" in text for text in marks)


async def test_the_probe_may_be_started_and_paused_before_it_has_begun() -> None:
    async with showing(standing_lab()) as lab:
        await lab.converge()
        lab.app.probe.pause("paused")
        for _ in range(3):
            lab.app.probe.start()
            lab.app.probe.pause("paused")
        lab.app.probe.start()
        await lab.settle()
        await lab.answer(2)
        assert "2 of 2 answers" in lab.text()
