"""`pltui shell`: commands as a machine of the lab, with the tools users have."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Cloud, Lab, eventually, run

SPEC = "specs/privatelink.yaml"
URL = "http://provider-nlb.example.local/"
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this computer")


def shell(*words: str, given: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """As a process: what it runs writes to its own file descriptors."""
    command = [sys.executable, "-m", "pltui", "shell", SPEC, *words]
    environment = {**os.environ, "SHELL": "/bin/sh", **env}
    return subprocess.run(
        command, env=environment, input=given, capture_output=True, text=True, timeout=90, check=False
    )


def test_curl_speaks_as_the_first_consumers_client_and_its_exit_code_comes_through(lab: Lab) -> None:
    eventually(lambda: sum(lab.ask(1).values()) == 1, "the service answers")
    done = shell("-c", f"curl -s {URL}; exit 7")
    assert "Hello from Provider VPC on Subnet" in done.stdout
    assert done.returncode == 7
    assert shell("-c", "curl -s http://nowhere.example.local/").returncode != 0


def test_commands_on_stdin_are_run_one_after_another(lab: Lab) -> None:
    done = shell(given=f"curl -s {URL}\necho as $PLTUI_MACHINE\nfalse\n")
    assert "Hello from Provider VPC" in done.stdout
    assert "as i-" in done.stdout
    assert done.returncode == 1


@pytest.mark.skipif(shutil.which("dig") is None, reason="dig is not on this computer")
def test_dig_sees_the_view_of_the_machines_vpc(lab: Lab) -> None:
    ask = "dig +short provider-nlb.example.local"
    assert shell("-c", ask).stdout.strip().startswith("10.0.")
    assert shell("--as", "server-1", "-c", ask).stdout.strip() == ""


@pytest.mark.slow
def test_a_machine_is_named_as_in_the_spec_or_by_its_name_or_id(lab: Lab, cloud: Cloud) -> None:
    wanted = cloud.server(2)
    for name in ("server-2", "provider/server-2", "provider-service-2", wanted):
        assert shell("--as", name, "-c", "echo $PLTUI_MACHINE").stdout.strip() == wanted
    told = run("shell", SPEC, "--as", "nobody", "-c", "true")
    assert told.code == 1
    assert f"provider-service-2 ({wanted})" in told.err


@pytest.mark.slow
def test_aws_tools_in_it_speak_to_the_sandbox(lab: Lab, cloud: Cloud) -> None:
    done = shell("-c", "echo $AWS_ENDPOINT_URL $AWS_REGION", AWS_PROFILE="production", AWS_REGION="us-east-1")
    assert done.stdout.split() == [cloud.endpoint_url, "ap-northeast-1"]


@pytest.mark.slow
def test_a_machine_that_does_not_run_is_said_not_to(lab: Lab, cloud: Cloud) -> None:
    server, ec2 = cloud.server(3), cloud.client("ec2")
    ec2.stop_instances(InstanceIds=[server])
    try:
        done = run("shell", SPEC, "--as", "server-3", "-c", "true")
        assert (done.code, "start it, or wait until it runs" in done.err) == (1, True)
    finally:
        ec2.start_instances(InstanceIds=[server])


@pytest.mark.slow
def test_on_aws_it_needs_aws_own_tools_and_says_which(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = run("shell", SPEC, "--target", "aws")
    assert done.code == 2
    assert "needs aws and session-manager-plugin" in done.err


@pytest.mark.slow
def test_on_aws_a_session_is_started_with_the_labs_region_and_the_profile(
    lab: Lab, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for tool in ("aws", "session-manager-plugin"):
        (tmp_path / tool).write_text(
            f'#!{sys.executable}\nimport json, sys\njson.dump(sys.argv, open("{tmp_path}/called", "w"))\nsys.exit(3)\n'
        )
        (tmp_path / tool).chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    words = ("--target", "aws", "--endpoint-url", cloud.endpoint_url, "--as", "server-2", "-c", "uptime")
    assert run("shell", SPEC, *words).code == 3
    called = json.loads((tmp_path / "called").read_text())[1:]
    assert called[:6] == ["ssm", "start-session", "--target", cloud.server(2), "--region", "ap-northeast-1"]
    assert called[6:8] == ["--document-name", "AWS-StartNonInteractiveCommand"]
    assert json.loads(called[9]) == {"command": ["uptime"]}
