"""What may go wrong with a call on the wire, and scripts of it."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class Fault(enum.Enum):
    LOST = "applied, and the answer is lost"
    DROPPED = "never arrived, which the caller cannot know"
    REFUSED = "a definite no"
    DENIED = "no permission"
    EXPIRED = "the credentials have expired"
    THROTTLED = "turned away for now"
    INTERNAL = "a server error before anything was done"
    INTERNAL_APPLIED = "a server error after all was done"
    SLOW = "applied, and the answer takes its time"
    KILLED_BEFORE = "the process ends before the call is sent"
    KILLED_AFTER = "the process ends before the answer comes; the call is applied"

    @property
    def applied(self) -> bool:
        return self in (Fault.LOST, Fault.INTERNAL_APPLIED, Fault.SLOW, Fault.KILLED_AFTER)

    def error(self, service: str, operation: str) -> tuple[str, str, int] | None:
        """Code, message and HTTP status as `service` words them; None where it does not answer with an error."""
        match self:
            case Fault.REFUSED:
                return ("ValidationError" if service != "ec2" else "InvalidParameterValue"), "no", 400
            case Fault.DENIED:
                return _denied(service, operation)
            case Fault.EXPIRED:
                return _expired(service)
            case Fault.THROTTLED:
                return _throttled(service)
            case Fault.INTERNAL | Fault.INTERNAL_APPLIED:
                return _internal(service)
        return None


def _denied(service: str, operation: str) -> tuple[str, str, int]:
    """EC2 has a code of its own; query services say AccessDenied, JSON ones add Exception (EC2 errors; models)."""
    if service == "ec2":
        text = "You are not authorized to perform this operation. Encoded authorization failure message: 4EfA1b"
        return "UnauthorizedOperation", text, 403
    code = "AccessDeniedException" if service == "ssm" else "AccessDenied"
    name = "elasticloadbalancing" if service == "elbv2" else service
    text = f"User: arn:aws:iam::123456789012:user/test is not authorized to perform: {name}:{operation}"
    return code, text, 400 if service == "ssm" else 403


def _expired(service: str) -> tuple[str, str, int]:
    if service == "ec2":
        return "RequestExpired", "Request has expired.", 400
    code = "ExpiredTokenException" if service == "ssm" else "ExpiredToken"
    return code, "The security token included in the request is expired", 400 if service == "ssm" else 403


def _throttled(service: str) -> tuple[str, str, int]:
    """EC2 and ELB API throttling pages; Route 53 quotas."""
    if service == "ec2":
        return "RequestLimitExceeded", "Request limit exceeded.", 503
    return ("ThrottlingException" if service == "ssm" else "Throttling"), "Rate exceeded", 400


def _internal(service: str) -> tuple[str, str, int]:
    codes = {"ec2": "InternalError", "ssm": "InternalServerError", "iam": "ServiceFailure", "elbv2": "InternalFailure"}
    return codes.get(service, "InternalError"), "An internal error has occurred", 500


@dataclass(frozen=True, slots=True)
class Call:
    service: str
    operation: str
    parameters: Mapping[str, Any]
    number: int  # among all calls, from 1
    write: int  # its number among the writes, from 1; 0 for a read


@dataclass(frozen=True, slots=True)
class Rejection:
    """A definite no in a service's own words. Nothing was done."""

    code: str
    message: str = "no"
    status: int = 400

    @property
    def applied(self) -> bool:
        return False

    def error(self, service: str, operation: str) -> tuple[str, str, int]:
        return self.code, self.message, self.status


Script = Callable[[Call], Fault | Rejection | None]


def no_faults(_: Call) -> Fault | None:
    return None


def at_write(number: int, fault: Fault) -> Script:
    """`fault` at the `number`th write."""
    return lambda call: fault if call.write == number else None


def at_call(number: int, fault: Fault) -> Script:
    """`fault` at the `number`th call, read or write."""
    return lambda call: fault if call.number == number else None


def every(nth: int, fault: Fault, *, writes: bool = False) -> Script:
    """`fault` at every `nth` call, or every `nth` write."""

    def script(call: Call) -> Fault | None:
        number = call.write if writes else call.number
        return fault if number and number % nth == 0 else None

    return script


def always(fault: Fault, operation: str, **parameters: Any) -> Script:
    """`fault` at each call of `operation` that has these `parameters` among its own."""

    def script(call: Call) -> Fault | None:
        fits = call.operation == operation and parameters.items() <= dict(call.parameters).items()
        return fault if fits else None

    return script


def first(fault: Fault, operation: str, times: int = 1) -> Script:
    """`fault` at the first `times` calls of `operation`."""
    left = [times]

    def script(call: Call) -> Fault | None:
        if call.operation != operation or not left[0]:
            return None
        left[0] -= 1
        return fault

    return script


def from_nth(number: int, rejection: Rejection, operation: str) -> Script:
    """`rejection` at each call of `operation` from its `number`th on."""
    calls = itertools.count(1)

    def script(call: Call) -> Rejection | None:
        return rejection if call.operation == operation and next(calls) >= number else None

    return script


def combine(*scripts: Script) -> Script:
    """The first fault that any of the scripts has for a call. Each is asked about every call."""

    def script(call: Call) -> Fault | Rejection | None:
        faults = [one(call) for one in scripts]
        return next((fault for fault in faults if fault), None)

    return script
