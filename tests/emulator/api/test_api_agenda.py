"""What time brings about, though some of it cannot be done."""

import logging

import pytest

from pltui.emulator.api.overlay import ApiContext, DeferredActions
from pltui.emulator.clock import Clock
from pltui.emulator.health_board import TargetHealthBoard


def test_what_cannot_be_done_keeps_nothing_else_from_happening_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    at, done = [0.0], list[float]()
    clock = Clock(1.0, now=lambda: at[0])
    agenda = DeferredActions(clock, clock.has_elapsed)

    def fail() -> None:
        raise ValueError("no such fleet")

    agenda.after(1, "before", lambda: done.append(agenda.now()))
    agenda.after(2, "the one that fails", fail)
    agenda.after(3, "after", lambda: done.append(agenda.now()))
    at[0] = 10
    with caplog.at_level(logging.ERROR):
        agenda.settle()
    assert done == [1, 3]
    assert agenda.now() == 10
    assert agenda.entries() == []
    assert "the one that fails" in caplog.text
    assert "ValueError: no such fleet" in caplog.text


@pytest.mark.parametrize(("speed", "seconds"), [(1, 3600), (30, 3600), (600, 36000), (float("inf"), 3600)])
def test_what_has_ended_is_shown_for_a_real_minute_at_least(speed: float, seconds: float) -> None:
    assert ApiContext(Clock(speed), TargetHealthBoard()).shown_for(3600) == seconds
