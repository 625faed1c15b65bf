"""What a cloud may answer instead of doing as asked. Raised through the `Cloud` seam; the engine knows no others."""

from __future__ import annotations

from collections.abc import Sequence

from pltui.i18n import Phrase


class CloudError(Exception):
    """A call that did not do what was asked.

    `action` is the call as IAM names it (`ec2:CreateVpc`), `code` the service's own error code, `hint` what to do.
    `account_wide`: the reason concerns the whole account (a quota, a missing permission), so other creates would
    meet it too. `encoded` is a part of the service's message that only the service can decode. `lasts_s`: seconds
    after which time will not heal it any more, where that is known.
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
    """A definite no: nothing was changed, and asking again will not help."""


class DeniedError(RefusedError):
    """A definite no for want of permission or of valid credentials.

    `needed`: the action that the permission is for, where the service names it: it may be another than the call.
    """

    needed: str = ""


class ExpiredError(DeniedError):
    """A definite no, as the credentials have expired; `hint` says how to renew them."""


class UnreachedError(CloudError):
    """Nobody was there to ask, so nothing was changed."""


class NotYetError(CloudError):
    """A no that time may heal: something else has not settled, or has not let go yet."""


class OutcomeUnknownError(CloudError):
    """The request was sent and the answer was lost: it may have been applied. Look before sending it again."""


class InterruptedRunError(Exception):
    """The run was told to stop while this step was waiting."""


class LockedError(RefusedError):
    """Somebody else is writing."""


class ClaimedError(RefusedError):
    """Something of another's has a place that is wanted. `claims` says what has which, a line each."""

    def __init__(self, claims: Sequence[str], hint: str) -> None:
        super().__init__(Phrase.joined("; ", claims), hint=hint)
        self.claims = tuple(claims)
