"""Translation of botocore's errors into the engine's, by the catalogue in `pltui.aws_errors`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pltui.aws.dates import answer_date
from pltui.aws_errors import CatalogueEntry, ErrorKind, OutcomeClass, advice, find, split_encoded
from pltui.engine.errors import CloudError, DeniedError, ExpiredError, NotYetError, OutcomeUnknownError, RefusedError
from pltui.i18n import Phrase

# Instructions to renew credentials, by their source in botocore (`Credentials.method`).
_RENEWALS = {
    "sso": "run `aws sso login{profile}`",
    "login": "run `aws login{profile}`",
    "env": "they came from environment variables: export fresh ones, and start pltui again",
    "shared-credentials-file": "put fresh keys into the credentials file",
    "config-file": "put fresh keys into the config file",
}
NOT_IMPLEMENTED = 501  # status of emulators for an unknown call (RFC 9110, section 15.6.2)
# A signature is valid for five minutes (IAM user guide, Troubleshoot Signature Version 4). Below that, less a minute
# for the travel of request and answer, the clock is not the reason.
MOST_SKEW_S = 240.0
# Kinds of errors that a wrong clock may cause; a slow clock takes expired credentials for valid.
_BY_CLOCK = frozenset({ErrorKind.CLOCK, ErrorKind.CREDENTIALS, ErrorKind.EXPIRED})
_DENIALS = frozenset({ErrorKind.CLOCK, ErrorKind.CREDENTIALS, ErrorKind.DENIED})
# The action named by a denial may differ from the call: iam:PassRole, iam:CreateServiceLinkedRole.
_NEEDED = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")


def renewal_instruction(method: str, profile: str | None) -> str:
    """Return an instruction to renew credentials of this kind (botocore's `Credentials.method`)."""
    if method not in _RENEWALS:
        return _advice_phrase("renew")
    return Phrase(_RENEWALS[method], profile=f" --profile {profile}" if profile else "")


def translate_error(
    response: Mapping[str, Any], action: str, renewing: str = "", *, now: datetime | None = None
) -> CloudError:
    """Return the engine's error for an error answer (`ClientError.response`) to the call that IAM names `action`.

    `renewing`: the instruction to renew the credentials in use, if known. `now`: this machine's time, by default the
    current one.
    """
    error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    status = int(metadata.get("HTTPStatusCode", 400))
    entry = _find_entry(code, message, action)
    skew_s = clock_skew_s(response, now or datetime.now(UTC)) if entry and entry.kind in _BY_CLOCK else 0.0
    kind = _error_class(entry, status, skew_s)
    text, encoded = split_encoded(message)
    known = kind(
        text or (code if kind is OutcomeUnknownError else ""),
        code=code,
        action=action,
        hint=renewing
        if renewing and kind is ExpiredError
        else _format_hint(entry, message, action, skew_s, bool(encoded)),
        request_id=str(metadata.get("RequestId", "")),
        account_wide=entry is not None and entry.account_wide,
        encoded=encoded,
    )
    known.lasts_s = entry.lasts_s if entry else None
    if isinstance(known, DeniedError) and (named := _NEEDED.search(message)):
        known.needed = named[1]
    return known


def clock_skew_s(response: Mapping[str, Any], now: datetime) -> float:
    """Return the seconds by which this machine's clock is ahead of the service's.

    0 if it may be right, or is unknown.
    """
    answered = answer_date(response)
    skew_s = (now - answered).total_seconds() if answered else 0.0
    return skew_s if abs(skew_s) > MOST_SKEW_S else 0.0


def kind_of(error: CloudError) -> ErrorKind | None:
    """Return the catalogue's reason for an error; None if it has none."""
    entry = _find_entry(error.code, error.message, error.action)
    return entry.kind if entry else None


def is_gone(error: CloudError) -> bool:
    """Return True if a deletion failed with this error because its object is gone."""
    entry = _find_entry(error.code, error.message, error.action)
    return entry is not None and entry.kind is ErrorKind.MISSING and error.action.partition(":")[2] in entry.operations


def lacks_permission(error: DeniedError) -> bool:
    """Return True if a denial concerns only this call, and not missing or invalid credentials."""
    return kind_of(error) is ErrorKind.DENIED


def is_expired(response: Mapping[str, Any], action: str) -> bool:
    """Return True if an error answer means that the credentials have expired."""
    error = response.get("Error", {})
    entry = _find_entry(str(error.get("Code", "")), str(error.get("Message", "")), action)
    return entry is not None and entry.kind is ErrorKind.EXPIRED


def reason_hint(code: str, message: str = "", action: str = "ec2:RunInstances") -> str:
    """Return advice for a reason shown by a describe call, such as an instance's StateReason; "" if there is none."""
    entry = _find_entry(code, message, action)
    return Phrase(entry.advice) if entry and entry.advice else ""


def _find_entry(code: str, message: str, action: str) -> CatalogueEntry | None:
    service, _, operation = action.partition(":")
    return find(code, message, service, operation)


def _error_class(entry: CatalogueEntry | None, status: int, skew_s: float) -> type[CloudError]:
    """Return the class of an error; one missing in the catalogue is classified by its HTTP status."""
    if entry is None:
        return OutcomeUnknownError if status >= 500 and status != NOT_IMPLEMENTED else RefusedError
    if entry.outcome is OutcomeClass.NOT_YET:
        return NotYetError
    if entry.outcome is OutcomeClass.UNKNOWN:
        return OutcomeUnknownError
    if entry.kind is ErrorKind.EXPIRED:
        return DeniedError if skew_s else ExpiredError
    return DeniedError if entry.kind in _DENIALS else RefusedError


def _format_hint(entry: CatalogueEntry | None, message: str, action: str, skew_s: float, encoded: bool) -> str:
    if entry is None or not entry.advice:
        return ""
    if skew_s:
        return _advice_phrase("clock_ahead" if skew_s > 0 else "clock_behind", minutes=round(abs(skew_s) / 60))
    named = _NEEDED.search(message)
    hint = Phrase(entry.advice, needed=named[1] if named else action)
    return Phrase("{advice}; {decode}", advice=hint, decode=_advice_phrase("decode")) if encoded else hint


def _advice_phrase(name: str, **values: Any) -> Phrase:
    return Phrase(advice(name), **values)
