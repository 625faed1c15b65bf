"""Error codes and HTTP statuses."""

import pytest
from botocore.exceptions import ClientError

NOUGHT = "00000000000000000"


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("describe_vpcs", {"VpcIds": [f"vpc-{NOUGHT}"]}, "InvalidVpcID.NotFound"),
        ("delete_vpc", {"VpcId": f"vpc-{NOUGHT}"}, "InvalidVpcID.NotFound"),
        ("create_subnet", {"VpcId": f"vpc-{NOUGHT}", "CidrBlock": "10.0.0.0/24"}, "InvalidVpcID.NotFound"),
        ("describe_subnets", {"SubnetIds": [f"subnet-{NOUGHT}"]}, "InvalidSubnetID.NotFound"),
        ("delete_subnet", {"SubnetId": f"subnet-{NOUGHT}"}, "InvalidSubnetID.NotFound"),
        ("describe_security_groups", {"GroupIds": [f"sg-{NOUGHT}"]}, "InvalidGroup.NotFound"),
        ("delete_security_group", {"GroupId": f"sg-{NOUGHT}"}, "InvalidGroup.NotFound"),
        (
            "describe_internet_gateways",
            {"InternetGatewayIds": [f"igw-{NOUGHT}"]},
            "InvalidInternetGatewayID.NotFound",
        ),
        ("delete_internet_gateway", {"InternetGatewayId": f"igw-{NOUGHT}"}, "InvalidInternetGatewayID.NotFound"),
        ("describe_addresses", {"AllocationIds": [f"eipalloc-{NOUGHT}"]}, "InvalidAllocationID.NotFound"),
        ("release_address", {"AllocationId": f"eipalloc-{NOUGHT}"}, "InvalidAddressID.NotFound"),
        ("disassociate_address", {"AssociationId": f"eipassoc-{NOUGHT}"}, "InvalidAssociationID.NotFound"),
        ("describe_nat_gateways", {"NatGatewayIds": [f"nat-{NOUGHT}"]}, "NatGatewayNotFound"),
        ("describe_route_tables", {"RouteTableIds": [f"rtb-{NOUGHT}"]}, "InvalidRouteTableID.NotFound"),
        ("delete_route_table", {"RouteTableId": f"rtb-{NOUGHT}"}, "InvalidRouteTableID.NotFound"),
        ("disassociate_route_table", {"AssociationId": f"rtbassoc-{NOUGHT}"}, "InvalidAssociationID.NotFound"),
        ("describe_instances", {"InstanceIds": [f"i-{NOUGHT}"]}, "InvalidInstanceID.NotFound"),
        ("terminate_instances", {"InstanceIds": [f"i-{NOUGHT}"]}, "InvalidInstanceID.NotFound"),
        (
            "describe_network_interfaces",
            {"NetworkInterfaceIds": [f"eni-{NOUGHT}"]},
            "InvalidNetworkInterfaceID.NotFound",
        ),
        ("delete_network_interface", {"NetworkInterfaceId": f"eni-{NOUGHT}"}, "InvalidNetworkInterfaceID.NotFound"),
    ],
)
@pytest.mark.fidelity("What is not there has a code of its own for each type", source="EC2 API reference, error codes")
def test_what_is_not_there(aws, refused, operation, arguments, code):
    assert refused(getattr(aws.ec2, operation), **arguments) == code


def answer_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.fidelity(
    "IAM's codes have no Exception at their end; NoSuchEntity has status 404, EntityAlreadyExists, DeleteConflict and "
    "LimitExceeded 409",
    source="IAM API reference, errors",
)
def test_iams_codes_and_statuses(aws):
    iam, name = aws.iam, aws.profile()
    assert answer_of(iam.get_role, RoleName="nobodys") == ("NoSuchEntity", 404)
    created = answer_of(iam.create_role, RoleName=name, AssumeRolePolicyDocument="{}")
    assert created == ("EntityAlreadyExists", 409)
    assert answer_of(iam.delete_role, RoleName=name) == ("DeleteConflict", 409)
    added = answer_of(iam.add_role_to_instance_profile, InstanceProfileName=name, RoleName=name)
    assert added == ("LimitExceeded", 409)


@pytest.mark.fidelity(
    "Load balancing's codes have no Exception at their end, and status 400",
    source="elbv2 API reference, errors",
)
def test_load_balancings_codes_and_statuses(aws):
    arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012"
    groups = {"TargetGroupArns": [f"{arn}:targetgroup/lost/0000000000000000"]}
    assert answer_of(aws.elbv2.describe_target_groups, **groups) == ("TargetGroupNotFound", 400)
    balancers = {"LoadBalancerArns": [f"{arn}:loadbalancer/net/lost/0000000000000000"]}
    assert answer_of(aws.elbv2.describe_load_balancers, **balancers) == ("LoadBalancerNotFound", 400)


@pytest.mark.fidelity(
    "A session is started to an instance, and Reachability Analyzer examines a path",
    source="Systems Manager API reference, StartSession; EC2 API reference, CreateNetworkInsightsPath",
    differs="of the services' actions only those that a lab needs are there: any other is InvalidAction, with its name",
)
def test_an_action_that_is_not_there_is_told(aws):
    assert answer_of(aws.ssm.start_session, Target="i-00000000000000000") == ("InvalidAction", 400)
    path = {"Source": "i-0", "Destination": "i-1", "Protocol": "tcp", "ClientToken": "once"}
    assert answer_of(aws.ec2.create_network_insights_path, **path) == ("InvalidAction", 400)
