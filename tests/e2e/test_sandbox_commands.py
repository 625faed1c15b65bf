"""`pltui sandbox`: faults, snapshots and logs, by the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pltui.sandbox import launcher
from tests.e2e.conftest import Cloud, Lab, eventually, run


@pytest.fixture
def mended(sandbox: launcher.Sandbox) -> Iterator[None]:
    yield
    sandbox.clear_faults()


def test_a_server_that_is_down_answers_no_more_until_it_is_mended(lab: Lab, mended: None) -> None:
    lab.must("cross-zone", "on")
    eventually(lambda: len(lab.ask(30)) == 3, "all three answer")
    done = run("sandbox", "fault", "server", "provider-service-2", "--json")
    assert done.code == 0
    (fault,) = done.document()["faults"]
    assert fault["text"].startswith("the server of provider-service-2 (i-")
    assert run("sandbox", "status", "--json").document()["faults"] == [fault]
    assert fault["text"] in run("sandbox", "status").out
    eventually(lambda: set(lab.ask(30)) == {"1", "3"}, "the other two answer")
    assert "(cleared)" in run("sandbox", "fault", "--clear", fault["id"]).out
    eventually(lambda: len(lab.ask(30)) == 3, "all three answer again")
    assert run("sandbox", "fault").out.startswith("no active faults")


@pytest.mark.slow
def test_what_is_broken_on_purpose_is_said_by_whatever_it_may_make_fail(lab: Lab, mended: None) -> None:
    assert "active fault" not in lab.must("status").err
    text = run("sandbox", "fault", "server", "provider-service-2", "--json").document()["faults"][0]["text"]
    for command in ("status", "plan", "reconcile"):
        words = ("--timeout", "1") if command == "reconcile" else ()
        assert f"active fault: {text} (" in lab.pltui(command, *words).err
    assert "active fault" not in lab.pltui("status", "-q").err
    assert lab.pltui("status", "--json").document()["lab"] == "privatelink"


def test_an_error_of_aws_is_injected_until_it_is_cleared(lab: Lab, mended: None) -> None:
    done = run("sandbox", "fault", "error", "ec2:DescribeVpcs", "UnauthorizedOperation", "--json")
    (fault,) = done.document()["faults"]
    assert fault["text"] == "calls of ec2:DescribeVpcs fail with UnauthorizedOperation"
    refused = lab.pltui("status", "-v")
    assert (refused.code, f"active fault: {fault['text']}" in refused.err) == (4, True)
    assert "ec2:DescribeVpcs is denied, so these types are unknown: " in refused.err
    assert fault["text"] in run("sandbox", "fault").out
    assert run("sandbox", "fault", "--clear", fault["id"]).code == 0
    lab.must("status")


def test_an_unknown_error_or_operation_is_a_usage_error_with_near_matches(lab: Lab) -> None:
    done = run("sandbox", "fault", "error", "ec2:RunInstance", "Blocked")
    assert (done.code, "did you mean ec2:RunInstances" in done.err) == (2, True)
    done = run("sandbox", "fault", "error", "ec2:RunInstances", "insufficientInstanceCapacity")
    assert (done.code, "did you mean InsufficientInstanceCapacity" in done.err) == (2, True)
    assert run("sandbox", "fault", "error", "ec2:RunInstances", "Blocked", "--times", "0").code == 2


@pytest.mark.slow
def test_a_fault_on_what_is_not_there_names_what_is(lab: Lab) -> None:
    done = run("sandbox", "fault", "server", "nobody")
    assert done.code == 1
    assert "provider-service-1 (i-" in done.err
    done = run("sandbox", "fault", "--clear", "fault-99")
    assert (done.code, "there is no fault 'fault-99'" in done.err) == (1, True)
    assert run("sandbox", "fault", "server").code == 2
    assert run("sandbox", "fault", "server", "x", "--clear").code == 2


def test_a_lab_saved_and_loaded_is_the_same_and_answers(lab: Lab, cloud: Cloud, tmp_path: Path) -> None:
    file, server = str(tmp_path / "lab.snapshot"), cloud.server(1)
    saved = run("sandbox", "snapshot", "save", file, "--json")
    assert (saved.code, saved.document()["left_out"]) == (0, [])
    assert run("sandbox", "reset").code == 0
    assert lab.pltui("plan").code == 3
    assert run("sandbox", "snapshot", "load", file).code == 0
    assert lab.pltui("plan").code == 0
    assert cloud.server(1) == server
    eventually(lambda: sum(lab.ask(5).values()) == 5, "the service answers")


@pytest.mark.slow
def test_a_snapshot_that_is_none_is_refused(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("nothing")
    done = run("sandbox", "snapshot", "load", str(tmp_path / "file"))
    assert (done.code, "is no snapshot of a sandbox" in done.err) == (1, True)
    done = run("sandbox", "snapshot", "save", "/nowhere/at/all")
    assert (done.code, "cannot be written" in done.err) == (1, True)


@pytest.mark.slow
def test_status_tells_what_the_network_is_doing(lab: Lab) -> None:
    before = run("sandbox", "status", "--json").document()["network"]["connections"]
    lab.ask(3)
    status = run("sandbox", "status", "--json").document()
    assert status["network"]["connections"] >= before + 3
    assert (status["network"]["machines"], status["network"]["targets"]) == (4, 3)
    assert status["calls"] > 0
    assert status["persistence"] is None
    assert "4 machines, 3 serving" in run("sandbox", "status").out


@pytest.mark.slow
def test_logs_show_the_end_of_its_log(lab: Lab) -> None:
    done = run("sandbox", "logs", "-n", "1000")
    assert (done.code, f"the sandbox is at {lab.cloud.endpoint_url}" in done.out) == (0, True)
    assert len(run("sandbox", "logs", "-n", "1").out.splitlines()) <= 1
    assert run("sandbox", "logs", "--json", "-n", "1").lines()[0]["type"] == "log"


@pytest.mark.slow
def test_options_may_stand_before_or_after_the_action(lab: Lab) -> None:
    assert run("sandbox", "--json", "status").document() != {}
    assert run("sandbox", "status", "--json").document() != {}
