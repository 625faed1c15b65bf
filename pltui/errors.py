"""Errors in words for people: every error a user meets is one of these, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pltui.engine.outcome import Outcome


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
