"""What may go wrong with a call, and scripts of it."""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from pltui.engine.errors import CloudError, DeniedError, NotYetError, OutcomeUnknownError, RefusedError


class Fault(enum.Enum):
    LOST = "applied, and the answer is lost"
    DROPPED = "never arrived, which the caller cannot know"
    REFUSED = "a definite no"
    DENIED = "no permission"
    NOT_YET = "a no that time heals"
    KILLED_BEFORE = "the process ends before the call"
    KILLED_AFTER = "the process ends after the call"

    @property
    def applied(self) -> bool:
        return self in (Fault.LOST, Fault.KILLED_AFTER)

    def error(self) -> CloudError:
        errors: dict[Fault, CloudError] = {
            Fault.LOST: OutcomeUnknownError("the answer is lost"),
            Fault.DROPPED: OutcomeUnknownError("the request is lost"),
            Fault.REFUSED: RefusedError("no", code="Refused"),
            Fault.DENIED: DeniedError("not allowed", code="UnauthorizedOperation"),
            Fault.NOT_YET: NotYetError("not now", code="RequestLimitExceeded"),
        }
        return errors[self]


@dataclass(frozen=True, slots=True)
class Call:
    op: str  # "create", "round-off", "update", "delete", "observe" or "poll"
    kind: str
    address: str
    write: int  # its number among the writes, from 1; 0 for a read


Script = Callable[[Call], Fault | None]


def at_write(number: int, fault: Fault) -> Script:
    """`fault` at the `number`th write."""
    return lambda call: fault if call.write == number else None


def first(fault: Fault, op: str, kind: str, times: int = 1) -> Script:
    """`fault` at the first `times` calls of `op` on `kind`."""
    left = [times]

    def script(call: Call) -> Fault | None:
        if (call.op, call.kind) != (op, kind) or not left[0]:
            return None
        left[0] -= 1
        return fault

    return script


def always(fault: Fault, op: str, address: str) -> Script:
    return lambda call: fault if (call.op, call.address) == (op, address) else None
