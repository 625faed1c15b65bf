"""What holds for every call: tokens, DryRun, filters, references, and who may ask at all."""

import http.client
import json
import time

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from pltui.emulator.api import serve
from tests.aws_requests.smallest import smallest_request

AMI = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
NEEDED = {
    "CreateSubnet": {"CidrBlock": "10.0.0.0/24"},
    "CreateTags": {"Tags": [{"Key": "k", "Value": ""}]},
    "CreateVpcEndpoint": {"ServiceName": "com.amazonaws.ap-northeast-1.s3"},
}
"""Parameters that AWS needs although its service model does not require them."""
OF_A_LAB = ("Accept", "Allocate", "Associate", "Attach", "Authorize", "Create", "Delete", "Describe", "Modify", "Run")
"""How the names of calls begin that are tried; the rest (of some 700) are answered at the same place."""


@pytest.mark.fidelity(
    "The same client token makes one endpoint; with other parameters it is IdempotentParameterMismatch, without a"
    " token a second is made",
    source="EC2 API guide, ensuring idempotency",
)
def test_a_client_token_makes_one_endpoint(aws, provider, consumer, refused):
    asked = {"vpc": consumer["vpc"], "service": provider["service"]["ServiceName"]}
    subnets = consumer["subnets"]
    first = aws.endpoint(*asked.values(), subnets["a"], ClientToken="t1")["VpcEndpointId"]
    aws.wait(60)
    again = aws.endpoint(*asked.values(), subnets["a"], ClientToken="t1")
    assert (again["VpcEndpointId"], again["State"]) == (first, "available")
    assert aws.endpoint(*asked.values(), subnets["a"])["VpcEndpointId"] != first
    code = refused(
        aws.ec2.create_vpc_endpoint,
        VpcId=asked["vpc"],
        ServiceName=asked["service"],
        VpcEndpointType="Interface",
        SubnetIds=[subnets["c"]],
        ClientToken="t1",
    )
    assert code == "IdempotentParameterMismatch"


@pytest.mark.fidelity(
    "The same client token makes one endpoint service",
    source="EC2 API guide, ensuring idempotency",
)
def test_a_client_token_makes_one_service(aws):
    balancer = aws.balancer(aws.subnet(aws.vpc()))
    first, second = (aws.service(balancer, ClientToken=balancer[-16:]) for _ in range(2))
    assert first["ServiceId"] == second["ServiceId"]


@pytest.mark.fidelity(
    "The same client token makes one instance; once that is terminated it is IdempotentInstanceTerminated",
    source="EC2 API reference, error codes",
)
def test_a_client_token_makes_one_instance_until_it_is_terminated(aws, refused):
    subnet = aws.subnet(aws.vpc())
    first, second = (aws.instance(subnet, ClientToken=subnet) for _ in range(2))
    assert first == second
    aws.ec2.terminate_instances(InstanceIds=[first])
    aws.wait(45)
    assert refused(aws.instance, subnet=subnet, ClientToken=subnet) == "IdempotentInstanceTerminated"


@pytest.mark.fidelity(
    "The same client token makes one NAT gateway, one route table and one network interface",
    source="EC2 API guide, ensuring idempotency",
)
def test_a_client_token_makes_one_nat_gateway_and_one_route_table(aws):
    vpc = aws.vpc()
    subnet, eip = aws.subnet(vpc), aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nats = {
        aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=eip, ClientToken=vpc)["NatGateway"]["NatGatewayId"]
        for _ in range(2)
    }
    tables = {aws.ec2.create_route_table(VpcId=vpc, ClientToken=vpc)["RouteTable"]["RouteTableId"] for _ in range(2)}
    interfaces = {
        aws.ec2.create_network_interface(SubnetId=subnet, ClientToken=vpc)["NetworkInterface"]["NetworkInterfaceId"]
        for _ in range(2)
    }
    assert (len(nats), len(tables), len(interfaces)) == (1, 1, 1)


@pytest.mark.parametrize("operation", ["run_instances", "create_nat_gateway", "create_network_interface"])
@pytest.mark.fidelity(
    "A client token with other parameters than before is IdempotentParameterMismatch",
    source="EC2 API reference, error codes",
)
def test_a_client_token_stands_for_its_parameters(aws, refused, operation):
    vpc = aws.vpc()
    first, second = aws.subnet(vpc), aws.subnet(vpc, 1)
    more = {
        "run_instances": {"ImageId": AMI, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1},
        "create_nat_gateway": {"ConnectivityType": "private"},
        "create_network_interface": {},
    }[operation]
    call = getattr(aws.ec2, operation)
    call(SubnetId=first, ClientToken=vpc, **more)
    assert refused(call, SubnetId=second, ClientToken=vpc, **more) == "IdempotentParameterMismatch"


@pytest.mark.fidelity("A client token is remembered for a day", source="EC2 API guide, ensuring idempotency")
def test_a_client_token_is_forgotten_after_a_day(aws):
    vpc = aws.vpc()

    def table():
        return aws.ec2.create_route_table(VpcId=vpc, ClientToken=vpc)["RouteTable"]["RouteTableId"]

    first = table()
    aws.wait(24 * 3600 - 1)
    assert table() == first
    aws.wait(1)
    assert table() != first


@pytest.mark.fidelity(
    "A call that was refused leaves its client token free",
    source="EC2 API guide, ensuring idempotency",
)
def test_a_refused_call_leaves_its_token_free(aws, refused):
    call = {"SubnetId": "subnet-00000000000000000", "AllocationId": "eipalloc-0", "ClientToken": "refused"}
    assert refused(aws.ec2.create_nat_gateway, **call) == "InvalidSubnetID.NotFound"
    assert refused(aws.ec2.create_nat_gateway, **call) == "InvalidSubnetID.NotFound"


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_vpc", {"CidrBlock": "10.9.0.0/16"}),
        ("allocate_address", {"Domain": "vpc"}),
        ("create_internet_gateway", {}),
        ("delete_vpc_endpoints", {"VpcEndpointIds": ["vpce-00000000000000000"]}),
        ("describe_vpcs", {}),
    ],
)
@pytest.mark.fidelity(
    "With DryRun, nothing is made, changed or deleted",
    source="EC2 API reference, DryRun",
)
def test_a_dry_run_changes_nothing(aws, refused, operation, arguments):
    before = (len(aws.ec2.describe_vpcs()["Vpcs"]), len(aws.ec2.describe_addresses()["Addresses"]))
    assert refused(getattr(aws.ec2, operation), DryRun=True, **arguments) == "DryRunOperation"
    assert before == (len(aws.ec2.describe_vpcs()["Vpcs"]), len(aws.ec2.describe_addresses()["Addresses"]))


@pytest.mark.fidelity(
    "With DryRun, every valid EC2 call that knows it answers DryRunOperation with status 412",
    source="EC2 API reference, DryRun",
)
def test_every_call_can_be_tried_dry(aws):
    client = boto3.client(
        "ec2",
        endpoint_url=aws.url,
        region_name="ap-northeast-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    model = client.meta.service_model
    dry = [name for name in model.operation_names if "DryRun" in model.operation_model(name).input_shape.members]
    answers = set()
    for name in (name for name in dry if name.startswith(OF_A_LAB)):
        request = {**smallest_request(model.operation_model(name)), **NEEDED.get(name, {})}
        with pytest.raises(ClientError) as caught:
            getattr(client, xform_name(name))(**request, DryRun=True)
        answer = caught.value.response
        answers.add((answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]))
    assert answers == {("DryRunOperation", 412)}


@pytest.mark.parametrize(
    "operation",
    [
        "describe_vpcs",
        "describe_subnets",
        "describe_addresses",
        "describe_internet_gateways",
        "describe_security_groups",
        "describe_security_group_rules",
        "describe_tags",
        "describe_vpc_peering_connections",
        "describe_vpc_endpoints",
        "describe_vpc_endpoint_connections",
        "describe_vpc_endpoint_service_configurations",
        "describe_network_interfaces",
        "describe_route_tables",
        "describe_instances",
    ],
)
@pytest.mark.fidelity(
    "A filter that does not exist is InvalidParameterValue, never ignored",
    source="EC2 API reference, error codes",
)
def test_an_unknown_filter_is_an_error(aws, refused, operation):
    call = getattr(aws.ec2, operation)
    assert refused(call, Filters=[{"Name": "colour", "Values": ["red"]}]) == "InvalidParameterValue"


@pytest.mark.fidelity("DescribeNatGateways calls its filters Filter", source="EC2 API reference, DescribeNatGateways")
def test_an_unknown_filter_of_nat_gateways_is_an_error(aws, refused):
    filters = [{"Name": "colour", "Values": ["red"]}]
    assert refused(aws.ec2.describe_nat_gateways, Filter=filters) == "InvalidParameterValue"


def told(aws, since):
    """What was told since, once the last change made here has been: word comes after the answer has gone out."""
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.delete_internet_gateway(InternetGatewayId=gateway)
    for _ in range(500):
        if aws.writes[-1] == ("ec2", "DeleteInternetGateway"):
            break
        time.sleep(0.01)
    return [call for call in aws.writes[since:] if "InternetGateway" not in call[1]]


def test_each_change_is_told_after_it_was_made_and_looking_is_not(aws):
    told(aws, 0)
    since = len(aws.writes)
    vpc = aws.vpc()
    aws.ec2.describe_vpcs(VpcIds=[vpc])
    aws.elbv2.describe_load_balancers()
    assert told(aws, since) == [("ec2", "CreateVpc")]


def test_a_refused_change_is_not_told(aws, refused):
    told(aws, 0)
    since = len(aws.writes)
    refused(aws.ec2.delete_vpc, VpcId="vpc-00000000000000000")
    assert told(aws, since) == []


def ask(aws, headers):
    connection = http.client.HTTPConnection("127.0.0.1", aws.server.port)
    connection.request("POST", "/", "Action=DescribeVpcs&Version=2016-11-15", headers)
    return connection.getresponse().status


def test_web_pages_are_refused(aws):
    """A page in a browser sends an Origin; after DNS rebinding it sends its own host."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask(aws, form) == 200
    assert ask(aws, {**form, "Origin": "http://evil.example"}) == 403
    assert ask(aws, {**form, "Host": "evil.example"}) == 403
    assert ask(aws, {**form, "Host": "127.0.0.1.evil.example:80"}) == 403
    for host in ("localhost:1", "[::1]:1", "127.0.0.2"):
        assert ask(aws, {**form, "Host": host}) == 200


def test_only_loopback_is_listened_on():
    with pytest.raises(ValueError, match="loopback"):
        serve(lambda *_: [], host="0.0.0.0")


def test_a_connection_is_kept_for_the_next_call(aws):
    connection = http.client.HTTPConnection("127.0.0.1", aws.server.port)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sockets = set()
    for _ in range(3):
        connection.request("POST", "/", "Action=DescribeVpcs&Version=2016-11-15", form)
        answer = connection.getresponse()
        assert answer.read()
        sockets.add(connection.sock)
    assert len(sockets) == 1


def test_services_without_corrections_work_as_before(aws):
    sts = boto3.client(
        "sts", endpoint_url=aws.url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    assert sts.get_caller_identity()["Account"] == "123456789012"
    sqs = boto3.client(
        "sqs", endpoint_url=aws.url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"a": 1}))
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == '{"a": 1}'
    sqs.delete_queue(QueueUrl=queue)


@pytest.mark.fidelity(
    "A character that XML cannot carry is refused in every parameter, so that no list becomes unreadable by a tag",
    source="W3C XML 1.0, section 2.2; the error's words are a belief",
)
@pytest.mark.parametrize(
    "value", ["\x1b[31mred", "bell\x07", "nul\x00", "\uffff"], ids=["escape", "bell", "nul", "ffff"]
)
def test_characters_no_answer_could_carry_are_refused(aws, refused, value):
    vpc = aws.vpc()
    assert (
        refused(aws.ec2.create_tags, Resources=[vpc], Tags=[{"Key": "Name", "Value": value}]) == "InvalidParameterValue"
    )
    assert refused(aws.elbv2.describe_load_balancers, Names=[value]) == "ValidationError"
    fine = "a\tb\nc \u202e \U0001f600 $(x) '\"<&>"
    aws.ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": fine}])
    assert aws.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"] == [{"Key": "Name", "Value": fine}]
