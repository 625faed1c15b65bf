"""What commands write and how they end, as scripts rely on it."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import Lab, run

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def check_events(lines: list[dict[str, Any]], verb: str) -> None:
    *events, summary = lines
    assert events
    for event in events:
        assert event["type"] == "event"
        assert event.keys() >= {"seq", "at", "address", "phase", "detail"}
        assert RFC_3339.fullmatch(event["at"])
    assert [event["seq"] for event in events] == sorted({event["seq"] for event in events})
    assert (summary["type"], summary["verb"], summary["ok"]) == ("summary", verb, True)


@pytest.mark.slow
def test_json_of_reconcile_and_destroy_is_one_event_a_line_and_a_summary(make_lab: Callable[[str], Lab]) -> None:
    lab = make_lab("privatelink")
    made = lab.must("reconcile", "--json")
    check_events(made.lines(), "reconcile")
    assert made.err == ""
    gone = lab.must("destroy", "--yes", "--json")
    check_events(gone.lines(), "destroy")
    assert gone.lines()[-1]["deleted"] == made.lines()[-1]["created"]


@pytest.mark.slow
def test_text_goes_where_it_belongs(make_lab: Callable[[str], Lab]) -> None:
    lab = make_lab("privatelink")
    planned = lab.pltui("plan")
    assert planned.code == 3
    assert planned.out.splitlines()[-1].startswith("privatelink: ")
    made = lab.must("reconcile")
    assert made.out == ""
    assert "created" in made.err
    assert lab.must("reconcile", "-q").err == ""
    status = lab.must("status")
    assert status.err == ""
    assert "provider" in status.out.splitlines()


def test_probe_says_who_answered_and_sums_up(lab: Lab) -> None:
    *answers, summary = lab.must("probe", "-n", "6", "--json").lines()
    assert [answer["n"] for answer in answers] == [1, 2, 3, 4, 5, 6]
    for answer in answers:
        assert answer["type"] == "probe"
        assert answer.keys() >= {"n", "at", "status", "subnet", "zone", "latency_ms", "ip", "error"}
        assert RFC_3339.fullmatch(answer["at"])
        assert (answer["status"], answer["error"]) == (200, None)
        assert answer["subnet"] in (1, 2, 3)
        assert answer["zone"].startswith("ap-northeast-1")
        assert answer["ip"].startswith("10.0.")
    assert (summary["type"], summary["sent"], summary["failed"]) == ("summary", 6, 0)
    assert sum(summary["by_subnet"].values()) == 6


@pytest.mark.slow
def test_a_probe_that_is_not_answered_fails_with_1_and_says_why(make_lab: Callable[[str], Lab]) -> None:
    lab = make_lab("privatelink")
    lab.must("reconcile", "--set", "consumers.consumer.endpoint.ingress=[192.0.2.0/24]")
    done = lab.pltui("probe", "-n", "1", "--json", "--set", "probe.timeout=300ms")
    assert done.code == 1
    answer, summary = done.lines()
    assert (answer["status"], answer["subnet"], summary["failed"]) == (None, None, 1)
    assert answer["error"]


@pytest.mark.parametrize("command", ["plan", "status", "explain"])
def test_json_of_what_only_reads_is_one_document_about_the_lab(lab: Lab, command: str) -> None:
    done = lab.must(command, "--json")
    assert done.document()["lab"] == "privatelink"
    assert done.err == ""


@pytest.mark.slow
def test_read_only_refuses_what_would_write_and_nothing_else(lab: Lab) -> None:
    for words in (("reconcile",), ("destroy", "--yes"), ("cross-zone", "off"), ("verify",)):
        assert lab.pltui(words[0], *words[1:], "--read-only").code == 4
    for words in (("plan",), ("status",), ("probe", "-n", "1"), ("explain",), ("cross-zone",)):
        assert lab.pltui(words[0], *words[1:], "--read-only").code == 0
    assert lab.must("cross-zone", "--json").document()["cross_zone"]["observed"] is True


@pytest.mark.slow
def test_a_watch_ended_by_ctrl_c_is_130(lab: Lab) -> None:
    command = [sys.executable, "-m", "pltui", "reconcile", lab.spec, "--watch", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        for line in running.stdout:
            if '"type": "summary"' in line:
                break
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_run_out_of_time_is_1(make_lab: Callable[[str], Lab]) -> None:
    done = make_lab("privatelink").pltui("reconcile", "--timeout", "0.01")
    assert done.code == 1
    assert "timed out" in done.err


@pytest.mark.slow
def test_sandbox_status_names_every_door(lab: Lab) -> None:
    done = run("sandbox", "status", "--json")
    assert done.code == 0
    status = done.document()
    assert status["endpoint_url"] == lab.cloud.endpoint_url
    assert status["socks"] == lab.socks
    assert len(status["dns"]) >= 2
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+", where) for where in status["dns"].values())
