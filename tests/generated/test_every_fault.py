"""Every write of a lab's life, with every fault there is; and pairs of them, sampled."""

from __future__ import annotations

import random

import pytest

from tests.fakeaws.faults import Fault
from tests.generated.play import measured, play
from tests.generated.scenario import Hit, Scenario, Step

CREATE, DESTROY = 50, 39  # writes of a first converge and of a destroy, the lease's among them
FAULTS = tuple(Fault)
AT_ONCE = {"lag": 0.0, "pace": 0.0}  # what is done shows and works at once: no write is there only to be tried again
PAIRS = 120  # and with --thorough
THOROUGH_PAIRS = 4000


def test_there_are_as_many_writes_as_are_tried() -> None:
    create = measured("converge", **AT_ONCE)
    assert (create, measured("converge destroy", **AT_ONCE) - create) == (CREATE, DESTROY)


@pytest.mark.parametrize("number", range(1, CREATE + 1))
def test_any_fault_at_any_write_of_a_create(number: int) -> None:
    for fault in FAULTS:
        play(Scenario((Step("converge", hits=(Hit(number, fault),)),)), **AT_ONCE)


@pytest.mark.parametrize("number", range(1, DESTROY + 1))
def test_any_fault_at_any_write_of_a_destroy(number: int) -> None:
    for fault in FAULTS:
        play(Scenario((Step("converge"), Step("destroy", hits=(Hit(number, fault),)))), **AT_ONCE)


def pairs() -> list[Scenario]:
    """Two faults in one run, the second one at times in the run after it; the same ones each time."""
    chance = random.Random(7)
    found = []
    for _ in range(THOROUGH_PAIRS):
        verb = chance.choice(("converge", "converge", "destroy"))
        most = CREATE if verb == "converge" else DESTROY
        first, second = (Hit(chance.randint(1, most), chance.choice(FAULTS)) for _ in range(2))
        start = () if verb == "converge" else (Step("converge"),)
        if chance.random() < 0.5:
            found.append(Scenario((*start, Step(verb, hits=(first, second)))))
        else:
            found.append(Scenario((*start, Step(verb, hits=(first,)), Step(verb, hits=(second,)))))
    return found


@pytest.mark.parametrize("part", range(8))
def test_two_faults(part: int, thorough: bool) -> None:
    for scenario in pairs()[: THOROUGH_PAIRS if thorough else PAIRS][part::8]:
        play(scenario)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.INTERNAL, Fault.DROPPED, Fault.SLOW])
def test_any_read_that_goes_wrong_is_read_again_or_told(fault: Fault) -> None:
    for number in range(1, 160, 9):
        play(Scenario((Step("converge", hits=(Hit(number, fault, read=True),)),)))
