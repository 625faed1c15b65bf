"""Requests that cannot be read, and calls without a value that AWS needs, get AWS's error in the service's protocol."""

import json
import time
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from tests.emulator.api.fuzzing import BOMB

SIGNING = {"elbv2": "elasticloadbalancing"}
VERSIONS = {"ec2": "2016-11-15", "elbv2": "2015-12-01", "iam": "2010-05-08", "sts": "2011-06-15"}
RECORDS = "/2013-04-01/hostedzone/Z1/rrset"


def sent(aws: Any, service: str, path: str = "/", method: str = "POST", content: bytes = b"", **headers: str) -> Any:
    name = SIGNING.get(service, service)
    signature = f"AWS4-HMAC-SHA256 Credential=testing/20260101/ap-northeast-1/{name}/aws4_request, SignedHeaders=host"
    form = {"Content-Type": "application/x-www-form-urlencoded"} if service in VERSIONS else {}
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return httpx.request(method, aws.url + path, headers={"Authorization": signature, **form, **named}, content=content)


def code(answer: Any) -> str:
    """The error's code, of an answer in XML or JSON."""
    assert "html" not in answer.headers["Content-Type"]
    if answer.text[:1] == "{":
        return str(json.loads(answer.text)["__type"])
    root = ElementTree.fromstring(answer.text)
    return next(each.text or "" for each in root.iter() if each.tag.rpartition("}")[2] == "Code")


@pytest.mark.parametrize("service", VERSIONS)
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "MissingAction"),
        (b"null", "MissingAction"),
        (b"&=&" * 1000, "MissingAction"),
        (b"<" * 1000, "MissingAction"),
        (b"\xff\xfe", "MalformedInput"),
        (b"Action=Descxribe", "InvalidAction"),
    ],
)
def test_a_query_that_is_none(aws: Any, service: str, content: bytes, expected: str) -> None:
    content += f"&Version={VERSIONS[service]}".encode() if expected == "InvalidAction" else b""
    answer = sent(aws, service, content=content)
    assert (answer.status_code, code(answer)) == (400, expected)


@pytest.mark.parametrize("service", VERSIONS)
@pytest.mark.parametrize(("path", "method"), [("/x/y", "POST"), ("/", "PUT"), ("/", "DELETE"), ("/%00", "POST")])
def test_a_query_to_an_unknown_path_or_by_another_method(aws: Any, service: str, path: str, method: str) -> None:
    call = {"ec2": "DescribeVpcs", "elbv2": "DescribeLoadBalancers", "iam": "ListRoles", "sts": "GetCallerIdentity"}
    content = f"Action={call[service]}&Version={VERSIONS[service]}".encode()
    answer = sent(aws, service, path, method, content)
    assert (answer.status_code, code(answer)) == (400, "InvalidAction")


def test_a_version_that_no_service_has(aws: Any) -> None:
    answer = sent(aws, "elbv2", content=b"Action=DescribeLoadBalancers&Version=2015")
    assert (answer.status_code, code(answer)) == (400, "InvalidAction")


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'"x"', b"null", b"1", b"\xff", b"[" * 100_000, b'{"Name": {}}', b"<a/>"]
)
def test_a_document_that_is_no_json(aws: Any, content: bytes) -> None:
    answer = sent(aws, "ssm", content=content, X_Amz_Target="AmazonSSM.GetParameter")
    assert answer.status_code == 400
    assert code(answer).rpartition("#")[2] in ("SerializationException", "ValidationException")


@pytest.mark.parametrize("target", ["", "x", "AmazonSSM.", "AmazonSSM.Nothing", "a.b.c"])
def test_a_target_that_names_no_operation(aws: Any, target: str) -> None:
    answer = sent(aws, "ssm", content=b"{}", X_Amz_Target=target)
    assert answer.status_code == 400
    assert code(answer) in ("InvalidAction", "UnknownOperationException")


@pytest.mark.parametrize(
    "content",
    [b"", b"<", b"<a>" * 10_000, b"{}", b"\xff", f"{BOMB}<a>&j;</a>".encode(),
     b'<?xml version="1.0" encoding="x"?><a/>',
     b"<ChangeResourceRecordSetsRequest/>",
     b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
     b"<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>\x01</Action></Change></Changes>"
     b"</ChangeBatch></ChangeResourceRecordSetsRequest>"],
    ids=map(str, range(10)),
)  # fmt: skip
def test_a_document_that_is_no_xml(aws: Any, content: bytes) -> None:
    began = time.monotonic()
    answer = sent(aws, "route53", RECORDS, content=content)
    assert (answer.status_code, code(answer)) == (400, "InvalidInput")
    assert "root:" not in answer.text
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("path", ["/", "/2013-04-01/nothing", "/2013-04-01/hostedzone/Z1/", "/x", "/%ff"])
def test_a_path_that_route_53_does_not_have(aws: Any, path: str) -> None:
    answer = sent(aws, "route53", path, "PATCH")
    assert (answer.status_code, code(answer)) == (400, "InvalidAction")


def test_a_signature_without_scope(aws: Any) -> None:
    answer = httpx.post(aws.url, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x"}, content=b"{}")
    assert (answer.status_code, code(answer)) == (400, "IncompleteSignature")


def test_json_is_not_labelled_as_a_web_page(aws: Any) -> None:
    answer = sent(aws, "vpc-lattice", "/services", content=b'{"name": "my-service"}')
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


# -- values that AWS needs --------------------------------------------------------------------------------------------

INCOMPLETE = {
    "tag without key": ("CreateVpc", {"CidrBlock": "10.0.0.0/16", "Tags": [{"Value": "v"}]}, "InvalidParameterValue"),
    "tag without value": ("CreateVpc", {"CidrBlock": "10.0.0.0/16", "Tags": [{"Key": "k"}]}, "InvalidParameterValue"),
    "subnet without block": ("CreateSubnet", {"VpcId": "vpc-1"}, "MissingParameter"),
    "endpoint without service": ("CreateVpcEndpoint", {"VpcId": "vpc-1"}, "MissingParameter"),
}


@pytest.mark.parametrize("case", INCOMPLETE)
def test_a_call_without_a_value_that_aws_needs(aws: Any, refused: Any, case: str) -> None:
    operation, parameters, expected = INCOMPLETE[case]
    if "Tags" in parameters:
        tags = parameters["Tags"]
        parameters = {"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"ResourceType": "vpc", "Tags": tags}]}
    assert refused(aws.ec2._make_api_call, operation_name=operation, api_params=parameters) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"IpProtocol": "tcp"}, "InvalidParameterValue"),
        ({"IpProtocol": "17", "FromPort": 1}, "InvalidParameterValue"),
        ({"IpProtocol": "icmp"}, "InvalidParameterValue"),
        ({"IpProtocol": "999", "FromPort": 1, "ToPort": 2}, "InvalidParameterValue"),
        ({"IpProtocol": "ftp", "FromPort": 1, "ToPort": 2}, "InvalidParameterValue"),
        ({"IpProtocol": "²"}, "InvalidParameterValue"),
    ],
)
def test_a_rule_without_its_ports_or_of_no_protocol(aws: Any, refused: Any, rule: Any, expected: str) -> None:
    group = aws.group(aws.vpc())
    rule = {**rule, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    for call in (aws.ec2.authorize_security_group_ingress, aws.ec2.revoke_security_group_egress):
        assert refused(call, GroupId=group, IpPermissions=[rule]) == expected


@pytest.mark.parametrize("protocol", ["50", "51", "58", "icmpv6", "0", "255"])
def test_a_protocol_without_ports_needs_none(aws: Any, protocol: str) -> None:
    group = aws.group(aws.vpc())
    rule = {"IpProtocol": protocol, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    (seen,) = aws.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert (seen["IpProtocol"], seen["IpRanges"]) == (protocol, [{"CidrIp": "10.0.0.0/8"}])
    aws.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])


@pytest.mark.parametrize("protocol", ["TCP", "UDP", "TLS"])
@pytest.mark.parametrize("kind", ["fixed-response", "redirect", "authenticate-oidc"])
def test_a_network_load_balancer_only_forwards(aws: Any, refused: Any, protocol: str, kind: str) -> None:
    balancer = aws.balancer(aws.subnet(aws.vpc()))
    action = {"Type": kind} | ({"FixedResponseConfig": {"StatusCode": "200"}} if kind == "fixed-response" else {})
    create = aws.elbv2.create_listener
    arguments = {"LoadBalancerArn": balancer, "Protocol": protocol, "Port": 80, "DefaultActions": [action]}
    assert refused(create, **arguments) == "InvalidLoadBalancerAction"


@pytest.mark.parametrize("lacking", ["Key", "Value"])
def test_an_attribute_without_key_or_value(aws: Any, refused: Any, lacking: str) -> None:
    balancer = aws.balancer(aws.subnet(aws.vpc()))
    attribute = {"Key": "deletion_protection.enabled", "Value": "true"}
    del attribute[lacking]
    modify = aws.elbv2.modify_load_balancer_attributes
    assert refused(modify, LoadBalancerArn=balancer, Attributes=[attribute]) == "ValidationError"
