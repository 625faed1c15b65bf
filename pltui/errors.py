"""Errors in words for people: every error a user meets is one of these, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pltui.engine.errors import ClaimedError, CloudError, DeniedError, ExpiredError, LockedError, UnreachedError
from pltui.i18n import Phrase

if TYPE_CHECKING:
    from pltui.engine.reconcile import Outcome


class LabError(Exception):
    """An error a user can act on. `hint` is the remedy; `code` is the exit code of a headless command."""

    def __init__(self, message: str, hint: str = "", code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.request_id = ""
        self.outcome: Outcome | None = None  # of the run that it ended, if that had made changes
        self.encoded = ""  # the part of AWS's message that only AWS can decode


class Refused(LabError):  # noqa: N818  # the name of an outcome
    """Not done because it must not be: wrong account, no permission, lock held, read-only, confirmation missing."""

    def __init__(self, message: str, hint: str = "", code: int = 4) -> None:
        super().__init__(message, hint, code)


class NotApproved(Refused):
    """Not done because a review of the plan rejected it: it contains changes that were not approved."""


class Locked(Refused):
    """Not done because another run is changing the lab."""


class Expired(Refused):
    """Not done because the credentials have expired; `hint` has the command that renews them."""


class Unreached(LabError):  # noqa: N818
    """The endpoint could not be reached."""


# The first match counts.
_KINDS: tuple[tuple[type[CloudError], type[LabError]], ...] = (
    (ExpiredError, Expired),
    (LockedError, Locked),
    (DeniedError, Refused),
    (ClaimedError, Refused),
    (UnreachedError, Unreached),
)


def explained(error: CloudError) -> LabError:
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
