"""Two processes that would write to one lab at the same time."""

import socket

import pytest

from tests.wire.conftest import Lab
from tests.wire.kinds import of_lab, of_lease
from tests.wire.proxy import Fault, always

LATE = "ec2:CreateVpcEndpoint"  # by then there is a load balancer, and no record yet


@pytest.mark.parametrize(
    "second",
    [["cross-zone", "off"], *(pytest.param([verb], marks=pytest.mark.slow) for verb in ("reconcile", "destroy"))],
    ids=lambda words: words[0],
)
def test_the_second_writer_is_refused_and_told_of_the_first(lab: Lab, second: list[str]) -> None:
    with lab.proxy(always(LATE, Fault.HOLD)) as proxy, lab.child(proxy, "reconcile") as first:
        proxy.wait_for_held()
        refused, others = lab.run(*second)
        proxy.release()
        done = first.end()
    assert refused.code == 4, refused.err
    assert socket.gethostname() in refused.err
    assert str(first.process.pid) in refused.err
    assert not of_lab(others.writes)
    assert done.code == 0, done.err
    lab.assert_one_of_each()


def test_the_second_writer_may_wait_for_the_first(lab: Lab) -> None:
    with lab.proxy(always(LATE, Fault.HOLD)) as held, lab.child(held, "reconcile") as first, lab.proxy() as proxy:
        held.wait_for_held()
        with lab.child(proxy, "cross-zone", "off", "--lock-timeout", "60s") as second:
            proxy.wait_for(lambda: of_lease(proxy.calls).total() > 1, "a look at the lease, and another one")
            assert not of_lab(proxy.writes)
            held.release()
            done, waited = first.end(), second.end()
    assert done.code == 0, done.err
    assert waited.code == 0, waited.err
    assert of_lab(proxy.writes).total() == 1
    lab.assert_one_of_each()
