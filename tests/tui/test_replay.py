"""A recorded run on screen: it comes alive as it did, at the pace asked for, and changes nothing."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Input

from pltui import history, journal
from pltui.commands.recording import about
from pltui.engine.types import Event, Phase
from pltui.errors import Refused
from pltui.history import Recording
from pltui.snapshot import Condition
from pltui.spec import SpecError
from pltui.tui.replay import ReplayApp, ReplaySession
from tests.tui.conftest import STEPS, Driver
from tests.tui.fake import FakeLab

ID = "20260101T090000.100Z-reconcile-privatelink-00c0ffee"


@pytest.fixture
async def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """The fake lab's way from nothing to all, one resource failing, as the journal writes it."""
    monkeypatch.setenv(journal.STATE_DIR, str(tmp_path))
    monkeypatch.setattr(journal.secrets, "token_hex", lambda _: "00c0ffee")
    lab = FakeLab()
    lab.path = "lab.yaml"  # type: ignore[attr-defined]
    lab.fail["consumer/record"] = "not allowed"
    writer = journal.Journal(lambda: about(lab), lambda: lab.wants)  # type: ignore[arg-type]
    with lab.feed.subscribed(writer.hear):
        lab.step(STEPS + 2)
        await lab.open()
        await lab.look()
        await lab.reconcile()
    found = history.read("last")
    # The look took its fake seconds too: what the screen shows of the id must not hang on them.
    return replace(found, run=replace(found.run, id=ID))


class Gate:
    """The viewer's time: it passes only when the test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._open = asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self._open.acquire()

    def let(self, count: int) -> None:
        for _ in range(count):
            self._open.release()


class Replaying(Driver):
    def __init__(self, app: ReplayApp, gate: Gate, pilot: Pilot[int]) -> None:
        self.app, self.tape, self.gate, self.pilot = app, app.tape, gate, pilot

    async def let(self, count: int) -> None:
        """Let time pass until so many more events are due."""
        self.gate.let(count)
        for _ in range(count):
            await asyncio.sleep(0)
        await self.settle()

    async def to_the_end(self) -> None:
        self.gate.let(len(self.tape.recording.events))
        while self.app.work.busy:
            await self.settle()
        await self.settle()


@asynccontextmanager
async def replaying(of: Recording, speed: float = 1.0, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Replaying]:
    gate = Gate()
    app = ReplayApp(ReplaySession(of, speed, sleep=gate.sleep, clock=lambda: 0.0), ascii_glyphs=False)
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Replaying(app, gate, pilot)
        await driver.settle()
        yield driver


async def played(of: Recording, speed: float = 1.0) -> tuple[list[Event], list[float]]:
    """All events a replay tells, and how long it waited before each."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    return [event async for event in ReplaySession(of, speed, sleep=sleep).play()], waits


class TestTape:
    async def test_every_event_comes_with_its_own_time(self, recording: Recording) -> None:
        heard: list[Event] = []
        session = ReplaySession(recording, math.inf)
        with session.feed.subscribed(heard.append):
            async for _ in session.play():
                assert session.now.isoformat(timespec="milliseconds") == heard[-1].at
        assert [(e.at, e.address, e.phase, e.detail) for e in heard] == [
            (e.at, e.address, e.phase, e.detail) for e in recording.events
        ]

    @pytest.mark.parametrize(("speed", "wait"), [(1.0, 0.1), (4.0, 0.025), (0.5, 0.2), (math.inf, 0.0)])
    async def test_the_pace_is_the_recorded_one_times_speed(
        self, recording: Recording, speed: float, wait: float
    ) -> None:
        events, (_, *waits) = await played(recording, speed)
        assert len(events) == len(recording.events)
        assert waits == pytest.approx([wait] * len(waits))

    async def test_nobody_waits_longer_than_two_seconds(self, recording: Recording) -> None:
        first, second, *_ = recording.events
        late = replace(recording, events=(first, replace(second, at="2026-01-02T09:00:00.000+00:00")))
        assert (await played(late))[1][-1] == 2.0

    async def test_a_clock_that_was_set_back_makes_no_time_run_backwards(self, recording: Recording) -> None:
        first, second, *_ = recording.events
        early = replace(recording, events=(first, replace(second, at="2020-01-01T09:00:00.000+00:00")))
        events, waits = await played(early)
        assert len(events) == 2
        assert waits[-1] == 0

    async def test_nothing_writes(self, recording: Recording) -> None:
        session = ReplaySession(recording)
        for writing in (session.reconcile, session.destroy, lambda: session.set_cross_zone(True), session.explain):
            with pytest.raises(Refused):
                await writing()
        with pytest.raises(Refused):
            session.write_back(True)

    def test_a_recording_without_its_labs_outline_is_told_as_a_bad_spec(self, recording: Recording) -> None:
        with pytest.raises(SpecError):
            ReplaySession(replace(recording, header={**recording.header, "outline": {"version": 1}}))


class TestScreen:
    async def test_halfway(self, recording: Recording, snapshot: SnapshotAssertion) -> None:
        async with replaying(recording) as replay:
            await replay.let(len(recording.wants) * 2 + 20)
            assert replay.picture() == snapshot

    async def test_it_ends_as_the_run_did(self, recording: Recording) -> None:
        async with replaying(recording) as replay:
            await replay.to_the_end()
            rows = replay.app.world.rows
            assert rows["consumer/record"].condition is Condition.FAILED
            assert {row.condition for address, row in rows.items() if address != "consumer/record"} == {Condition.READY}
            assert "replay at its end" in replay.text()

    async def test_the_header_says_replay_and_which(self, recording: Recording) -> None:
        async with replaying(recording, size=(80, 24)) as replay:
            assert "REPLAY" in replay.text()
            assert ID in replay.text()

    @pytest.mark.parametrize("key", ["p", "space"])
    async def test_a_key_pauses_and_goes_on(self, recording: Recording, key: str) -> None:
        async with replaying(recording) as replay:
            await replay.let(3)
            await replay.press(key)
            before = replay.tape.now
            assert "replay paused" in replay.text()
            await replay.let(5)
            assert replay.tape.now == before
            await replay.press(key)
            await replay.let(0)
            assert replay.tape.now > before
            assert "replay playing" in replay.text()

    async def test_in_the_filter_the_space_bar_writes_a_space(self, recording: Recording) -> None:
        async with replaying(recording) as replay:
            await replay.press("slash", "n", "a", "t", "space", "p")
            assert replay.app.screen.query_one(Input).value == "nat p"
            assert not replay.tape.paused

    @pytest.mark.parametrize("key", ["x", "r", "D", "w", "e", "n"])
    async def test_keys_that_would_ask_or_change_a_lab_say_it_is_a_replay(self, recording: Recording, key: str) -> None:
        async with replaying(recording) as replay:
            await replay.to_the_end()
            await replay.press(key)
            assert "This is a replay" in replay.text()

    async def test_the_help_offers_only_what_a_replay_can_do(self, recording: Recording) -> None:
        async with replaying(recording) as replay:
            await replay.press("question_mark")
            assert "Pause the replay" in replay.text()
            assert "Flip cross-zone" not in replay.text()

    async def test_q_leaves(self, recording: Recording) -> None:
        async with replaying(recording) as replay:
            await replay.press("q")
            assert replay.app.return_code == 0

    async def test_the_switch_is_shown_as_it_was_observed(self, recording: Recording) -> None:
        seen = {"kind": "load_balancer", "state": "ready", "id": "x", "spec": {"cross_zone": False}}
        event = Event(999, recording.events[-1].at, "provider/load-balancer", Phase.OBSERVED, seen)
        async with replaying(replace(recording, events=(*recording.events, event))) as replay:
            await replay.to_the_end()
            assert replay.app.facts.observed is False

    async def test_hostile_text_is_shown_and_not_obeyed(self, recording: Recording) -> None:
        hostile = json.loads('{"kind": "\\u001b[2J", "state": "[red]", "id": "\\u0007", "status": "\\u202e"}')
        event = Event(999, recording.events[-1].at, "provider/\x1b[2J", Phase.OBSERVED, hostile)
        said = {"message": "done \x1b[2J\x07"}
        async with replaying(replace(recording, events=(*recording.events, event), summary=said)) as replay:
            await replay.to_the_end()
            assert not {"\x1b", "\x07", "\u202e"} & set(replay.text() + replay.app.main.progress.doing)
