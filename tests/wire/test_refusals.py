"""What the service will not do, and what it will not do so soon."""

from collections import Counter

import pytest

from tests.wire.conftest import Lab
from tests.wire.inventory import WANTED
from tests.wire.proxy import REQUEST_ID, Fault, always, every


def test_a_denied_endpoint_is_named_by_action_address_and_request_and_what_was_created_stays(lab: Lab) -> None:
    done, _ = lab.run("reconcile", "-v", script=always("ec2:CreateVpcEndpoint", Fault.DENY))
    assert done.code == 1, done.err
    failed = [line for line in done.err.splitlines() if line.startswith("! ") and "ec2:CreateVpcEndpoint" in line]
    assert failed
    assert all(words in line for line in failed for words in ("UnauthorizedOperation", "consumer/endpoint", REQUEST_ID))
    missing = ["consumer/endpoint in consumer/vpc", "record provider-nlb.example.local. A to consumer/endpoint"]
    stands = lab.stands()
    assert stands <= WANTED - Counter(missing)
    assert Counter(["provider/vpc", "consumer/vpc"]) <= stands, "what was begun before the denial stays"
    lab.assert_nothing_astray()
    lab.must("reconcile")
    lab.assert_one_of_each()


@pytest.mark.slow  # it goes at the pace it is held to
def test_throttled_at_every_third_call_it_converges_with_little_more_calls(lab: Lab) -> None:
    throttled = lab.must("reconcile", script=every(3, Fault.THROTTLE))
    lab.assert_one_of_each()
    lab.must("destroy")
    freely = lab.must("reconcile")
    assert throttled.faults == len(throttled.calls) // 3
    assert len(throttled.calls) <= 1.6 * len(freely.calls)
