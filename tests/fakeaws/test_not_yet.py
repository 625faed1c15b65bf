"""Answers of AWS that pass by themselves, met in a lab's life: the run waits, and ends as it would without them."""

from collections import Counter

import pytest

from pltui.engine.events import Phase
from tests.fakeaws import FakeAws
from tests.fakeaws.faults import Call, Rejection, Script
from tests.fakeaws.test_machines import Story

NO_INTERFACE = "The networkInterface ID 'eni-0123456789abcdef0' does not exist"


def first(operation: str, times: int, code: str, message: str = "no", status: int = 400) -> Script:
    left = [times]

    def script(call: Call) -> Rejection | None:
        if call.operation != operation or not left[0]:
            return None
        left[0] -= 1
        return Rejection(code, message, status)

    return script


def count(story: Story) -> Counter[str]:
    return Counter(call.operation for call in story.fake.calls)


def test_addresses_are_released_once_their_nat_gateways_have_let_go_of_them() -> None:
    story = Story()
    assert story.converge().ok
    outcome = story.converge(destroy=True)
    assert outcome.ok, outcome.problems
    assert story.fake.standing() == []
    waits = story.of("consumer/elastic-ip-1", Phase.WAITING)
    assert any("do not have permission" in told.detail.status for told in waits)
    assert count(story)["ReleaseAddress"] > count(story)["AllocateAddress"]


@pytest.mark.parametrize("code", ["InvalidNetworkInterfaceID.NotFound", "SomethingNew.NotFound"])
def test_an_address_whose_interface_is_missing_is_not_taken_for_released(code: str) -> None:
    """Seen: terraform-provider-aws#49299."""
    story = Story(fake=FakeAws(lag=0.0, pace=0.0))
    assert story.converge().ok
    story.fake.script = first("ReleaseAddress", 3, code, NO_INTERFACE)
    outcome = story.converge(destroy=True)
    assert outcome.ok, outcome.problems
    assert (outcome.passes, story.fake.standing()) == (2, [])  # the second one looks


def test_an_endpoint_to_a_new_service_is_created_once_the_service_is_known() -> None:
    story = Story()
    outcome = story.converge()
    assert outcome.ok, outcome.problems
    assert len(story.fake.world.all("endpoint")) == 1
    waits = story.of("consumer/endpoint", Phase.WAITING)
    assert any("service is unavailable" in told.detail.status for told in waits)


@pytest.mark.parametrize(
    ("operation", "code"),
    [("CreateNatGateway", "InvalidElasticIpID.NotFound"), ("CreateVpcEndpoint", "InvalidSecurityGroupId.NotFound")],
)
def test_what_was_just_made_may_be_unknown_to_the_next_call(operation: str, code: str) -> None:
    story = Story(fake=FakeAws(lag=0.0, pace=0.0, script=first(operation, 2, code)))
    outcome = story.converge()
    assert outcome.ok, outcome.problems
    assert outcome.passes == 2  # the second one looks


def test_clients_that_systems_manager_does_not_know_have_not_registered() -> None:
    unknown = first("DescribeInstanceInformation", 20, "InvalidInstanceId", "The instance ID isn't valid")
    story = Story(fake=FakeAws(lag=0.0, script=unknown))
    outcome = story.converge()
    assert outcome.ok, outcome.problems
    assert story.warnings == []
    story.fake.script = unknown = first("DescribeInstanceInformation", 1, "InvalidInstanceId")
    [waiting] = story.plan().steps
    assert (waiting.address, str(waiting.op)) == ("consumer/client", "wait")
