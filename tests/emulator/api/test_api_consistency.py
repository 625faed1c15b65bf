"""Reads that lag behind writes, on demand."""

import pytest


@pytest.fixture
def lagging(aws):
    """Ten AWS seconds behind; an account with nothing else in it."""
    alone = aws.other_account("444455556666")
    aws.faults.add("lag", "", 10)
    return alone


@pytest.mark.fidelity(
    "Right after its creation a resource may not be found by its id, and be missing from lists without an error",
    source="EC2 API guide, eventual consistency",
)
def test_what_was_just_made_is_not_found_yet(lagging, refused):
    ec2, vpc = lagging.ec2, lagging.vpc()
    by_id = {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}
    assert refused(ec2.describe_vpcs, VpcIds=[vpc]) == "InvalidVpcID.NotFound"
    assert ec2.describe_vpcs(**by_id)["Vpcs"] == []
    assert vpc not in [each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]]
    lagging.wait(10)
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"] == ec2.describe_vpcs(**by_id)["Vpcs"] != []


@pytest.mark.fidelity(
    "Each type has a spelling of its own for what is not found", source="EC2 API reference, error codes"
)
def test_each_type_says_so_in_its_own_words(lagging, refused):
    ec2, vpc = lagging.ec2, lagging.vpc()
    subnet, group = lagging.subnet(vpc), lagging.group(vpc)
    lagging.gateway(vpc)
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=lagging.address())["NatGateway"]["NatGatewayId"]
    instance, table = lagging.instance(subnet), lagging.route_table(vpc)
    assert refused(ec2.describe_subnets, SubnetIds=[subnet]) == "InvalidSubnetID.NotFound"
    assert refused(ec2.describe_security_groups, GroupIds=[group]) == "InvalidGroup.NotFound"
    assert refused(ec2.describe_nat_gateways, NatGatewayIds=[nat]) == "NatGatewayNotFound"
    assert refused(ec2.describe_instances, InstanceIds=[instance]) == "InvalidInstanceID.NotFound"
    assert refused(ec2.describe_route_tables, RouteTableIds=[table]) == "InvalidRouteTableID.NotFound"
    found = ec2.describe_instances(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    assert found["Reservations"] == []


def test_what_is_old_is_found_as_ever(lagging):
    lagging.faults.clear()
    vpc = lagging.vpc()
    lagging.faults.add("lag", "ec2", 10)
    subnet = lagging.subnet(vpc)
    lagging.instance(subnet)  # its answer names the VPC and its default group
    assert lagging.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["VpcId"] == vpc
    assert lagging.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    lagging.faults.clear()
    assert lagging.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["SubnetId"] == subnet


@pytest.mark.fidelity(
    "RunInstances soon after its instance profile was made: InvalidParameterValue, Invalid IAM Instance Profile name",
    source="seen: Terraform's AWS provider, which tries again for two minutes",
)
def test_ec2_does_not_know_a_young_instance_profile(lagging, refused):
    lagging.faults.clear()
    subnet = lagging.subnet(lagging.vpc())
    lagging.faults.add("lag", "", 10)
    name = lagging.profile()
    assert refused(lagging.instance, subnet=subnet, IamInstanceProfile={"Name": name}) == "InvalidParameterValue"
    lagging.wait(10)
    assert lagging.instance(subnet, IamInstanceProfile={"Name": name})
