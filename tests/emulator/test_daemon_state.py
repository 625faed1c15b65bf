"""A sandbox emptied, saved, loaded, and kept over its own end: real processes, plain boto3."""

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from pltui.sandbox import launcher
from pltui.sandbox.ending import poll_until
from pltui.sandbox.launcher import LauncherError, Sandbox, SandboxOptions

HERE = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def ec2(sandbox: Sandbox) -> Any:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client("ec2", endpoint_url=sandbox.endpoint_url, region_name=REGION, **keys)


def vpcs(sandbox: Sandbox) -> set[str]:
    return {each["VpcId"] for each in ec2(sandbox).describe_vpcs()["Vpcs"]}


def kill(sandbox: Sandbox) -> None:
    os.kill(sandbox.pid, signal.SIGKILL)
    assert poll_until(lambda: launcher.find() is None, float("inf"))


def test_a_reset_empties_it_and_keeps_process_ports_and_speed(folder: Path) -> None:
    sandbox = launcher.ensure(120)
    made = ec2(sandbox).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    sandbox.add_fault("latency", "", 5)
    sandbox.reset()
    status = sandbox.status()
    assert made not in vpcs(sandbox)
    assert launcher.find() == sandbox
    assert (status["pid"], status["socks"], status["speed"]) == (sandbox.pid, sandbox.socks, 120)
    assert status["faults"] == []


def test_the_reset_that_suites_for_motos_server_call_is_the_sandboxs_own(folder: Path) -> None:
    sandbox = launcher.ensure(120)
    vpc = ec2(sandbox).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2(sandbox).create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    token = {"ClientToken": "one", "ImageId": IMAGE, "MinCount": 1, "MaxCount": 1}
    ec2(sandbox).run_instances(**token, SubnetId=subnet)
    sandbox.add_fault("latency", "", 5)
    assert vpc in {machine["vpc"] for machine in sandbox.machines()}

    answer = httpx.post(f"{sandbox.endpoint_url}/moto-api/reset")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    status = sandbox.status()
    assert (vpc in vpcs(sandbox), vpc in status["dns"], status["faults"]) == (False, False, [])
    ec2(sandbox).run_instances(**token)  # with the token of another call, were that remembered


def test_a_snapshot_brings_back_api_time_speed_faults_and_what_the_network_knew(folder: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "lab.snapshot")
    sandbox = launcher.ensure(90)
    made = ec2(sandbox).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    fault = sandbox.add_fault("latency", "", 5)
    before = sandbox.save(file)
    assert before["left_out"] == []
    sandbox.set_speed(1)
    sandbox.reset()
    assert made not in sandbox.status()["dns"]
    then = sandbox.status()["lab_time_s"]
    assert sandbox.load(file)["left_out"] == []
    status = sandbox.status()
    assert made in vpcs(sandbox)
    assert made in status["dns"]
    assert status["faults"] == [fault]
    assert status["speed"] == 90
    assert status["lab_time_s"] < then + 90 * status["uptime_s"]
    assert sandbox.add_fault("loss", "", 0.1)["id"] != fault["id"]


@pytest.mark.slow
def test_a_snapshot_of_another_sandbox_is_loaded_by_this_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "lab.snapshot")
    first = launcher.ensure()
    made = ec2(first).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    first.save(file)
    launcher.stop()
    second = launcher.ensure()
    assert made not in vpcs(second)
    second.load(file)
    assert made in vpcs(second)


def test_a_snapshot_that_cannot_be_read_changes_nothing(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "lab.snapshot"
    sandbox = launcher.ensure()
    made = ec2(sandbox).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    sandbox.save(str(file))
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(LauncherError, match="is damaged"):
        sandbox.load(str(file))
    with pytest.raises(LauncherError, match="is not a file"):
        sandbox.load("/dev/zero")
    with pytest.raises(LauncherError, match="no absolute path"):
        sandbox.save("here")
    assert made in vpcs(sandbox)
    assert poll_until(lambda: sandbox.status()["network"]["vpcs"] == 2, float("inf"))  # its own, and the default


@pytest.mark.slow
def test_what_is_kept_is_there_again_after_down_and_up(folder: Path, tmp_path: Path) -> None:
    kept = SandboxOptions(persist=tmp_path / "kept.snapshot")
    first = launcher.ensure(wish=kept)
    made = ec2(first).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    launcher.stop()
    second = launcher.ensure(wish=kept)
    assert second.pid != first.pid
    assert made in vpcs(second)
    assert second.status()["persistence"]["file"] == str(kept.persist)


def test_what_is_kept_outlives_a_killed_process_and_the_next_command_says_so(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept.snapshot"
    first = launcher.ensure(wish=SandboxOptions(persist=file))
    made = ec2(first).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert poll_until(lambda: first.status()["persistence"]["saved"], float("inf"))
    kill(first)
    assert launcher.crash_notice() == (
        f"the previous sandbox (process {first.pid}) died: its lab is in {file}, and will be loaded"
    )
    assert made in vpcs(launcher.ensure())
    assert launcher.crash_notice() == ""


@pytest.mark.slow
def test_a_lab_that_was_not_kept_is_said_to_be_gone_with_its_process(folder: Path) -> None:
    first = launcher.ensure()
    assert launcher.crash_notice() == ""
    kill(first)
    assert "its lab is lost" in launcher.crash_notice()
    launcher.ensure()
    launcher.stop()
    assert launcher.crash_notice() == ""


@pytest.mark.slow
def test_a_damaged_file_is_set_aside_and_the_sandbox_starts_all_the_same(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept.snapshot"
    file.write_text("damaged")
    sandbox = launcher.ensure(wish=SandboxOptions(persist=file))
    (aside,) = tmp_path.glob("kept.snapshot.damaged-*")
    assert aside.read_text() == "damaged"
    assert f"set aside as {aside}" in (folder / "sandbox.log").read_text()
    assert sandbox.status()["persistence"]["file"] == str(file)


@pytest.mark.slow
def test_one_that_runs_can_be_kept_from_now_on_but_not_over_another_lab(folder: Path, tmp_path: Path) -> None:
    free, taken = tmp_path / "free", tmp_path / "taken"
    taken.write_text("another lab")
    sandbox = launcher.ensure()
    assert sandbox.status()["persistence"] is None
    with pytest.raises(LauncherError, match="holds a saved sandbox"):
        launcher.ensure(wish=SandboxOptions(persist=taken))
    assert taken.read_text() == "another lab"
    launcher.ensure(wish=SandboxOptions(persist=free))
    launcher.ensure(wish=SandboxOptions(persist=free))
    launcher.stop()
    assert free.stat().st_size > 0


@pytest.mark.slow
def test_on_a_full_disk_the_sandbox_goes_on_says_so_and_the_older_file_is_intact(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept.snapshot"
    launcher.ensure(wish=SandboxOptions(persist=file))
    launcher.stop()
    before = file.read_bytes()
    script = (
        "import resource, sys; from pltui.emulator.daemon import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)); sys.exit(main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", script, "--persist", str(file), "--runtime-dir", str(folder)]
    daemon = subprocess.Popen(words, cwd=HERE, stderr=subprocess.PIPE)
    assert poll_until(lambda: launcher.find() is not None, float("inf"))
    sandbox = launcher.find()
    assert sandbox is not None
    made = ec2(sandbox).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert poll_until(lambda: sandbox.status()["persistence"]["error"], float("inf"))
    assert "File too large" in sandbox.status()["persistence"]["error"]
    assert made in vpcs(sandbox)
    daemon.terminate()
    _, said = daemon.communicate(timeout=60)
    assert daemon.returncode == 0
    assert b"the sandbox is not kept" in said
    assert file.read_bytes() == before


@pytest.mark.slow
def test_names_are_asked_for_at_the_same_port_after_a_load_and_after_a_reset_and_a_load(
    folder: Path, tmp_path: Path
) -> None:
    file = str(tmp_path / "lab.snapshot")
    sandbox = launcher.ensure()
    made = ec2(sandbox).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    sandbox.machines()  # returns once the network knows
    before = sandbox.status()["dns"][made]
    sandbox.save(file)
    sandbox.load(file)
    assert sandbox.status()["dns"][made] == before
    sandbox.reset()
    sandbox.load(file)
    assert sandbox.status()["dns"][made] == before


@pytest.mark.slow
def test_two_sandboxes_do_not_keep_their_labs_in_one_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept.snapshot"
    launcher.ensure(wish=SandboxOptions(persist=file))
    try:
        with monkeypatch.context() as another:
            another.setenv(launcher.RUNTIME_DIR, str(tmp_path / "another"))
            with pytest.raises(LauncherError, match="another sandbox keeps its lab in"):
                launcher.ensure(wish=SandboxOptions(persist=file))
    finally:
        launcher.stop()
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == [file.name]


@pytest.mark.slow
def test_what_died_is_started_again_on_the_port_it_was_told_to_take(folder: Path, tmp_path: Path) -> None:
    port = free_port()
    first = launcher.ensure(wish=SandboxOptions(port=port))
    kill(first)
    second = launcher.ensure()
    assert second.endpoint_url == first.endpoint_url
    assert second.pid != first.pid


@pytest.mark.slow
def test_a_client_that_comes_while_a_kept_lab_is_loaded_never_sees_an_empty_one(folder: Path, tmp_path: Path) -> None:
    port, kept = free_port(), tmp_path / "kept.snapshot"
    first = launcher.ensure(wish=SandboxOptions(port=port, persist=kept))
    made = ec2(first).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    launcher.stop()
    seen: list[set[str]] = []

    def ask() -> None:
        while not seen:
            with contextlib.suppress(EndpointConnectionError, ConnectionClosedError, ReadTimeoutError):
                seen.append(vpcs(first))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    launcher.ensure(wish=SandboxOptions(port=port, persist=kept))
    asking.join(120)
    assert made in seen[0]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def with_clock_of_400_digits(text: str) -> str:
    return text.replace('"clock":', '"clock":1' + "0" * 400 + ',"was":', 1)


def with_an_empty_attribute(text: str) -> str:
    return text.replace('"state":{', '"state":{"x":{},', 1)


def rewrite(file: Path, change: Callable[[str], str]) -> None:
    """Change a snapshot's content, with a digest that fits."""
    heading, _, body = file.read_text().partition("\n")
    body = change(body.removesuffix("\n"))
    document = json.loads(heading) | {"digest": hashlib.sha256(body.encode()).hexdigest()}
    file.write_text(f"{json.dumps(document)}\n{body}\n")


def test_a_snapshot_with_any_damage_is_refused_with_its_name_and_changes_nothing(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "lab.snapshot"
    sandbox = launcher.ensure()
    made = ec2(sandbox).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for change in (with_clock_of_400_digits, with_an_empty_attribute):
        sandbox.save(str(file))
        rewrite(file, change)
        with pytest.raises(LauncherError, match=r"lab\.snapshot cannot be loaded: it (is damaged|holds)"):
            sandbox.load(str(file))
        assert made in vpcs(sandbox)


@pytest.mark.parametrize("change", [with_clock_of_400_digits, with_an_empty_attribute])
def test_a_kept_file_with_any_damage_is_set_aside(folder: Path, tmp_path: Path, change: Callable[[str], str]) -> None:
    file = tmp_path / "kept.snapshot"
    kept = SandboxOptions(persist=file)
    ec2(launcher.ensure(wish=kept)).create_vpc(CidrBlock="10.0.0.0/16")
    launcher.stop()
    rewrite(file, change)
    assert launcher.ensure(wish=kept).status()["persistence"]["file"] == str(file)
    assert len(list(tmp_path.glob("kept.snapshot.damaged-*"))) == 1
