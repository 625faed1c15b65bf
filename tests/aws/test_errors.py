"""What AWS's error answers mean to the engine."""

from __future__ import annotations

import pytest

from pltui.aws.client import iam_action
from pltui.aws.errors import translate
from pltui.engine.errors import CloudError, DeniedError, NotYetError, OutcomeUnknownError, RefusedError

NO_PROFILE = "Value (lab-profile) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
NO_ROLES = "IAM Instance Profile arn:aws:iam::1:instance-profile/x has no associated IAM Roles"

TABLE: list[tuple[str, str, int, type[CloudError]]] = [
    ("UnauthorizedOperation", "", 403, DeniedError),
    ("AccessDenied", "", 403, DeniedError),
    ("AccessDeniedException", "", 400, DeniedError),
    ("AuthFailure", "", 401, DeniedError),
    ("InvalidClientTokenId", "", 403, DeniedError),
    ("ExpiredToken", "", 403, DeniedError),
    ("RequestExpired", "", 400, DeniedError),
    ("SignatureDoesNotMatch", "", 403, DeniedError),
    ("DependencyViolation", "", 400, NotYetError),
    ("ResourceInUse", "", 400, NotYetError),
    ("DeleteConflict", "", 409, NotYetError),
    ("ExistingVpcEndpointConnections", "", 400, NotYetError),
    ("IncorrectInstanceState", "", 400, NotYetError),
    ("HostedZoneNotEmpty", "", 400, NotYetError),
    ("InvalidVpcID.NotFound", "", 400, NotYetError),
    ("TargetGroupNotFound", "", 400, NotYetError),
    ("NoSuchEntity", "", 404, NotYetError),
    ("InvalidParameterValue", NO_PROFILE, 400, NotYetError),
    ("InvalidParameterValue", NO_ROLES, 400, NotYetError),
    ("InvalidParameterValue", "Value (x) for parameter cidr is invalid", 400, RefusedError),
    ("InvalidSubnet.Conflict", "", 400, RefusedError),
    ("DuplicateLoadBalancerName", "", 400, RefusedError),
    ("VpcLimitExceeded", "", 400, RefusedError),
    ("TooManyLoadBalancers", "", 400, RefusedError),
    ("InternalError", "", 500, OutcomeUnknownError),
    ("ServiceUnavailable", "", 503, OutcomeUnknownError),
    ("Unavailable", "", 503, OutcomeUnknownError),
    ("", "", 502, OutcomeUnknownError),
    ("SomethingNew", "", 400, RefusedError),
]


def translated(code: str, message: str = "", status: int = 400) -> CloudError:
    meta = {"HTTPStatusCode": status, "RequestId": "r-1"}
    return translate({"Error": {"Code": code, "Message": message}, "ResponseMetadata": meta}, "ec2:CreateVpc")


@pytest.mark.parametrize(("code", "message", "status", "kind"), TABLE)
def test_a_code_has_its_kind(code: str, message: str, status: int, kind: type[CloudError]) -> None:
    assert type(translated(code, message, status)) is kind


def test_an_error_keeps_what_a_report_needs() -> None:
    error = translated("DependencyViolation", "has dependencies")
    assert (error.message, error.code, error.action, error.request_id) == (
        "has dependencies", "DependencyViolation", "ec2:CreateVpc", "r-1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("UnauthorizedOperation", "needs ec2:CreateVpc"),
        ("ExpiredToken", "renew"),
        ("InvalidClientTokenId", "--profile"),
        ("VpcLimitExceeded", "quota"),
        ("ServiceQuotaExceeded", "quota"),
    ],
)
def test_what_to_do_about_it_is_told(code: str, hint: str) -> None:
    assert hint in translated(code).hint


def test_an_answer_without_anything_in_it_is_a_refusal() -> None:
    assert type(translate({}, "ec2:CreateVpc")) is RefusedError


@pytest.mark.parametrize(
    ("service", "name"), [("ec2", "ec2:X"), ("elbv2", "elasticloadbalancing:X"), ("route53", "route53:X")]
)
def test_calls_are_named_as_iam_names_them(service: str, name: str) -> None:
    assert iam_action(service, "X") == name
