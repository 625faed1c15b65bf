"""When a switch of cross-zone took effect, told from the answers alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.probe.answer import Answer
from pltui.probe.series import SECONDS, Series
from pltui.probe.switch_detection import SwitchDetected, SwitchEvidence, SwitchExpectation, prospect
from pltui.probe.tally import WINDOW
from pltui.spec.model import Provider, Servers
from tests.builders.fake_lab import ZONES, spec

NUMBERED = {zone: number for number, zone in enumerate(ZONES, 1)}
ANSWER = Answer(1, "", 200, 1, ZONES[0], 3.0, "10.0.129.7", None, None, "Subnet 1", "consumer")
NOBODY = replace(ANSWER, status=None, subnet=None, zone=None, latency_ms=None, error="no answer", kind="timeout")


def provider(servers: int = 3, subnets: tuple[int, ...] = (1, 2, 3)) -> Provider:
    whole = spec().provider
    balancer = replace(whole.load_balancer, subnets=subnets)
    return replace(whole, servers=replace(Servers(), count=servers), load_balancer=balancer)


@pytest.mark.parametrize(
    ("servers", "subnets", "entered", "own", "others"),
    [
        (3, (1, 2, 3), [ZONES[0]], {1}, {2, 3}),
        (3, (1, 2, 3), [ZONES[0], ZONES[1]], {1, 2}, {3}),
        (3, (1, 2, 3), list(ZONES), {1, 2, 3}, set()),  # each zone is its own: the switch shows in no answer
        (3, (1,), [ZONES[0]], {1}, set()),
        (2, (1, 2, 3), [ZONES[2]], set(), {1, 2}),  # no server in the endpoint's zone
        (3, (1, 2, 3), ["us-east-1a"], set(), {1, 2, 3}),
    ],
)
def test_whose_answers_tell_of_the_switch(
    servers: int, subnets: tuple[int, ...], entered: list[str], own: set[int], others: set[int]
) -> None:
    found = prospect(provider(servers, subnets), NUMBERED, entered)
    assert (found.own, found.others) == (own, others)


def evidence(steady: int = 5) -> SwitchEvidence:
    return SwitchEvidence(SwitchExpectation(frozenset({1}), frozenset({2, 3}), steady))


def test_on_is_proved_by_the_first_answer_from_another_zone() -> None:
    found = evidence()
    for at in range(5):
        found.add(1, float(at))
    found.expect(True, 10.0)
    assert found.add(1, 11.0) is None
    assert found.add(3, 12.5) == SwitchDetected(True, 2.5, 1)
    assert found.add(2, 13.0) is None  # once


def test_off_is_proved_by_a_silence_longer_than_chance_and_dated_from_its_beginning() -> None:
    found = evidence(steady=5)
    found.add(2, 0.0)
    found.expect(False, 1.0)
    for at in (1.2, 1.4):
        assert found.add(1, at) is None
    assert found.add(3, 1.6) is None  # not yet: it begins anew
    for at in (2.0, 2.2, 2.4, 2.6):
        assert found.add(1, at) is None
    assert found.add(1, 2.8) == SwitchDetected(False, 1.0, 5)


def test_failures_prove_nothing_and_interrupt_a_silence() -> None:
    found = evidence(steady=3)
    found.add(2, 0.0)
    found.expect(False, 1.0)
    assert [found.add(subnet, 2.0) for subnet in (1, 1, None, 1, 1)] == [None] * 5
    assert found.add(1, 3.0) is not None


def test_a_switch_somebody_else_turned_has_no_seconds() -> None:
    found = evidence()
    found.add(2, 0.0)
    found.expect(False, None)
    turns = [found.add(1, float(at)) for at in range(1, 6)]
    assert turns[-1] == SwitchDetected(False, None, 5)


def test_what_the_answers_say_already_is_no_turn() -> None:
    found = evidence()
    found.add(2, 0.0)
    found.expect(True, 1.0)
    assert found.add(3, 2.0) is None


def test_a_pause_makes_the_time_unknown_and_so_untold() -> None:
    found = evidence(steady=2)
    found.add(2, 0.0)
    found.expect(False, 1.0)
    found.record_pause()
    assert [found.add(1, at) for at in (9.0, 9.1, 9.2)] == [None] * 3


@given(st.lists(st.sampled_from([1, 2, 3, None]), max_size=60), st.integers(1, 8))
def test_a_turn_is_never_told_against_the_answers(subnets: list[int | None], steady: int) -> None:
    found = evidence(steady)
    for at, subnet in enumerate(subnets):
        if at % 7 == 3:
            found.expect(at % 2 == 0, float(at))
        turn = found.add(subnet, float(at))
        if turn is None:
            continue
        newest = subnets[at + 1 - turn.answers : at + 1]
        assert len(newest) == turn.answers
        assert (newest == [subnet] and subnet in (2, 3)) if turn.on else set(newest) == {1}


# -- a consumer's whole series --------------------------------------------------------------------------------------


def test_after_a_turn_the_shares_are_of_what_came_since() -> None:
    series = Series()
    series.foresee(prospect(provider(), NUMBERED, [ZONES[0]]))
    for n in range(30):
        series.add(replace(ANSWER, subnet=n % 3 + 1), 100.0 + n / 10)
    series.expect(False, 103.0)
    turns = [series.add(ANSWER, 103.0 + n / 10) for n in range(1, 30)]
    turn = next(filter(None, turns))
    assert series.figures().by_subnet == {1: turn.answers + len(turns) - 1 - turns.index(turn)}
    assert series.figures().sent == 59


def test_a_second_tells_its_slowest_answer_and_its_failures_and_gaps_stay_gaps() -> None:
    series = Series()
    series.add(replace(ANSWER, latency_ms=2.0), 10.1)
    series.add(replace(ANSWER, latency_ms=7.0), 10.9)
    series.add(NOBODY, 12.0)
    first, gap, failed = series.figures().seconds
    assert (first.at, first.answered, first.slowest) == (10, 2, 7.0)
    assert (gap.at, gap.answered, gap.failed, gap.slowest) == (11, 0, 0, None)
    assert (failed.at, failed.failed, failed.slowest) == (12, 1, None)


def test_a_clock_that_is_set_back_or_leaps_breaks_nothing() -> None:
    series = Series()
    for at in (1000.0, 990.0, 1e9, 5.0):
        series.add(ANSWER, at)
    assert len(series.figures().seconds) <= SECONDS
    assert sum(each.answered for each in series.figures().seconds) == 2  # what came before the leap is out of sight


def test_the_rate_reached_is_of_whole_seconds() -> None:
    series = Series()
    for n in range(40):
        series.add(ANSWER, 100.0 + n / 10)
    assert series.reached_rate(104.05) == pytest.approx(10.0)


def test_a_faster_probe_has_a_window_of_as_many_seconds() -> None:
    series = Series()
    for n in range(500):
        series.add(ANSWER, 100.0 + n / 100)
    assert series.figures().counted == WINDOW
    series.widen(100)
    for n in range(3000):
        series.add(ANSWER, 110.0 + n / 100)
    assert series.figures().counted == 2000
