"""Recordings: no secret, no account and no person is in one, and what it is about still shows."""

import json
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.aws.placeholders import Placeholders
from pltui.aws.recorder import RecordedWire, Recorder
from pltui.aws.transport import ErrorAnswer, NoAnswer
from pltui.cli.main import main
from pltui.errors import LabError
from tests.fakeaws import FakeAws
from tests.fakeaws.faults import Fault, always
from tests.fakecloud.clock import run

ACCOUNTS = st.from_regex(r"[1-9][0-9]{11}", fullmatch=True)
NAMES = st.from_regex(r"[a-z]{4}[a-z.]{0,6}-?[a-z]{4}", fullmatch=True).filter(lambda name: "pltui" not in name)
KEY_IDS = st.builds(str.__add__, st.sampled_from(["AKIA", "ASIA"]), st.from_regex(r"[A-Z0-9]{16}", fullmatch=True))
UNIQUE_IDS = st.builds(str.__add__, st.sampled_from(["AIDA", "AROA"]), st.from_regex(r"[A-Z0-9]{17}", fullmatch=True))
PUBLIC_IPS = st.ip_addresses(v=4).filter(lambda ip: ip.is_global and not ip.is_multicast).map(str)
PUBLIC_IPV6 = st.ip_addresses(v=6, network="2a00::/12").map(str)
HOSTS = st.from_regex(r"[a-z]{5}[a-z0-9]{3}\.(?:corp|example\.com|internal|co\.jp)", fullmatch=True)
# How what identifies somebody comes in answers: alone and amid text, as IAM, EC2 and Systems Manager write it.
FORMS: Mapping[str, tuple[st.SearchStrategy[str], tuple[str, ...]]] = {
    "account": (ACCOUNTS, ("{}", "arn:aws:ec2:eu-west-1:{}:vpc/vpc-0a1b", "{}/lab", "owner {}, denied", "%3A{}%3A")),
    "person": (
        NAMES,
        (
            "arn:aws:iam::000000000001:user/{}", "arn:aws:sts::000000000001:assumed-role/Admin/{}", "{}@laptop",
            "User: arn:aws:iam::000000000001:user/team/{} is not authorized", "arn:aws:iam::000000000001:role/{}",
        ),
    ),
    "key": (KEY_IDS, ("{}", "the key {} is not known", "Credential={}/20260101")),
    "unique": (UNIQUE_IDS, ("{}", "{}:alice", "ARN of {}")),
    "address": (PUBLIC_IPS, ("{}", "{}/32", "from {} to 10.0.0.1", "http://{}:80/")),
    "address 6": (PUBLIC_IPV6, ("{}", "[{}]:80")),
    "host": (HOSTS, ("{}", "{}.", "*.{}", "no answer from {}:80", "alice@{}")),
}  # fmt: skip


@st.composite
def sensitive(draw: st.DrawFn) -> tuple[str, str]:
    """(what must not be written, a text with it)."""
    values, forms = draw(st.sampled_from([*FORMS.values()]))
    value = draw(values)
    return value, draw(st.sampled_from(forms)).format(value)


@st.composite
def documents(draw: st.DrawFn) -> tuple[list[str], Any]:
    found = draw(st.lists(sensitive(), min_size=1, max_size=4))
    document: Any = {}
    for _, text in found:
        key = draw(st.sampled_from(["Value", "OwnerId", "Tags", "Message", text]))
        document = {"Items": [document, {key: draw(st.sampled_from([text, [text], {"deeper": text}]))}]}
    return [value for value, _ in found], document


@given(documents())
def test_what_identifies_somebody_does_not_survive(found: tuple[list[str], Any]) -> None:
    values, document = found
    written = json.dumps(Placeholders().mask_value(document))
    assert [value for value in values if value in written] == []


@given(st.sampled_from(["UserData", "SecretAccessKey", "SessionToken", "Password", "PrivateKey"]), st.text(min_size=8))
def test_what_goes_by_a_secrets_name_does_not_survive(name: str, secret: str) -> None:
    kept = Placeholders().mask_value({"Instance": {name: {"Value": secret}, "State": "running"}})
    assert kept == {"Instance": {name: "(not recorded)", "State": "running"}}


@given(sensitive(), sensitive())
def test_the_same_gets_the_same_placeholder_and_another_one_another(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    placeholders = Placeholders()
    first, second = placeholders.mask_text(one[1]), placeholders.mask_text(other[1])
    assert placeholders.mask_text(one[1]) == first
    assert placeholders.mask_text(first) == first  # a recording of a recording is the same
    if one[1] == other[1]:
        assert first == second


@pytest.mark.parametrize(
    "text",
    [
        "vpc-0123456789abcdef0", "10.0.1.4", "172.31.0.0/16", "0.0.0.0/0", "169.254.169.253", "t3.micro", "available",
        "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0", "ec2.amazonaws.com", "InvalidVpcID.NotFound",
        "load_balancing.cross_zone.enabled", "stickiness.enabled", "2026-01-01T12:34:56+00:00", "eu-west-1a",
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "arn:aws:iam::aws:policy/ReadOnly",
        "ip-10-0-1-4.eu-west-1.compute.internal", "255.255.255.0",
        "vpce-0123456789abcdef0-abcdefgh.vpce-svc-0123456789abcdef0.eu-west-1.vpce.amazonaws.com",
    ],
)  # fmt: skip
def test_what_the_conversation_is_about_stays(text: str) -> None:
    assert Placeholders().mask_text(text) == text


def test_a_load_balancers_name_goes_and_the_form_of_its_host_name_stays() -> None:
    name = Placeholders().mask_text("secret-project-0123456789abcdef.elb.eu-west-1.amazonaws.com")
    assert name == "host-1.elb.eu-west-1.amazonaws.com"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def recording(path: Path, fake: FakeAws, *calls: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
    recorder = Recorder(str(path))
    wire = RecordedWire(fake, recorder)

    async def talk() -> None:
        for service, operation, parameters in calls:
            try:
                await wire.send(service, operation, parameters)
            except (ErrorAnswer, NoAnswer):
                continue

    run(talk())
    recorder.close()
    return lines(path)


VPC = ("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"})


def test_each_call_is_a_line_with_its_answer(tmp_path: Path) -> None:
    made, listed = recording(tmp_path / "talk", FakeAws(lag=0, pace=0), VPC, ("ec2", "DescribeVpcs", {}))
    assert (made["service"], made["operation"], made["parameters"]) == VPC
    assert made["response"]["Vpc"]["CidrBlock"] == "10.0.0.0/16"
    assert listed["response"]["Vpcs"][0]["VpcId"] == made["response"]["Vpc"]["VpcId"]
    assert made["duration_ms"] >= 0
    assert listed["at_ms"] >= made["at_ms"]


def test_errors_and_lost_answers_are_lines_too(tmp_path: Path) -> None:
    denied = recording(tmp_path / "denied", FakeAws(script=always(Fault.DENIED, "CreateVpc")), VPC)
    lost = recording(tmp_path / "lost", FakeAws(script=always(Fault.LOST, "CreateVpc")), VPC)
    assert (denied[0]["error"]["Code"], denied[0]["error"]["HTTPStatusCode"]) == ("UnauthorizedOperation", 403)
    assert "4EfA1b" not in json.dumps(denied)  # the encoded message
    assert (lost[0]["error"]["Code"], "response" in lost[0]) == ("", False)


def test_dates_are_text_and_bytes_are_left_out() -> None:
    kept = Placeholders().mask_value({"At": datetime(2026, 1, 1, tzinfo=UTC), "Blob": b"secret"})
    assert kept == {"At": "2026-01-01T00:00:00+00:00", "Blob": "(not recorded)"}


def test_the_file_is_the_users_alone_and_no_file_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "talk"
    Recorder(str(path)).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("mine")
    for there in (path, tmp_path, tmp_path / "no" / "folder"):
        with pytest.raises(LabError) as caught:
            Recorder(str(there))
        assert caught.value.code == 2
    assert path.read_text() == "mine"
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LabError):
        Recorder(str(tmp_path / "link"))


def test_a_command_records_also_what_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "talk"
    words = ["plan", "specs/privatelink.yaml", "--endpoint-url", "http://127.0.0.1:9", "--record", str(path)]
    assert main(words) == 1
    assert {line["error"]["Code"] for line in lines(path)} == {""}
    assert "ec2" in {line["service"] for line in lines(path)}
    assert main(words) == 2
    assert "overwrites nothing" in capsys.readouterr().err
