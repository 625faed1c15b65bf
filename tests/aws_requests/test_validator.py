"""Requests that AWS rejects are found, and those that it accepts are not."""

import re
from functools import cache
from typing import Any

import pytest
from botocore.model import ServiceModel, StructureShape
from botocore.session import get_session

from pltui.aws_requests import RequestValidator, prose
from pltui.aws_requests import ViolationKind as Kind
from pltui.aws_requests.patterns import translate_pattern
from tests.aws_requests.smallest import smallest_request

SERVICES = ("ec2", "elbv2", "iam", "route53", "ssm", "sts", "pricing")
UNGUESSED = (Kind.PATTERN, Kind.FILTER)
GROUP = {"GroupName": "web", "Description": "d", "VpcId": "vpc-1"}
TRUST = "{}"


@cache
def model(service: str) -> ServiceModel:
    return get_session().get_service_model(service)


@cache
def validator(service: str) -> RequestValidator:
    return RequestValidator(model(service))


def found(service: str, operation: str, parameters: dict[str, Any]) -> list[tuple[str, Kind]]:
    violations = validator(service).violations(operation, parameters)
    return [(str(violation).partition(" = ")[0], violation.constraint.kind) for violation in violations]


def tags(*keys: str, value: str = "v") -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key in keys]


def record(name: str, value: str = "192.0.2.1", **more: Any) -> dict[str, Any]:
    change = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}], **more}
    return {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]}}


CHANGED = "ChangeBatch.Changes[0].ResourceRecordSet"
RULE = "IpPermissions[0].IpRanges[0].Description"

REJECTED: dict[str, tuple[str, str, dict[str, Any], str, Kind]] = {
    "an unknown member": ("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "Colour": "red"}, "Colour", Kind.UNKNOWN),
    "an unknown member below": (
        "ec2", "CreateTags", {"Resources": ["vpc-1"], "Tags": [{"Key": "k", "Val": "v"}]}, "Tags[0].Val", Kind.UNKNOWN,
    ),
    "a parameter where there are none": ("sts", "GetCallerIdentity", {"Me": 1}, "Me", Kind.UNKNOWN),
    "a missing member": ("ec2", "DeleteVpc", {}, "VpcId", Kind.REQUIRED),
    "a null member": ("ec2", "DeleteVpc", {"VpcId": None}, "VpcId", Kind.REQUIRED),
    "a missing member below": (
        "elbv2", "AddTags", {"ResourceArns": ["a"], "Tags": [{"Value": "v"}]}, "Tags[0].Key", Kind.REQUIRED,
    ),
    "text for a number": ("ec2", "DescribeVpcs", {"MaxResults": "5"}, "MaxResults", Kind.TYPE),
    "true for a number": ("ec2", "DescribeVpcs", {"MaxResults": True}, "MaxResults", Kind.TYPE),
    "text for a list": ("ec2", "DescribeVpcs", {"VpcIds": "vpc-1"}, "VpcIds", Kind.TYPE),
    "text for a structure": ("ec2", "CreateTags", {"Resources": ["r"], "Tags": ["t"]}, "Tags[0]", Kind.TYPE),
    "a tenancy that is none": (
        "ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "nope"}, "InstanceTenancy", Kind.ENUM,
    ),
    "a page too small": ("ec2", "DescribeVpcs", {"MaxResults": 4}, "MaxResults", Kind.MIN_VALUE),
    "a port too high": (
        "elbv2", "CreateTargetGroup", {"Name": "t", "Port": 65536}, "Port", Kind.MAX_VALUE,
    ),
    "a health check too often": (
        "elbv2", "CreateTargetGroup", {"Name": "t", "HealthCheckIntervalSeconds": 4}, "HealthCheckIntervalSeconds",
        Kind.MIN_VALUE,
    ),
    "a role's name with a space": (
        "iam", "CreateRole", {"RoleName": "a role", "AssumeRolePolicyDocument": TRUST}, "RoleName", Kind.PATTERN,
    ),
    "a role's name too long": (
        "iam", "CreateRole", {"RoleName": "r" * 65, "AssumeRolePolicyDocument": TRUST}, "RoleName", Kind.MAX_LENGTH,
    ),
    "a path without slashes": (
        "iam", "CreateInstanceProfile", {"InstanceProfileName": "p", "Path": "pltui"}, "Path", Kind.PATTERN,
    ),
    "a role's tag of AWS's": ("iam", "TagRole", {"RoleName": "r", "Tags": tags("aws:x")}, "Tags[0].Key", Kind.PATTERN),
    "a caller reference too long": (
        "route53", "CreateHostedZone", {"Name": "example.com", "CallerReference": "r" * 129}, "CallerReference",
        Kind.MAX_LENGTH,
    ),
    "a zone's label too long": (
        "route53", "CreateHostedZone", {"Name": f"{'a' * 64}.com", "CallerReference": "r"}, "Name", Kind.PATTERN,
    ),
    "a zone's name with a space": (
        "route53", "CreateHostedZone", {"Name": "my zone.com", "CallerReference": "r"}, "Name", Kind.PATTERN,
    ),
    "a zone's name with an empty label": (
        "route53", "CreateHostedZone", {"Name": "example..com", "CallerReference": "r"}, "Name", Kind.PATTERN,
    ),
    "a record's type that is none": (
        "route53", "ChangeResourceRecordSets", record("a.example.com", Type="AX"), f"{CHANGED}.Type", Kind.ENUM,
    ),
    "a record's name that is none": (
        "route53", "ChangeResourceRecordSets", record("ä.example.com"), f"{CHANGED}.Name", Kind.PATTERN,
    ),
    "a record's value too long": (
        "route53", "ChangeResourceRecordSets", record("a.example.com", "v" * 4001),
        f"{CHANGED}.ResourceRecords[0].Value", Kind.MAX_LENGTH,
    ),
    "an instance's id that is none": (
        "ssm", "GetCommandInvocation", {"CommandId": "c" * 36, "InstanceId": "i-1"}, "InstanceId", Kind.PATTERN,
    ),
    "a timeout too short": (
        "ssm", "SendCommand", {"DocumentName": "AWS-RunShellScript", "TimeoutSeconds": 29}, "TimeoutSeconds",
        Kind.MIN_VALUE,
    ),
    "a parameter's name with a colon": (
        "ssm", "PutParameter", {"Name": "/pltui/a:b", "Value": "v"}, "Name", Kind.PATTERN,
    ),
    "a parameter's name of AWS's": ("ssm", "PutParameter", {"Name": "/aws/x/y", "Value": "v"}, "Name", Kind.PATTERN),
    "a parameter's name that begins with ssm": (
        "ssm", "PutParameter", {"Name": "SSMx", "Value": "v"}, "Name", Kind.PATTERN,
    ),
    "a parameter's name too deep": (
        "ssm", "PutParameter", {"Name": "/a" * 16, "Value": "v"}, "Name", Kind.PATTERN,
    ),
    "a group's description with an apostrophe": (
        "ec2", "CreateSecurityGroup", {**GROUP, "Description": "the load balancer's"}, "Description", Kind.PATTERN,
    ),
    "a group's description too long": (
        "ec2", "CreateSecurityGroup", {**GROUP, "Description": "d" * 256}, "Description", Kind.MAX_LENGTH,
    ),
    "a group's name with a quote": (
        "ec2", "CreateSecurityGroup", {**GROUP, "GroupName": 'the "web"'}, "GroupName", Kind.PATTERN,
    ),
    "a group's name like an id": (
        "ec2", "CreateSecurityGroup", {**GROUP, "GroupName": "sg-web"}, "GroupName", Kind.PATTERN,
    ),
    "a group's name that is the default's": (
        "ec2", "CreateSecurityGroup", {**GROUP, "GroupName": "Default"}, "GroupName", Kind.PATTERN,
    ),
    "a rule's description with an apostrophe": (
        "ec2", "AuthorizeSecurityGroupIngress",
        {"GroupId": "sg-1", "IpPermissions": [{"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "it's"}]}]},
        RULE, Kind.PATTERN,
    ),
    "a tag of AWS's": (
        "ec2", "CreateTags", {"Resources": ["vpc-1"], "Tags": tags("AWS:x")}, "Tags[0].Key", Kind.PATTERN,
    ),
    "a tag's key too long": (
        "ec2", "CreateTags", {"Resources": ["vpc-1"], "Tags": tags("k" * 129)}, "Tags[0].Key", Kind.MAX_LENGTH,
    ),
    "a tag's value too long": (
        "ec2", "CreateTags", {"Resources": ["vpc-1"], "Tags": tags("k", value="v" * 257)}, "Tags[0].Value",
        Kind.MAX_LENGTH,
    ),
    "too many tags": (
        "ec2", "CreateTags", {"Resources": ["vpc-1"], "Tags": tags(*map(str, range(51)))}, "Tags", Kind.MAX_LENGTH,
    ),
    "too many tags of a load balancer": (
        "elbv2", "AddTags", {"ResourceArns": ["a"], "Tags": tags(*map(str, range(51)))}, "Tags", Kind.MAX_LENGTH,
    ),
    "a load balancer's tag with an apostrophe": (
        "elbv2", "AddTags", {"ResourceArns": ["a"], "Tags": tags("k", value="it's")}, "Tags[0].Value", Kind.PATTERN,
    ),
    "a load balancer's name too long": (
        "elbv2", "CreateLoadBalancer", {"Name": "n" * 33}, "Name", Kind.MAX_LENGTH,
    ),
    "a load balancer's name that begins with a hyphen": (
        "elbv2", "CreateLoadBalancer", {"Name": "-n"}, "Name", Kind.PATTERN,
    ),
    "a load balancer's name that ends with a hyphen": (
        "elbv2", "CreateLoadBalancer", {"Name": "n-"}, "Name", Kind.PATTERN,
    ),
    "a load balancer's name that is for internal ones": (
        "elbv2", "CreateLoadBalancer", {"Name": "internal-n"}, "Name", Kind.PATTERN,
    ),
    "a target group's name with a dot": ("elbv2", "CreateTargetGroup", {"Name": "a.b"}, "Name", Kind.PATTERN),
    "a target group's name with two hyphens": ("elbv2", "CreateTargetGroup", {"Name": "a--b"}, "Name", Kind.PATTERN),
    "user data too long": (
        "ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1, "UserData": "A" * 21852}, "UserData", Kind.MAX_LENGTH,
    ),
    "a token too long": ("ec2", "CreateNatGateway", {"ClientToken": "t" * 65}, "ClientToken", Kind.MAX_LENGTH),
    "a filter that is none": (
        "ec2", "DescribeVpcs", {"Filters": [{"Name": "vpc-id", "Values": ["v"]}, {"Name": "colour", "Values": ["v"]}]},
        "Filters[1].Name", Kind.FILTER,
    ),
    "a filter named like a value": (
        "ec2", "DescribeVpcs", {"Filters": [{"Name": "available", "Values": ["true"]}]}, "Filters[0].Name", Kind.FILTER,
    ),
    "a filter of a NAT gateway that is none": (
        "ec2", "DescribeNatGateways", {"Filter": [{"Name": "colour", "Values": ["red"]}]}, "Filter[0].Name",
        Kind.FILTER,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REJECTED)
def test_what_aws_rejects_is_found(case: str) -> None:
    service, operation, parameters, path, kind = REJECTED[case]
    assert (path, kind) in found(service, operation, parameters)


ACCEPTED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "all characters of a description": (
        "ec2", "CreateSecurityGroup", {**GROUP, "Description": "aZ0 ._-:/()#,@[]+=&;{}!$*"},
    ),
    "a tag of EC2 with any characters": ("ec2", "CreateTags", {"Resources": ["r"], "Tags": tags("k", value="it's\t→")}),
    "a load balancer's tag in any script": ("elbv2", "AddTags", {"ResourceArns": ["a"], "Tags": tags("名前 é_1:/=")}),
    "an instance type of tomorrow": ("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1, "InstanceType": "t9.nano"}),
    "a filter by tag": ("ec2", "DescribeVpcs", {"Filters": [{"Name": "tag:pltui:lab", "Values": ["l"]}]}),
    "a filter as older clients write it": (
        "ec2", "DescribeVpcs", {"Filters": [{"Name": "dhcpOptionsId", "Values": ["d"]}]},
    ),
    "a filter by another of its names": (
        "ec2", "DescribeSubnets", {"Filters": [{"Name": "cidr", "Values": ["10.0.0.0/24"]}]},
    ),
    "a wildcard's record": ("route53", "ChangeResourceRecordSets", record("*.example.com.")),
    "a record's name in octal": ("route53", "ChangeResourceRecordSets", record(r"\052.example.com.")),
    "a name of one letter": ("elbv2", "CreateLoadBalancer", {"Name": "n"}),
    "the root path": ("iam", "CreateInstanceProfile", {"InstanceProfileName": "p", "Path": "/"}),
    "an instance's id": (
        "ssm", "GetCommandInvocation", {"CommandId": "c" * 36, "InstanceId": "i-0123456789abcdef0"},
    ),
    "a parameter's name with a path": ("ssm", "PutParameter", {"Name": "/pltui/lab/us-east-1/lease", "Value": "{}"}),
    "a plain parameter's name": ("ssm", "PutParameter", {"Name": "pltui", "Value": "v"}),
}  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_aws_accepts_is_let_pass(case: str) -> None:
    assert found(*ACCEPTED[case]) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_can_be_compiled_and_takes_a_request(service: str) -> None:
    """Also those whose shapes contain themselves. The smallest request guesses no pattern and no filter."""
    wrong = {
        name: violations
        for name in model(service).operation_names
        if (violations := _found_but_patterns(service, name))
    }
    assert wrong == {}


def _found_but_patterns(service: str, name: str) -> list[str]:
    request = smallest_request(model(service).operation_model(name))
    violations = validator(service).violations(name, request)
    return [str(violation) for violation in violations if violation.constraint.kind not in UNGUESSED]


@pytest.mark.parametrize("service", SERVICES)
def test_prose_rules_are_of_members_that_there_are(service: str) -> None:
    for member in prose.of_service(service).members:
        structure, _, name = member.partition(".")
        shape = model(service).shape_for(structure)
        assert isinstance(shape, StructureShape)
        assert name in shape.members, member


def test_every_prose_rule_has_its_source() -> None:
    for service in SERVICES:
        rules = prose.of_service(service)
        for member in rules.members:
            assert all(constraint.source for constraint in rules.constraints(member)), member


# Patterns of shapes that Python's regular expressions have no equal of, or that are wrong in the model.
UNREADABLE = re.compile(r"ssm (Azure|CloudConnector|Gcp|DisplayName).*")


@pytest.mark.parametrize("service", SERVICES)
def test_all_patterns_of_the_models_can_be_read(service: str) -> None:
    shapes = (model(service).shape_for(name) for name in model(service).shape_names)
    patterns = {f"{service} {shape.name}": shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata}
    unreadable = {name for name, pattern in patterns.items() if translate_pattern(pattern) is None}
    assert {name for name in unreadable if not UNREADABLE.fullmatch(name)} == set()


@pytest.mark.parametrize(("pattern", "text", "matches"), [
    (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "名前 é 1", True),
    (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "it's", False),
    (r"[\w+=,.@-]+", "é", False),
    (r"\p{ASCII}+", "a~", True),
    (r"\p{ASCII}+", "é", False),
    ("[\\u0020-\\uD7FF\\u10000-\\u10FFFF]+", "a\U0001f600", True),
])  # fmt: skip
def test_java_patterns_mean_the_same_in_python(pattern: str, text: str, matches: bool) -> None:
    compiled = translate_pattern(pattern)
    assert compiled is not None
    assert bool(compiled.fullmatch(text)) is matches
