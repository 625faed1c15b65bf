"""A sandbox of the tests' own, in a process as users have it, and labs on it driven by the command line."""

import contextlib
import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import httpx
import pytest

from pltui.cli.main import main
from pltui.sandbox import launcher
from tests.builders.commands import Done
from tests.builders.sandboxes import own_sandbox

REGION = "ap-northeast-1"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
TAGGED = (
    ("describe_vpcs", "Vpcs"),
    ("describe_subnets", "Subnets"),
    ("describe_internet_gateways", "InternetGateways"),
    ("describe_addresses", "Addresses"),
    ("describe_nat_gateways", "NatGateways"),
    ("describe_route_tables", "RouteTables"),
    ("describe_security_groups", "SecurityGroups"),
    ("describe_instances", "Reservations"),
    ("describe_vpc_endpoints", "VpcEndpoints"),
    ("describe_vpc_endpoint_service_configurations", "ServiceConfigurations"),
)
ENDED = ("shutting-down", "terminated", "deleting", "deleted")  # still listed for a while, as on AWS
PATIENCE = 30.0  # seconds until something that should come is given up


def run(*words: str) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as ending:
            code = int(ending.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def eventually(condition: Callable[[], bool], what: str) -> None:
    """A request that is cut off by the very change that is waited for says that it is not there yet."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(httpx.TransportError):
            if condition():
                return
        assert time.monotonic() < deadline, f"it never came to be: {what}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Cloud:
    """Raw boto3 against an endpoint, which knows nothing of pltui."""

    endpoint_url: str
    clients: dict[str, Any] = field(default_factory=dict)
    region: str = REGION

    def client(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service, endpoint_url=self.endpoint_url, region_name=self.region, **KEYS
            )
        return self.clients[service]

    def tagged(self, lab: str) -> Counter[str]:
        """Address -> how many resources carry it, of all that EC2 lets carry tags; what has ended is not counted."""
        ec2 = self.client("ec2")
        counts: Counter[str] = Counter()
        for describe, key in TAGGED:
            word = "Filter" if describe == "describe_nat_gateways" else "Filters"
            found = getattr(ec2, describe)(**{word: [{"Name": "tag:pltui:lab", "Values": [lab]}]})[key]
            for item in [one for r in found for one in r["Instances"]] if key == "Reservations" else found:
                state = item.get("State")
                if (state["Name"] if isinstance(state, dict) else state) not in ENDED:
                    counts[next(tag["Value"] for tag in item["Tags"] if tag["Key"] == "pltui:address")] += 1
        return counts

    def server(self, number: int) -> str:
        """The instance id of one of the provider's servers, running or not."""
        found = self.client("ec2").describe_instances(
            Filters=[
                {"Name": "tag:Name", "Values": [f"provider-service-{number}"]},
                {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]},
            ]
        )
        (reservation,) = found["Reservations"]
        return str(reservation["Instances"][0]["InstanceId"])


@dataclass(frozen=True)
class Lab:
    """A lab of a spec, by the command line."""

    spec: str
    cloud: Cloud
    name: str
    socks: str

    def pltui(self, command: str, *words: str) -> Done:
        return run(command, self.spec, *words)

    def must(self, command: str, *words: str) -> Done:
        done = self.pltui(command, *words)
        assert done.code == 0, done.err
        return done

    def ask(self, times: int, machine: str = "consumer-instance") -> Counter[str]:
        """Subnet -> answers, to requests sent from a machine of the consumer's through the sandbox's SOCKS door."""
        url = "http://provider-nlb.example.local/"
        answers: Counter[str] = Counter()
        with httpx.Client(
            proxy=f"socks5h://{machine}:any@{self.socks}",
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=10,
            verify=False,
        ) as client:
            for _ in range(times):
                text = client.get(url).text
                found = re.search(r"Hello from Provider VPC on Subnet (\d)", text)
                assert found, text
                answers[found[1]] += 1
        return answers


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[launcher.Sandbox]:
    with own_sandbox(tmp_path_factory) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def cloud(sandbox: launcher.Sandbox) -> Cloud:
    return Cloud(sandbox.endpoint_url)


@pytest.fixture(scope="session")
def standing(sandbox: launcher.Sandbox, cloud: Cloud) -> dict[str, Lab]:
    """The labs on the sandbox. It is one account, and machines are asked for by name: so there is one at a time."""
    return {}


@pytest.fixture
def make_lab(sandbox: launcher.Sandbox, cloud: Cloud, standing: dict[str, Lab]) -> Callable[[str], Lab]:
    """A lab of which nothing is there yet."""

    def make(spec: str) -> Lab:
        for name in list(standing):
            standing.pop(name).must("destroy", "--yes")
        standing[spec] = Lab(f"specs/{spec}.yaml", cloud, spec, sandbox.socks)
        return standing[spec]

    return make


@pytest.fixture
def lab(make_lab: Callable[[str], Lab], standing: dict[str, Lab]) -> Lab:
    """The lab of the first spec, as the spec says."""
    lab = standing.get("privatelink") or make_lab("privatelink")
    lab.must("reconcile")
    return lab
