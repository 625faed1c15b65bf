"""A sandbox of the tests' own, and labs worked on by real processes that reach it through a proxy."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from pltui.sandbox import launcher
from tests.builders.commands import Done
from tests.builders.sandboxes import own_sandbox
from tests.wire.inventory import NOBODY, WANTED, Account
from tests.wire.proxy import PATIENCE, Proxy, Script, nothing

# Every kind of resource, each as few times as can be. The load balancer's name is unique in the account.
SPEC = """\
version: 1
name: {name}
region: ap-northeast-1
provider:
  vpc: {{zones: 1}}
  servers: {{count: 1}}
  load_balancer: {{name: {name}, cross_zone: true}}
consumers:
  consumer: {{vpc: {{zones: 1}}}}
"""


class Child:
    """A pltui process under way. What it writes to standard output is kept in a file, so that it never has to wait."""

    def __init__(self, words: list[str], environment: dict[str, str], out: IO[str]) -> None:
        self._out = out
        self._err: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pltui", *words], stdout=out, stderr=subprocess.PIPE, text=True, env=environment
        )

    def wait_to_say(self, text: str) -> None:
        """Read its standard error until a line holds `text`."""
        assert self.process.stderr
        for line in self.process.stderr:
            self._err.append(line)
            if text in line:
                return
        raise AssertionError(f"it ended without saying {text!r}: {''.join(self._err)}")

    def end(self) -> Done:
        """Let it end by itself; one that hangs is ended, and fails the test."""
        try:
            _, err = self.process.communicate(timeout=PATIENCE)
        finally:
            self.process.kill()
        self._out.seek(0)
        return Done(self.process.returncode, self._out.read(), "".join(self._err) + err)


@dataclass(frozen=True)
class Lab:
    name: str
    spec: Path
    account: Account
    environment: dict[str, str]

    def proxy(self, script: Script = nothing) -> Proxy:
        return Proxy(self.account.endpoint_url, script)

    @contextmanager
    def child(self, proxy: Proxy, command: str, *words: str) -> Iterator[Child]:
        """`pltui COMMAND` through the proxy, beside what the test does."""
        with self.child_at(proxy.url, command, *words) as child:
            proxy.attach(child.process)
            yield child

    @contextmanager
    def child_at(self, url: str, command: str, *words: str) -> Iterator[Child]:
        """`pltui COMMAND` at that endpoint."""
        sure = ["--yes"] if command == "destroy" else []
        line = [command, str(self.spec), *words, *sure, "--endpoint-url", url]
        with (self.spec.parent / f"{url.rpartition(':')[2]}.out").open("w+") as out:
            child = Child(line, self.environment, out)
            try:
                yield child
            finally:
                child.process.kill()
                child.process.communicate()

    def pltui(self, proxy: Proxy, command: str, *words: str) -> Done:
        with self.child(proxy, command, *words) as child:
            return child.end()

    def run(self, command: str, *words: str, script: Script = nothing) -> tuple[Done, Proxy]:
        """The command from beginning to end, through a proxy of its own."""
        with self.proxy(script) as proxy:
            done = self.pltui(proxy, command, *words)
            proxy.wait_until_quiet()
        return done, proxy

    def must(self, command: str, *words: str, script: Script = nothing) -> Proxy:
        done, proxy = self.run(command, *words, script=script)
        assert done.code == 0, f"{done.code}\n{done.err}\n{done.out[-4000:]}"
        return proxy

    def stands(self) -> Counter[str]:
        return self.account.labs().get(self.name, Counter())

    def leases(self) -> list[str]:
        return [name for name in self.account.parameters() if f"/{self.name}/" in name]

    def assert_one_of_each(self) -> None:
        assert self.stands() == WANTED
        self.assert_nothing_astray()

    def assert_none(self) -> None:
        """Nothing of it, and no lease on it."""
        assert self.stands() == Counter()
        assert self.leases() == []
        self.assert_nothing_astray()

    def assert_nothing_astray(self) -> None:
        """There is nothing new that no lab owns up to."""
        assert self.account.labs().get(NOBODY, Counter()) == Counter()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[launcher.Sandbox]:
    with own_sandbox(tmp_path_factory) as sandbox:
        yield sandbox


def _bystanders(account: Account) -> dict[str, Any]:
    """What a neighbour made by hand looks like, with names and address ranges like the labs' own."""
    ec2 = account.client("ec2")
    here = [{"Name": "tag:owner", "Values": ["neighbour"]}]
    vpcs = ec2.describe_vpcs(Filters=here)["Vpcs"]
    inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"] for vpc in vpcs]}]
    return {
        "vpcs": vpcs,
        "groups": ec2.describe_security_groups(Filters=inside)["SecurityGroups"],
        "subnets": ec2.describe_subnets(Filters=inside)["Subnets"],
        "tables": ec2.describe_route_tables(Filters=inside)["RouteTables"],
        "gateways": ec2.describe_internet_gateways(Filters=here)["InternetGateways"],
        "addresses": ec2.describe_addresses(Filters=here)["Addresses"],
    }


def _make_bystanders(account: Account) -> None:
    ec2 = account.client("ec2")

    def tags(kind: str, name: str) -> list[dict[str, Any]]:
        marks = [{"Key": "Name", "Value": name}, {"Key": "owner", "Value": "neighbour"}]
        return [{"ResourceType": kind, "Tags": marks}]

    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", "provider-vpc"))["Vpc"]["VpcId"]
    for name in ("provider-service-sg", "consumer-endpoint-sg", "consumer-instance-sg"):
        ec2.create_security_group(VpcId=vpc, GroupName=name, Description="by hand")
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")
    ec2.create_internet_gateway(TagSpecifications=tags("internet-gateway", "provider-igw"))
    ec2.allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip", "provider-nat-1"))


@pytest.fixture(scope="session")
def account(sandbox: launcher.Sandbox) -> Account:
    account = Account(sandbox.endpoint_url)
    _make_bystanders(account)
    return account


@pytest.fixture
def make_lab(account: Account, tmp_path: Path) -> Iterator[Callable[[str], Lab]]:
    """A lab of that name, of which nothing is there yet. What others have must be the same in the end."""
    account.forget()
    bystanders = _bystanders(account)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def make(name: str) -> Lab:
        folder = tmp_path / name
        folder.mkdir()
        spec = folder / "lab.yaml"
        spec.write_text(SPEC.format(name=name))
        return Lab(name, spec, account, environment)

    yield make
    assert _bystanders(account) == bystanders


@pytest.fixture
def lab(make_lab: Callable[[str], Lab], request: pytest.FixtureRequest) -> Lab:
    """A lab of this test's own."""
    serial = request.session.stash.setdefault(_SERIAL, [0])
    serial[0] += 1
    return make_lab(f"wire-{serial[0]}")


_SERIAL = pytest.StashKey[list[int]]()
