"""Requests that AWS rejects before it does anything, for any client and with each service's own code and wording."""

import json
import urllib.error
import urllib.request
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

SCOPE = "Credential=testing/20260101/ap-northeast-1/{}/aws4_request, SignedHeaders=host, Signature=0"
SET = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
APOSTROPHE = "Web servers: from the load balancer's subnets"
NOBODY = "vpc-0123456789abcdef0"
PORT = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}


def tags(*keys: str, value: str = "v") -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key in keys]


def group(**more: str) -> dict[str, str]:
    return {"GroupName": "web", "Description": "d", "VpcId": NOBODY, **more}


def batch(**record: Any) -> dict[str, Any]:
    record = {"Name": "a.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}], **record}
    record = {name: value for name, value in record.items() if value is not None}
    return {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}}


def one(value: str, where: str, constraint: str) -> str:
    return f"1 validation error detected: Value {value} at '{where}' failed to satisfy constraint: {constraint}"


EC2: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "description": (
        "CreateSecurityGroup", group(Description=APOSTROPHE), "InvalidParameterValue",
        "Invalid security group description. Valid descriptions are strings less than 256 characters from the"
        f" following set: {SET}",
    ),
    "description beyond ASCII": (
        "CreateSecurityGroup", group(Description="to → from"), "InvalidParameterValue",
        "Value (to → from) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.",
    ),
    "group name": (
        "CreateSecurityGroup", group(GroupName="sg-web"), "InvalidParameterValue",
        "Value (sg-web) for parameter GroupName is invalid. Group names may not be in the format sg-*.",
    ),
    "rule description": (
        "AuthorizeSecurityGroupIngress",
        {"GroupId": "sg-1", "IpPermissions": [{**PORT, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "it's"}]}]},
        "InvalidParameterValue",
        "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:"
        f" {SET}",
    ),
    "enumeration": (
        "CreateVpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "nope"}, "InvalidParameterValue",
        "Value (nope) for parameter instanceTenancy is invalid.",
    ),
    "range": (
        "DescribeVpcs", {"MaxResults": 4}, "InvalidParameterValue",
        "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.",
    ),
    "missing": (
        "CreateSecurityGroup", {"GroupName": "web"}, "MissingParameter",
        "The request must contain the parameter GroupDescription",
    ),
    "no instances": (
        "TerminateInstances", {"InstanceIds": []}, "InvalidParameterCombination", "No instances specified",
    ),
    "no resources": (
        "CreateTags", {"Resources": [], "Tags": tags("k")}, "MissingParameter",
        "The request must contain the parameter resourceIdSet",
    ),
    "attribute": (
        "DescribeInstanceAttribute", {"InstanceId": NOBODY, "Attribute": "abc"}, "InvalidParameterValue",
        "Value (abc) for parameter attribute is invalid. Unknown attribute.",
    ),
    "type of tags": (
        "CreateVpc", {"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"ResourceType": "nope", "Tags": tags("k")}]},
        "InvalidParameterValue", "'nope' is not a valid taggable resource type for this operation.",
    ),
    "filter": (
        "DescribeSubnets", {"Filters": [{"Name": "colour", "Values": ["red"]}]}, "InvalidParameterValue",
        "The filter 'colour' is invalid",
    ),
    "tag": (
        "CreateTags", {"Resources": [NOBODY], "Tags": tags("aws:x")}, "InvalidParameterValue",
        "Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
    ),
    "too many tags": (
        "CreateTags", {"Resources": [NOBODY], "Tags": tags(*map(str, range(51)))}, "TagLimitExceeded",
        "The maximum number of Tags for a resource has been reached.",
    ),
    "user data": (
        "RunInstances", {"MinCount": 1, "MaxCount": 1, "UserData": "x" * 16387}, "InvalidParameterValue",
        "User data is limited to 16384 bytes",
    ),
}  # fmt: skip

OTHERS: dict[str, tuple[str, str, dict[str, Any], str, str]] = {
    "elbv2 name": (
        "elbv2", "CreateLoadBalancer", {"Name": "n" * 33, "Subnets": ["subnet-1"]}, "ValidationError",
        f"The load balancer name '{'n' * 33}' cannot be longer than '32' characters",
    ),
    "elbv2 range": (
        "elbv2", "CreateTargetGroup", {"Name": "t", "Port": 0}, "ValidationError",
        one("'0'", "port", "Member must have value greater than or equal to 1"),
    ),
    "elbv2 enumeration": (
        "elbv2", "CreateLoadBalancer", {"Name": "n", "Type": "classic"}, "ValidationError",
        one("'classic'", "type", "Member must satisfy enum value set: [application, network, gateway]"),
    ),
    "elbv2 missing": (
        "elbv2", "DeleteLoadBalancer", {}, "ValidationError",
        one("null", "loadBalancerArn", "Member must not be null"),
    ),
    "elbv2 tags": (
        "elbv2", "AddTags", {"ResourceArns": ["a"], "Tags": tags(*map(str, range(51)))}, "TooManyTags",
        "The quota for the number of tags that can be assigned to a load balancer has been reached",
    ),
    "iam pattern": (
        "iam", "GetRole", {"RoleName": "a role"}, "ValidationError",
        one("'a role'", "roleName", r"Member must satisfy regular expression pattern: [\w+=,.@-]+"),
    ),
    "iam two at once": (
        "iam", "CreateInstanceProfile", {"InstanceProfileName": "a b", "Path": "pltui"}, "ValidationError",
        r"2 validation errors detected: Value 'a b' at 'instanceProfileName' failed to satisfy constraint: Member must"
        r" satisfy regular expression pattern: [\w+=,.@-]+; Value 'pltui' at 'path' failed to satisfy constraint:"
        r" Member must satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
    ),
    "iam tag": (
        "iam", "TagRole", {"RoleName": "r", "Tags": tags("k", value="it's")}, "ValidationError",
        one("'it's'", "tags.1.member.value",
            r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*"),
    ),
    "route53 address": (
        "route53", "GetHostedZone", {"Id": "Z" * 33}, "InvalidInput",
        one(f"'{'Z' * 33}'", "id", "Member must have length less than or equal to 32"),
    ),
    "route53 body": (
        "route53", "ChangeResourceRecordSets",
        batch(TTL=None, ResourceRecords=None, AliasTarget={
            "HostedZoneId": "vpce-0bd0cf7081a1a0f93.vpce-svc-0f1eac68", "DNSName": "a.example.com",
            "EvaluateTargetHealth": False,
        }),
        "InvalidInput",
        "Invalid XML ; cvc-maxLength-valid: Value 'vpce-0bd0cf7081a1a0f93.vpce-svc-0f1eac68' with length = '40' is not"
        " facet-valid with respect to maxLength '32' for type 'ResourceId'.",
    ),
    "route53 action": (
        "route53", "ChangeResourceRecordSets",
        {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [{"Action": "PUT", "ResourceRecordSet": {
            "Name": "a.example.com", "Type": "A",
        }}]}},
        "InvalidInput",
        "Invalid XML ; cvc-enumeration-valid: Value 'PUT' is not facet-valid with respect to enumeration '[CREATE,"
        " DELETE, UPSERT]'. It must be a value from the enumeration.",
    ),
    "route53 zone": (
        "route53", "CreateHostedZone", {"Name": "my zone.com", "CallerReference": "r"}, "InvalidDomainName",
        "my zone.com is not a valid domain name.",
    ),
    "ssm pattern": (
        "ssm", "GetCommandInvocation", {"CommandId": "c" * 36, "InstanceId": "i-083e1601960282cd"},
        "ValidationException",
        one("'i-083e1601960282cd'", "instanceId",
            r"Member must satisfy regular expression pattern: (^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)"),
    ),
    "ssm pattern in a list": (
        "ssm", "SendCommand", {"DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-1"]}, "ValidationException",
        one("'[i-1]'", "instanceIds", "Member must satisfy constraint: [Member must satisfy regular expression"
            r" pattern: (^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)]"),
    ),
    "ssm range": (
        "ssm", "SendCommand", {"DocumentName": "AWS-RunShellScript", "TimeoutSeconds": 5}, "ValidationException",
        one("'5'", "timeoutSeconds", "Member must have value greater than or equal to 30"),
    ),
    "ssm enumeration": (
        "ssm", "PutParameter", {"Name": "/p", "Value": "v", "Type": "Number"}, "ValidationException",
        one("'Number'", "type", "Member must satisfy enum value set: [String, StringList, SecureString]"),
    ),
    "ssm reserved name": (
        "ssm", "PutParameter", {"Name": "/aws/x/y", "Value": "v", "Type": "String"}, "AccessDeniedException",
        "No access to reserved parameter name: /aws/x/y.",
    ),
    "sts pattern": (
        "sts", "AssumeRole", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "a session"},
        "ValidationError",
        one("'a session'", "roleSessionName", r"Member must satisfy regular expression pattern: [\w+=,.@-]*"),
    ),
}  # fmt: skip


def answered(aws: Any, service: str, operation: str, parameters: dict[str, Any]) -> tuple[str, str]:
    """(code, message) for a client that checks nothing itself."""
    client = getattr(aws, service)
    bare = aws.client(service, config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
    method = next(name for name, called in client.meta.method_to_api_mapping.items() if called == operation)
    with pytest.raises(ClientError) as caught:
        getattr(bare, method)(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.fidelity(
    "EC2 answers a value outside its set or range with InvalidParameterValue, a missing one with MissingParameter",
    source="EC2 API reference, error codes; seen: boto/boto3#347, cds-snc/notification-terraform#561, "
    "kubernetes-sigs/cluster-api-provider-aws#5120; other wordings are believed",
)
@pytest.mark.parametrize("case", EC2)
def test_ec2_rejects_it_in_its_own_words(aws, case):
    operation, parameters, code, message = EC2[case]
    assert answered(aws, "ec2", operation, parameters) == (code, message)


@pytest.mark.fidelity(
    "Other services validate by their models, and name each value, its place and the constraint",
    source="seen: kubernetes-sigs/aws-load-balancer-controller#4014, aws/aws-cli#7048, "
    "zalando-incubator/kube-ingress-aws-controller#139, hashicorp/terraform#24250, "
    "hashicorp/terraform-provider-aws#7606",
)
@pytest.mark.parametrize("case", OTHERS)
def test_other_services_name_the_value_and_the_constraint(aws, case):
    service, operation, parameters, code, message = OTHERS[case]
    assert answered(aws, service, operation, parameters) == (code, message)


@pytest.mark.parametrize(("parameters", "unknown"), [
    ("Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Colour=red", "Colour"),
    ("Action=CreateTags&ResourceId.1=vpc-1&Item.1.Key=k", "Item"),
    ("Action=CreateTags&ResourceId.1=vpc-1&Tag.1.Key=k&Tag.1.Val=v", "Val"),
    ("Action=DescribeVpcs&VpcId.first=vpc-1", "first"),
    ("Action=DescribeVpcs&MaxResults.1=5", "1"),
])  # fmt: skip
@pytest.mark.fidelity(
    "EC2 answers a parameter that it does not know with UnknownParameter",
    source="seen: aws/aws-sdk-cpp#327, aws/aws-sdk-js#57, chef/knife-ec2#444",
)
def test_ec2_recognizes_no_other_parameter(aws, parameters, unknown):
    before = len(aws.ec2.describe_vpcs()["Vpcs"])
    status, body = post(aws, "ec2", f"{parameters}&Version=2016-11-15")
    assert (status, error_of(body)) == (400, ("UnknownParameter", f"The parameter {unknown} is not recognized"))
    assert len(aws.ec2.describe_vpcs()["Vpcs"]) == before


@pytest.mark.fidelity(
    "Services other than EC2 ignore a parameter that they do not know",
    source="believed: newer SDKs call older API versions",
)
def test_other_services_ignore_an_unknown_parameter(aws):
    status, _ = post(aws, "iam", "Action=ListRoles&Version=2010-05-08&Colour=red")
    assert status == 200


@pytest.mark.parametrize("number", ["abc", "1.5", ""])
def test_a_number_that_is_none_is_rejected(aws, number):
    status, body = post(aws, "ec2", f"Action=DescribeVpcs&Version=2016-11-15&MaxResults={number}")
    assert (status, error_of(body)[0]) == (400, "InvalidParameterValue")
    status, body = post(aws, "iam", f"Action=ListRoles&Version=2010-05-08&MaxItems={number}")
    assert (status, error_of(body)[0]) == (400, "MalformedInput")


def error_of(body: str) -> tuple[str, str]:
    """(code, message)"""
    document = ElementTree.fromstring(body)
    return document.findtext(".//{*}Code") or "", document.findtext(".//{*}Message") or ""


def post(aws: Any, service: str, body: str) -> tuple[int, str]:
    """A call as another client might send it."""
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {SCOPE.format(service)}"}
    request = urllib.request.Request(aws.url, body.encode(), headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_systems_manager_rejects_a_value_of_another_type(aws):
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 {SCOPE.format('ssm')}",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AmazonSSM.GetParameter",
    }
    request = urllib.request.Request(aws.url, json.dumps({"Name": 1}).encode(), headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    assert json.loads(caught.value.read())["__type"] == "SerializationException"
