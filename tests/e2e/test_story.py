"""The whole story on a real sandbox: real HTTP over real sockets, and boto3 to look behind pltui's back."""

from collections.abc import Callable

import pytest

from tests.e2e.conftest import Cloud, Lab, eventually

ADDRESS_BLOCK = "10.0.0.0/16"


def test_what_was_reconciled_needs_nothing_more(lab: Lab) -> None:
    again = lab.must("reconcile", "--json").lines()[-1]
    assert (again["created"], again["updated"], again["deleted"], again["passes"]) == (0, 0, 0, 1)
    assert lab.pltui("plan").code == 0


def test_both_sides_have_the_same_addresses_and_one_of_each_resource(lab: Lab, cloud: Cloud) -> None:
    found = cloud.tagged(lab.name)
    assert {address: n for address, n in found.items() if n != 1} == {}
    vpcs = cloud.client("ec2").describe_vpcs(Filters=[{"Name": "tag:pltui:lab", "Values": [lab.name]}])["Vpcs"]
    assert [vpc["CidrBlock"] for vpc in vpcs] == [ADDRESS_BLOCK, ADDRESS_BLOCK]


def test_the_switch_decides_which_subnets_answer(lab: Lab) -> None:
    lab.must("cross-zone", "off")
    eventually(lambda: set(lab.ask(10)) == {"1"}, "answers from subnet 1 alone")
    assert set(lab.ask(30)) == {"1"}
    lab.must("cross-zone", "on")
    eventually(lambda: set(lab.ask(10)) > {"1"}, "answers from another subnet")
    assert set(lab.ask(60)) == {"1", "2", "3"}


def test_an_override_is_shown_and_undone(lab: Lab) -> None:
    lab.must("cross-zone", "off")
    plan = lab.pltui("plan", "--json")
    assert plan.code == 3
    assert [change["address"] for change in plan.document()["changes"]] == ["provider/load-balancer"]
    lab.must("reconcile")
    assert lab.must("cross-zone", "--json").document()["cross_zone"] == {"wanted": True, "observed": True}


def test_a_stopped_server_drops_out_and_comes_back(lab: Lab, cloud: Cloud) -> None:
    ec2, server = cloud.client("ec2"), cloud.server(2)
    ec2.stop_instances(InstanceIds=[server])
    eventually(lambda: set(lab.ask(20)) == {"1", "3"}, "answers without subnet 2")
    assert set(lab.ask(40)) == {"1", "3"}
    ec2.start_instances(InstanceIds=[server])
    eventually(lambda: "2" in lab.ask(10), "answers from subnet 2 again")


def test_destroy_takes_ours_and_leaves_what_is_not(make_lab: Callable[[str], Lab], cloud: Cloud) -> None:
    lab, ec2 = make_lab("privatelink"), cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=ADDRESS_BLOCK)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="provider-service-sg", Description="not ours")["GroupId"]
    zone = cloud.client("route53").create_hosted_zone(
        Name="example.local",
        CallerReference="not ours",
        VPC={"VPCRegion": "ap-northeast-1", "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True},
    )["HostedZone"]["Id"]

    def standing() -> set[str]:
        return {
            *(one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]),
            *(one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]),
            *(one["GroupId"] for one in ec2.describe_security_groups()["SecurityGroups"]),
            *(one["AllocationId"] for one in ec2.describe_addresses()["Addresses"]),
            *(one["VpcEndpointId"] for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]),
            *(one["LoadBalancerArn"] for one in cloud.client("elbv2").describe_load_balancers()["LoadBalancers"]),
            *(one["TargetGroupArn"] for one in cloud.client("elbv2").describe_target_groups()["TargetGroups"]),
            *(one["Id"] for one in cloud.client("route53").list_hosted_zones()["HostedZones"]),
            *(one["RoleName"] for one in cloud.client("iam").list_roles()["Roles"]),
        }

    before = standing()
    assert {vpc, subnet, group, zone} <= before
    lab.must("reconcile")
    assert len(standing()) > len(before)
    lab.must("destroy", "--yes")
    assert standing() == before
    assert not cloud.tagged(lab.name)


@pytest.mark.parametrize(
    "spec",
    [
        "privatelink",
        pytest.param("two-consumers", marks=pytest.mark.slow),
        pytest.param("zonal", marks=pytest.mark.slow),
        pytest.param("single-subnet", marks=pytest.mark.slow),
    ],
)
def test_the_experiments_of_each_spec_pass(make_lab: Callable[[str], Lab], spec: str) -> None:
    lab = make_lab(spec)
    document = lab.must("verify", "--json").document()
    assert document["passed"] is True
    for experiment in document["experiments"]:
        assert experiment["passed"] is True
        assert experiment["observed"] == experiment["expected"]
        assert experiment["expected"]
    assert lab.pltui("plan").code == 0, "verify leaves the lab as the spec says"


@pytest.mark.slow
def test_an_experiment_that_expects_too_much_fails_with_3(make_lab: Callable[[str], Lab]) -> None:
    wrong = "experiments=[{name: wrong, cross_zone: false, answered_by: [2]}]"
    done = make_lab("zonal").pltui("verify", "--set", wrong)
    assert done.code == 3
    assert "FAIL" in done.out
