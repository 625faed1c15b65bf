"""What may go wrong with a call on the wire, and scripts of it."""

import enum
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pltui.aws_errors import find_injectable


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
        if self is Fault.REFUSED:
            return ("ValidationError" if service != "ec2" else "InvalidParameterValue"), "no", 400
        return _worded(self, service, operation) if self in _NAMES else None


def _worded(fault: Fault, service: str, operation: str) -> tuple[str, str, int]:
    """Code, message and HTTP status of the entry that the catalogue has for such a fault of the service."""
    names = _NAMES[fault]
    entry = find_injectable(names.get(service, names["*"]), service, operation)
    assert entry is not None
    prefix = "elasticloadbalancing" if service == "elbv2" else service
    return entry.code, entry.wording(action=f"{prefix}:{operation}"), entry.status


_INTERNAL = {"ec2": "InternalError", "ssm": "InternalServerError", "iam": "ServiceFailure", "*": "InternalFailure"}
# The name of the catalogue's entry by service.
_NAMES: Mapping[Fault, Mapping[str, str]] = {
    Fault.DENIED: {"ec2": "UnauthorizedOperation", "ssm": "AccessDeniedException", "*": "AccessDenied"},
    Fault.EXPIRED: {"ec2": "RequestExpired", "ssm": "ExpiredTokenException", "*": "ExpiredToken"},
    Fault.THROTTLED: {"ec2": "RequestLimitExceeded", "ssm": "ThrottlingException", "*": "Throttling"},
    Fault.INTERNAL: _INTERNAL,
    Fault.INTERNAL_APPLIED: _INTERNAL,
}


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
