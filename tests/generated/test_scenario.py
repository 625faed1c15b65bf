"""A scenario is one line that can be read back: what a failure prints is what replays it."""

import pytest
from hypothesis import given, settings

from tests.fakeaws.faults import Fault
from tests.generated.scenario import End, Hit, Pair, Scenario, Step, parse, parse_pair
from tests.generated.test_stories import pairs, stories


@given(stories)
@settings(database=None, derandomize=True)
def test_every_story_is_read_back_as_it_was(scenario: Scenario) -> None:
    assert parse(str(scenario)) == scenario


@given(pairs)
@settings(database=None, derandomize=True)
def test_so_are_two_at_once(pair: Pair) -> None:
    assert parse_pair(str(pair)) == pair


@given(stories)
@settings(database=None, derandomize=True)
def test_what_a_failure_is_shrunk_to_is_a_scenario_and_smaller(scenario: Scenario) -> None:
    for smaller in scenario.smaller():
        assert parse(str(smaller)) == smaller
        assert smaller != scenario


def test_a_step_says_what_goes_wrong_and_how_it_ends() -> None:
    [step] = parse("b.converge:zones@3=LOST@r4+=THROTTLED@12x3=SLOW!stop@3.5").steps
    hits = (Hit(3, Fault.LOST), Hit(4, Fault.THROTTLED, read=True, times=0), Hit(12, Fault.SLOW, times=3))
    assert step == Step("converge", "zones", "b", hits, End("stop", 3.5))
    assert [number for number in range(20) if hits[2].strikes(number)] == [12, 13, 14]


def test_two_at_once_say_where_and_when_the_second_begins_and_how_long_it_waits() -> None:
    [step] = parse("both:converge~zones||switch~off+1.2!60@3=LOST!kill@7").steps
    assert parse_pair(step.argument) == Pair(
        Step("converge", "zones"), Step("switch", "off"), elsewhere=True, after=1.2, lock_timeout=60
    )
    assert (step.hits, step.end) == ((Hit(3, Fault.LOST),), End("kill", 7.0))


@pytest.mark.parametrize(
    "text", ["dance", "c.converge", "converge@x=LOST", "converge@3=GONE", "converge!stop", "both:converge", "both"]
)
def test_what_is_no_scenario_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        parse(text)
