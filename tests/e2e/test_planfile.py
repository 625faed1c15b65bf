"""A plan in a file is done exactly as it is, or not at all."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Cloud, Lab

pytestmark = pytest.mark.slow  # plans on the sandbox; tests/test_planfile.py has them without it

GROUP = "provider-service-sg"


def open_to_all(cloud: Cloud) -> None:
    """Somebody lets everybody ask the web servers."""
    ec2 = cloud.client("ec2")
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [GROUP]}])["SecurityGroups"]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])


def test_a_plan_is_applied_once_and_by_then_the_world_has_moved(
    make_lab: Callable[[str], Lab], cloud: Cloud, tmp_path: Path
) -> None:
    lab, file = make_lab("privatelink"), str(tmp_path / "plan.json")
    planned = lab.pltui("plan", "--json", "--out", file)
    assert planned.code == 3
    written = json.loads(Path(file).read_text())
    assert [{**change, "wanted": None} for change in written["changes"]] == [
        {**change, "wanted": None} for change in planned.document()["changes"]
    ]
    summary = lab.must("reconcile", "--plan", file, "--json").lines()[-1]
    assert summary["created"] == planned.document()["summary"]["create"]
    assert set(cloud.tagged(lab.name).values()) == {1}
    again = lab.pltui("reconcile", "--plan", file)
    assert again.code == 4
    assert "was to be created, and now exists" in again.err


def test_what_somebody_does_between_plan_and_apply_is_refused_and_nothing_is_written(
    lab: Lab, cloud: Cloud, tmp_path: Path
) -> None:
    file = str(tmp_path / "plan.json")
    lab.must("cross-zone", "off")
    assert lab.pltui("plan", "--out", file).code == 3
    open_to_all(cloud)
    refused = lab.pltui("reconcile", "--plan", file)
    assert refused.code == 4
    assert "provider/service-security-group: was to stay as it is, and now is to be updated" in refused.err
    left = lab.pltui("plan", "--json").document()["changes"]
    assert {change["address"] for change in left} == {"provider/load-balancer", "provider/service-security-group"}
    lab.must("reconcile")


def test_a_replacement_and_what_follows_from_it_is_applied_over_several_passes(
    lab: Lab, cloud: Cloud, tmp_path: Path
) -> None:
    file, other = str(tmp_path / "plan.json"), ("--set", "provider.servers.greeting=Hi from Subnet {subnet}")
    planned = lab.pltui("plan", *other, "--out", file).out
    assert sorted(line.split()[1] for line in planned.splitlines() if line.startswith("-/+")) == [
        "provider/server-1",
        "provider/server-2",
        "provider/server-3",
    ]
    assert "~ provider/server-1/target" in planned
    assert lab.pltui("reconcile", "--plan", file).code == 4, "it was made for what the spec says with --set"
    summary = lab.must("reconcile", *other, "--plan", file, "--json").lines()[-1]
    assert (summary["deleted"], summary["passes"] > 2) == (3, True)
    assert lab.pltui("plan", *other).code == 0
    lab.must("reconcile")


def test_a_plan_of_nothing_holds_as_long_as_nothing_changes(lab: Lab, tmp_path: Path) -> None:
    file = str(tmp_path / "plan.json")
    assert lab.pltui("plan", "--out", file).code == 0
    lab.must("reconcile", "--plan", file)
    lab.must("cross-zone", "off")
    assert lab.pltui("reconcile", "--plan", file).code == 4
    lab.must("reconcile")


def test_a_plan_is_not_kept_converged(lab: Lab, tmp_path: Path) -> None:
    assert lab.pltui("reconcile", "--plan", str(tmp_path / "plan.json"), "--watch").code == 2
    assert lab.pltui("reconcile", "--plan", str(tmp_path / "missing.json")).code == 2
