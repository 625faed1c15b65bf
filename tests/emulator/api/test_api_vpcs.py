"""VPCs and subnets."""

import pytest


@pytest.mark.fidelity(
    "CreateVpc knows no token: asked twice, it makes two, of one range", source="botocore model, CreateVpc"
)
def test_a_vpc_is_made_each_time(aws):
    assert aws.vpc() != aws.vpc()


@pytest.mark.fidelity(
    "A new VPC resolves names, and gives none to its machines", source="EC2 API reference, ModifyVpcAttribute"
)
def test_what_a_vpc_begins_with(aws):
    vpc = aws.vpc()
    seen = {}
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = aws.ec2.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)
        seen |= {key: value["Value"] for key, value in answer.items() if key.startswith("Enable")}
    assert seen == {"EnableDnsSupport": True, "EnableDnsHostnames": False}


@pytest.mark.fidelity(
    "A call changes one attribute of a VPC or subnet: two are InvalidParameterCombination (the code is believed)",
    source="EC2 API reference, ModifyVpcAttribute",
)
def test_one_attribute_a_call(aws, refused):
    vpc, on = aws.vpc(), {"Value": True}
    subnet = aws.subnet(vpc)
    both = {"EnableDnsSupport": on, "EnableDnsHostnames": on}
    assert refused(aws.ec2.modify_vpc_attribute, VpcId=vpc, **both) == "InvalidParameterCombination"
    both = {"MapPublicIpOnLaunch": on, "AssignIpv6AddressOnCreation": {"Value": False}}
    assert refused(aws.ec2.modify_subnet_attribute, SubnetId=subnet, **both) == "InvalidParameterCombination"
    aws.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames=on)
    aws.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch=on)


@pytest.mark.parametrize(
    ("cidr", "code"),
    [
        ("10.0.0.0/24", "InvalidSubnet.Conflict"),
        ("10.0.0.128/25", "InvalidSubnet.Conflict"),
        ("192.168.0.0/24", "InvalidSubnet.Range"),
    ],
)
@pytest.mark.fidelity(
    "A subnet lies in its VPC's range (InvalidSubnet.Range) and overlaps no other (InvalidSubnet.Conflict)",
    source="EC2 API reference, error codes",
)
def test_subnets_do_not_overlap(aws, refused, cidr, code):
    vpc = aws.vpc()
    aws.subnet(vpc)
    assert refused(aws.ec2.create_subnet, VpcId=vpc, CidrBlock=cidr) == code


@pytest.mark.fidelity(
    "An account has 5 VPCs, internet gateways and Elastic IPs a region unless it asks for more",
    source="VPC user guide, quotas",
    differs="quotas are not enforced: accounts raise them, and a lab that fits a raised one should fit here",
)
def test_quotas_are_not_enforced(aws):
    assert len({aws.vpc() for _ in range(6)}) == 6
    assert len({aws.address() for _ in range(6)}) == 6


@pytest.mark.parametrize("block", ["10.0.0.0/29", "10.0.0.0/30", "10.0.0.0/32", "10.0.0.0/15"])
@pytest.mark.fidelity(
    "A subnet has a prefix of 16 to 28 bits: InvalidSubnet.Range", source="VPC user guide, subnet CIDR blocks"
)
def test_a_subnet_has_a_size(aws, refused, block):
    assert refused(aws.ec2.create_subnet, VpcId=aws.vpc(), CidrBlock=block) == "InvalidSubnet.Range"
    assert aws.ec2.create_subnet(VpcId=aws.vpc(), CidrBlock="10.0.0.0/28")["Subnet"]["AvailableIpAddressCount"] == 11
