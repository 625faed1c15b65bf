"""The sandbox beside plain moto, in the same run: how soon it answers, and what a call costs."""

import contextlib
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

PATIENCE = 60.0
FORM = "application/x-www-form-urlencoded"
PREPARED = 20  # VPCs and groups that stand while reads are timed

# By name: the service and what it is asked.
CALLS = {
    "DescribeVpcs": ("ec2", "Action=DescribeVpcs&Version=2016-11-15"),
    "DescribeSecurityGroups": ("ec2", "Action=DescribeSecurityGroups&Version=2016-11-15"),
    "DescribeInstances": ("ec2", "Action=DescribeInstances&Version=2016-11-15"),
    "DescribeLoadBalancers": ("elasticloadbalancing", "Action=DescribeLoadBalancers&Version=2015-12-01"),
    "ListRoles": ("iam", "Action=ListRoles&Version=2010-05-08"),
    "CreateVpc": ("ec2", "Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15"),
    "AllocateAddress": ("ec2", "Action=AllocateAddress&Domain=vpc&Version=2016-11-15"),
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def started(command: Sequence[str], port: int) -> Iterator[tuple[float, int]]:
    """(seconds until its first EC2 answer, process id) of a server on `port`."""
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    began = time.monotonic()
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as server:
        try:
            while server.poll() is None and time.monotonic() - began < PATIENCE:
                with contextlib.suppress(OSError):
                    ask(port, *CALLS["DescribeVpcs"])
                    break
                time.sleep(0.01)
            else:
                raise RuntimeError(f"{command} does not answer")
            yield time.monotonic() - began, server.pid
        finally:
            server.terminate()


@contextlib.contextmanager
def moto() -> Iterator[tuple[float, int, int]]:
    port = free_port()
    with started([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port) as (ready, pid):
        yield ready, pid, port


@contextlib.contextmanager
def sandbox(speed: str = "instant") -> Iterator[tuple[float, int, int]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pltui.emulator", "--port", str(port), "--runtime-dir", folder]
        with started([*command, "--speed", speed], port) as (ready, pid):
            while not (Path(folder) / "sandbox.json").exists():
                time.sleep(0.01)
            yield ready, pid, port


def ask(port: int, service: str, body: str) -> bytes:
    """One call; on a connection of its own, as plain moto closes each. Raises OSError while nobody listens."""
    scope = f"testing/20260101/us-east-1/{service}/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", "/", body, {"Authorization": signed, "Content-Type": FORM})
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise RuntimeError(answer.decode(errors="replace")[:500])
    return answer


def call_times(port: int, rounds: int) -> dict[str, float]:
    """The median seconds of each call."""
    for _ in range(PREPARED):
        ask(port, *CALLS["CreateVpc"])
    found: dict[str, list[float]] = {name: [] for name in CALLS}
    for name, call in CALLS.items():
        for _ in range(rounds):
            began = time.perf_counter()
            ask(port, *call)
            found[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in found.items()}


def cpu_seconds(pid: int) -> float:
    import psutil

    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def show(runs: int) -> None:
    ready: dict[str, list[float]] = {"moto": [], "sandbox": []}
    calls: dict[str, list[dict[str, float]]] = {"moto": [], "sandbox": []}
    for _ in range(runs):
        for name, start in (("moto", moto), ("sandbox", sandbox)):
            with start() as (seconds, _, port):
                ready[name].append(seconds)
                calls[name].append(call_times(port, 40))
    mine, theirs = statistics.median(ready["sandbox"]), statistics.median(ready["moto"])
    print(f"first EC2 answer        {mine:6.2f} s   plain moto {theirs:.2f} s: {mine / theirs:.2f}x   (goal 0.6)")
    ratios = []
    for call in CALLS:
        mine = min(each[call] for each in calls["sandbox"]) * 1000
        theirs = min(each[call] for each in calls["moto"]) * 1000
        ratios.append(mine / theirs)
        print(f"  {call:<24}{mine:6.2f} ms  plain moto {theirs:.2f} ms: {mine / theirs:.2f}x")
    print(f"all calls, median ratio                                {statistics.median(ratios):.2f}x   (goal 1.15)")
    with sandbox("60") as (_, pid, _):
        time.sleep(2)
        before = cpu_seconds(pid)
        time.sleep(10)
        print(f"idle                    {(cpu_seconds(pid) - before) * 10:6.2f} % of a processor   (goal 1)")
