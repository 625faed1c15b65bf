"""Real calls over real sockets: what is sent again, and what is not."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pltui.aws.client import ATTEMPTS, TO_REACH, Aws, Target
from pltui.aws.request_check import VIOLATIONS_FILE
from pltui.engine.errors import (
    CloudError,
    DeniedError,
    ExpiredError,
    NotYetError,
    OutcomeUnknownError,
    RefusedError,
    UnreachedError,
)
from pltui.resources.registry import REPEATABLE
from tests.aws.server import CUT, MADE, SILENCE, Short, answering, error, page


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """No pause between tries; how long each was to be at most."""
    asked: list[float] = []

    def uniform(low: float, high: float) -> float:
        asked.append(high)
        return low

    monkeypatch.setattr("pltui.aws.client.random.uniform", uniform)
    return asked  # type: ignore[return-value]


def aws(url: str, read_timeout: float = 5) -> Aws:
    return Aws(Target("eu-west-1", url, dummy_credentials=True, read_timeout=read_timeout), repeatable=REPEATABLE)


def patience(lost: Any) -> float:
    """Seconds to wait for an answer: few only where there will be none."""
    return 0.5 if lost == SILENCE else 30


LOST = [CUT, SILENCE, error("InternalError", status=500), error("Unavailable", status=503), (200, "<not xml")]
NAMES = ["cut off", "silence", "500", "503", "not XML"]


@pytest.mark.parametrize("lost", LOST, ids=NAMES)
async def test_a_read_is_sent_again_after_a_lost_answer(lost: Any) -> None:
    with answering(lost, page("vpc-1")) as (url, calls):
        answer = await aws(url, read_timeout=patience(lost)).call("ec2", "DescribeVpcs")
    assert [vpc["VpcId"] for vpc in answer["Vpcs"]] == ["vpc-1"]
    assert len(calls) >= 2  # on a busy machine an answer may come too late for its try


@pytest.mark.parametrize(
    ("operation", "lost"),
    [
        *(("CreateVpc", lost) for lost in LOST),
        ("CreateInternetGateway", CUT),
        ("AllocateAddress", CUT),
        ("CreateRouteTable", CUT),
    ],
    ids=[*NAMES, "internet gateway", "address", "route table"],
)
async def test_a_create_that_nothing_guards_is_never_sent_again_after_a_lost_answer(operation: str, lost: Any) -> None:
    parameters = {"CreateVpc": {"CidrBlock": "10.0.0.0/16"}, "CreateRouteTable": {"VpcId": "vpc-1"}}
    with answering(lost, MADE) as (url, calls), pytest.raises(OutcomeUnknownError):
        await aws(url, read_timeout=patience(lost)).call("ec2", operation, **parameters.get(operation, {}))
    assert [call["Action"] for call in calls] == [operation]


async def test_a_create_with_a_token_is_sent_again_with_the_same_token() -> None:
    made = (200, "<CreateNatGatewayResponse><natGateway/></CreateNatGatewayResponse>")
    with answering(CUT, made) as (url, calls):
        await aws(url).call("ec2", "CreateNatGateway", SubnetId="subnet-1", ClientToken="token")
    assert [call["ClientToken"] for call in calls] == ["token", "token"]


@pytest.mark.parametrize("operation", ["DeleteVpc", "ModifyVpcAttribute"])
async def test_a_deletion_or_a_change_to_a_fixed_value_is_sent_again(operation: str) -> None:
    with answering(CUT, (200, f"<{operation}Response/>")) as (url, calls):
        await aws(url).call("ec2", operation, VpcId="vpc-1")
    assert len(calls) == 2


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "Throttling", "ThrottlingException", "SlowDown"])
async def test_a_throttled_call_is_sent_again_whatever_it_is(code: str) -> None:
    with answering(error(code, status=503), MADE) as (url, calls):
        answer = await aws(url).call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")
    assert answer["Vpc"]["VpcId"] == "vpc-1"
    assert len(calls) == 2


async def test_tries_are_bounded_and_their_pauses_grow(at_once: list[float]) -> None:
    with answering(error("RequestLimitExceeded", status=503)) as (url, calls), pytest.raises(CloudError) as caught:
        await aws(url).call("ec2", "DescribeVpcs")
    assert caught.value.code == "RequestLimitExceeded"
    assert len(calls) == ATTEMPTS
    assert at_once == sorted(at_once)
    assert len(set(at_once)) > 3


@pytest.mark.parametrize("half", ["", '{"Version": 1', "{}"])
async def test_an_answer_cut_short_is_no_answer(half: str) -> None:
    """What is left of a JSON answer could be taken for one that says nothing."""
    with answering(Short(half), Short(half)) as (url, _), pytest.raises(OutcomeUnknownError, match="cut off"):
        await aws(url).call("ssm", "PutParameter", Name="/x", Value="y")


@pytest.mark.parametrize(
    ("code", "kind"),
    [("DependencyViolation", NotYetError), ("UnauthorizedOperation", DeniedError), ("InvalidX", RefusedError)],
)
async def test_a_definite_no_is_not_argued_with(code: str, kind: type[CloudError]) -> None:
    with answering(error(code, "because")) as (url, calls), pytest.raises(kind, match="because") as caught:
        await aws(url).call("ec2", "DescribeVpcs")
    assert (len(calls), caught.value.action) == (1, "ec2:DescribeVpcs")


async def test_where_nothing_listens_even_a_create_is_tried_again_and_no_outcome_is_in_doubt() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(CloudError) as caught:
        await (client := aws(url)).call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")
    assert type(caught.value) is UnreachedError
    assert "--endpoint-url" in caught.value.hint
    assert client.calls == TO_REACH


async def test_a_call_with_a_wrong_parameter_is_refused_before_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VIOLATIONS_FILE)  # the request is wrong on purpose
    with answering(MADE) as (url, calls), pytest.raises(RefusedError, match="Cidr"):
        await aws(url).call("ec2", "CreateVpc", Cidr="10.0.0.0/16")
    assert not calls


async def test_an_unknown_profile_is_a_denial_that_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    with pytest.raises(DeniedError, match="nobody") as caught:
        await Aws(Target("eu-west-1", "http://127.0.0.1:9", profile="nobody")).call("ec2", "DescribeVpcs")
    assert "--profile" in caught.value.hint


async def test_all_pages_are_read() -> None:
    with answering(page("vpc-1", token="next"), page("vpc-2", token="last"), page("vpc-3")) as (url, calls):
        items = await aws(url).pages("ec2", "DescribeVpcs", "Vpcs")
    assert [item["VpcId"] for item in items] == ["vpc-1", "vpc-2", "vpc-3"]
    assert [call.get("NextToken") for call in calls] == [None, "next", "last"]


async def test_a_filter_of_more_values_than_one_request_takes_is_sent_in_parts() -> None:
    values = [f"vpc-{n}" for n in range(450)]
    with answering(page("vpc-1"), page("vpc-2"), page("vpc-3")) as (url, calls):
        items = await aws(url).pages("ec2", "DescribeVpcs", "Vpcs", Filters=[{"Name": "vpc-id", "Values": values}])
    assert [item["VpcId"] for item in items] == ["vpc-1", "vpc-2", "vpc-3"]
    sent = [[call[key] for key in call if key.startswith("Filter.1.Value.")] for call in calls]
    assert [len(each) for each in sent] == [200, 200, 50]
    assert [value for each in sent for value in each] == values


async def test_calls_are_counted_each_try_of_them() -> None:
    with answering(CUT, page("vpc-1")) as (url, _):
        client = aws(url)
        await client.call("ec2", "DescribeVpcs")
    assert client.calls == 2


async def test_calls_run_side_by_side() -> None:
    """Sixteen that are never answered do not keep each other waiting: all are on the wire at once."""
    with answering(SILENCE) as (url, calls):
        client = aws(url, read_timeout=30)
        tasks = [asyncio.create_task(client.call("ec2", "DescribeVpcs")) for _ in range(16)]
        assert await asyncio.to_thread(calls.wait_for, 16, 20)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


SSO = """
[profile lab]
sso_session = ours
sso_account_id = 111122223333
sso_role_name = Learner
region = eu-west-1
[sso-session ours]
sso_start_url = https://ours.awsapps.com/start
sso_region = eu-west-1
"""


@pytest.fixture
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's AWS files, and none of the variables of whoever runs this."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


async def test_a_session_that_is_over_names_the_command_that_renews_it(own_files: Path) -> None:
    (own_files / "config").write_text(SSO)
    with answering(MADE) as (url, calls), pytest.raises(ExpiredError) as caught:
        await Aws(Target("eu-west-1", url, profile="lab")).call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")
    assert "`aws sso login --profile lab`" in caught.value.hint
    assert calls == []


@pytest.mark.parametrize(
    ("method", "hint"), [("env", "export fresh ones"), ("shared-credentials-file", "the credentials file")]
)
async def test_keys_that_have_expired_are_renewed_where_they_came_from(
    method: str, hint: str, own_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if method == "env":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    else:
        (own_files / "credentials").write_text("[default]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n")
    with answering(error("ExpiredToken", status=403)) as (url, _), pytest.raises(ExpiredError) as caught:
        await Aws(Target("eu-west-1", url)).call("ec2", "DescribeVpcs")
    assert hint in caught.value.hint


@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_a_write_is_sent_only_if_it_may_be_when_its_turn_comes_and_once_it_is_signed(allowed: int) -> None:
    """Renewing credentials takes time between the two."""
    asked: list[None] = []

    def valid() -> bool:
        asked.append(None)
        return len(asked) <= allowed

    async def story(url: str) -> None:
        client = Aws(Target("us-east-1", url, dummy_credentials=True), valid=valid)
        await client.call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")

    with answering(MADE) as (url, calls):
        if allowed == 2:
            asyncio.run(story(url))
        else:
            with pytest.raises(UnreachedError, match="waited too long"):
                asyncio.run(story(url))
        assert len(calls) == (allowed == 2)
