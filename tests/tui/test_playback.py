"""The tape of a replay: where one is, by the viewer's clock and by whatever is pressed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.tui.replay.playback import MOST_PAUSE, SPEEDS, Playback, Position
from tests.tui.replaying import MOVES, MOVING, Clock, Move

TIMES = (0.0, 1.0, 1.0, 2.0, 60.0, 61.0)


def playback(speed: float = 1.0, times: tuple[float, ...] = TIMES) -> tuple[Playback, Clock]:
    clock = Clock()
    return Playback(times, speed, clock=clock), clock


class TestTape:
    def test_what_happens_at_once_is_there_at_once(self) -> None:
        playing, _ = playback()
        assert playing.position == Position(1, 0.0)

    @pytest.mark.parametrize("speed", [0.5, 1.0, 1.5, 4.0])
    def test_the_pace_is_the_recorded_one_times_speed(self, speed: float) -> None:
        playing, clock = playback(speed)
        clock.now = 1.5 / speed
        assert playing.position == Position(3, 1.5)

    def test_instantly_it_is_at_its_end(self) -> None:
        playing, _ = playback(math.inf)
        assert (playing.position, playing.state) == (Position(6, 61.0), "finished")

    def test_of_a_long_wait_time_goes_by_in_two_seconds_and_it_says_so(self) -> None:
        playing, clock = playback()
        clock.now = 2.0 + MOST_PAUSE / 2
        assert playing.position == Position(4, pytest.approx(31.0))
        assert playing.real_wait == 58.0
        clock.now = 2.0 + MOST_PAUSE + 0.5
        assert playing.position == Position(5, pytest.approx(60.5))
        assert playing.real_wait == 0.0

    def test_nobody_is_told_of_short_waits_while_it_stands_still(self) -> None:
        playing, clock = playback()
        clock.now = 3.0
        playing.toggle()
        assert playing.real_wait == 0.0

    def test_paused_the_time_stands_still_and_goes_on_from_there(self) -> None:
        playing, clock = playback()
        clock.now = 0.4
        playing.toggle()
        clock.now = 100.0
        assert (playing.position, playing.state) == (Position(1, 0.4), "paused")
        playing.toggle()
        clock.now = 100.3
        assert (playing.position, playing.state) == (Position(1, pytest.approx(0.7)), "playing")

    def test_steps_pause_and_part_what_happened_at_one_time(self) -> None:
        playing, _ = playback()
        observed = []
        for by in (1, 1, 1, -1, -1):
            playing.step(by)
            observed.append(playing.position)
        assert observed == [Position(2, 1.0), Position(3, 1.0), Position(4, 2.0), Position(3, 1.0), Position(2, 1.0)]
        assert playing.state == "paused"

    def test_in_the_middle_of_a_wait_a_step_back_takes_the_last_event(self) -> None:
        playing, clock = playback()
        clock.now = 0.5
        playing.step(-1)
        assert playing.position == Position(0, 0.0)
        playing.step(-1)
        assert playing.position == Position(0, 0.0)

    def test_a_step_from_the_end_stays_there(self) -> None:
        playing, _ = playback(math.inf)
        playing.step(1)
        assert (playing.position, playing.state) == (Position(6, 61.0), "finished")

    def test_it_plays_on_from_where_one_goes_if_it_played(self) -> None:
        playing, clock = playback()
        playing.seek(59.5)
        assert (playing.position, playing.state) == (Position(4, 59.5), "playing")
        playing.toggle()
        playing.seek(1.0)
        clock.now = 9.0
        assert (playing.position, playing.state) == (Position(3, 1.0), "paused")

    def test_there_is_nothing_before_the_beginning_and_after_the_end(self) -> None:
        playing, _ = playback()
        playing.seek(-3.0)
        assert playing.position == Position(1, 0.0)
        playing.seek(99.0)
        assert playing.position == Position(6, 61.0)

    def test_at_the_end_it_is_played_again(self) -> None:
        playing, clock = playback()
        clock.now = 99.0
        assert playing.state == "finished"
        playing.toggle()
        assert (playing.position, playing.state) == (Position(1, 0.0), "playing")

    def test_back_from_the_end_it_plays_on(self) -> None:
        playing, clock = playback()
        clock.now = 99.0
        playing.leap(-1)
        assert (playing.position.moment, playing.state) == (pytest.approx(61 - 6.1), "playing")

    @pytest.mark.parametrize(("length", "leap"), [(61.0, 6.1), (100.0, 10.0), (5000.0, 10.0)])
    def test_a_leap_is_ten_seconds_or_a_tenth_of_a_short_run(self, length: float, leap: float) -> None:
        playing, _ = playback(times=(0.0, length))
        playing.leap(1)
        assert playing.position.moment == pytest.approx(leap)
        playing.leap(-1)
        assert playing.position.moment == 0.0

    def test_speeds_go_up_and_down_by_a_ladder_that_ends(self) -> None:
        playing, _ = playback(3.0)
        ups = [playing.quicken(1) or playing.speed for _ in range(7)]
        assert ups == [4.0, 8.0, 16.0, 32.0, 64.0, math.inf, math.inf]
        downs = [playing.quicken(-1) or playing.speed for _ in range(10)]
        assert downs == [*reversed(SPEEDS[:-1]), 0.25]

    def test_a_change_of_speed_leaves_one_where_one_is(self) -> None:
        playing, clock = playback()
        clock.now = 0.5
        playing.quicken(1)
        assert playing.position == Position(1, 0.5)
        clock.now = 0.7
        assert playing.position == Position(1, pytest.approx(0.9))

    def test_a_slower_start_than_the_slowest_is_kept(self) -> None:
        playing, _ = playback(0.1)
        playing.quicken(-1)
        assert playing.speed == 0.1

    def test_without_events_it_is_at_its_end_whatever_is_pressed(self) -> None:
        playing, _ = playback(times=())
        for move in MOVES:
            move(playing)
            assert (playing.position, playing.state, playing.real_wait) == (Position(), "finished", 0.0)


@given(moves=MOVING, gaps=st.lists(st.sampled_from([0.0, 0.1, 1.0, 30.0]), max_size=12))
def test_a_position_is_always_between_two_events(moves: list[tuple[Move, float]], gaps: list[float]) -> None:
    times = tuple(sum(gaps[: n + 1]) for n in range(len(gaps)))
    playing, clock = playback(times=times)
    for move, wait in moves:
        move(playing)
        clock.now += wait
        count, moment = playing.position.count, playing.position.moment
        before, after = (0.0, *times)[count], (*times, playing.length)[count]
        assert before <= moment <= after
        assert (playing.state == "finished") == (count == len(times))
