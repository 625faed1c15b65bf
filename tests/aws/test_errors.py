"""What AWS's error answers mean to the engine."""

from datetime import UTC, datetime, timedelta

import pytest

from pltui.aws.client import iam_action
from pltui.aws.errors import is_gone, reason_hint, translate_error
from pltui.aws_errors import ANY, find
from pltui.engine.errors import CloudError, DeniedError, ExpiredError, NotYetError, OutcomeUnknownError, RefusedError

NO_PROFILE = "Value (lab-profile) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
NO_ROLES = "IAM Instance Profile arn:aws:iam::1:instance-profile/x has no associated IAM Roles"

TABLE: list[tuple[str, str, int, type[CloudError]]] = [
    ("UnauthorizedOperation", "", 403, DeniedError),
    ("AccessDenied", "", 403, DeniedError),
    ("AccessDeniedException", "", 400, DeniedError),
    ("AuthFailure", "", 401, DeniedError),
    ("InvalidClientTokenId", "", 403, DeniedError),
    ("ExpiredToken", "", 403, ExpiredError),
    ("RequestExpired", "", 400, ExpiredError),
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
    # The rule is there: the earlier answer was lost, or a read was old. Another read decides.
    ("InvalidPermission.Duplicate", "", 400, OutcomeUnknownError),
    ("Unavailable", "", 503, OutcomeUnknownError),
    ("", "", 502, OutcomeUnknownError),
    ("SomethingNew", "", 400, RefusedError),
]


def translated(code: str, message: str = "", status: int = 400, action: str = "") -> CloudError:
    """`action` is by default a call of a service that answers with the code, and is of no operation's own."""
    meta = {"HTTPStatusCode": status, "RequestId": "r-1"}
    entry = find(code)
    service = entry.services[0] if entry and entry.services[0] != ANY else "ec2"
    action = action or ("ec2:CreateVpc" if service in ("ec2", "ssm") else f"{service}:CreateRole")
    return translate_error({"Error": {"Code": code, "Message": message}, "ResponseMetadata": meta}, action)


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
        ("AccessDeniedException", "needs ec2:CreateVpc"),
        ("ExpiredToken", "aws sso login"),
        ("ExpiredTokenException", "aws sso login"),
        ("RequestExpired", "clock"),
        ("InvalidClientTokenId", "--profile"),
        ("AuthFailure", "region"),
        ("SignatureDoesNotMatch", "--profile"),
        ("OptInRequired", "signed up"),
        ("PendingVerification", "verifying"),
        ("VpcLimitExceeded", "5 VPCs per region"),
        ("InternetGatewayLimitExceeded", "is that for VPCs"),
        ("AddressLimitExceeded", "5 elastic IPs per region"),
        ("NatGatewayLimitExceeded", "5 NAT gateways per zone"),
        ("VpcEndpointLimitExceeded", "50 interface endpoints per VPC"),
        ("VcpuLimitExceeded", "fewer servers"),
        ("TooManyLoadBalancers", "50 network load balancers"),
        ("TooManyTargetGroups", "higher quota"),
        ("RouteTableLimitExceeded", "higher quota"),
        ("ServiceQuotaExceeded", "higher quota"),
        ("RequestLimitExceeded", "in a while"),
        ("TooManyRequestsException", "in a while"),
        ("InsufficientInstanceCapacity", "instance_type"),
        ("Unsupported", "instance_type"),
        ("UnsupportedAvailabilityZone", "other zones"),
        ("AvailabilityZoneNotSupported", "other zones"),
        ("InsufficientFreeAddressesInSubnet", "wider CIDR"),
        ("InvalidVpc.Range", "/16 to /28"),
        ("InvalidServiceName", "does not admit this account"),
        ("InvalidGroup.Duplicate", "delete the group"),
        ("InvalidSubnet.Conflict", "vpc.cidr"),
        ("ConflictingDomainExists", "dns.zone"),
        ("Resource.AlreadyAssociated", "detach"),
        ("EntityAlreadyExists", "pltui plan"),
        ("DuplicateLoadBalancerName", "pltui plan"),
        ("DuplicateTargetGroupName", "pltui plan"),
        ("DependencyViolation", "within minutes"),
        ("InvalidIPAddress.InUse", "delete what another"),
        ("ResourceInUse", "delete what another"),
        ("DeleteConflict", "delete what another"),
    ],
)
def test_what_to_do_about_it_is_told(code: str, hint: str) -> None:
    assert hint in translated(code).hint


PASS_ROLE = (
    "You are not authorized to perform this operation. User: arn:aws:iam::1:user/x is not authorized to perform: "
    "iam:PassRole on resource: arn:aws:iam::1:role/y because no identity-based policy allows the iam:PassRole action."
)
LINKED_ROLE = "User: arn:aws:iam::1:user/x is not authorized to perform: iam:CreateServiceLinkedRole on resource: *"
ENCODED = "You are not authorized to perform this operation. Encoded authorization failure message: 4EfA1b"
FORBIDDEN = (
    "User: arn:aws:iam::1:user/x is not authorized to perform: ec2:RunInstances on resource: * with an explicit deny "
    "in a service control policy"
)
NO_ZONE = "The VPC endpoint service x does not support the availability zone of the subnet: subnet-1"
NO_TYPE = "Your requested instance type (t3.micro) is not supported in your requested Availability Zone (x)."
SECOND_GATEWAY = "Network vpc-1 already has an internet gateway attached"
SECOND_SERVICE = "LBs are already associated with another VPC Endpoint Service Configuration"


@pytest.mark.parametrize(
    ("code", "message", "action", "hint"),
    [
        ("UnauthorizedOperation", PASS_ROLE, "ec2:RunInstances", "the identity in use needs iam:PassRole"),
        ("AccessDenied", LINKED_ROLE, "elasticloadbalancing:CreateLoadBalancer", "needs iam:CreateServiceLinkedRole"),
        ("UnauthorizedOperation", ENCODED, "ec2:RunInstances", "needs ec2:RunInstances, and iam:PassRole"),
        ("UnauthorizedOperation", ENCODED, "ec2:CreateVpcEndpoint", "the identity in use needs ec2:CreateVpcEndpoint"),
        (
            "UnauthorizedOperation",
            FORBIDDEN,
            "ec2:RunInstances",
            "organization forbids ec2:RunInstances",
        ),
        ("InvalidParameter", NO_ZONE, "ec2:CreateVpcEndpoint", "zones that the load balancer is in"),
        ("InvalidParameterValue", NO_TYPE, "ec2:RunInstances", "instance_type"),
        ("InvalidParameterValue", SECOND_GATEWAY, "ec2:AttachInternetGateway", "detach the gateway"),
        ("InvalidParameter", SECOND_SERVICE, "ec2:CreateVpcEndpointServiceConfiguration", "delete the service"),
        ("InvalidParameterValue", "something else", "ec2:CreateVpc", ""),
    ],
)
def test_where_the_code_says_little_the_message_does(code: str, message: str, action: str, hint: str) -> None:
    found = translate_error({"Error": {"Code": code, "Message": message}}, action).hint
    assert hint in found
    assert bool(hint) == bool(found)


REFUSED_ROLE = "The provided credentials do not have permission to create the service-linked role for NAT gateways."
NO_POLICY = "Policy arn:aws:iam::aws:policy/Nonsense does not exist or is not attachable."
NO_ROLE = "The role with name lab-client cannot be found."
NO_SERVICE = "The Vpc Endpoint Service 'com.amazonaws.vpce.us-east-1.vpce-svc-1' does not exist"


@pytest.mark.parametrize(
    ("code", "message", "status", "kind", "account_wide", "lasts_s"),
    [
        ("InsufficientInstanceCapacity", "", 500, RefusedError, False, None),
        ("InsufficientAddressCapacity", "", 500, RefusedError, False, None),
        ("AuthFailure.ServiceLinkedRoleCreationNotPermitted", REFUSED_ROLE, 403, DeniedError, True, None),
        ("AuthFailure.SomethingNew", "", 403, DeniedError, True, None),
        ("InvalidSignatureException", "", 400, DeniedError, True, None),
        ("IncompleteSignature", "", 400, DeniedError, True, None),
        ("MissingAuthenticationToken", "", 403, DeniedError, True, None),
        ("SubscriptionRequiredException", "", 400, DeniedError, True, None),
        ("UnauthorizedOperation", "", 403, DeniedError, True, None),
        ("VpcLimitExceeded", "", 400, RefusedError, True, None),
        ("VpcEndpointLimitExceeded", "", 400, RefusedError, False, None),
        ("PendingVerification", "", 400, RefusedError, True, None),
        ("Blocked", "", 400, RefusedError, True, None),
        ("InvalidVpcID.NotFound", "", 400, NotYetError, False, 120),
        ("NoSuchEntity", NO_ROLE, 404, NotYetError, False, 120),
        ("NoSuchEntity", NO_POLICY, 404, RefusedError, False, None),
        ("ParameterNotFound", "", 400, RefusedError, False, None),
        ("InvalidAMIID.NotFound", "", 400, RefusedError, False, None),
        ("SomethingElse.NotFound", "", 400, RefusedError, False, None),
        ("InvalidServiceName", "The service x does not support the endpoint type", 400, RefusedError, False, None),
        ("DependencyViolation", "", 400, NotYetError, False, None),
        ("RequestLimitExceeded", "", 503, NotYetError, False, 60),
    ],
)
def test_what_is_definite_concerns_the_account_or_passes_with_time(
    code: str, message: str, status: int, kind: type[CloudError], account_wide: bool, lasts_s: float | None
) -> None:
    error = translated(code, message, status)
    assert (type(error), error.account_wide, error.lasts_s) == (kind, account_wide, lasts_s)


NOT_YOURS = "You do not have permission to access the specified resource."
NEW_SERVICE = "The service is unavailable. Please try again shortly."
NO_TARGET = (
    "[Tried to create an alias that targets vpce-1.vpce-svc-1.us-east-1.vpce.amazonaws.com., type A in zone Z1, but "
    "that target was not found]"
)
NO_TOKEN = "AWS was not able to validate the provided access credentials"
NO_IMAGE = "Not authorized for images: [ami-1]"
ACCEPT = "ec2:AcceptVpcEndpointConnections"


@pytest.mark.parametrize(
    ("action", "code", "message", "status", "kind", "account_wide", "lasts_s", "hint"),
    [
        ("ec2:ReleaseAddress", "AuthFailure", NOT_YOURS, 400, NotYetError, False, None, "within minutes"),
        ("ec2:DisassociateAddress", "AuthFailure", NOT_YOURS, 400, NotYetError, False, None, "within minutes"),
        ("ec2:CreateNatGateway", "AuthFailure", NOT_YOURS, 400, DeniedError, False, None, "needs ec2:CreateNatGateway"),
        ("ec2:ReleaseAddress", "AuthFailure", NO_TOKEN, 401, DeniedError, True, None, "--profile"),
        ("ec2:RunInstances", "AuthFailure", NO_IMAGE, 400, DeniedError, False, None, "does not share it"),
        ("ec2:CreateVpcEndpoint", "Unavailable", NEW_SERVICE, 503, NotYetError, False, 180, "in a while"),
        ("ec2:CreateVpcEndpoint", "InvalidServiceName", NO_SERVICE, 400, NotYetError, False, 60, ""),
        ("ec2:DescribeVpcEndpointServices", "InvalidServiceName", NO_SERVICE, 400, RefusedError, False, None, ""),
        ("ec2:CreateVpc", "Unavailable", NEW_SERVICE, 503, OutcomeUnknownError, False, None, "health"),
        ("route53:ChangeResourceRecordSets", "InvalidChangeBatch", NO_TARGET, 400, NotYetError, False, 300, ""),
        ("route53:ChangeResourceRecordSets", "InvalidChangeBatch", "[no]", 400, RefusedError, False, None, ""),
        ("ec2:CreateNatGateway", "InvalidElasticIpID.NotFound", "", 400, NotYetError, False, 120, ""),
        ("ec2:CreateVpcEndpoint", "InvalidSecurityGroupId.NotFound", "", 400, NotYetError, False, 120, ""),
        ("ec2:CreateVpcEndpoint", "InvalidSecurityGroupID.NotFound", "", 400, NotYetError, False, 120, ""),
        (ACCEPT, "VpcEndpointConnectionNotFound", "", 400, NotYetError, False, 60, ""),
        (ACCEPT, "InvalidVpcEndpointConnection.NotFound", "", 400, NotYetError, False, 60, ""),
        (ACCEPT, "InvalidVpcEndpointId.NotFound", "", 400, NotYetError, False, 60, ""),
        (ACCEPT, "InvalidVpcEndpoint.NotFound", "", 400, NotYetError, False, 60, ""),
        (ACCEPT, "InvalidState", "", 400, NotYetError, False, 60, ""),
        ("ec2:ModifyVpcEndpoint", "InvalidVpcEndpointId.NotFound", "", 400, NotYetError, False, 120, ""),
        ("ec2:CreateVpc", "InvalidState", "", 400, RefusedError, False, None, ""),
        ("ec2:CreateNatGateway", "NotAvailableInZone", "", 400, RefusedError, False, None, "other zones"),
        ("iam:AttachRolePolicy", "UnmodifiableEntity", "", 400, RefusedError, False, None, "another lab name"),
        ("iam:AttachRolePolicy", "PolicyNotAttachable", "", 400, RefusedError, False, None, "report"),
        ("route53:CreateHostedZone", "InvalidDomainName", "", 400, RefusedError, False, None, "dns.zone"),
        ("ec2:RunInstances", "InvalidParameterValue", NO_PROFILE, 400, NotYetError, False, 120, "in a while"),
        ("ec2:CreateVpc", "EC2ThrottledException", "", 503, NotYetError, False, 60, ""),
        ("ec2:CreateVpc", "BandwidthLimitExceeded", "", 503, NotYetError, False, 60, ""),
        ("ssm:PutParameter", "TransactionInProgressException", "", 400, NotYetError, False, 60, ""),
        ("ssm:PutParameter", "ProvisionedThroughputExceededException", "", 400, NotYetError, False, 60, ""),
    ],
)
def test_the_same_code_means_different_things_to_different_calls(
    action: str, code: str, message: str, status: int, kind: type[CloudError], account_wide: bool,
    lasts_s: float | None, hint: str,
) -> None:  # fmt: skip
    error = translated(code, message, status, action)
    assert (type(error), error.account_wide, error.lasts_s) == (kind, account_wide, lasts_s)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("action", "code", "kind", "hint"),
    [
        ("ec2:CreateNatGateway", "InvalidSubnet", RefusedError, ""),  # Elastic Load Balancing's: too few addresses
        ("elasticloadbalancing:CreateLoadBalancer", "InvalidSubnet", RefusedError, "wider CIDR"),
        ("ec2:CreateVpc", "ResourceInUse", RefusedError, ""),
        (
            "route53:ListHostedZones",
            "ThrottlingException",
            NotYetError,
            "in a while",
        ),  # common to all
        ("elasticloadbalancing:CreateListener", "RequestLimitExceeded", NotYetError, "in a while"),
        ("elasticloadbalancing:CreateListener", "AccessDeniedException", DeniedError, "needs elasticloadbalancing:"),
        ("ec2:DescribeVpcs", "UnauthorizedOperation", DeniedError, "needs ec2:DescribeVpcs"),
    ],
)
def test_an_entry_of_another_service_describes_only_what_is_common(
    action: str, code: str, kind: type[CloudError], hint: str
) -> None:
    error = translated(code, ENCODED if code == "UnauthorizedOperation" else "", 400, action)
    assert type(error) is kind
    assert hint in error.hint
    assert bool(hint) == bool(error.hint)
    assert "PassRole" not in error.hint


@pytest.mark.parametrize(
    ("action", "code", "message", "gone"),
    [
        ("ec2:ReleaseAddress", "InvalidAllocationID.NotFound", "", True),
        ("ec2:ReleaseAddress", "InvalidAddressID.NotFound", "", True),
        ("ec2:ReleaseAddress", "InvalidNetworkInterfaceID.NotFound", "", False),
        ("ec2:DeleteSubnet", "InvalidSubnetID.NotFound", "", True),
        ("ec2:DeleteSubnet", "InvalidVpcID.NotFound", "", False),
        ("ec2:DetachInternetGateway", "Gateway.NotAttached", "", True),
        ("ec2:DeleteVpcEndpoints", "InvalidVpcEndpoint.NotFound", "", True),
        ("ec2:DeleteVpcEndpoints", "InvalidVpcEndpointId.NotFound", "", True),
        ("ec2:DeleteVpc", "SomethingNew.NotFound", "", False),
        ("elasticloadbalancing:DeregisterTargets", "TargetGroupNotFound", "", True),
        ("iam:DetachRolePolicy", "NoSuchEntity", NO_POLICY, True),
        ("iam:DeleteRole", "NoSuchEntity", NO_ROLE, True),
        ("ec2:DeleteVpc", "DependencyViolation", "", False),
    ],
)
def test_a_deletion_is_done_where_its_own_object_is_missing(action: str, code: str, message: str, gone: bool) -> None:
    assert is_gone(translated(code, message, 400, action)) is gone


def test_an_encoded_message_is_cut_off_and_kept() -> None:
    error = translated("UnauthorizedOperation", ENCODED, 403)
    assert (error.message, error.encoded) == ("You are not authorized to perform this operation.", "4EfA1b")
    assert "aws sts decode-authorization-message" in error.hint
    assert "4EfA1b" not in error.hint
    plain = translated("AccessDenied", LINKED_ROLE, 403)
    assert (plain.encoded, "decode" in plain.hint) == ("", False)


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
SKEWED = "Signature expired: 20260101T112800Z is now earlier than 20260101T115500Z (20260101T120000Z - 5 min.)"


@pytest.mark.parametrize(
    ("code", "message", "minutes", "kind", "hint"),
    [
        ("SignatureDoesNotMatch", SKEWED, -32, DeniedError, "32 min behind"),
        ("InvalidSignatureException", SKEWED, -32, DeniedError, "32 min behind"),
        ("RequestTimeTooSkewed", "", 90, DeniedError, "90 min ahead"),
        ("RequestExpired", "Request has expired.", -20, DeniedError, "20 min behind"),
        (
            "AuthFailure",
            "AWS was not able to validate the provided access credentials",
            17,
            DeniedError,
            "17 min ahead",
        ),
        ("RequestExpired", "Request has expired.", 0, ExpiredError, "renew them"),
        ("ExpiredToken", "", 3, ExpiredError, "renew them"),
        ("AuthFailure", NOT_VALIDATED, 0, DeniedError, "--profile"),
        ("UnauthorizedOperation", "no", 90, DeniedError, "needs ec2:CreateVpc"),
    ],
)
def test_a_clock_that_is_off_is_named_as_the_reason(
    code: str, message: str, minutes: int, kind: type[CloudError], hint: str
) -> None:
    """The answer's Date header is the service's clock."""
    meta = {"HTTPStatusCode": 403, "HTTPHeaders": {"date": "Thu, 01 Jan 2026 12:00:00 GMT"}}
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": meta}
    error = translate_error(response, "ec2:CreateVpc", now=NOON + timedelta(minutes=minutes))
    assert type(error) is kind
    assert hint in error.hint


def test_without_a_date_nothing_is_known_of_the_clock() -> None:
    error = translate_error(
        {"Error": {"Code": "RequestExpired", "Message": ""}}, "ec2:CreateVpc", "run `aws sso login`"
    )
    assert (type(error), error.hint) == (ExpiredError, "run `aws sso login`")


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("Client.InternalError", "kms:CreateGrant"),
        ("Client.InvalidKMSKey.InvalidState", "kms:CreateGrant"),
        ("Client.InvalidKMSKey.Disabled", "kms:CreateGrant"),
        ("Client.VolumeLimitExceeded", "EBS storage"),
        ("Server.InsufficientInstanceCapacity", "instance_type"),
        ("InsufficientFreeAddressesInSubnet", "wider CIDR"),
        ("Nonsense", ""),
    ],
)
def test_a_reason_that_a_describe_call_shows_has_its_advice(code: str, hint: str) -> None:
    found = reason_hint(code)
    assert hint in found
    assert bool(hint) == bool(found)


def test_an_answer_without_anything_in_it_is_a_refusal() -> None:
    assert type(translate_error({}, "ec2:CreateVpc")) is RefusedError


@pytest.mark.parametrize(
    ("service", "name"), [("ec2", "ec2:X"), ("elbv2", "elasticloadbalancing:X"), ("route53", "route53:X")]
)
def test_calls_are_named_as_iam_names_them(service: str, name: str) -> None:
    assert iam_action(service, "X") == name
