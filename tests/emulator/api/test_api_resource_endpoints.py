"""Endpoints of type Resource: PrivateLink to one resource, without a load balancer."""

import re

import pytest
from botocore.exceptions import ClientError

OTHER = "222222222222"


@pytest.fixture
def resource(aws):
    """A server's address behind a gateway in zones a and c: its VPC and its configuration."""
    lattice, vpc = aws.client("vpc-lattice"), aws.vpc()
    gateway = lattice.create_resource_gateway(
        name=aws.name("gateway"), vpcIdentifier=vpc, subnetIds=[aws.subnet(vpc, 0, "a"), aws.subnet(vpc, 1, "c")]
    )
    made = lattice.create_resource_configuration(
        name=aws.name("configuration"),
        type="SINGLE",
        portRanges=["80"],
        resourceGatewayIdentifier=gateway["id"],
        resourceConfigurationDefinition={"ipResource": {"ipAddress": "10.0.0.10"}},
    )
    aws.wait(60)
    return {"vpc": vpc, "gateway": gateway["id"], "configuration": made["id"], "arn": made["arn"]}


def endpoint(account, vpc, arn, *subnets, **more):
    asked = {"VpcId": vpc, "VpcEndpointType": "Resource", "ResourceConfigurationArn": arn, "SubnetIds": list(subnets)}
    return account.ec2.create_vpc_endpoint(**asked, **more)["VpcEndpoint"]


def association(account, made):
    describe = account.ec2.describe_vpc_endpoint_associations
    (found,) = describe(VpcEndpointIds=[made["VpcEndpointId"]])["VpcEndpointAssociations"]
    return found


@pytest.mark.fidelity(
    "A resource endpoint is Pending, Available, Deleting, with capitals, and of address type IPV4",
    source="seen: outputs in AWS's samples",
)
def test_states_are_spelt_with_capitals(aws, resource, consumer, refused):
    made = endpoint(aws, consumer["vpc"], resource["arn"], consumer["subnets"]["a"])
    assert (made["State"], made["IpAddressType"]) == ("Pending", "IPV4")
    assert (made["ResourceConfigurationArn"], "ServiceName" in made) == (resource["arn"], False)
    aws.wait(60)
    assert aws.seen(made["VpcEndpointId"])["State"] == "Available"
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert aws.seen(made["VpcEndpointId"])["State"] == "Deleting"
    aws.wait(60)
    describe = aws.ec2.describe_vpc_endpoints
    assert refused(describe, VpcEndpointIds=[made["VpcEndpointId"]]) == "InvalidVpcEndpointId.NotFound"


@pytest.mark.fidelity(
    "The name of a resource endpoint is in DescribeVpcEndpointAssociations, not in its DnsEntries",
    source="AWS CLI reference, describe-vpc-endpoint-associations, example",
)
def test_the_name_is_the_associations(aws, resource, consumer):
    made = endpoint(aws, consumer["vpc"], resource["arn"], consumer["subnets"]["a"])
    aws.wait(60)
    assert aws.seen(made["VpcEndpointId"])["DnsEntries"] == []
    found = association(aws, made)
    name = rf"{made['VpcEndpointId']}\.{resource['configuration']}\.\w+\.vpc-lattice-rsc\.ap-northeast-1\.on\.aws"
    assert re.fullmatch(name, found["DnsEntry"]["DnsName"])
    assert found["DnsEntry"]["HostedZoneId"].startswith("Z")
    assert re.fullmatch("vpce-rsc-asc-[0-9a-f]{17}", found["Id"])
    assert (found["AssociatedResourceArn"], found["AssociatedResourceAccessibility"]) == (
        resource["arn"],
        "Accessible",
    )
    by = [{"Name": "associated-resource-id", "Values": [resource["configuration"]]}]
    listed = aws.ec2.describe_vpc_endpoint_associations(Filters=by)["VpcEndpointAssociations"]
    assert [each["Id"] for each in listed] == [found["Id"]]


@pytest.mark.fidelity(
    "A resource endpoint has plain interfaces with its groups, and only in zones that the resource gateway is in",
    source="VPC user guide, requester-managed interfaces; EC2 API reference, CreateVpcEndpoint",
)
def test_interfaces_are_made_in_common_zones(aws, resource, consumer):
    made = endpoint(aws, consumer["vpc"], resource["arn"], *(consumer["subnets"][zone] for zone in "ad"))
    assert made["SubnetIds"] == [consumer["subnets"]["a"]]
    assert [group["GroupName"] for group in made["Groups"]] == ["default"]
    (interface,) = aws.interfaces(description=f"VPC Endpoint Interface: {made['VpcEndpointId']}")
    assert (interface["InterfaceType"], interface["SubnetId"]) == ("interface", consumer["subnets"]["a"])


@pytest.mark.fidelity(
    "A subnet is added to a resource endpoint only in a zone that the resource gateway is in",
    source="EC2 API reference, CreateVpcEndpoint; that ModifyVpcEndpoint does the same is believed",
)
def test_a_subnet_is_added_in_a_common_zone(aws, resource, consumer, refused):
    made = endpoint(aws, consumer["vpc"], resource["arn"], consumer["subnets"]["a"])
    change = {"VpcEndpointId": made["VpcEndpointId"]}
    assert refused(aws.ec2.modify_vpc_endpoint, **change, AddSubnetIds=[consumer["subnets"]["d"]]) == "InvalidParameter"
    aws.ec2.modify_vpc_endpoint(**change, AddSubnetIds=[consumer["subnets"]["c"]])
    seen = aws.seen(made["VpcEndpointId"])
    assert seen["SubnetIds"] == [consumer["subnets"][zone] for zone in "ac"]
    assert len(seen["NetworkInterfaceIds"]) == 2


@pytest.mark.fidelity(
    "A resource endpoint without a zone in common, in the gateway's own VPC, or to what is not there, is refused",
    source="PrivateLink guide, access resources; the code InvalidParameter is believed",
)
def test_what_cannot_be_reached_is_refused(aws, resource, consumer, refused):
    gone = resource["arn"].replace(resource["configuration"], "rcfg-00000000000000000")
    for vpc, arn, subnet in (
        (consumer["vpc"], resource["arn"], consumer["subnets"]["d"]),
        (resource["vpc"], resource["arn"], aws.subnet(resource["vpc"], 9, "a")),
        (consumer["vpc"], gone, consumer["subnets"]["a"]),
    ):
        asked = {"VpcEndpointType": "Resource", "ResourceConfigurationArn": arn, "SubnetIds": [subnet]}
        assert refused(aws.ec2.create_vpc_endpoint, VpcId=vpc, **asked) == "InvalidParameter"


@pytest.mark.fidelity(
    "A resource configuration with an endpoint is not deleted: ConflictException",
    source="VPC Lattice API reference, DeleteResourceConfiguration",
)
def test_an_endpoint_holds_its_configuration(aws, resource, consumer):
    lattice = aws.client("vpc-lattice")
    made = endpoint(aws, consumer["vpc"], resource["arn"], consumer["subnets"]["a"])["VpcEndpointId"]
    with pytest.raises(ClientError) as caught:
        lattice.delete_resource_configuration(resourceConfigurationIdentifier=resource["configuration"])
    assert caught.value.response["Error"]["Code"] == "ConflictException"
    aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    aws.wait(60)
    lattice.delete_resource_configuration(resourceConfigurationIdentifier=resource["configuration"])


@pytest.mark.fidelity("A client token makes one resource endpoint", source="EC2 API guide, ensuring idempotency")
def test_a_token_makes_one(aws, resource, consumer):
    asked = (consumer["vpc"], resource["arn"], consumer["subnets"]["a"])
    token = aws.name("token")
    first, second = (endpoint(aws, *asked, ClientToken=token)["VpcEndpointId"] for _ in range(2))
    assert first == second


@pytest.mark.fidelity(
    "Another account reaches a resource that is shared with it by RAM, and no other",
    source="PrivateLink guide, share a resource configuration",
    differs="a share needs no invitation to be accepted: it holds at once, as inside one organization",
)
def test_a_shared_resource_is_reached_from_another_account(aws, resource, refused):
    other, lattice = aws.other_account(OTHER), aws.client("vpc-lattice")
    vpc, gateway = other.vpc(), lattice.get_resource_gateway(resourceGatewayIdentifier=resource["gateway"])
    zones = {each["AvailabilityZoneId"] for each in aws.ec2.describe_subnets(SubnetIds=gateway["subnetIds"])["Subnets"]}
    subnet = other.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZoneId=min(zones))
    asked = (vpc, resource["arn"], subnet["Subnet"]["SubnetId"])
    with pytest.raises(ClientError) as caught:
        endpoint(other, *asked)
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"
    aws.client("ram").create_resource_share(name=aws.name("share"), resourceArns=[resource["arn"]], principals=[OTHER])
    assert endpoint(other, *asked)["OwnerId"] == OTHER
