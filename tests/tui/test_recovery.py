"""What the app stands on goes: it says so, keeps what it has seen, and goes on once that can be."""

from pltui.errors import Expired, Unreached
from pltui.tui.controllers import recovery
from pltui.tui.screens.confirm import Confirm
from pltui.tui.screens.review import Review
from tests.builders.fake_lab import FakeLab
from tests.tui.conftest import Driver, showing

DIED = "the previous sandbox (process 7) died: its lab is lost"
LOGIN = "run `aws sso login --profile lab`"


async def _dies(lab: Driver) -> None:
    lab.lab.ended = DIED
    lab.lab.exists.clear()
    lab.lab.raises = Unreached("Could not connect to the endpoint URL")
    lab.app.work.watch_switch()
    await lab.settle()


async def test_a_sandbox_that_died_is_told_of_and_nothing_seen_is_lost() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(5)
        before = len(lab.app.main.journal.lines)
        await _dies(lab)
        assert isinstance(lab.app.screen, Confirm)
        assert "The sandbox stopped" in lab.text()
        assert "process 7" in lab.text()
        assert lab.app.facts.probe == "stopped"
        assert len(lab.app.main.journal.lines) == before


async def test_it_is_started_again_on_a_yes_and_the_lab_is_made_anew() -> None:
    async with showing() as lab:
        await lab.converge()
        await _dies(lab)
        lab.lab.ended, lab.lab.raises = "", None
        await lab.press("y")
        await lab.converge()
        assert lab.lab.calls.count("open") == 2
        assert len(lab.lab.exists) == len(lab.lab.all_desired)
        assert lab.app.facts.probe == "running"


async def test_letters_of_the_labs_name_are_no_answers_and_a_review_of_what_is_gone_closes() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.press("D")
        assert isinstance(lab.app.screen, Review)
        lab.lab.ended = DIED
        await lab.app.recovery.look()
        await lab.press(*"private")
        assert isinstance(lab.app.screen, Review)
        lab.app.set_focus(None)
        await lab.pilot.pause(2 * recovery.FREE_SECONDS)
        await lab.settle()
        assert isinstance(lab.app.screen, Confirm)
        assert not any(isinstance(screen, Review) for screen in lab.app.screen_stack)


async def test_after_a_no_it_is_not_offered_again_and_r_starts_it() -> None:
    async with showing() as lab:
        await lab.converge()
        await _dies(lab)
        await lab.press("n")
        assert "r to restart" in lab.text()
        lab.app.work.watch_switch()
        await lab.settle()
        assert not isinstance(lab.app.screen, Confirm)
        lab.lab.ended, lab.lab.raises = "", None
        await lab.press("r")
        await lab.converge()
        assert lab.lab.calls.count("open") == 2


async def test_it_is_offered_once_however_many_calls_fail() -> None:
    async with showing() as lab:
        await lab.converge()
        await _dies(lab)
        await lab.app.recovery.look()
        await lab.settle()
        assert len(lab.app.screen_stack) == 2


async def test_expired_credentials_name_the_command_and_it_goes_on_once_they_are_renewed() -> None:
    async with showing(FakeLab(target="aws")) as lab:
        lab.app.recovery = recovery.Recovery(lab.app, retry=0.01)
        lab.lab.step(2)
        await lab.settle()
        lab.app.probe.start()
        lab.lab.raises = Expired("the token has expired", LOGIN)
        lab.lab.breaks(Expired("the token has expired", LOGIN))
        await lab.settle()
        assert "aws sso login --profile lab" in lab.text()
        assert "then pltui continues" in lab.text()
        lab.lab.step(20)  # one try with the old credentials, the next with new ones
        while lab.app.facts.probe != "running":
            await lab.settle()
        assert lab.lab.calls.count("open") >= 3
        assert "aws sso login" not in lab.app.main.progress.problem


async def test_while_they_have_expired_nothing_but_the_one_line_says_so() -> None:
    async with showing(FakeLab(target="aws")) as lab:
        lab.lab.step(2)
        await lab.settle()
        for _ in range(3):
            assert await lab.app.recovery.handles(Expired("the token has expired", LOGIN))
        await lab.settle()
        assert len([w for w in lab.app.workers if w.name == "credentials"]) == 1
