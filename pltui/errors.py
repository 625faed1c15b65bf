"""What can go wrong in words for people: every error a user meets is one of these, never a traceback."""

from __future__ import annotations


class LabError(Exception):
    """Something a user can act on. `hint` says what to do about it; `code` is the exit code of a headless command."""

    def __init__(self, message: str, hint: str = "", code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


class Refused(LabError):  # noqa: N818  # the name of an outcome
    """Not done because it must not be: wrong account, no permission, lock held, read-only, confirmation missing."""

    def __init__(self, message: str, hint: str = "", code: int = 4) -> None:
        super().__init__(message, hint, code)


class Locked(Refused):
    """Not done because another run is changing the lab."""
