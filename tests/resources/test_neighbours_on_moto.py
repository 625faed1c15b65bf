"""Several labs, and what is no lab's, in one account and region."""

import pytest

from pltui.spec import parse
from pltui.topology import Partition, instance_trust
from tests.resources.world import World

REGION = "us-east-2"
SMALL = """
version: 1
name: {name}
provider:
  vpc: {{zones: 1}}
  servers: {{count: 1}}
  load_balancer: {{name: {name}-nlb, cross_zone: true}}
consumers:
  consumer: {{vpc: {{zones: 1}}}}
"""


def bystanders(world: World) -> None:
    """What another hand has put there, as much like ours as can be."""
    ec2, elbv2, iam, route53 = (world.raw(service) for service in ("ec2", "elbv2", "iam", "route53"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "provider-vpc"}])
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.128.0/20")["Subnet"]["SubnetId"]
    ec2.create_security_group(GroupName="provider-service-sg", Description="x", VpcId=vpc)
    ec2.create_internet_gateway()
    ec2.allocate_address(Domain="vpc")
    elbv2.create_target_group(Name="side-provider", Protocol="TCP", Port=80, VpcId=vpc, TargetType="instance")
    elbv2.create_load_balancer(Name="theirs-nlb", Type="network", Scheme="internal", Subnets=[subnet])
    iam.create_role(RoleName="side-consumer-client-role", AssumeRolePolicyDocument=instance_trust(Partition()))
    iam.create_role(
        RoleName="other", Path=f"/pltui/{REGION}/side-3/", AssumeRolePolicyDocument=instance_trust(Partition())
    )
    iam.create_instance_profile(InstanceProfileName="side-consumer-client-profile")
    route53.create_hosted_zone(Name="example.local", CallerReference=f"pltui:side-3:{REGION}:consumer/zone:1")


@pytest.mark.slow
def test_two_labs_come_and_go_side_by_side_and_what_is_no_labs_stays_as_it_was(moto_url: str) -> None:
    """The name of one begins like the other's."""
    one, other = (World(moto_url, REGION, parse(SMALL.format(name=name))) for name in ("side", "side-2"))
    bystanders(one)
    before = one.account()

    one.converge()
    other.converge()
    assert (one.plan(), other.plan()) == ([], [])
    assert not {item.id for item in one.observed} & {item.id for item in other.observed}

    ours = {item.id for item in other.observed}
    one.destroy()
    assert other.plan() == []
    assert {item.id for item in other.observed} == ours

    other.destroy()
    assert one.account() == before


@pytest.mark.slow
def test_labs_of_one_name_in_two_regions_leave_each_others_global_things_alone(moto_url: str) -> None:
    """Hosted zones, roles and instance profiles belong to no region."""
    here, there = (World(moto_url, region, parse(SMALL.format(name="both"))) for region in (REGION, "sa-east-1"))
    here.converge()
    kept = here.account()
    there.converge()
    assert (here.plan(), there.plan()) == ([], [])
    there.destroy()
    assert here.plan() == []
    assert here.account() == kept
    here.destroy()
