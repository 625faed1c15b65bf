"""Machines on the fake: what AWS has no capacity for, what it ends at launch, and when a client counts as ready."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from pltui import topology
from pltui.aws.client import Aws, Target
from pltui.aws.transport import ErrorAnswer
from pltui.engine.events import Event, Phase
from pltui.engine.feed import Feed
from pltui.engine.model import Observed, State
from pltui.engine.plan import Plan
from pltui.engine.polling import CancellationToken
from pltui.engine.reconcile import Outcome, Reconciler
from pltui.resources.base import AwsContext
from pltui.resources.registry import AwsCloud
from pltui.spec import parse
from tests.fakeaws import FakeAws
from tests.fakeaws.faults import Rejection
from tests.fakecloud import labs
from tests.fakecloud.clock import run

SPEC = """
version: 1
name: small
provider:
  vpc: {{zones: 1}}
  servers: {{count: 1, instance_type: [t3.micro, t3a.micro]}}
  load_balancer: {{cross_zone: true}}
consumers:
  consumer: {{vpc: {{zones: 2}}, client: {{{client}}}}}
"""
A, C = labs.ZONES[0].name, labs.ZONES[1].name
INTERNAL = {"Code": "Client.InternalError", "Message": "Client.InternalError: Client error on launch"}


@dataclass
class Told:
    at: float  # seconds since the run began
    event: Event

    @property
    def detail(self) -> Any:
        return self.event.detail


@dataclass
class Story:
    """One lab on one fake account, and all that its runs told."""

    client: str = ""
    fake: FakeAws = field(default_factory=lambda: FakeAws(lag=0.0))
    told: list[Told] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    _subscriptions: ExitStack = field(default_factory=ExitStack)

    def _reconciler(self, stop: CancellationToken, *, destroy: bool = False) -> Reconciler:
        all_desired = topology.all_desired(parse(SPEC.format(client=self.client)), labs.AREA)
        target = Target(labs.REGION, "http://127.0.0.1:1")
        lab = AwsContext("small", Aws(target, wire=self.fake))
        self.warnings = lab.warnings
        feed = Feed(clock=lambda: "2026-01-01T00:00:00.000Z")
        loop = asyncio.get_running_loop()
        begun = loop.time()
        hear = feed.subscription(lambda event: self.told.append(Told(loop.time() - begun, event)))
        self._subscriptions.enter_context(hear)
        chosen = () if destroy else all_desired
        return Reconciler(AwsCloud(lab), feed, chosen, stop, patience=300.0, names=all_desired)

    def converge(self, *, destroy: bool = False, timeout: float = 900.0) -> Outcome:
        async def main() -> Outcome:
            stop = CancellationToken()
            asyncio.get_running_loop().call_later(timeout, lambda: stop.set("timed out", asked=False))
            reconciler = self._reconciler(stop, destroy=destroy)
            outcome = await reconciler.converge()
            self.observed = reconciler.observed
            return outcome

        return run(main())

    def plan(self) -> Plan:
        async def main() -> Plan:
            reconciler = self._reconciler(CancellationToken())
            plan = await reconciler.look()
            self.observed = reconciler.observed
            return plan

        return run(main())

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send a call that is not the run's."""
        return run(
            Aws(Target(labs.REGION, "http://127.0.0.1:1"), wire=self.fake).call(service, operation, **parameters)
        )

    def one(self, address: str) -> Observed:
        [found] = [item for item in self.observed if item.address == address]
        return found

    def of(self, address: str, phase: Phase) -> list[Told]:
        return [told for told in self.told if told.event.address == address and told.event.phase is phase]

    def launches(self, address: str) -> list[tuple[str, str]]:
        """(type, subnet) of each RunInstances for `address`."""
        return [
            (call.parameters["InstanceType"], call.parameters["SubnetId"])
            for call in self.fake.writes
            if call.operation == "RunInstances"
            and {"Key": "pltui:address", "Value": address} in call.parameters["TagSpecifications"][0]["Tags"]
        ]

    def made(self, address: str) -> int:
        """How many instances there have been for `address` within the last hour."""
        tagged = {"Key": "pltui:address", "Value": address}
        return sum(tagged in instance.truth["Tags"] for instance in self.fake.world.all("instance"))


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


def associations(story: Story, client: str) -> list[tuple[str, str]]:
    """(profile, state) of the client's associations."""
    filters = [{"Name": "instance-id", "Values": [client]}]
    answer = story.call("ec2", "DescribeIamInstanceProfileAssociations", Filters=filters)
    return [
        (one["IamInstanceProfile"]["Arn"].rpartition("/")[2], one["State"])
        for one in answer["IamInstanceProfileAssociations"]
    ]


def test_a_stopped_client_with_another_profile_gets_its_own_back_and_is_started() -> None:
    """ReplaceIamInstanceProfileAssociation would be refused until it runs (seen: terraform-provider-aws#8262)."""
    story = Story()
    story.converge()
    client, own = story.one("consumer/client"), story.one("consumer/client").spec["profile"]
    story.call("iam", "CreateRole", RoleName="theirs", AssumeRolePolicyDocument="{}")
    story.call("iam", "CreateInstanceProfile", InstanceProfileName="theirs")
    story.call("iam", "AddRoleToInstanceProfile", InstanceProfileName="theirs", RoleName="theirs")
    filters = [{"Name": "instance-id", "Values": [client.id]}]
    [held] = story.call("ec2", "DescribeIamInstanceProfileAssociations", Filters=filters)[
        "IamInstanceProfileAssociations"
    ]
    story.call("ec2", "DisassociateIamInstanceProfile", AssociationId=held["AssociationId"])
    story.call("ec2", "AssociateIamInstanceProfile", InstanceId=client.id, IamInstanceProfile={"Name": "theirs"})
    story.call("ec2", "StopInstances", InstanceIds=[client.id])
    assert story.converge().ok
    assert story.one("consumer/client").id == client.id
    assert story.one("consumer/client").spec["running"]
    assert associations(story, client.id) == [(own, "associated")]


@pytest.mark.parametrize("lost", [False, True])
def test_a_new_role_in_the_profile_is_used_at_once(lost: bool) -> None:
    """Without a new association the client would keep the credentials of the deleted role for up to an hour."""
    story = Story()
    story.converge()
    client, profile = story.one("consumer/client"), story.one("consumer/instance-profile")
    role = profile.spec["role"]
    story.call("iam", "RemoveRoleFromInstanceProfile", InstanceProfileName=profile.id, RoleName=role)
    if lost:
        story.call(
            "iam",
            "DetachRolePolicy",
            RoleName=role,
            PolicyArn=story.one("consumer/role/AmazonSSMManagedInstanceCore").spec["policy"],
        )
        story.call("iam", "DeleteRole", RoleName=role)
    before = len(story.fake.writes)
    assert story.converge().ok
    sent = [call.operation for call in story.fake.writes[before:]]
    steps = ["AddRoleToInstanceProfile", "DisassociateIamInstanceProfile", "AssociateIamInstanceProfile"]
    assert [operation for operation in sent if operation in steps] == steps
    assert associations(story, client.id) == [(profile.id, "associated")]


def test_a_profile_that_ec2_knows_late_gets_its_role_once() -> None:
    """A repeated AddRoleToInstanceProfile would be refused: a profile holds one role (IAM API reference)."""
    story = Story(fake=FakeAws(lag=4.0))

    async def main() -> tuple[bool, list[str]]:
        first = story._reconciler(CancellationToken())
        await first.converge()
        [profile] = [item for item in first.observed if item.kind == "instance_profile"]
        names = {"InstanceProfileName": profile.id, "RoleName": profile.spec["role"]}
        aws = Aws(Target(labs.REGION, "http://127.0.0.1:1"), wire=story.fake)
        await aws.call("iam", "RemoveRoleFromInstanceProfile", **names)
        await asyncio.sleep(60)  # until lists show it
        before = len(story.fake.writes)
        outcome = await story._reconciler(CancellationToken()).converge()
        return outcome.ok, [call.operation for call in story.fake.writes[before:]]

    ok, sent = run(main())
    assert ok
    assert not story.of("consumer/instance-profile", Phase.FAILED)
    assert sent.count("AddRoleToInstanceProfile") == 1
    assert sent[-1] == "AssociateIamInstanceProfile"


def test_a_metadata_endpoint_that_was_turned_off_is_turned_on() -> None:
    """Without it the machine has no credentials."""
    story = Story()
    story.converge()
    client = story.one("consumer/client").id
    story.call("ec2", "ModifyInstanceMetadataOptions", InstanceId=client, HttpEndpoint="disabled")
    [step] = story.plan().steps
    assert [change.field for change in step.changes] == ["http_endpoint"]
    assert story.converge().ok
    assert story.plan().steps == ()
