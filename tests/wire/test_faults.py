"""An answer that is lost, cut off, or to a request that never arrived: the same run ends as if nothing had been."""

from collections.abc import Iterable

import pytest

from tests.wire.conftest import Lab
from tests.wire.kinds import CREATES, DESTROYS, LEASE
from tests.wire.proxy import Fault, at_first_of

pytestmark = pytest.mark.slow  # a fault at every kind of write; tests/generated has them in virtual time

FAULTS = (Fault.LOST, Fault.CUT, Fault.CUT_HEAD, Fault.RESET)
TURNS = 3  # until each kind of write has met each sort: lost, cut, reset


def make_and_unmake(lab: Lab, creates: dict[str, Fault], destroys: dict[str, Fault]) -> None:
    """With faults at the first call of each of these kinds."""
    assert lab.must("reconcile", script=at_first_of(creates)).faults == len(creates)
    lab.assert_one_of_each()
    assert lab.must("destroy", script=at_first_of(destroys)).faults == len(destroys)
    lab.assert_none()


def dealt(kinds: Iterable[str], turn: int) -> dict[str, Fault]:
    """A fault for each kind, of another sort at every turn. Answers are cut in the head or in the body by turns too."""

    def one(n: int) -> Fault:
        return (Fault.LOST, Fault.RESET, Fault.CUT if n % 2 else Fault.CUT_HEAD)[(n + turn) % TURNS]

    return {kind: one(n) for n, kind in enumerate(kinds)}


@pytest.mark.parametrize("turn", range(TURNS))
def test_a_fault_at_every_kind_of_write_leaves_one_of_each_and_then_none(lab: Lab, turn: int) -> None:
    make_and_unmake(lab, dealt(CREATES, turn), dealt(DESTROYS, turn))


@pytest.mark.slow
@pytest.mark.parametrize("kind", range(len(CREATES)), ids=lambda n: [*CREATES][n])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.lower())
def test_a_fault_at_one_kind_of_write_leaves_one_of_each_and_then_none(lab: Lab, fault: Fault, kind: int) -> None:
    destroys = [*DESTROYS]
    make_and_unmake(lab, {[*CREATES][kind]: fault}, {destroys[kind % len(destroys)]: fault})


def test_a_fault_at_a_write_of_the_lease_keeps_nobody_from_working_and_leaves_no_lease(lab: Lab) -> None:
    lab.must("reconcile")
    ended = {}
    for fault in FAULTS:
        for kind in LEASE:
            done, proxy = lab.run("cross-zone", "toggle", script=at_first_of({kind: fault}))
            assert proxy.faults == 1
            ended[kind, fault.name] = done.code, done.err if done.code else "", lab.leases()
    assert {how: end for how, end in ended.items() if end != (0, "", [])} == {}
