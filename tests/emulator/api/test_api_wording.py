"""What refusals say: the words that tools match and people search logs for."""

import pytest
from botocore.exceptions import ClientError

NOUGHT = "00000000000000000"
CLI = "seen: outputs of the AWS CLI in public notes"


def told(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        ("describe_vpcs", {"VpcIds": ["vpc-0"]}, "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
        ("delete_vpc", {"VpcId": "vpc-0"}, "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
        (
            "describe_internet_gateways",
            {"InternetGatewayIds": ["igw-0"]},
            "InvalidInternetGatewayID.NotFound: The internetGateway ID 'igw-0' does not exist",
        ),
        (
            "describe_security_groups",
            {"GroupIds": ["sg-0"]},
            "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
        ),
        (
            "describe_addresses",
            {"AllocationIds": ["eipalloc-0"]},
            "InvalidAllocationID.NotFound: The allocation ID 'eipalloc-0' does not exist",
        ),
        (
            "describe_vpc_endpoints",
            {"VpcEndpointIds": [f"vpce-{NOUGHT}"]},
            f"InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id 'vpce-{NOUGHT}' does not exist",
        ),
    ],
)
@pytest.mark.fidelity(
    "The error for a missing resource names it, with its type first: The vpc ID 'vpc-…' does not exist", source=CLI
)
def test_what_is_not_there_is_named(aws, operation, arguments, words):
    assert told(getattr(aws.ec2, operation), **arguments) == words


@pytest.mark.fidelity(
    "The error for a role or instance profile that does not exist names it",
    source=CLI,
)
def test_roles_and_profiles_that_are_not_there(aws):
    role = told(aws.iam.get_role, RoleName="nobodys")
    profile = told(aws.iam.get_instance_profile, InstanceProfileName="nobodys")
    assert role == "NoSuchEntity: The role with name nobodys cannot be found."
    assert profile == "NoSuchEntity: Instance Profile nobodys cannot be found."


@pytest.mark.fidelity("The error for load balancers that do not exist lists their names", source=CLI)
def test_load_balancers_that_are_not_there(aws):
    assert told(aws.elbv2.describe_load_balancers, Names=["lost"]) == (
        "LoadBalancerNotFound: Load balancers '[lost]' not found"
    )


@pytest.mark.fidelity(
    "The error for a security group's name that is taken names its VPC",
    source="seen: logs of Terraform, InvalidGroup.Duplicate",
)
def test_a_groups_name_is_told_with_its_vpc(aws):
    vpc = aws.vpc()
    aws.ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)
    again = told(aws.ec2.create_security_group, GroupName="web", Description="d", VpcId=vpc)
    assert again == f"InvalidGroup.Duplicate: The security group 'web' already exists for VPC '{vpc}'"


@pytest.mark.parametrize(
    ("permission", "words"),
    [
        (
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]},
            "peer: 10.0.0.0/16, TCP, from port: 80, to port: 81, ALLOW",
        ),
        ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/19"}]}, "peer: 10.0.0.0/19, ALL, ALLOW"),
    ],
)
@pytest.mark.fidelity(
    'The error for an existing rule contains the rule: the specified rule "peer: …, TCP, from port: …" already exists',
    source="seen: logs of Terraform and of the AWS CLI, InvalidPermission.Duplicate",
)
def test_a_rule_that_is_there_is_told_in_full(aws, permission, words):
    group = aws.group(aws.vpc())
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    again = told(aws.ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission])
    assert again == f'InvalidPermission.Duplicate: the specified rule "{words}" already exists'


@pytest.mark.fidelity(
    "An internet gateway names the network that it is attached to, or is not, and is deleted only once detached",
    source="seen: berlioz-the/berlioz#1; awslabs/landing-zone-accelerator-on-aws#765; Gateway.NotAttached is believed",
)
def test_an_internet_gateway_names_its_network(aws):
    ec2, vpc = aws.ec2, aws.vpc()
    gateway = aws.gateway(vpc)
    call = {"InternetGatewayId": gateway, "VpcId": vpc}
    again = told(ec2.attach_internet_gateway, **call)
    assert again == f"Resource.AlreadyAssociated: resource {gateway} is already attached to network {vpc}"
    attached = told(ec2.delete_internet_gateway, InternetGatewayId=gateway)
    assert attached == f"DependencyViolation: The internetGateway '{gateway}' has dependencies and cannot be deleted."
    ec2.detach_internet_gateway(**call)
    detached = told(ec2.detach_internet_gateway, **call)
    assert detached == f"Gateway.NotAttached: resource {gateway} is not attached to network {vpc}"
    ec2.delete_internet_gateway(InternetGatewayId=gateway)


@pytest.mark.fidelity(
    "What is still needed by others has dependencies and cannot be deleted, or has a dependent object",
    source="seen: gruntwork-io/cloud-nuke#345 (VPCs); lianghong/delete_vpc#10 (security groups)",
)
def test_what_is_still_needed_is_named(aws):
    vpc = aws.vpc()
    subnet, group = aws.subnet(vpc), aws.group(vpc)
    aws.ec2.create_network_interface(SubnetId=subnet, Groups=[group])
    assert told(aws.ec2.delete_vpc, VpcId=vpc) == (
        f"DependencyViolation: The vpc '{vpc}' has dependencies and cannot be deleted."
    )
    assert told(aws.ec2.delete_subnet, SubnetId=subnet) == (
        f"DependencyViolation: The subnet '{subnet}' has dependencies and cannot be deleted."
    )
    assert told(aws.ec2.delete_security_group, GroupId=group) == (
        f"DependencyViolation: resource {group} has a dependent object"
    )
