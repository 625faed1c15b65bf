"""The spec is edited while the app runs: what is saved is noticed, shown, and applied once agreed to."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from pltui.spec import load
from pltui.tui.screens.main import MainScreen
from pltui.tui.screens.panel import Panel
from pltui.tui.screens.review import Review
from pltui.tui.user_settings.resolution import Preferences
from tests.builders.fake_lab import FakeLab, all_desired, standing_lab
from tests.tui.conftest import showing
from tests.tui.editing import (
    BAD,
    OFF,
    SECOND,
    TEXT,
    as_vim_does_with_a_backup,
    by_the_shell,
    content,
    differing,
    editing,
    noticed,
    of_one_size_and_time,
    renamed_into_its_place,
    save,
    through_a_link,
    written_anew,
)

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry


# -- noticing -----------------------------------------------------------------------------------------------------

WAYS = [
    written_anew,
    renamed_into_its_place,
    as_vim_does_with_a_backup,
    by_the_shell,
    of_one_size_and_time,
    through_a_link,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_a_save_is_noticed_whatever_the_editor(way: Callable[[Path, str], None], spec_file: Path) -> None:
    shorter = TEXT.replace("interval: 200ms", "interval: 1s")
    async with editing(spec_file) as lab:
        way(spec_file, shorter)
        await noticed(lab)
        assert lab.lab.spec.probe.interval == 1.0


async def test_sed_in_place_is_noticed(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        subprocess.run(["sed", "-i.bak", "s/interval: 200ms/interval: 1s/", str(spec_file)], check=True)  # noqa: ASYNC221
        await noticed(lab)
        assert lab.lab.spec.probe.interval == 1.0


async def test_what_was_saved_between_reading_and_opening_is_noticed(spec_file: Path) -> None:
    fake = standing_lab(load(spec_file), path=str(spec_file))
    written_anew(spec_file, TEXT.replace("interval: 200ms", "interval: 1s"))
    async with showing(fake) as lab:
        await lab.converge()
        await noticed(lab)
        assert lab.lab.spec.probe.interval == 1.0


async def test_a_file_is_read_once_it_stands_still(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        watching = lab.app.spec_watch
        assert watching is not None
        before = watching.saved
        for part in (TEXT[:40], TEXT[:200], TEXT[:600]):
            written_anew(spec_file, part)
            await watching.look()
            assert watching.saved is before
        written_anew(spec_file, TEXT)
        await noticed(lab)
        assert watching.saved is not before
        assert not lab.app.main.problems.has_problems


async def test_a_save_that_changes_nothing_but_comments_asks_nothing(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        await save(lab, spec_file, TEXT + "# a thought\n")
        assert lab.lab.calls == []
        assert isinstance(lab.app.screen, MainScreen)


# -- asking -------------------------------------------------------------------------------------------------------


async def test_the_plan_is_shown_and_asked_for(spec_file: Path, snapshot: SnapshotAssertion) -> None:
    async with editing(spec_file, size=(80, 24)) as lab:
        lab.lab.differing = differing()
        await save(lab, spec_file, OFF)
        assert isinstance(lab.app.screen, Review)
        assert "Your saved spec changes this" in lab.text()
        assert lab.picture() == snapshot


async def test_nothing_is_asked_while_somebody_types(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        await lab.press("slash")
        written_anew(spec_file, TEXT.replace("interval: 200ms", "interval: 1s"))
        await noticed(lab)
        assert lab.lab.spec.probe.interval != 1.0
        await lab.press("escape")
        await noticed(lab)
        assert lab.lab.spec.probe.interval == 1.0


async def test_yes_makes_the_lab_what_was_saved(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        lab.lab.differing = differing()
        await save(lab, spec_file, OFF)
        await lab.press("y")
        assert "reconcile" in lab.lab.calls
        assert lab.lab.spec.provider.load_balancer.cross_zone is False
        assert lab.lab.switch is False
        assert lab.app.facts.wanted is False
        assert not lab.app.facts.overridden


async def test_no_leaves_the_old_spec_in_force_and_r_asks_again(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        lab.lab.differing = differing()
        await save(lab, spec_file, OFF)
        await lab.press("n")
        await lab.step()
        assert "reconcile" not in lab.lab.calls
        assert lab.lab.spec.provider.load_balancer.cross_zone is True
        assert lab.app.facts.wanted is True
        await noticed(lab)
        assert isinstance(lab.app.screen, MainScreen)
        await lab.press("r")
        assert isinstance(lab.app.screen, Review)
        await lab.press("y")
        assert lab.lab.spec.provider.load_balancer.cross_zone is False


async def test_taking_it_back_in_the_editor_ends_the_matter(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        lab.lab.differing = differing()
        await save(lab, spec_file, OFF)
        await lab.press("n")
        await lab.step()
        await save(lab, spec_file, TEXT)
        lab.lab.differing = ()
        await lab.press("r")
        assert isinstance(lab.app.screen, MainScreen)
        assert lab.lab.spec.provider.load_balancer.cross_zone is True


async def test_what_is_saved_meanwhile_waits_until_the_question_before_is_answered(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        lab.lab.differing = differing()
        await save(lab, spec_file, OFF)
        written_anew(spec_file, OFF.replace("interval: 200ms", "interval: 1s"))
        await noticed(lab)
        assert len(lab.app.screen_stack) == 2
        await lab.press("n")
        await lab.step()
        await noticed(lab)
        assert isinstance(lab.app.screen, Review)
        await lab.press("y")
        assert lab.lab.spec.probe.interval == 1.0


async def test_it_does_not_break_into_what_one_is_reading(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        lab.lab.differing = differing()
        await lab.press("question_mark")
        await save(lab, spec_file, OFF)
        assert isinstance(lab.app.screen, Panel)
        await lab.press("escape")
        await noticed(lab)
        assert isinstance(lab.app.screen, Review)


async def test_the_apps_own_write_asks_nothing(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        await lab.press("x")
        await lab.step()
        await lab.press("w")
        assert "cross_zone: false" in content(spec_file)
        lab.lab.calls.clear()
        await noticed(lab)
        assert lab.lab.calls == []
        assert isinstance(lab.app.screen, MainScreen)


async def test_w_on_a_file_that_is_broken_says_so(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        await lab.press("x")
        await lab.step()
        written_anew(spec_file, BAD)
        lab.lab.write_back = _real_write_back(lab.lab)  # type: ignore[method-assign]
        await lab.press("w")
        assert "unknown key" in lab.text()
        assert content(spec_file) == BAD


def _real_write_back(fake: FakeLab) -> Callable[[bool], bool]:
    from pltui.spec import write_cross_zone

    assert fake.path
    return lambda on: write_cross_zone(str(fake.path), on)


# -- what follows -------------------------------------------------------------------------------------------------


async def test_what_is_the_probes_alone_holds_at_once_without_a_question(spec_file: Path) -> None:
    async with editing(spec_file, notices=True) as lab:
        await save(lab, spec_file, TEXT.replace("interval: 200ms", "interval: 1s"))
        assert lab.lab.spec.probe.interval == 1.0
        assert lab.lab.calls == ["answers consumer"]
        assert "The saved spec is in use." in lab.text()


async def test_a_new_consumer_is_made_and_shown_and_asked_as(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        await save(lab, spec_file, SECOND)
        await lab.press("y")
        await lab.converge()
        assert "second" in lab.text()
        assert lab.app.world.progress() == (len(lab.lab.all_desired),) * 2
        assert len(lab.app.world.desired_rows) == len(all_desired(load(spec_file)))


async def test_a_consumer_that_is_gone_from_the_spec_goes_from_the_screen(spec_file: Path) -> None:
    written_anew(spec_file, SECOND)
    async with editing(spec_file) as lab:
        assert "second" in lab.text()
        lab.lab.differing = differing()
        await save(lab, spec_file, TEXT)
        await lab.press("y")
        await lab.settle()
        assert [row for row in lab.app.world.desired_rows if row.address.startswith("second/")] == []


# -- live, read-only, real ----------------------------------------------------------------------------------------


async def test_live_applies_at_once(spec_file: Path) -> None:
    async with editing(spec_file, preferences=Preferences(live=True)) as lab:
        lab.lab.differing = differing()
        await save(lab, spec_file, OFF)
        assert isinstance(lab.app.screen, MainScreen)
        assert "reconcile" in lab.lab.calls
        assert lab.lab.switch is False


async def test_live_keeps_an_override_of_the_switch_unless_the_switch_was_edited(spec_file: Path) -> None:
    async with editing(spec_file, preferences=Preferences(live=True)) as lab:
        await lab.press("x")
        await lab.step()
        await save(lab, spec_file, SECOND)
        await lab.converge()
        assert lab.lab.switch is False
        assert lab.app.facts.overridden


async def test_read_only_shows_what_was_saved_and_changes_nothing(spec_file: Path) -> None:
    async with editing(spec_file, read_only=True) as lab:
        lab.lab.step(3)
        await save(lab, spec_file, OFF)
        assert lab.lab.spec.provider.load_balancer.cross_zone is False
        assert "reconcile" not in lab.lab.calls


async def test_on_real_aws_nothing_is_written_before_a_yes(spec_file: Path) -> None:
    async with editing(spec_file, target="aws") as lab:
        lab.lab.differing = differing()
        await save(lab, spec_file, OFF)
        assert isinstance(lab.app.screen, Review)
        assert "REAL AWS" in lab.text()
        assert "reconcile" not in lab.lab.calls
        await lab.press("y")
        assert "reconcile" in lab.lab.calls


async def test_a_question_that_cannot_be_worked_out_leaves_the_old_spec(spec_file: Path) -> None:
    from pltui.errors import LabError

    async with editing(spec_file) as lab:
        before = lab.lab.spec

        async def plan(*, destroy: bool = False) -> Any:
            raise LabError("no answer within 10 s", "try again")

        lab.lab.plan = plan  # type: ignore[method-assign]
        await save(lab, spec_file, OFF)
        await lab.settle()
        assert lab.lab.spec is before
        assert "no answer within 10 s" in lab.text()
