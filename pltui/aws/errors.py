"""What botocore's errors mean to the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pltui.engine.errors import CloudError, DeniedError, ExpiredError, NotYetError, OutcomeUnknownError, RefusedError
from pltui.words import Phrase

# Codes of calls that were turned away before anything was done (EC2 and ELB API throttling pages; Route 53, IAM).
THROTTLED = frozenset(
    {
        "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
        "RequestThrottled", "RequestThrottledException", "PriorRequestNotComplete", "SlowDown",
    }
)  # fmt: skip

# EC2 error code list; STS, IAM and Systems Manager common errors.
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})

DENIED = frozenset(
    {
        "UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "AuthFailure", "InvalidClientTokenId",
        "UnrecognizedClientException", "OptInRequired", "SignatureDoesNotMatch", "NotAuthorizedException",
    }
)  # fmt: skip

# Something else still holds what is to go, or what was just made is not known everywhere yet (EC2 API reference,
# "Eventual consistency" and the error code list; ELBv2 and IAM API references).
NOT_YET = frozenset(
    {
        "DependencyViolation", "ResourceInUse", "InvalidIPAddress.InUse", "DeleteConflict", "IncorrectInstanceState",
        "ExistingVpcEndpointConnections", "Gateway.NotAttached", "InvalidTarget", "HostedZoneNotEmpty", "NoSuchEntity",
        "NoSuchHostedZone",
        "OperationInProgress", "IncorrectState", "ConcurrentModification", "EntityTemporarilyUnmodifiable",
        "InvalidInstanceId", "InvocationDoesNotExist",
    }
)  # fmt: skip

# -- what to do about it ----------------------------------------------------------------------------------------------

_RENEW = Phrase("the credentials have expired, or this clock is off: renew them (for example with `aws sso login`)")
# How they are renewed, by where botocore had them from (`Credentials.method`).
_RENEWALS = {
    "sso": "run `aws sso login{profile}`",
    "login": "run `aws login{profile}`",
    "env": "they came from environment variables: export fresh ones, and start pltui again",
    "shared-credentials-file": "put fresh keys into the credentials file",
    "config-file": "put fresh keys into the config file",
}
_WRONG_KEYS = Phrase(
    "the credentials are not accepted: check --profile and its keys, and that the account has this region on"
)
_QUOTA = Phrase("ask AWS for a higher quota (Service Quotas), or free what is not needed")
_THROTTLED = Phrase("the account's calls are being turned away for now: run it again in a while")
_MEANWHILE = Phrase("it was made meanwhile, and is not this lab's: `pltui plan` tells what it is")
_GOES_FIRST = Phrase("what AWS made goes by itself within minutes; what another hand made has to be removed first")

# By code: EC2 error code list; ELBv2, IAM, Route 53 and STS API references.
HINTS: Mapping[str, str] = {
    **dict.fromkeys(EXPIRED, _RENEW),
    **dict.fromkeys(
        ("AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"), _WRONG_KEYS
    ),
    "OptInRequired": Phrase("the account has not signed up for this service, or has not turned this region on"),
    "PendingVerification": Phrase("AWS is still verifying the account: wait for its mail, then run it again"),
    "Blocked": Phrase("AWS has blocked the account: its support tells why"),
    "VpcLimitExceeded": Phrase("5 VPCs a region unless raised: {remedy}", remedy=_QUOTA),
    "InternetGatewayLimitExceeded": Phrase("as many internet gateways as VPCs a region: {remedy}", remedy=_QUOTA),
    "AddressLimitExceeded": Phrase(
        "5 elastic IPs a region unless raised: {remedy}; or fewer zones in the spec", remedy=_QUOTA
    ),
    "NatGatewayLimitExceeded": Phrase("5 NAT gateways a zone unless raised: {remedy}", remedy=_QUOTA),
    "VpcEndpointLimitExceeded": Phrase("50 interface endpoints a VPC unless raised: {remedy}", remedy=_QUOTA),
    "VcpuLimitExceeded": Phrase(
        "a quota of vCPUs by family of types: {remedy}; or fewer servers in the spec", remedy=_QUOTA
    ),
    "TooManyLoadBalancers": Phrase("50 network load balancers a region unless raised: {remedy}", remedy=_QUOTA),
    "InsufficientInstanceCapacity": Phrase(
        "AWS has no more of this type in that zone now: run it again later, or choose another instance_type in the spec"
    ),
    "Unsupported": Phrase("choose another instance_type in the spec, or other zones"),
    "UnsupportedAvailabilityZone": Phrase("choose other zones in the spec (vpc.zones)"),
    "AvailabilityZoneNotSupported": Phrase("choose other zones in the spec (vpc.zones)"),
    "InsufficientFreeAddressesInSubnet": Phrase("choose a wider CIDR in the spec, or free addresses in the subnet"),
    "InvalidVpc.Range": Phrase("choose a CIDR from /16 to /28 in the spec"),
    "InvalidServiceName": Phrase("the service is gone, is of another region, or does not admit this account"),
    "InvalidGroup.Duplicate": Phrase("delete the group that has this name, where nobody needs it"),
    "InvalidSubnet.Conflict": Phrase("delete the subnet that is there, or choose another vpc.cidr in the spec"),
    "ConflictingDomainExists": Phrase(
        "take the zone that is there off the VPC, or choose another dns.zone in the spec"
    ),
    "Resource.AlreadyAssociated": Phrase("detach what is there"),
    **dict.fromkeys(("EntityAlreadyExists", "DuplicateLoadBalancerName", "DuplicateTargetGroupName"), _MEANWHILE),
    "DependencyViolation": _GOES_FIRST,
    "InvalidIPAddress.InUse": _GOES_FIRST,
    "ResourceInUse": _GOES_FIRST,
    "DeleteConflict": _GOES_FIRST,
}
# By what the message says, where the code is one for everything.
_PHRASES = (
    ("already has an internet gateway", Phrase("detach the gateway that is there")),
    ("already associated with another VPC Endpoint Service", Phrase("delete the service that is there")),
    (
        "does not support the availability zone",
        Phrase("choose subnets of zones that the load balancer is in (by zone id)"),
    ),
    ("not supported in your requested Availability Zone", HINTS["Unsupported"]),
)
# The action a denial is about, which is not always the call's own: iam:PassRole, iam:CreateServiceLinkedRole.
_LACKING = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")


def renewal(method: str, profile: str | None) -> str:
    """What renews credentials of this kind (botocore's `Credentials.method`), as an instruction."""
    return Phrase(_RENEWALS.get(method, _RENEW), profile=f" --profile {profile}" if profile else "")


def translate(response: Mapping[str, Any], action: str, renewing: str = "") -> CloudError:
    """The engine's word for an error answer (`ClientError.response`) to the call IAM knows as `action`.

    `renewing` says how the credentials in use are renewed, where that is known.
    """
    error = response.get("Error", {})
    meta = response.get("ResponseMetadata", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    request_id = str(meta.get("RequestId", ""))
    status = int(meta.get("HTTPStatusCode", 400))
    kind = _kind(code, message, status)
    text = message or (code if kind is OutcomeUnknownError else "")
    hint = renewing if renewing and kind is ExpiredError else _hint(code, message, action, kind)
    return kind(text, hint=hint, code=code, action=action, request_id=request_id)


def _kind(code: str, message: str, status: int) -> type[CloudError]:
    if code in EXPIRED:
        return ExpiredError
    if code in DENIED:
        return DeniedError
    if is_not_yet(code, message):
        return NotYetError
    return OutcomeUnknownError if status >= 500 and code not in THROTTLED else RefusedError


def is_not_yet(code: str, message: str) -> bool:
    """Whether time may heal it. A profile is unknown to EC2 for some seconds (tf ec2_instance.go: up to 2 minutes)."""
    if code == "InvalidParameterValue":
        return "Instance Profile" in message or "no associated IAM Roles" in message
    return code in NOT_YET or code.endswith("NotFound")


def _hint(code: str, message: str, action: str, kind: type[CloudError]) -> str:
    if code in HINTS:
        return HINTS[code]
    if code in THROTTLED:
        return _THROTTLED
    if kind is DeniedError:
        return _denied(message, action)
    if code.endswith(("LimitExceeded", "QuotaExceeded")) or code.startswith("TooMany"):
        return _QUOTA
    return next((hint for phrase, hint in _PHRASES if phrase in message), "")


def _denied(message: str, action: str) -> str:
    lacking = _LACKING.search(message)
    needed = lacking[1] if lacking else action
    if "explicit deny" in message:
        return Phrase(
            "a policy forbids {needed} to the identity in use: whoever keeps that policy may change it", needed=needed
        )
    if not lacking and action == "ec2:RunInstances":
        return Phrase("the identity in use needs {needed}, and iam:PassRole for the role of the machine", needed=needed)
    return Phrase("the identity in use needs {needed}", needed=needed)
