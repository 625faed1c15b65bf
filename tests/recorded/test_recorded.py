"""A recording replayed: what both sides answer alike is no difference, and each kind of difference is found."""

import json
from pathlib import Path
from typing import Any

import pytest

from pltui.aws.recorder import RecordedWire, Recorder
from tests.fakeaws import FakeAws
from tests.fakecloud.clock import run
from tests.recorded.conversation import Names, load
from tests.recorded.differences import differences, durations, transitions
from tests.recorded.replaying import on_fake_cloud

VPC = {"VpcId": "vpc-0123456789abcdef0", "State": "available", "CidrBlock": "10.0.0.0/16"}


def recorded(path: Path, *calls: tuple[str, dict[str, Any]]) -> Path:
    """A conversation with the fake cloud; "$vpc" is the VPC that the first call made."""
    recorder = Recorder(str(path))
    wire = RecordedWire(FakeAws(), recorder)

    async def talk() -> None:
        vpc = ""
        for operation, parameters in calls:
            answer = await wire.send("ec2", operation, json.loads(json.dumps(parameters).replace("$vpc", vpc)))
            vpc = answer.get("Vpc", {}).get("VpcId", vpc)

    run(talk())
    recorder.close()
    return path


CALLS = (
    ("CreateVpc", {"CidrBlock": "10.0.0.0/16"}),
    ("DescribeVpcs", {}),
    ("DescribeSubnets", {"Filters": [{"Name": "vpc-id", "Values": ["$vpc"]}]}),
)


def test_the_same_side_answers_the_same_under_other_ids(tmp_path: Path) -> None:
    calls = load(recorded(tmp_path / "talk", *CALLS))
    assert on_fake_cloud(calls).found == {}


def test_a_changed_answer_is_a_difference(tmp_path: Path) -> None:
    path = recorded(tmp_path / "talk", *CALLS)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["response"]["Vpc"]["EncryptionControl"] = {"Mode": "monitor"}
    lines[1]["response"] = None
    lines[1]["error"] = {"Code": "UnauthorizedOperation", "Message": "", "HTTPStatusCode": 403}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert dict(on_fake_cloud(load(path)).found) == {
        "ec2:CreateVpc: Vpc.EncryptionControl: missing": 1,
        "ec2:DescribeVpcs: an answer instead of UnauthorizedOperation": 1,
    }


@pytest.mark.parametrize(
    ("answered", "found"),
    [
        ({**VPC, "VpcId": "vpc-1111111111111111a", "CidrBlock": "10.1.0.0/16"}, []),
        ({**VPC, "State": "pending"}, ["Vpcs[].State: 'pending' instead of 'available'"]),
        ({**VPC, "CidrBlock": ["10.0.0.0/16"]}, ["Vpcs[].CidrBlock: list instead of string"]),
        ({**VPC, "IsDefault": False}, ["Vpcs[].IsDefault: extra"]),
        ({"VpcId": "vpc-1"}, ["Vpcs[].CidrBlock: missing", "Vpcs[].State: missing"]),
        ({**VPC, "CidrBlock": "(not recorded)"}, []),
    ],
)
def test_what_counts_as_a_difference(answered: dict[str, Any], found: list[str]) -> None:
    assert list(differences({"Vpcs": [VPC, VPC]}, {"Vpcs": [answered, answered]})) == found


def test_an_empty_list_is_one() -> None:
    assert list(differences({"Vpcs": [VPC]}, {"Vpcs": []})) == ["Vpcs[]: empty"]


def test_ids_are_learned_from_answers_and_used_in_later_calls() -> None:
    names = Names()
    names.learn({"Vpc": VPC}, {"Vpc": {**VPC, "VpcId": "vpc-ffffffffffffffff0"}})
    asked = {
        "Filters": [{"Name": "vpc-id", "Values": [VPC["VpcId"]]}],
        "ClientToken": "token-1",
        "UserData": "(not recorded)",
    }
    assert names.translate(asked) == {"Filters": [{"Name": "vpc-id", "Values": ["vpc-ffffffffffffffff0"]}]}


def test_times_are_told_of_states_and_of_calls(tmp_path: Path) -> None:
    line = {"service": "ec2", "operation": "DescribeNatGateways", "parameters": {}, "duration_ms": 40.0}
    gateway = {"NatGatewayId": "nat-0123456789abcdef0", "NatGatewayAddresses": [{"Status": "succeeded"}]}
    states = (("pending", 0), ("pending", 5000), ("available", 95000))
    path = tmp_path / "talk"
    path.write_text(
        "".join(
            json.dumps({**line, "at_ms": at, "response": {"NatGateways": [{**gateway, "State": state}]}}) + "\n"
            for state, at in states
        )
    )
    calls = load(path)
    assert transitions(calls) == [
        "nat-0123456789abcdef0: available after 95.0 s",
        "nat-0123456789abcdef0: pending after 0.0 s",
    ]
    assert durations(calls) == {"ec2:DescribeNatGateways": 40.0}


def test_another_file_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "other").write_text('{"type": "event"}\n')
    with pytest.raises(ValueError, match="other:1"):
        load(tmp_path / "other")
