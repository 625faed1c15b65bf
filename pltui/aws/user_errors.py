"""Errors and outcomes of the engine as users meet them: a `LabError`, an exit code."""

from __future__ import annotations

from pltui.engine.errors import ClaimedError, CloudError, DeniedError, ExpiredError, LockedError, UnreachedError
from pltui.engine.outcome import Outcome
from pltui.errors import Expired, LabError, Locked, Refused, Unreached
from pltui.i18n import Phrase

# The first match counts.
_KINDS: tuple[tuple[type[CloudError], type[LabError]], ...] = (
    (ExpiredError, Expired),
    (LockedError, Locked),
    (DeniedError, Refused),
    (ClaimedError, Refused),
    (UnreachedError, Unreached),
)


def as_lab_error(error: CloudError) -> LabError:
    """Return the error that ended an observation or a run, in words for people."""
    kind = next((told for heard, told in _KINDS if isinstance(error, heard)), LabError)
    code, action = f"{error.code}: " if error.code else "", f" ({error.action})" if error.action else ""
    told = kind(Phrase("{code}{message}{action}", code=code, message=error.message, action=action), error.hint)
    told.request_id, told.encoded = error.request_id, error.encoded
    return told


def exit_code(outcome: Outcome) -> int:
    """Return the exit code of a headless command for the outcome of its run."""
    if outcome.ok:
        return 0
    if outcome.interrupted:
        return 130
    return 4 if outcome.denied else 1
