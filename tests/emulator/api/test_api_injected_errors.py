"""Errors on demand, as each protocol carries them."""

import pytest
from botocore.exceptions import ClientError

from pltui import aws_errors

VPC = {"CidrBlock": "10.0.0.0/16"}


@pytest.fixture
def inject(aws):
    yield lambda subject, error, times=0: aws.faults.add("error", subject, times, error)
    aws.faults.clear()


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "method", "operation", "parameters", "error", "status"),
    [
        ("ec2", "create_vpc", "CreateVpc", VPC, "VpcLimitExceeded", 400),
        ("ec2", "create_vpc", "CreateVpc", VPC, "UnauthorizedOperation", 403),
        ("ec2", "create_vpc", "CreateVpc", VPC, "AuthFailure", 401),
        ("ec2", "run_instances", "RunInstances", {"MinCount": 1, "MaxCount": 1}, "InsufficientInstanceCapacity", 500),
        ("elbv2", "describe_load_balancers", "DescribeLoadBalancers", {}, "Throttling", 400),
        ("elbv2", "delete_listener", "DeleteListener", {"ListenerArn": "arn"}, "AccessDenied", 403),
        ("iam", "get_role", "GetRole", {"RoleName": "web"}, "NoSuchEntity", 404),
        ("iam", "delete_role", "DeleteRole", {"RoleName": "web"}, "DeleteConflict", 409),
        ("route53", "get_hosted_zone", "GetHostedZone", {"Id": "Z1"}, "ThrottledException", 400),
        ("route53", "delete_hosted_zone", "DeleteHostedZone", {"Id": "Z1"}, "HostedZoneNotEmpty", 400),
        ("ssm", "get_parameter", "GetParameter", {"Name": "/a"}, "AccessDeniedException", 400),
        ("ssm", "get_parameter", "GetParameter", {"Name": "/a"}, "InternalServerError", 500),
        ("sts", "get_caller_identity", "GetCallerIdentity", {}, "RegionDisabledException", 403),
    ],
)
def test_each_protocol_carries_code_status_and_wording(
    aws, inject, service, method, operation, parameters, error, status
):
    inject(f"{service}:{operation}", error)
    entry = aws_errors.find_injectable(error, service, operation)
    code, answered, message = refused(getattr(getattr(aws, service), method), **parameters)
    assert (code, answered) == (entry.code, status)
    first = entry.message.split("{")[0]
    assert message.startswith(first)
    assert "{" not in message


def test_a_message_names_what_the_call_named_and_who_called(aws, inject):
    inject("ec2:CreateSubnet", "InvalidVpcID.NotFound")
    assert refused(aws.ec2.create_subnet, VpcId="vpc-12345678", **VPC)[2] == "The vpc ID 'vpc-12345678' does not exist"
    inject("iam:CreateRole", "AccessDenied")
    message = refused(aws.iam.create_role, RoleName="web", AssumeRolePolicyDocument="{}")[2]
    assert "is not authorized to perform: iam:CreateRole on resource: *" in message
    assert message.startswith("User: arn:aws:iam::")


def test_a_message_about_capacity_names_the_zone_of_the_subnet(aws, inject):
    vpc, zone = aws.vpc(), "ap-northeast-1c"
    subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
    inject("ec2:RunInstances", "InsufficientInstanceCapacity")
    message = refused(aws.ec2.run_instances, MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="t3.small")[2]
    assert "t3.small capacity in the Availability Zone you requested (ap-northeast-1c)" in message


def test_after_so_many_calls_it_is_over_and_nothing_was_done_before(aws, inject):
    inject("ec2:CreateInternetGateway", "InternetGatewayLimitExceeded", 2)
    before = len(aws.ec2.describe_internet_gateways()["InternetGateways"])
    for left in (1, 0):
        assert refused(aws.ec2.create_internet_gateway)[0] == "InternetGatewayLimitExceeded"
        assert [fault.amount for fault in aws.faults.faults] == [left] * bool(left)
    assert len(aws.ec2.describe_internet_gateways()["InternetGateways"]) == before
    assert aws.ec2.create_internet_gateway()["InternetGateway"]


def test_several_errors_of_one_operation_come_in_turn(aws, inject):
    inject("ec2:CreateVpc", "RequestLimitExceeded", 1)
    inject("ec2:CreateVpc", "PendingVerification", 1)
    assert [refused(aws.ec2.create_vpc, **VPC)[0] for _ in range(2)] == ["RequestLimitExceeded", "PendingVerification"]


def test_other_operations_and_other_services_are_left_alone(aws, inject):
    inject("ec2:CreateVpc", "Blocked")
    assert aws.ec2.describe_vpcs()["Vpcs"]
    assert aws.elbv2.describe_load_balancers()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_sandboxs_own_network_is_not_struck(aws, inject):
    from botocore.config import Config

    from pltui.emulator.network import USER_AGENT

    inject("ec2:DescribeVpcs", "Blocked")
    config = Config(user_agent=USER_AGENT, retries={"total_max_attempts": 1})
    import boto3

    own = boto3.client("ec2", endpoint_url=aws.url, region_name="ap-northeast-1", config=config, **aws._credentials)
    assert own.describe_vpcs()["Vpcs"]
