"""What botocore's errors mean to the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pltui.engine.errors import CloudError, DeniedError, NotYetError, OutcomeUnknownError, RefusedError

# Codes of calls that were turned away before anything was done (EC2 and ELB API throttling pages; Route 53, IAM).
THROTTLED = frozenset(
    {
        "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
        "RequestThrottled", "RequestThrottledException", "PriorRequestNotComplete", "SlowDown",
    }
)  # fmt: skip

DENIED = frozenset(
    {
        "UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "AuthFailure", "InvalidClientTokenId",
        "UnrecognizedClientException", "ExpiredToken", "ExpiredTokenException", "RequestExpired", "OptInRequired",
        "SignatureDoesNotMatch", "NotAuthorizedException",
    }
)  # fmt: skip

# Something else still holds what is to go, or what was just made is not known everywhere yet (EC2 API reference,
# "Eventual consistency" and the error code list; ELBv2 and IAM API references).
NOT_YET = frozenset(
    {
        "DependencyViolation", "ResourceInUse", "InvalidIPAddress.InUse", "DeleteConflict", "IncorrectInstanceState",
        "ExistingVpcEndpointConnections", "Gateway.NotAttached", "InvalidTarget", "HostedZoneNotEmpty", "NoSuchEntity",
        "OperationInProgress", "IncorrectState", "ConcurrentModification", "EntityTemporarilyUnmodifiable",
        "InvalidInstanceId", "InvocationDoesNotExist",
    }
)  # fmt: skip

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_WRONG_KEYS = frozenset({"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"})


def translate(response: Mapping[str, Any], action: str) -> CloudError:
    """The engine's word for an error answer (`ClientError.response`) to the call IAM knows as `action`."""
    error = response.get("Error", {})
    meta = response.get("ResponseMetadata", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    details = {"code": code, "action": action, "request_id": str(meta.get("RequestId", ""))}
    if code in DENIED:
        return DeniedError(message, hint=_denied_hint(code, action), **details)
    if is_not_yet(code, message):
        return NotYetError(message, **details)
    if int(meta.get("HTTPStatusCode", 400)) >= 500 and code not in THROTTLED:
        return OutcomeUnknownError(message or code, **details)
    if code.endswith(("LimitExceeded", "QuotaExceeded")) or code.startswith("TooMany"):
        return RefusedError(message, hint="ask AWS for a higher quota, or free what is not needed", **details)
    return RefusedError(message, **details)


def is_not_yet(code: str, message: str) -> bool:
    """Whether time may heal it. A profile is unknown to EC2 for some seconds (tf ec2_instance.go: up to 2 minutes)."""
    if code == "InvalidParameterValue":
        return "Instance Profile" in message or "no associated IAM Roles" in message
    return code in NOT_YET or code.endswith("NotFound")


def _denied_hint(code: str, action: str) -> str:
    if code in _EXPIRED:
        return "the credentials have expired: renew them (for example with `aws sso login`) and run it again"
    if code in _WRONG_KEYS:
        return "the credentials are not accepted: check --profile and its keys"
    return f"the identity in use needs {action}"
