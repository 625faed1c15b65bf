"""The process is killed by SIGKILL after a write that was applied, before it hears so: the next run finishes."""

import itertools
import signal
from collections.abc import Callable

import pytest

from tests.wire.conftest import Lab
from tests.wire.kinds import CREATES, DESTROYS
from tests.wire.proxy import Fault, at_write

STRIDE = 4  # tests that share one sweep


def killed(lab: Lab, command: str, write: int) -> bool:
    """Run it, to be killed after that write; False if it ended before so many."""
    done, proxy = lab.run(command, script=at_write(write, Fault.KILL))
    assert done.code == (-signal.SIGKILL if proxy.faults else 0), done.err
    return bool(proxy.faults)


@pytest.mark.slow
@pytest.mark.parametrize(("create", "destroy"), [(30, 12), (1, 36)])
def test_killed_after_a_write_of_create_and_after_one_of_destroy(lab: Lab, create: int, destroy: int) -> None:
    assert killed(lab, "reconcile", create)
    lab.must("reconcile")
    lab.assert_one_of_each()
    assert killed(lab, "destroy", destroy)
    lab.must("destroy")
    lab.assert_none()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("first", range(1, STRIDE + 1))
def test_killed_after_each_write_of_a_create_in_turn(make_lab: Callable[[str], Lab], first: int) -> None:
    for write in itertools.count(first, STRIDE):
        lab = make_lab(f"create-{write}")
        if not killed(lab, "reconcile", write):
            assert write > CREATES.total(), "every write of a create was to be a point"
            lab.must("destroy")
            return
        lab.must("reconcile")
        lab.assert_one_of_each()
        lab.must("destroy")
        lab.assert_none()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("first", range(1, STRIDE + 1))
def test_killed_after_each_write_of_a_destroy_in_turn(make_lab: Callable[[str], Lab], first: int) -> None:
    for write in itertools.count(first, STRIDE):
        lab = make_lab(f"destroy-{write}")
        lab.must("reconcile")
        reached = killed(lab, "destroy", write)
        lab.must("destroy")
        lab.assert_none()
        if not reached:
            assert write > DESTROYS.total(), "every write of a destroy was to be a point"
            return
