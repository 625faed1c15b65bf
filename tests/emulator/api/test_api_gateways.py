"""Internet gateways, Elastic IP addresses and NAT gateways."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def nat(aws):
    """A public NAT gateway with a way out, available."""
    vpc = aws.vpc()
    subnet, igw, eip = aws.subnet(vpc), aws.gateway(vpc), aws.address()
    made = aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=eip)["NatGateway"]["NatGatewayId"]
    aws.wait(90)
    return {"vpc": vpc, "subnet": subnet, "igw": igw, "eip": eip, "id": made}


def seen(aws, nat):
    return aws.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]


@pytest.mark.fidelity(
    "A VPC has one internet gateway: attaching a second is InvalidParameterValue, attaching the same again "
    "Resource.AlreadyAssociated",
    source="EC2 API reference, error codes; VPC quotas",
)
def test_a_vpc_has_one_internet_gateway(aws, refused):
    vpc, other = aws.vpc(), aws.vpc()
    gateway, second = aws.gateway(vpc), aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    attach = aws.ec2.attach_internet_gateway
    assert refused(attach, InternetGatewayId=second, VpcId=vpc) == "InvalidParameterValue"
    for target in (vpc, other):
        assert refused(attach, InternetGatewayId=gateway, VpcId=target) == "Resource.AlreadyAssociated"


@pytest.mark.fidelity(
    "CreateInternetGateway and AllocateAddress know no token: asked twice, they make two",
    source="botocore model, CreateInternetGateway",
)
def test_gateways_and_addresses_are_made_each_time(aws):
    gateways = {aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2)}
    assert len(gateways) == len({aws.address() for _ in range(2)}) == 2


@pytest.mark.fidelity(
    "Releasing an address that is not there is InvalidAddressID.NotFound, describing it InvalidAllocationID.NotFound",
    source="EC2 API reference, error codes",
)
def test_release_has_a_spelling_of_its_own(aws, refused):
    lost = "eipalloc-00000000000000000"
    assert refused(aws.ec2.release_address, AllocationId=lost) == "InvalidAddressID.NotFound"
    assert refused(aws.ec2.describe_addresses, AllocationIds=[lost]) == "InvalidAllocationID.NotFound"


@pytest.mark.fidelity(
    "A public NAT gateway in a VPC without an internet gateway is made, and fails with Gateway.NotAttached; its "
    "address is free again",
    source="VPC user guide, troubleshoot NAT gateways",
)
def test_a_nat_gateway_without_a_way_out_fails(aws):
    subnet, eip = aws.subnet(aws.vpc()), aws.address()
    made = aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=eip)["NatGateway"]
    assert made["State"] == "pending"
    aws.wait(90)
    failed = seen(aws, made["NatGatewayId"])
    assert (failed["State"], failed["FailureCode"]) == ("failed", "Gateway.NotAttached")
    assert "no Internet gateway attached" in failed["FailureMessage"]
    assert aws.interfaces(subnet_id=subnet) == []
    aws.ec2.release_address(AllocationId=eip)


@pytest.mark.fidelity(
    "A private NAT gateway needs neither an address nor an internet gateway", source="VPC user guide, NAT gateways"
)
def test_a_private_nat_gateway_needs_no_way_out(aws, refused):
    subnet = aws.subnet(aws.vpc())
    made = aws.ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    aws.wait(90)
    assert seen(aws, made)["State"] == "available"
    assert refused(aws.ec2.create_nat_gateway, SubnetId=subnet) == "MissingParameter"


@pytest.mark.fidelity(
    "An Elastic IP serves one NAT gateway: a second is Resource.AlreadyAssociated",
    source="EC2 API reference, error codes",
)
def test_an_address_serves_one_nat_gateway(aws, nat, refused):
    call = {"SubnetId": nat["subnet"], "AllocationId": nat["eip"]}
    assert refused(aws.ec2.create_nat_gateway, **call) == "Resource.AlreadyAssociated"


@pytest.mark.fidelity(
    "A NAT gateway's Elastic IP stays mapped until the gateway is deleted; the account cannot take it away",
    source="EC2 API reference, DisassociateAddress and DeleteNatGateway",
)
def test_an_address_stays_with_its_nat_gateway(aws, nat, refused):
    (address,) = aws.ec2.describe_addresses(AllocationIds=[nat["eip"]])["Addresses"]
    (interface,) = aws.interfaces(subnet_id=nat["subnet"])
    assert address["NetworkInterfaceId"] == interface["NetworkInterfaceId"]
    assert interface["Association"]["PublicIp"] == address["PublicIp"]
    assert refused(aws.ec2.disassociate_address, AssociationId=address["AssociationId"]) == "AuthFailure"
    aws.ec2.delete_nat_gateway(NatGatewayId=nat["id"])
    aws.wait(60)
    (address,) = aws.ec2.describe_addresses(AllocationIds=[nat["eip"]])["Addresses"]
    assert "AssociationId" not in address


@pytest.mark.fidelity(
    "An Elastic IP that a NAT gateway has is not the account's to release: AuthFailure with HTTP 400, also for seconds "
    "after the gateway is deleted",
    source="seen: eformat/sno-for-100#9, kubernetes/kops#1604, genevieve/leftovers#33",
    differs="the address can be released as soon as the gateway is deleted",
)
def test_an_address_can_be_released_once_its_nat_gateway_is_deleted(aws, nat):
    def release():
        with pytest.raises(ClientError) as caught:
            aws.ec2.release_address(AllocationId=nat["eip"])
        answer = caught.value.response
        return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]

    refusal = (400, "AuthFailure", "You do not have permission to access the specified resource.")
    assert release() == refusal
    aws.ec2.delete_nat_gateway(NatGatewayId=nat["id"])
    assert release() == refusal
    aws.wait(60)
    assert seen(aws, nat["id"])["State"] == "deleted"
    aws.ec2.release_address(AllocationId=nat["eip"])


@pytest.mark.fidelity(
    "An Elastic IP on a network interface of one's own is InvalidIPAddress.InUse until it is disassociated",
    source="EC2 API reference, ReleaseAddress",
)
def test_an_address_in_use_is_not_released(aws, refused):
    vpc = aws.vpc()
    subnet, eip = aws.subnet(vpc), aws.address()
    aws.gateway(vpc)
    eni = aws.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    association = aws.ec2.associate_address(AllocationId=eip, NetworkInterfaceId=eni)["AssociationId"]
    assert refused(aws.ec2.release_address, AllocationId=eip) == "InvalidIPAddress.InUse"
    aws.ec2.disassociate_address(AssociationId=association)
    aws.ec2.release_address(AllocationId=eip)


@pytest.mark.fidelity(
    "Deleting a NAT gateway that never was is NatGatewayNotFound", source="EC2 API reference, error codes"
)
def test_a_nat_gateway_that_never_was(aws, refused):
    lost = "nat-00000000000000000"
    assert refused(aws.ec2.delete_nat_gateway, NatGatewayId=lost) == "NatGatewayNotFound"


@pytest.mark.fidelity("What is deleted has no tags any more", source="EC2 API reference, DescribeTags")
def test_what_is_deleted_has_no_tags(aws):
    vpc = aws.vpc()
    subnet, group, table = aws.subnet(vpc), aws.group(vpc), aws.route_table(vpc)
    gateway, address = aws.gateway(vpc), aws.address()
    everything = [vpc, subnet, group, table, gateway, address]
    aws.ec2.create_tags(Resources=everything, Tags=[{"Key": "a", "Value": "b"}])

    def tagged():
        found = aws.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": everything}])["Tags"]
        return {tag["ResourceId"] for tag in found}

    assert tagged() == set(everything)
    aws.ec2.release_address(AllocationId=address)
    aws.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    aws.ec2.delete_internet_gateway(InternetGatewayId=gateway)
    aws.ec2.delete_route_table(RouteTableId=table)
    aws.ec2.delete_security_group(GroupId=group)
    aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_vpc(VpcId=vpc)
    assert tagged() == set()
