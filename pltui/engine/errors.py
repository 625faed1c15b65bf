"""Errors raised by a cloud. The engine handles no others."""

from __future__ import annotations

from collections.abc import Sequence

from pltui.i18n import Phrase


class CloudError(Exception):
    """A call that did not succeed.

    `action` is the call as IAM names it (`ec2:CreateVpc`), `code` the service's own error code, `hint` the remedy.
    `account_wide`: the reason concerns the whole account (a quota, a missing permission), so other creates would fail
    too. `encoded` is a part of the service's message that only the service can decode. `lasts_s`: seconds after which
    retrying no longer helps, if known.
    """

    lasts_s: float | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        action: str = "",
        hint: str = "",
        request_id: str = "",
        account_wide: bool = False,
        encoded: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.action, self.hint, self.request_id = message, code, action, hint, request_id
        self.account_wide, self.encoded = account_wide, encoded


class RefusedError(CloudError):
    """A definite rejection: nothing was changed, and retrying does not help."""


class DeniedError(RefusedError):
    """A definite rejection for lack of permission or of valid credentials.

    `needed`: the action for which permission is missing, if the service names it; it may differ from the call.
    """

    needed: str = ""


class ExpiredError(DeniedError):
    """A definite rejection because the credentials have expired; `hint` has the remedy."""


class UnreachedError(CloudError):
    """The endpoint was not reached, so nothing was changed."""


class NotYetError(CloudError):
    """A rejection that may pass: another object has not settled, or has not been released yet."""


class OutcomeUnknownError(CloudError):
    """The request was sent and the answer was lost: it may have been applied. Observe before resending it."""


class InterruptedRunError(Exception):
    """The run was stopped while this step was waiting."""


class LockedError(RefusedError):
    """Another run is changing the lab."""


class ClaimedError(RefusedError):
    """A foreign object has the place of a desired resource. `claims` has a sentence for each."""

    def __init__(self, claims: Sequence[str], hint: str) -> None:
        super().__init__(Phrase.join_parts("; ", claims), hint=hint)
        self.claims = tuple(claims)
