"""Each key, and the story it is part of."""

import asyncio
from datetime import datetime

import pytest
from textual.widgets import Input

from pltui.errors import LabError
from pltui.probe.answer import Answer
from pltui.topology import LOAD_BALANCER
from pltui.tui.actions import ACTIONS
from pltui.tui.screens.confirm import Confirm
from pltui.tui.screens.details import Details
from pltui.tui.screens.main import MainScreen
from pltui.tui.screens.panel import Panel
from pltui.tui.screens.review import Review
from pltui.tui.widgets.journal import JournalPane
from tests.builders.fake_lab import FakeLab, all_desired, spec, standing_lab
from tests.tui.conftest import marks, showing


async def test_on_the_sandbox_the_lab_converges_and_the_probe_starts_by_itself() -> None:
    async with showing() as lab:
        await lab.converge()
        assert lab.lab.calls == ["open", "look", "reconcile", "answers consumer"]
        assert lab.app.facts.probe == "running"
        assert lab.app.world.progress() == (len(all_desired(spec())),) * 2


async def test_nothing_is_written_to_a_real_account_before_a_yes() -> None:
    async with showing(FakeLab(target="aws")) as lab:
        await lab.converge()
        assert lab.lab.calls == ["open", "look"]
        await lab.press("r")
        assert isinstance(lab.app.screen, Review)
        assert "REAL AWS" in lab.text()
        assert "62 to create" in lab.text()
        await lab.press("n")
        assert "reconcile" not in lab.lab.calls
        await lab.press("r")
        await lab.press("y")
        assert "reconcile" in lab.lab.calls


async def test_x_turns_over_what_is_observed_and_marks_the_stream() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(6)
        await lab.press("x")
        assert "off requested…" in lab.text()
        assert "cross-zone off requested ─" in lab.text()
        await lab.step()
        await lab.answer(30)
        assert "spec on · live off" in lab.text()
        assert "override" in lab.text()
        assert all(line.subnet == 1 for line in list(lab.app.main.probe_log.lines)[-30:] if isinstance(line, Answer))
        assert "cross-zone off took effect after 0.0 s" in marks(lab)
        await lab.press("x")
        await lab.step()
        assert lab.lab.switch is True
        assert "override" not in lab.text()


async def test_r_undoes_an_override() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("x")
        await lab.step()
        assert lab.lab.switch is False
        await lab.press("r")
        await lab.step(2)
        assert lab.lab.switch is True


async def test_an_override_found_on_opening_is_kept_and_shown() -> None:
    async with showing(standing_lab(switch=False)) as lab:
        await lab.converge()
        assert lab.lab.switch is False
        assert "override" in lab.text()


async def test_x_without_a_load_balancer_says_so() -> None:
    async with showing(notices=True) as lab:
        await lab.step(2)
        await lab.press("x")
        assert "no load balancer yet" in lab.text()
        assert not any(call.startswith("set_cross_zone") for call in lab.lab.calls)


@pytest.mark.slow
async def test_p_pauses_says_so_and_goes_on_counting() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(3)
        await lab.press("p")
        assert "─ paused ─" in lab.text()
        assert "probe paused" in lab.text()
        await lab.press("p")
        await lab.answer(1)
        assert "#4 " in lab.text()


async def test_enter_shows_what_is_known_of_a_resource_and_follows_it() -> None:
    async with showing() as lab:
        await lab.step(3)
        await lab.select("provider/private-subnet-1")
        await lab.press("enter")
        assert isinstance(lab.app.screen, Details)
        assert "cidr: 10.0.129.0/24" in lab.text()
        await lab.step(2)
        assert "available" in lab.text()
        await lab.press("escape")
        assert isinstance(lab.app.screen, MainScreen)


@pytest.mark.slow
async def test_enter_on_a_heading_folds_it() -> None:
    async with showing() as lab:
        await lab.converge()
        tree = lab.app.main.resources
        tree.move_cursor(tree._groups["provider", "servers"])
        await lab.press("enter")
        assert not tree._groups["provider", "servers"].is_expanded


async def test_the_filter_keeps_headings_counts_and_clears_with_escape() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("slash", *"target reg")
        assert "3 of 62 match" in lab.text()
        assert "load balancer" in lab.text()
        assert "hosted zone" not in lab.text()
        await lab.press("escape")
        assert "hosted zone" in lab.text()


@pytest.mark.slow
async def test_the_filter_stays_while_the_lab_goes_on() -> None:
    async with showing() as lab:
        await lab.step(3)
        await lab.press("slash", *"server", "enter")
        await lab.step(6)
        assert "running" in lab.text()
        assert "hosted zone" not in lab.text()


@pytest.mark.slow
async def test_c_copies_the_id() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.select("provider/server-1")
        await lab.press("c")
        assert lab.app.clipboard == lab.lab.exists["provider/server-1"]


async def test_l_opens_and_closes_the_log() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("l")
        assert lab.app.query_one(JournalPane).display
        assert "consumer/record" in lab.text()
        await lab.press("l")
        assert not lab.app.query_one(JournalPane).display


async def test_w_writes_the_observed_switch_and_the_override_ends() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("x")
        await lab.step()
        await lab.press("w")
        assert "write_back False" in lab.lab.calls
        assert "spec off · live off" in lab.text()
        desired = lab.app.world.rows[LOAD_BALANCER].desired
        assert desired
        assert desired.spec["cross_zone"] is False


async def test_e_shows_the_explanation() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("e")
        assert "consumer to provider-nlb.example.local, port 80" in lab.text()


async def test_e_before_the_lab_is_open_says_so() -> None:
    async with showing(notices=True) as lab:
        lab.app.work.note_lost_sandbox()
        await lab.press("e")
        assert isinstance(lab.app.screen, MainScreen)
        assert "The lab is not open yet." in lab.text()


async def test_read_only_writes_no_spec_either() -> None:
    fake = FakeLab()
    fake.read_only = True
    async with showing(fake, notices=True) as lab:
        await lab.press("w")
        assert "Refused" in lab.text()
        assert not any(call.startswith("write_back") for call in lab.lab.calls)


@pytest.mark.slow
async def test_destroy_wants_the_name_typed_exactly() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("D", *"Privatelink", "enter")
        assert isinstance(lab.app.screen, Review)
        assert "destroy" not in lab.lab.calls
        await lab.press("escape", "D", *"privatelink", "enter")
        await lab.step()
        assert "destroy" in lab.lab.calls
        assert lab.lab.exists == {}
        assert lab.app.facts.probe == "stopped"


@pytest.mark.slow
async def test_only_one_thing_is_done_to_the_lab_at_a_time() -> None:
    async with showing(notices=True) as lab:
        await lab.step(3)
        await lab.press("r")
        assert lab.lab.calls.count("reconcile") == 1
        assert "Still opening the sandbox" in lab.text()


@pytest.mark.slow
async def test_what_is_waited_for_is_named_with_its_seconds() -> None:
    async with showing() as lab:
        await lab.step(5)
        row = lab.app.world.working_rows[0]
        assert row.name in lab.text()
        now = lab.app.main.progress.now
        assert now is not None
        assert f"{int((now - datetime.fromisoformat(row.since)).total_seconds())} s" in lab.text()


async def test_a_failed_resource_shows_why_in_the_tree_and_the_app_goes_on() -> None:
    fake = FakeLab()
    fake.fail = {"provider/listener": "not authorised"}
    async with showing(fake) as lab:
        await lab.converge()
        assert "Denied: not authorised" in lab.text()
        assert "1 failed" in lab.text()
        lab.lab.fail = {}
        await lab.press("r")
        await lab.converge()
        assert lab.app.facts.probe == "running"


async def test_a_fault_of_ours_is_a_panel_with_its_place_not_a_traceback() -> None:
    fake = FakeLab()
    fake.raises = KeyError("[/nope]")
    async with showing(fake) as lab:
        await lab.step()
        assert "KeyError" in lab.text()
        assert "fake_lab.py:" in lab.text()
        await lab.press("escape", "r")
        await lab.converge()
        assert lab.app.facts.probe == "running"


@pytest.mark.slow
async def test_a_probe_that_ends_says_why() -> None:
    async with showing() as lab:
        await lab.converge()
        lab.lab.breaks(LabError("The client machine is gone", "press r"))
        await lab.settle()
        assert lab.app.facts.probe == "stopped"
        assert "The client machine is gone" in lab.text()


@pytest.mark.parametrize("steps", [0, 1, 4, 12])
async def test_q_stops_the_lab_and_leaves_whatever_is_running(steps: int) -> None:
    async with showing() as lab:
        await lab.step(steps)
        await lab.press("q")
        assert lab.lab.stopped
        assert lab.lab.closed
        assert lab.app.return_code == 0


@pytest.mark.slow
async def test_q_leaves_though_closing_hangs() -> None:
    class Hanging(FakeLab):
        async def close(self) -> None:
            while not released.is_set():
                try:
                    await released.wait()
                except asyncio.CancelledError:
                    continue

    released = asyncio.Event()
    async with showing(Hanging()) as lab:
        await asyncio.wait_for(lab.app.action_quit(), 10)
        assert lab.app.return_code == 0
        released.set()


async def test_q_leaves_from_a_panel_and_is_only_a_letter_where_one_types() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("D", "q")
        assert not lab.lab.stopped
        await lab.press("escape", "question_mark", "q")
        assert lab.lab.stopped


async def test_every_command_is_in_the_palette_and_the_help() -> None:
    async with showing(size=(120, 60)) as lab:
        titles = {each.title for each in lab.app.get_system_commands(lab.app.screen)}
        assert {action.label.capitalize() for action in ACTIONS} <= titles
        await lab.press("question_mark")
        assert all(action.help in lab.text() for action in ACTIONS)


async def test_a_command_runs_from_the_palette() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("ctrl+p")
        await lab.press(*"destroy")
        await lab.pilot.pause(0.5)
        await lab.press("enter")
        await lab.pilot.pause(0.5)
        assert isinstance(lab.app.screen, Review)


def test_every_binding_has_an_id_and_a_tooltip() -> None:
    from pltui.tui.widgets.probe_log import ProbeLog
    from pltui.tui.widgets.tree import LabTree

    bindings = [
        *(action.binding(shown=True) for action in ACTIONS),
        *LabTree.BINDINGS,
        *ProbeLog.BINDINGS,
        *Panel.BINDINGS,
        *Confirm.BINDINGS,
        *Review.BINDINGS,
    ]
    assert all(binding.id and binding.tooltip for binding in bindings)


@pytest.mark.slow
async def test_the_theme_can_be_light() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("T")
        assert not lab.app.current_theme.dark


@pytest.mark.slow
async def test_keys_in_an_empty_palette_and_closing_it_while_it_searches_are_survived() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("ctrl+p", *"zzzz")
        await lab.press("pagedown", "pageup", "up", "down")
        lab.app.screen.query_one(Input).value = "explain"
        lab.app.pop_screen()
        await lab.press("ctrl+p", "e")
        await lab.press("escape")
        assert isinstance(lab.app.screen, MainScreen)


@pytest.mark.parametrize("key", ["end", "pagedown"])
@pytest.mark.slow
async def test_what_a_panel_has_no_room_for_is_scrolled_to(key: str) -> None:
    async with showing(size=(80, 24)) as lab:
        await lab.press("question_mark")
        assert "blocked" not in lab.text()
        await lab.press(*[key] * 6)
        await lab.pilot.pause(0.3)
        assert "blocked" in lab.text()  # of the last line, which tells the signs
