"""Every command on every shipped spec, in regions of other partitions and with fewer zones."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from pltui.sandbox import launcher
from tests.builders.commands import Done
from tests.e2e.conftest import Cloud, Lab, eventually, run

# A dozen commands: on a busy machine more than the usual two minutes.
# Minutes in all; tests/topology has the rules of zones and partitions.
pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

SPECS = ("privatelink", "zonal", "single-subnet", "two-consumers")
POLICY = "AmazonSSMManagedInstanceCore"

# Where the sandbox has two zones, as new accounts have on AWS: the specs, which want three, with two.
TWO_ZONES = ("provider.vpc.zones=2", "consumers.consumer.vpc.zones=2", "experiments=[]")
IN_TWO_ZONES = dict.fromkeys(SPECS, TWO_ZONES) | {
    "two-consumers": (*TWO_ZONES, "consumers.partner.vpc.zones=2", "consumers.partner.endpoint.subnets=[2]")
}
ZONES = {
    "us-west-1": ("us-west-1a (usw1-az3)", "us-west-1b (usw1-az1)"),
    "cn-north-1": ("cn-north-1a (cnn1-az1)", "cn-north-1b (cnn1-az2)"),
}
PARTITIONS = {"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"}
PRINCIPALS = {"cn-north-1": "ec2.amazonaws.com.cn"}


@dataclass(frozen=True)
class Elsewhere(Lab):
    """A lab in another region than its spec says, and with some of it overridden."""

    overrides: tuple[str, ...] = ()

    def pltui(self, command: str, *words: str) -> Done:
        sets = [word for override in self.overrides for word in ("--set", override)]
        return run(command, self.spec, *words, "--region", self.cloud.region, *sets)


@contextmanager
def lab_in(region: str, spec: str, sandbox: launcher.Sandbox, overrides: tuple[str, ...]) -> Iterator[Elsewhere]:
    cloud = Cloud(sandbox.endpoint_url, region=region)
    lab = Elsewhere(f"specs/{spec}.yaml", cloud, spec, sandbox.socks, overrides)
    try:
        yield lab
    finally:
        lab.pltui("destroy", "--yes")


@pytest.fixture
def alone(standing: dict[str, Lab]) -> None:
    """No other lab is there: machines of the same names would be taken for this one's."""
    for name in list(standing):
        standing.pop(name).must("destroy", "--yes")


def attached(lab: Elsewhere) -> tuple[str, str]:
    """The policy of the client's role, by its ARN, and whom the role trusts."""
    iam = lab.cloud.client("iam")
    role = next(role for role in iam.list_roles()["Roles"] if role["Path"].endswith(f"/{lab.name}/"))
    (policy,) = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    return policy["PolicyArn"], statement["Principal"]["Service"]


def detach(lab: Elsewhere) -> None:
    iam = lab.cloud.client("iam")
    role = next(role for role in iam.list_roles()["Roles"] if role["Path"].endswith(f"/{lab.name}/"))
    iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=attached(lab)[0])


def answering(lab: Elsewhere) -> set[str]:
    """The subnets that five requests are answered from."""
    return set(lab.must("probe", "-n", "5", "--json").lines()[-1]["by_subnet"])


def tell_whole_story(lab: Elsewhere) -> None:
    assert lab.pltui("plan").code == 3
    lab.must("reconcile")
    region = lab.cloud.region
    policy = f"arn:{PARTITIONS.get(region, 'aws')}:iam::aws:policy/{POLICY}"
    assert attached(lab) == (policy, PRINCIPALS.get(region, "ec2.amazonaws.com"))
    assert lab.pltui("plan").code == 0

    lab.must("cross-zone", "off")
    assert lab.must("cross-zone", "--json").document()["cross_zone"]["observed"] is False
    eventually(lambda: answering(lab) == {"1"}, "answers from subnet 1 alone")
    assert lab.must("explain").out
    lab.must("reconcile")

    detach(lab)
    drifted = lab.pltui("plan", "--json")
    changes = [change["address"] for change in drifted.document()["changes"]]
    assert (drifted.code, len(changes)) == (3, 1)
    assert changes[0].endswith(POLICY)
    lab.must("reconcile")
    assert lab.pltui("plan").code == 0

    lab.must("destroy", "--yes")
    assert not lab.cloud.tagged(lab.name)


@pytest.mark.usefixtures("alone")
def test_a_lab_in_two_zones_of_china_does_all_that_a_lab_does(sandbox: launcher.Sandbox) -> None:
    with lab_in("cn-north-1", "privatelink", sandbox, IN_TWO_ZONES["privatelink"]) as lab:
        tell_whole_story(lab)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-1", "us-gov-west-1", *ZONES])
@pytest.mark.parametrize("spec", SPECS)
def test_each_shipped_spec_does_all_that_a_lab_does_in_each_region(
    sandbox: launcher.Sandbox, spec: str, region: str
) -> None:
    with lab_in(region, spec, sandbox, IN_TWO_ZONES[spec] if region in ZONES else ()) as lab:
        tell_whole_story(lab)


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("region", ZONES)
@pytest.mark.parametrize("spec", SPECS)
def test_where_a_region_has_too_few_zones_those_it_has_are_named(
    sandbox: launcher.Sandbox, spec: str, region: str
) -> None:
    done = run("plan", f"specs/{spec}.yaml", "--region", region)
    assert done.code == 2
    assert all(zone in done.err for zone in ZONES[region])
