"""A recorded run on screen: it comes alive as it did, goes to wherever one likes in it, and changes nothing."""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input

from pltui import i18n
from pltui.cli.main import main
from pltui.cli.run_journal import run_header
from pltui.engine.events import Event, ResourceObserved
from pltui.errors import LabError, Refused
from pltui.history import journal, reader
from pltui.history.reader import Recording
from pltui.spec import SpecError
from pltui.tui.replay.frames import EVERY, Frames
from pltui.tui.replay.session import REFUSAL, ReplaySession
from pltui.tui.replay.timeline import Timeline
from pltui.view.lab_snapshot import Condition
from tests.builders.fake_lab import FakeLab
from tests.tui.conftest import STEPS
from tests.tui.replaying import (
    MOVES,
    SEEKS,
    UNRECORDED,
    WAITS,
    Move,
    Replaying,
    and_then,
    folded,
    replaying,
    switched,
)

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry

ID = "20260101T090000.100Z-reconcile-privatelink-00c0ffee"
HALFWAY = 14.45  # seconds of the run that the fake lab makes, which takes 19.5; between two events


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of the fake lab's way from nothing to all, one resource failing, as the journal writes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(journal.STATE_DIR, str(tmp_path_factory.mktemp("state")))
        asyncio.run(_run())
        yield reader.find("last")


async def _run() -> None:
    lab = FakeLab()
    lab.path = "lab.yaml"
    lab.fail["consumer/record"] = "not allowed"
    writer = journal.Journal(lambda: run_header(lab), lambda: lab.all_desired)  # type: ignore[arg-type]
    with lab.feed.subscription(writer.hear):
        lab.step(STEPS + 2)
        await lab.open()
        await lab.look()
        await lab.reconcile()


@pytest.fixture(scope="module")
def recording(run: Path) -> Recording:
    found = reader.read(str(run))
    # The look took its fake seconds too: what the screen shows of the id must not hang on them.
    return replace(found, run=replace(found.run, id=ID))


@pytest.fixture(scope="module")
def flipped(recording: Recording) -> Recording:
    """The same, and after it the switch went off, on and off again, a second apart."""
    return and_then(recording, *(switched(at, on) for at, on in enumerate((True, False, True, False), 1)))


# -- whatever is pressed ------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_way_to_a_position_leads_to_the_world_folded_until_there(data: st.DataObject, recording: Recording) -> None:
    """Across keyframes too: of two, one is behind the first."""
    frames = Frames(replace(recording, events=recording.events * 2))
    assert len(frames.events) > 2 * EVERY
    for count in data.draw(st.lists(st.integers(0, len(frames.events)), min_size=1, max_size=4)):
        assert frames.world(count) == folded(frames, count)


@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(moves=st.lists(st.tuples(st.sampled_from(MOVES) | SEEKS, WAITS), min_size=6, max_size=10))
async def test_the_screen_fits_the_position_after_any_moves(
    moves: list[tuple[Move, float]], flipped: Recording
) -> None:
    async with replaying(flipped, speed=4.0) as replay:
        for move, wait in moves:
            move(replay.playback)
            replay.clock.now += wait
            replay.app.drain()
            replay.shows(replay.playback.position.count)


# -- the frames -----------------------------------------------------------------------------------------------------


class TestFilm:
    def test_every_event_has_its_own_time(self, recording: Recording) -> None:
        frames = Frames(recording)
        assert [frames.at(time).isoformat(timespec="milliseconds") for time in frames.times] == [
            event.at for event in recording.events
        ]

    def test_a_clock_that_was_set_back_makes_no_time_run_backwards(self, recording: Recording) -> None:
        first, second, *rest = recording.events
        frames = Frames(replace(recording, events=(first, replace(second, at="2020-01-01T09:00:00.000+00:00"), *rest)))
        assert frames.times[1] == frames.times[0]
        assert list(frames.times) == sorted(frames.times)

    @pytest.mark.parametrize("at", ["9999-12-31T23:59:59.999-14:00", "0001-01-01T00:00:00+14:00"])
    def test_no_recording_can_ask_for_a_time_there_is_not(self, recording: Recording, at: str) -> None:
        frames = Frames(replace(recording, events=(*recording.events, replace(recording.events[-1], at=at))))
        assert frames.at(frames.times[-1]).year <= 9999

    def test_the_switch_is_as_it_was_last_observed(self, flipped: Recording, recording: Recording) -> None:
        frames, before = Frames(and_then(flipped, switched(1, None))), len(recording.events)
        assert [frames.switch(before + n) for n in range(6)] == [None, True, False, True, False, None]
        assert frames.flips(before + 1) == ()
        assert frames.flips(before + 5) == (False, True, False)

    def test_a_switch_known_before_counts(self, flipped: Recording) -> None:
        frames = Frames(replace(flipped, known=flipped.events[-1:]))
        assert frames.switch(0) is False
        assert frames.flips(len(frames.events)) == (True, False, True, False)


def test_nothing_writes(recording: Recording) -> None:
    session = ReplaySession(recording)
    for writing in (session.reconcile, session.destroy, lambda: session.set_cross_zone(True), session.explain):
        with pytest.raises(Refused):
            asyncio.run(writing())
    with pytest.raises(Refused):
        session.write_back(True)


# -- the screen ---------------------------------------------------------------------------------------------------


class TestScreen:
    async def test_halfway(self, recording: Recording, snapshot: SnapshotAssertion) -> None:
        async with replaying(recording, size=(80, 24)) as replay:
            await replay.watch(HALFWAY)
            assert replay.picture() == snapshot

    async def test_marks_of_the_switch_and_a_step_back_from_the_end(
        self, flipped: Recording, snapshot: SnapshotAssertion
    ) -> None:
        async with replaying(flipped) as replay:
            await replay.press("dollar_sign", "comma", "greater_than_sign")
            assert replay.picture() == snapshot

    async def test_in_japanese(self, flipped: Recording, snapshot: SnapshotAssertion) -> None:
        i18n.set_language("ja")
        try:
            async with replaying(flipped) as replay:
                await replay.press("dollar_sign", "comma")
                assert replay.picture() == snapshot
        finally:
            i18n.set_language(i18n.ENGLISH)

    async def test_it_plays_by_itself_and_ends_as_the_run_did(self, recording: Recording) -> None:
        async with replaying(recording) as replay:
            assert "REPLAY" in replay.text()
            assert ID in replay.text()
            played = []
            while replay.playback.state == "playing":
                replay.shows(replay.playback.position.count)
                played.append(replay.app.world)
                await replay.watch(replay.playback.length / 4)
            replay.shows(len(recording.events))
            rows = replay.app.world.rows
            assert rows["consumer/record"].condition is Condition.FAILED
            assert {row.condition for address, row in rows.items() if address != "consumer/record"} == {Condition.READY}
            assert "replay finished" in replay.text()
            await replay.press("0")
            assert replay.app.world == played[0]

    async def test_log_and_marks_go_along_and_what_is_not_recorded_is_said(self, flipped: Recording) -> None:
        async with replaying(flipped) as replay:
            assert "A replay shows the lab; the probe's answers are not recorded." in replay.text()
            await replay.press("dollar_sign")
            replay.shows(len(flipped.events))
            assert "cross-zone off observed" in replay.text()
            assert UNRECORDED in replay.text()
            await replay.press("l", "comma", "comma", "comma")
            replay.shows(len(flipped.events) - 3)
            assert "cross-zone off observed" not in replay.text()
            await replay.press("0", "comma", "comma")
            replay.shows(0)
            assert "A replay shows the lab; the probe's answers are not recorded." in replay.text()

    async def test_the_log_is_at_the_newest_unless_one_has_scrolled_back(self, recording: Recording) -> None:
        async with replaying(recording) as replay:
            log = replay.app.main.journal
            await replay.watch(5)
            await replay.press("l")
            log.on_resize()  # what it sets off comes after the events that come in between
            replay.clock.now += 5
            replay.app.drain()
            await replay.settle()
            assert log.scroll_offset.y == log.max_scroll_y > 0
            await replay.press("pageup", "pageup")
            await replay.pilot.wait_for_scheduled_animations()
            before = log.scroll_offset.y
            await replay.watch(5)
            assert log.scroll_offset.y == before < log.max_scroll_y
            await replay.press("0")
            assert log.scroll_offset.y == log.max_scroll_y

    async def test_a_wait_that_is_shortened_is_told(self, recording: Recording) -> None:
        late, last = and_then(recording, switched(95.0, True)), Frames(recording).times[-1]
        async with replaying(late) as replay:
            await replay.watch(last + 1.0)
            assert "waiting 1:35, shown in 2 s" in replay.text()
            assert replay.playback.position.moment == pytest.approx(last + 47.5)
            await replay.watch(1.5)
            assert "waiting 1:35" not in replay.text()
            replay.shows(len(late.events))

    async def test_hostile_text_is_shown_and_not_obeyed(self, recording: Recording) -> None:
        hostile = ResourceObserved("\x1b[2J", id="\x07", state="[red]", status="\u202e")
        event = Event(999, recording.events[-1].at, "provider/\x1b[2J", hostile)
        said = {"message": "done \x1b[2J\x07"}
        async with replaying(replace(recording, events=(*recording.events, event), summary=said)) as replay:
            await replay.press("l", "dollar_sign")
            assert not {"\x1b", "\x07", "\u202e"} & set(replay.text() + replay.app.main.progress.doing)


class TestKeys:
    async def test_pause_go_on_and_start_again_at_the_end(self, recording: Recording) -> None:
        async with replaying(recording) as replay:
            for key in ("p", "space"):
                await replay.press(key)
                before = replay.playback.position
                assert "replay paused" in replay.text()
                await replay.watch(5)
                assert replay.playback.position == before
                await replay.press(key)
                await replay.watch(1)
                assert replay.playback.position.moment == pytest.approx(before.moment + 1)
                assert "replay playing" in replay.text()
            await replay.press("dollar_sign")
            assert "replay finished" in replay.text()
            await replay.press("p")
            assert "replay playing" in replay.text()
            replay.shows(1)

    async def test_steps_and_leaps(self, recording: Recording) -> None:
        async with replaying(recording) as replay:
            await replay.press("right_square_bracket", "right_square_bracket")
            assert replay.playback.position.moment == pytest.approx(replay.playback.length * 0.2)
            replay.shows(replay.playback.position.count)
            assert "replay playing" in replay.text()
            await replay.press("left_square_bracket")
            assert replay.playback.position.moment == pytest.approx(replay.playback.length * 0.1)
            replay.shows(replay.playback.position.count)
            await replay.press("0", "full_stop", "full_stop", "comma")
            replay.shows(2)
            assert "replay paused" in replay.text()
            assert f"event 2 of {len(recording.events)}" in replay.text()

    async def test_faster_and_slower(self, recording: Recording) -> None:
        async with replaying(recording, speed=3.0) as replay:
            assert " 3× " in replay.text()
            await replay.press("greater_than_sign")
            assert " 4× " in replay.text()
            await replay.watch(0.5)
            assert replay.playback.position.moment == pytest.approx(2.0)
            await replay.press("less_than_sign", "minus")
            assert " 1× " in replay.text()
            await replay.press(*["plus"] * 7)
            assert " instant " in replay.text()
            replay.shows(len(recording.events))

    async def test_in_the_filter_they_write_and_what_would_change_a_lab_says_it_is_a_replay(
        self, recording: Recording
    ) -> None:
        async with replaying(recording) as replay:
            await replay.press("slash", "n", "space", "p", "0", "comma")
            assert replay.app.screen.query_one(Input).value == "n p0,"
            assert replay.playback.state == "playing"
            await replay.press("escape", "x", "r", "D", "w", "e", "n")
            assert [notice.message for notice in replay.app._notifications] == [REFUSAL] * 6

    async def test_the_help_offers_only_what_a_replay_can_do_and_q_leaves(self, recording: Recording) -> None:
        async with replaying(recording, size=(120, 60)) as replay:
            await replay.press("question_mark")
            text = replay.text()
            for told in ("Pause or resume", "step forward one event", "Seek back 10 s", "Play faster", "Go to the end"):
                assert told in text
            assert "Switch cross-zone" not in text
            await replay.press("escape", "q")
            assert replay.app.return_code == 0


def bar(replay: Replaying) -> str:
    """The line that the bar is on."""
    return next(line for line in replay.text().splitlines() if "event " in line)


async def test_the_mouse_goes_along_the_bar(recording: Recording) -> None:
    async with replaying(recording) as replay:
        y = replay.app.screen.query_one(Timeline).region.y
        row = bar(replay)
        first, last = row.index("●"), row.rindex("─")

        async def click(x: int) -> float:
            await replay.pilot.click(offset=(x, y))
            await replay.settle()
            replay.shows(replay.playback.position.count)
            return replay.playback.position.moment / replay.playback.length

        middle = (first + last) // 2
        assert await click(middle) == pytest.approx(0.5, abs=0.03)
        assert bar(replay)[middle] == "●"
        assert await click(first - 2) == await click(last + 2) == pytest.approx(0.5, abs=0.03)
        assert [await click(last), await click(first)] == [1.0, 0.0]

        await replay.pilot.mouse_down(offset=(first + 5, y))
        await replay.pilot.hover(offset=(last + 4, 2))
        await replay.settle()
        assert replay.playback.state == "finished"
        await replay.pilot.mouse_up(offset=(last + 4, 2))
        await replay.pilot.hover(offset=(first, y))
        await replay.settle()
        assert replay.playback.state == "finished"


# -- files that are not as they should be -------------------------------------------------------------------------


class TestBroken:
    @pytest.mark.parametrize("content", ["", "\n", "nonsense", "[]", '{"type": "event"}', '{"type": "run"', "\0" * 99])
    def test_what_is_no_run_is_told(self, tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "run.jsonl"
        path.write_text(content)
        assert main(["replay", str(path)]) == 2
        assert "is not a recorded run" in capsys.readouterr().err

    def test_without_its_labs_outline_it_is_told_as_a_bad_spec(self, recording: Recording) -> None:
        with pytest.raises(SpecError):
            ReplaySession(replace(recording, header={**recording.header, "outline": {"version": 1}}))

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(share=st.floats(0, 1))
    def test_wherever_a_file_is_cut_off_it_plays_until_there_or_is_refused(
        self, run: Path, tmp_path: Path, share: float
    ) -> None:
        content = run.read_bytes()
        path = tmp_path / "cut.jsonl"
        path.write_bytes(content[: int(share * len(content))])
        if not path.read_bytes().partition(b"\n")[0].endswith(b'"}'):  # where its header ends, and nothing else in it
            with pytest.raises(LabError) as raised:
                reader.read(str(path))
            assert raised.value.code == 2
            return
        session = ReplaySession(reader.read(str(path)), math.inf)
        assert session.playback.position.count == len(session.recording.events)
        assert session.frames.world(len(session.recording.events)).rows is not None

    async def test_a_run_that_was_killed_plays_until_there_and_says_so(self, recording: Recording) -> None:
        some = recording.events[: len(recording.events) // 2]
        killed = replace(recording.run, outcome=reader.BROKEN_OFF)
        async with replaying(replace(recording, events=some, summary={}, run=killed)) as replay:
            await replay.press("dollar_sign")
            replay.shows(len(some))
            assert replay.app.main.progress.doing == "reconcile: broken off"

    async def test_a_run_of_no_events_is_at_its_end_and_stays_there(self, recording: Recording) -> None:
        async with replaying(replace(recording, events=(), known=(), all_desired=())) as replay:
            await replay.press("p", "full_stop", "comma", "right_square_bracket", "0", "dollar_sign")
            assert "event 0 of 0" in replay.text()
            assert "replay finished" in replay.text()
