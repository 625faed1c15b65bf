"""Machines on the fake: what AWS has no capacity for, what it ends at launch, and when a client counts as ready."""

from typing import Any

import pytest

from pltui.aws.transport import ErrorAnswer
from pltui.engine.events import Phase
from pltui.engine.model import State
from tests.fakeaws.faults import Rejection
from tests.fakeaws.story import INTERNAL, A, C, Story
from tests.fakecloud import labs

# -- capacity ---------------------------------------------------------------------------------------------------------


def test_another_type_of_the_list_is_taken_and_is_as_desired() -> None:
    story = Story()
    story.fake.world.full = {("t3.micro", A)}
    outcome = story.converge()
    assert outcome.ok, outcome.problems
    assert [type_ for type_, _ in story.launches("provider/server-1")] == ["t3.micro", "t3a.micro"]
    assert story.one("provider/server-1").spec["instance_type"] == "t3a.micro"
    story.fake.world.full = set()
    assert story.plan().steps == ()


def test_a_client_goes_to_another_zone_where_the_spec_leaves_its_subnet_open() -> None:
    story = Story()
    story.fake.world.full = {("t3.micro", A)}
    assert story.converge().ok
    second = story.one("consumer/private-subnet-2").id
    assert story.one("consumer/client").spec["subnet"] == second
    assert story.launches("consumer/client")[-1] == ("t3.micro", second)
    assert story.plan().steps == ()


@pytest.mark.parametrize(
    ("client", "message"),
    [
        ("", f"no capacity for t3.micro in {A}, {C}"),
        ("subnet: 1", f"no capacity for t3.micro in {A}"),
        ("instance_type: [t3.micro, m7i.large]", f"no capacity for t3.micro, m7i.large in {A}, {C}"),
    ],
)
def test_without_any_capacity_types_and_zones_are_named_within_a_minute_of_the_first_try(
    client: str, message: str
) -> None:
    story = Story(client)
    story.fake.world.full = {(type_, zone) for type_ in ("t3.micro", "m7i.large") for zone in (A, C)}
    outcome = story.converge()
    assert not outcome.ok
    begun, failed = (story.of("consumer/client", phase)[0] for phase in (Phase.STARTED, Phase.FAILED))
    assert failed.at - begun.at < 60
    assert failed.detail.error.startswith(f"{message}: We currently do not have sufficient")
    assert failed.detail.code == "InsufficientInstanceCapacity"
    assert outcome.left == ["consumer/client"]


def test_another_refusal_tries_no_other_type() -> None:
    story = Story()
    story.fake.limits["instances"] = 0
    assert not story.converge().ok
    assert {type_ for type_, _ in story.launches("provider/server-1")} == {"t3.micro"}


# -- ended at launch --------------------------------------------------------------------------------------------------


def test_an_instance_that_aws_ends_at_launch_fails_at_once_with_its_reason_and_is_tried_again() -> None:
    story = Story()
    story.fake.world.ended_at_launch = [INTERNAL]
    outcome = story.converge()
    assert outcome.ok, outcome.problems
    [failed] = [told for told in story.told if told.event.phase is Phase.FAILED]
    begun = story.of(failed.event.address, Phase.STARTED)[0]
    assert failed.at - begun.at < 30
    assert "Client.InternalError: Client error on launch" in failed.detail.error
    assert failed.detail.hint
    assert story.made(failed.event.address) == 2


def test_after_the_second_end_at_launch_the_run_gives_it_up() -> None:
    story = Story()
    story.fake.world.ended_at_launch = [INTERNAL] * 50
    outcome = story.converge()
    assert not outcome.ok
    assert not outcome.interrupted
    assert story.made("provider/server-1") == 2
    assert story.made("consumer/client") <= 2
    assert all("Client error on launch" in problem for problem in outcome.problems)


def test_instances_that_ended_before_are_not_taken_for_failed_ones() -> None:
    story = Story()
    story.fake.world.ended_at_launch = [INTERNAL] * 4
    assert not story.converge().ok
    outcome = story.converge()
    assert outcome.ok, outcome.problems
    assert not any(item.state is State.FAILED for item in story.observed)
    assert story.converge(destroy=True).ok
    assert story.fake.standing() == []


# -- Session Manager --------------------------------------------------------------------------------------------------


def asked(story: Story) -> int:
    return sum(call.operation == "DescribeInstanceInformation" for call in story.fake.calls)


@pytest.mark.parametrize("client", ["", "access: endpoints"])
def test_a_client_starts_once_it_can_reach_session_manager_and_is_ready_once_it_is_online(client: str) -> None:
    story = Story(client)
    outcome = story.converge()
    assert outcome.ok, outcome.problems
    [started] = story.of("consumer/client", Phase.STARTED)
    [done] = story.of("consumer/client", Phase.DONE)
    way = (
        ["consumer/ssm-endpoint", "consumer/ssmmessages-endpoint"]
        if client
        else ["consumer/private-route-table-1/0.0.0.0/0"]
    )
    for needed in (*way, "consumer/role/AmazonSSMManagedInstanceCore"):
        assert story.of(needed, Phase.DONE)[0].at <= started.at
    assert done.at - started.at > 85  # 30 s until it runs, 60 s until it has registered
    assert "waiting for Session Manager" in [told.detail.status for told in story.of("consumer/client", Phase.WAITING)]
    assert done.at < story.of("provider/server-1/target", Phase.DONE)[0].at  # off the critical path


def test_an_unchanged_lab_asks_session_manager_once() -> None:
    story = Story()
    story.converge()
    before = asked(story)
    assert story.plan().steps == ()
    assert asked(story) == before + 1


def test_a_client_that_session_manager_has_lost_is_not_ready() -> None:
    story = Story()
    story.converge()
    client = story.one("consumer/client").id
    story.fake.world.silent.add(client)
    [waiting] = story.plan().steps
    assert (waiting.address, str(waiting.op)) == ("consumer/client", "wait")
    assert story.one("consumer/client").status == "waiting for Session Manager"


def test_a_client_that_stays_away_is_told_how_to_restart_it() -> None:
    story = Story()
    story.fake.world.never_registers = True
    outcome = story.converge(timeout=1500)
    assert not outcome.ok
    assert outcome.left == ["consumer/client"]
    waits = story.of("consumer/client", Phase.WAITING)
    client = waits[-1].detail.id
    advice = f"aws ec2 reboot-instances --region {labs.REGION} --instance-ids {client}"
    advised = [told for told in waits if told.detail.status == f"waiting for Session Manager ({advice})"]
    assert advised
    assert 600 <= advised[0].at - story.of("consumer/client", Phase.STARTED)[0].at < 620


@pytest.mark.parametrize(
    ("code", "status"),
    [("UnknownOperationException", 400), ("500", 500), ("NotImplemented", 501), ("AccessDeniedException", 400)],
)
def test_where_session_manager_cannot_be_asked_running_counts_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    story = Story()
    send = story.fake.send

    async def without(service: str, operation: str, parameters: Any, urgency: int = 0) -> Any:
        if operation == "DescribeInstanceInformation":
            metadata = {"HTTPStatusCode": status, "RequestId": "r", "HTTPHeaders": {}}
            raise ErrorAnswer({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata})
        return await send(service, operation, parameters, urgency)

    monkeypatch.setattr(story.fake, "send", without)
    outcome = story.converge()
    assert outcome.ok, outcome.problems
    assert story.warnings == [
        "running clients count as ready, because Session Manager cannot be read: "
        f"{code} (ssm:DescribeInstanceInformation)"
    ]


@pytest.mark.parametrize(
    "passing", [Rejection("ExpiredTokenException", "expired", 400), Rejection("ValidationException", "no")], ids=str
)
def test_a_refusal_by_session_manager_that_may_pass_makes_no_client_ready(passing: Rejection) -> None:
    story = Story()
    refusals = [passing]
    story.fake.script = lambda call: (
        refusals.pop() if call.operation == "DescribeInstanceInformation" and refusals else None
    )
    assert story.converge().ok
    assert not story.warnings
    [failed] = story.of("consumer/client", Phase.FAILED)
    assert passing.code == failed.detail.code
    assert asked(story) >= 2


# -- the client's profile ---------------------------------------------------------------------------------------------
