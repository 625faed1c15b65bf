"""`sandbox fault`: how faults are written."""

import pytest

from pltui.cli.commands.sandbox.fault import FaultRequest, parse_fault
from pltui.errors import LabError


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("server web-1", ("server", "web-1", 0)),
        ("zone apne1-az1", ("zone", "apne1-az1", 0)),
        ("subnet subnet-1", ("subnet", "subnet-1", 0)),
        ("latency 200ms", ("latency", "", 200)),
        ("latency 1.5s web-1", ("latency", "web-1", 1500)),
        ("loss 20%", ("loss", "", 0.2)),
        ("loss 0.5 web-1", ("loss", "web-1", 0.5)),
        ("throttle ec2", ("throttle", "ec2", 0)),
        ("throttle ec2:CreateVpcEndpoint 2/s", ("throttle", "ec2:CreateVpcEndpoint", 2)),
        ("throttle all 6/min", ("throttle", "", 0.1)),
        ("lag 10s", ("lag", "", 10)),
    ],
)
def test_a_fault_is_a_kind_an_amount_and_a_place(words: str, wish: tuple[str, str, float]) -> None:
    assert parse_fault(words.split()) == (*wish, "")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("sever web-1", "did you mean server?"),
        ("earthquake", "choose from server, zone, subnet, latency, loss, throttle, lag, error"),
        ("server", "write: pltui sandbox fault server NAME"),
        ("server a b", "write: pltui sandbox fault server NAME"),
        ("latency", "write: pltui sandbox fault latency 200ms [WHERE]"),
        ("latency web-1", "write: pltui sandbox fault latency 200ms [WHERE]"),
        ("latency 0ms", "write: pltui sandbox fault latency 200ms [WHERE]"),
        ("loss 120%", "write: pltui sandbox fault loss 20% [WHERE]"),
        ("loss 20 a b", "write: pltui sandbox fault loss 20% [WHERE]"),
        ("throttle", "write: pltui sandbox fault throttle SERVICE[:ACTION] [RATE]"),
        ("lag", "write: pltui sandbox fault lag 10s"),
        ("lag soon", "write: pltui sandbox fault lag 10s"),
        ("error", "write: pltui sandbox fault error SERVICE:OPERATION CODE [--times N]"),
        ("error ec2:RunInstances", "write: pltui sandbox fault error SERVICE:OPERATION CODE [--times N]"),
        ("error ec2", "write: pltui sandbox fault error SERVICE:OPERATION CODE [--times N]"),
        ("error ec2:RunInstances a b", "write: pltui sandbox fault error SERVICE:OPERATION CODE [--times N]"),
        ("error ec2:RunInstance Blocked", "did you mean ec2:RunInstances, ec2:BundleInstance, ec2:RebootInstances?"),
        ("error ec3:RunInstances Blocked", "did you mean ec2?"),
        ("error nonsense:RunInstances Blocked", "choose from ec2, elbv2, iam, route53, ssm, sts, vpc-lattice"),
        ("error ec2:CreateVpc VpcLimitsExceeded", "did you mean VpcLimitExceeded, "),
        ("error ec2:CreateVpc TooManyLoadBalancers", "choose from InvalidVpc.Range, TagPolicyViolation, Unauthorized"),
    ],
)
def test_what_is_no_fault_is_a_usage_error_that_says_how_to_write_it(words: str, hint: str) -> None:
    with pytest.raises(LabError) as refusal:
        parse_fault(words.split())
    assert (refusal.value.code, refusal.value.hint[: len(hint)]) == (2, hint)


@pytest.mark.parametrize(
    ("words", "times", "wish"),
    [
        ("error ec2:RunInstances Unsupported", None, ("error", "ec2:RunInstances", 0, "Unsupported")),
        ("error ec2:RunInstances Unsupported", 3, ("error", "ec2:RunInstances", 3, "Unsupported")),
        ("error elbv2:CreateListener Throttling", 1, ("error", "elbv2:CreateListener", 1, "Throttling")),
        ("error elasticloadbalancing:SetSubnets Throttling", 1, ("error", "elbv2:SetSubnets", 1, "Throttling")),
        ("error iam:CreateRole AccessDenied/scp", 2, ("error", "iam:CreateRole", 2, "AccessDenied/scp")),
    ],
)
def test_an_error_has_an_operation_a_code_and_how_often(
    words: str, times: int | None, wish: tuple[str, str, float, str]
) -> None:
    assert parse_fault(words.split(), times) == wish


def test_how_often_is_said_of_errors_only() -> None:
    with pytest.raises(LabError) as refusal:
        parse_fault(["lag", "10s"], 3)
    assert refusal.value.code == 2


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("ec2:RunInstances", "Client.InvalidKMSKey.InvalidState"),
        ("elbv2:CreateLoadBalancer", "LoadBalancer.Failed"),
        ("ec2:CreateVpcEndpoint", "VpcEndpoint.Failed"),
    ],
)
def test_what_an_operation_makes_can_be_made_to_fail(operation: str, code: str) -> None:
    assert parse_fault(["error", operation, code], 2) == FaultRequest("error", operation, 2, code)


def test_a_reason_of_one_operation_is_no_error_of_another() -> None:
    with pytest.raises(LabError) as caught:
        parse_fault(["error", "ec2:CreateVpc", "Client.InternalError"])
    assert caught.value.code == 2
