"""What has the name of something wanted and is not the lab's: the command line says so, and takes it over when told."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import Cloud, Lab, eventually

NAME = "provider-nlb"


def by_address(client: Any, operation: str, key: str, address: str) -> dict[str, Any]:
    (one,) = getattr(client, operation)(Filters=[{"Name": "tag:pltui:address", "Values": [address]}])[key]
    return dict(one)


def load_balancer(cloud: Cloud, subnets: list[str]) -> str:
    """One of the wanted name, by hand."""
    made = cloud.client("elbv2").create_load_balancer(Name=NAME, Type="network", Scheme="internal", Subnets=subnets)
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def no_load_balancer(cloud: Cloud) -> None:
    """Somebody deletes the lab's, with what hangs on it."""
    ec2, elb = cloud.client("ec2"), cloud.client("elbv2")
    endpoint = by_address(ec2, "describe_vpc_endpoints", "VpcEndpoints", "consumer/endpoint")["VpcEndpointId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    filters = [{"Name": "vpc-endpoint-id", "Values": [endpoint]}]
    eventually(
        lambda: all(e["State"] == "deleted" for e in ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]),
        "the endpoint is gone",
    )
    key = "ServiceConfigurations"
    service = by_address(ec2, "describe_vpc_endpoint_service_configurations", key, "provider/endpoint-service")
    ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service["ServiceId"]])
    (balancer,) = elb.describe_load_balancers(Names=[NAME])["LoadBalancers"]
    elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])


@pytest.mark.slow
def test_a_load_balancer_in_another_vpc_stops_everything_and_is_left_alone(
    make_lab: Callable[[str], Lab], cloud: Cloud
) -> None:
    lab, ec2, elb = make_lab("privatelink"), cloud.client("ec2"), cloud.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    arn = load_balancer(cloud, [subnet])
    try:
        for words in (("plan",), ("plan", "--adopt"), ("reconcile",), ("reconcile", "--adopt")):
            done = lab.pltui(*words)
            assert (done.code, done.out) == (4, ""), done
            assert f"a load balancer named {NAME} in {vpc} exists ({arn}) and does not belong to this lab" in done.err
            assert "cannot be adopted" in done.err
        assert not cloud.tagged(lab.name)
        assert elb.describe_load_balancers(Names=[NAME])["LoadBalancers"][0]["LoadBalancerArn"] == arn
    finally:
        elb.delete_load_balancer(LoadBalancerArn=arn)
        eventually(lambda: _goes(lambda: ec2.delete_subnet(SubnetId=subnet)), "the subnet goes")
        ec2.delete_vpc(VpcId=vpc)


def _goes(delete: Callable[[], object]) -> bool:
    from botocore.exceptions import ClientError

    try:
        delete()
    except ClientError:
        return False
    return True


@pytest.mark.slow
def test_a_load_balancer_by_hand_in_the_labs_subnets_is_taken_over_once_that_was_shown(lab: Lab, cloud: Cloud) -> None:
    ec2, elb = cloud.client("ec2"), cloud.client("elbv2")
    no_load_balancer(cloud)
    subnet = by_address(ec2, "describe_subnets", "Subnets", "provider/private-subnet-1")
    arn = load_balancer(cloud, [subnet["SubnetId"]])
    group = elb.create_target_group(Name="theirs", Protocol="TCP", Port=80, VpcId=subnet["VpcId"])
    theirs = group["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": theirs}]
    elb.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=80, DefaultActions=forward)

    refused = lab.pltui("plan")
    assert (refused.code, refused.out) == (4, "")
    assert (
        f"a load balancer named {NAME} in {subnet['VpcId']} exists ({arn}) and does not belong to this lab"
        in refused.err
    )
    assert "--adopt" in refused.err
    assert lab.pltui("reconcile").code == 4

    shown = lab.pltui("plan", "--adopt")
    assert shown.code == 3, shown.err
    assert f"~ provider/load-balancer {arn}" in shown.out
    assert f"lab: nothing -> {lab.name}" in shown.out
    assert "~ provider/load-balancer/listener" in shown.out
    assert "- provider" not in shown.out, "nothing of anybody's is deleted"
    assert not elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"], "it was only shown"

    lab.must("reconcile", "--adopt")
    assert lab.must("plan").code == 0
    (now,) = elb.describe_load_balancers(Names=[NAME])["LoadBalancers"]
    assert now["LoadBalancerArn"] == arn
    assert set(lab.ask(60)) == {"1", "2", "3"}
    elb.delete_target_group(TargetGroupArn=theirs)
