"""The gate: a request that AWS would reject fails the test that sends it, also from a child process."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pltui.aws.client import Aws, Target
from pltui.aws.request_check import VIOLATIONS_FILE, InvalidRequestError
from tests.fakeaws.fake import FakeAws
from tests.fakecloud.clock import run

ROOT = Path(__file__).parents[2]
APOSTROPHE = {"GroupName": "web", "Description": "Web servers: from the load balancer's subnets", "VpcId": "vpc-1"}
NOWHERE = Target("us-east-1", "http://127.0.0.1:1", dummy_credentials=True)
PROGRAM = """
import asyncio
from pltui.aws.client import Aws, Target
asyncio.run(Aws(Target("us-east-1", "http://127.0.0.1:1", dummy_credentials=True)).call("ec2", "DeleteVpc"))
"""


async def _at_once(_seconds: float) -> bool:
    return False


def aws() -> Aws:
    return Aws(NOWHERE, pause=_at_once)


def reported(violations: Path) -> list[tuple[str, str]]:
    """(service, operation) of each invalid request."""
    lines = violations.read_text().splitlines() if violations.exists() else []
    return [(line["service"], line["operation"]) for line in map(json.loads, lines)]


@pytest.fixture
def violations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of this test's own: what is written there is what it expects."""
    monkeypatch.setenv(VIOLATIONS_FILE, str(tmp_path / "violations"))
    return tmp_path / "violations"


async def test_the_transport_sends_no_invalid_request(violations: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"ec2 CreateSecurityGroup: Description = .*balancer's"):
        await aws().call("ec2", "CreateSecurityGroup", **APOSTROPHE)
    assert reported(violations) == [("ec2", "CreateSecurityGroup")]


@pytest.mark.parametrize(("service", "operation", "parameters"), [
    ("ec2", "DescribeVpcs", {"Filters": [{"Name": "colour", "Values": ["red"]}]}),
    ("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "nope"}),
    ("elbv2", "CreateTargetGroup", {"Name": "t", "HealthCheckIntervalSeconds": 4}),
    ("iam", "CreateRole", {"RoleName": "a role", "AssumeRolePolicyDocument": "{}"}),
    ("ssm", "PutParameter", {"Name": "/a:b", "Value": "v"}),
])  # fmt: skip
async def test_what_botocore_lets_pass_is_stopped(
    violations: Path, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequestError):
        await aws().call(service, operation, **parameters)
    assert reported(violations) == [(service, operation)]


@pytest.mark.parametrize(("service", "operation", "parameters"), [
    ("route53", "GetHostedZone", {"Id": "/hostedzone/Z0123456789ABCDEFGHIJ012345"}),  # more than 32 with its prefix
    ("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1, "UserData": "#!/bin/sh\n" + "x" * 16000}),
])  # fmt: skip
async def test_parameters_count_as_botocore_sends_them(
    violations: Path, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(Exception, match="Could not connect"):
        await aws().call(service, operation, **parameters)
    assert reported(violations) == []


def test_child_processes_are_checked_as_well(violations: Path) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, timeout=60)
    assert reported(violations) == [("ec2", "DeleteVpc")]


SWALLOWING = """
import asyncio, contextlib
from pltui.aws.client import Aws, Target

def test_swallowed():
    aws = Aws(Target("us-east-1", "http://127.0.0.1:1", dummy_credentials=True))
    with contextlib.suppress(BaseException):
        asyncio.run(aws.call("ec2", "DeleteVpc"))
"""


def test_a_test_that_swallows_the_error_fails_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import request_violations, valid_requests\n")
    (tmp_path / "test_it.py").write_text(SWALLOWING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert "1 passed, 1 error" in done.stdout, done.stdout
    assert "AWS would reject these requests" in done.stdout


def test_the_fake_takes_no_invalid_request() -> None:
    async def story() -> None:
        await FakeAws().send("ec2", "CreateSecurityGroup", APOSTROPHE)

    with pytest.raises(AssertionError, match="balancer's"):
        run(story())


async def test_nothing_is_checked_outside_tests(monkeypatch: pytest.MonkeyPatch, violations: Path) -> None:
    monkeypatch.delenv(VIOLATIONS_FILE)
    with pytest.raises(Exception, match="Could not connect"):
        await aws().call("ec2", "CreateSecurityGroup", **APOSTROPHE)
