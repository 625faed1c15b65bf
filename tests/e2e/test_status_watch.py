"""`status --watch`: one tree, then one line a change, until Ctrl-C."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Lab

pytestmark = pytest.mark.timeout(120)


@contextlib.contextmanager
def watching(lab: Lab, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "pltui", "status", lab.spec, "--watch", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def until(running: subprocess.Popen[str], text: str) -> list[str]:
    """The lines up to the one with `text` in it."""
    assert running.stdout is not None
    lines = []
    for line in running.stdout:
        lines.append(line.rstrip("\n"))
        if text in line:
            return lines
    raise AssertionError(f"ended without {text!r}: {lines[-3:]}")


@pytest.mark.slow
def test_changes_are_read_out_until_ctrl_c(lab: Lab) -> None:
    with watching(lab, "--plain") as running:
        tree = until(running, " exist, ")
        assert "provider server 2: running" in tree
        lab.cloud.client("ec2").stop_instances(InstanceIds=[lab.cloud.server(2)])
        told = until(running, "provider server 2: stop")
        assert all(line.isascii() for line in tree + told)
        assert told[-1].endswith(", was running")
        running.send_signal(signal.SIGINT)
        running.communicate()
        assert running.returncode == 130
    lab.must("reconcile")


@pytest.mark.slow
def test_with_json_the_events_are_what_is_told(lab: Lab) -> None:
    with watching(lab, "--json") as running:
        until(running, "consumer/client")
        lab.must("cross-zone", "off")
        event = json.loads(until(running, '"cross_zone": false')[-1])
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate()
    assert (event["type"], event["address"], event["phase"]) == ("event", "provider/load-balancer", "observed")
    assert json.loads(rest.splitlines()[-1]) == {"type": "summary", "verb": "status", "lab": lab.name}
    lab.must("reconcile")


@pytest.mark.slow
def test_watching_writes_nothing(lab: Lab) -> None:
    with watching(lab, "--plain", "--read-only") as running:
        assert "0 to change" in until(running, " exist, ")[-1]
