"""Throttling, on demand."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture
def alone(aws):
    """An account of its own, with nothing in it: lists are short."""
    return aws.other_account("777788889999")


def burst(call, most=200):
    """How many calls pass before one is refused, and the refusal."""
    for passed in range(most):
        try:
            call()
        except ClientError as error:
            return passed, error.response
    return most, None


def delete_nothing(aws):
    return lambda: aws.ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-00000000000000000"])


@pytest.mark.fidelity(
    "Beyond its bucket, an EC2 call is RequestLimitExceeded with HTTP status 503; creating, modifying and deleting "
    "endpoints share a bucket of 4, refilled by 0.3 a second",
    source="EC2 API guide, request throttling",
)
def test_changes_of_endpoints_share_a_bucket_of_four(aws):
    aws.faults.add("throttle", "")
    passed, refusal = burst(delete_nothing(aws))
    assert passed == 4
    assert refusal["Error"]["Code"] == "RequestLimitExceeded"
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 503
    aws.wait(10)
    assert burst(delete_nothing(aws))[0] == 3


@pytest.mark.parametrize(
    ("operation", "size"),
    [("describe_vpcs", 100), ("describe_instances", 50), ("create_internet_gateway", 50)],
)
@pytest.mark.fidelity(
    "EC2 lets 100 describes pass at once, 50 of those that list everything, and 50 changes",
    source="EC2 API guide, request throttling",
)
def test_buckets_differ_by_kind_of_call(alone, operation, size):
    alone.faults.add("throttle", "ec2")
    assert burst(getattr(alone.ec2, operation))[0] == size


@pytest.mark.fidelity(
    "Load balancing lets 10 load balancers be created at once, and 40 describes; then it is Throttling with status 400",
    source="ELB user guide, API throttling",
)
def test_load_balancing_has_buckets_of_its_own(alone):
    alone.faults.add("throttle", "elbv2")
    passed, refusal = burst(alone.elbv2.describe_load_balancers)
    assert (passed, refusal["Error"]["Code"]) == (40, "Throttling")
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.fidelity(
    "All calls to load balancing together have a bucket of 40, refilled by 10 a second",
    source="ELB user guide, API throttling",
)
def test_load_balancings_changes_and_describes_share_a_bucket(alone):
    lost = "arn:aws:elasticloadbalancing:ap-northeast-1:777788889999:loadbalancer/net/lost/0000000000000000"
    alone.faults.add("throttle", "elbv2")
    assert burst(lambda: alone.elbv2.delete_load_balancer(LoadBalancerArn=lost))[0] == 20
    assert burst(alone.elbv2.describe_load_balancers)[0] == 20
    alone.wait(1)
    assert burst(alone.elbv2.describe_load_balancers)[0] == 10


@pytest.mark.fidelity(
    "Route 53 answers 5 requests a second, then Throttling", source="Route 53 developer guide, quotas on API requests"
)
def test_route_53_answers_five_requests_a_second(alone):
    alone.faults.add("throttle", "route53")
    passed, refusal = burst(alone.route53.list_hosted_zones)
    assert (passed, refusal["Error"]["Code"]) == (5, "Throttling")
    alone.wait(1)
    assert burst(alone.route53.list_hosted_zones)[0] == 5


@pytest.mark.parametrize(("service", "code"), [("iam", "Throttling"), ("ssm", "ThrottlingException")])
@pytest.mark.fidelity(
    "IAM says Throttling, Systems Manager ThrottlingException", source="IAM and Systems Manager API reference, errors"
)
def test_each_service_has_a_word_for_it(alone, service, code):
    alone.faults.add("throttle", service)
    call = alone.iam.list_roles if service == "iam" else alone.ssm.describe_instance_information
    assert burst(call)[1]["Error"]["Code"] == code


def test_a_fault_may_say_how_many_calls_a_second_of_which_action(alone):
    alone.faults.add("throttle", "ec2:DescribeVpcs", 2)
    assert burst(alone.ec2.describe_vpcs)[0] == 2
    assert burst(alone.ec2.describe_subnets, 20) == (20, None)
    alone.faults.clear()
    assert burst(alone.ec2.describe_vpcs, 20) == (20, None)


def test_a_refused_call_changes_nothing(aws):
    vpc = aws.vpc()
    aws.faults.add("throttle", "ec2:DeleteVpc", 1)
    assert burst(lambda: aws.ec2.delete_vpc(VpcId="vpc-00000000000000000"))[0] == 0
    assert burst(lambda: aws.ec2.delete_vpc(VpcId=vpc))[1]["Error"]["Code"] == "RequestLimitExceeded"
    aws.faults.clear()
    aws.ec2.delete_vpc(VpcId=vpc)


def test_the_sandboxs_own_network_is_never_throttled(aws):
    network = boto3.client(
        "ec2",
        endpoint_url=aws.url,
        region_name="ap-northeast-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(user_agent_extra="pltui-network", retries={"total_max_attempts": 1}),
    )
    aws.faults.add("throttle", "", 1)
    assert burst(network.describe_addresses, 20) == (20, None)
