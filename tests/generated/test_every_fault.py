"""Every write of a lab's life, with every fault there is; every moment of it, with every way to end it; and pairs of
faults, sampled.
"""

import random

import pytest

from tests.fakeaws.faults import Fault
from tests.generated.play import measured, play
from tests.generated.scenario import End, Hit, Scenario, Step

CREATE, DESTROY = 50, 39  # writes of a first converge and of a destroy, the lease's among them
# The gate tries every thirty-second one, the slow tests those between; so with parts of what is tried in several.
EVERY = [n if n % 32 == 1 else pytest.param(n, marks=pytest.mark.slow) for n in range(1, max(CREATE, DESTROY) + 1)]
LATER = [pytest.param(n, marks=pytest.mark.slow) for n in range(1, 8)]
FAULTS = tuple(Fault)
KILLED = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)
AT_ONCE = {"lag": 0.0, "pace": 0.0}  # what is done shows and works at once: no write is there only to be tried again
SLOWLY = {"lag": 1.0, "pace": 0.05}
PAIRS = 120  # and with --thorough
THOROUGH_PAIRS = 4000
CREATES, DESTROYS = 14.0, 11.0  # seconds a converge and a destroy take, where things take their time
TICK, THOROUGH_TICK = 0.2, 0.05
OTHER = {"converge": "destroy", "destroy": "converge"}


def test_there_are_as_many_writes_as_are_tried() -> None:
    create, _ = measured("converge", **AT_ONCE)
    assert (create, measured("converge destroy", **AT_ONCE)[0] - create) == (CREATE, DESTROY)


@pytest.mark.parametrize("number", EVERY[:CREATE])
def test_any_fault_at_any_write_of_a_create(number: int) -> None:
    for fault in FAULTS:
        play(Scenario((Step("converge", hits=(Hit(number, fault),)),)), **AT_ONCE)


@pytest.mark.parametrize("number", EVERY[:DESTROY])
def test_any_fault_at_any_write_of_a_destroy(number: int) -> None:
    for fault in FAULTS:
        play(Scenario((Step("converge"), Step("destroy", hits=(Hit(number, fault),)))), **AT_ONCE)


@pytest.mark.parametrize("number", EVERY[:CREATE:2])
def test_whoever_is_killed_at_any_write_of_a_create_can_be_destroyed_at_once(number: int) -> None:
    for fault, at in zip(KILLED, (number, number + 1), strict=True):
        for time in ({}, SLOWLY):
            play(Scenario((Step("converge", hits=(Hit(at, fault),)), Step("destroy"))), **time)


def ended_at_any_time(how: str, verb: str, tick: float) -> list[Scenario]:
    """`verb` ended so at every tick, and then the same one again, or the other one: in turn."""
    start, most = ((), CREATES) if verb == "converge" else ((Step("converge"),), DESTROYS)
    return [
        Scenario((*start, Step(verb, end=End(how, round(n * tick, 3))), Step(verb if n % 2 else OTHER[verb])))
        for n in range(int(most / tick))
    ]


@pytest.mark.parametrize("verb", OTHER)
@pytest.mark.parametrize("part", [0, *LATER[:3]])
@pytest.mark.slow
def test_ctrl_c_at_any_time_leaves_what_the_next_one_understands(verb: str, part: int, thorough: bool) -> None:
    for scenario in ended_at_any_time("stop", verb, THOROUGH_TICK if thorough else TICK)[part::4]:
        play(scenario)


@pytest.mark.parametrize("verb", OTHER)
@pytest.mark.parametrize("how", ["quit", "kill", "timeout"])
def test_so_does_any_other_end_at_any_time(verb: str, how: str, thorough: bool) -> None:
    for scenario in ended_at_any_time(how, verb, THOROUGH_TICK if thorough else 7 * TICK):
        play(scenario)


def pairs() -> list[Scenario]:
    """Two faults in one run, the second one at times in the run after it; the same ones each time."""
    chance = random.Random(7)
    found = []
    for _ in range(THOROUGH_PAIRS):
        verb = chance.choice(("converge", "converge", "destroy"))
        most = CREATE if verb == "converge" else DESTROY
        first, second = (
            Hit(chance.randint(1, most), chance.choice(FAULTS), times=chance.choice((1, 1, 1, 3, 0))) for _ in range(2)
        )
        start = () if verb == "converge" else (Step("converge"),)
        if chance.random() < 0.5:
            found.append(Scenario((*start, Step(verb, hits=(first, second)))))
        else:
            found.append(Scenario((*start, Step(verb, hits=(first,)), Step(verb, hits=(second,)))))
    return found


@pytest.mark.parametrize("part", [0, *LATER])
@pytest.mark.slow
def test_two_faults(part: int, thorough: bool) -> None:
    for scenario in pairs()[: THOROUGH_PAIRS if thorough else PAIRS][part::8]:
        play(scenario)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.INTERNAL, Fault.DROPPED, Fault.SLOW])
def test_any_read_that_goes_wrong_is_read_again_or_told(fault: Fault) -> None:
    for number in range(1, 160, 9):
        play(Scenario((Step("converge", hits=(Hit(number, fault, read=True, times=1 + number % 2 * 2),)),)))
