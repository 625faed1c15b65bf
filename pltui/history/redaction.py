"""Redaction of secrets, recognised by field name or by form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "(not recorded)"

_SECRET_NAME = re.compile(
    r"user_?data|passw|passphrase|token|secret|credential|authorization|access_?key|api_?key|private_?key|cookie",
    re.IGNORECASE,
)
# A hash, and the setting that makes the metadata service require a session (EC2 API reference, HttpTokens).
_HARMLESS = frozenset({"user_data_digest", "http_tokens"})
# A change has its values in these keys and its field name in another.
_VALUES = frozenset({"was", "want"})

_IN_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    # Session tokens have no fixed length or prefix (STS API reference), but names and ids are never this long.
    (re.compile(r"[A-Za-z0-9+/_-]{100,}={0,2}"), HIDDEN),
    # IAM user guide, "IAM identifiers": prefixes of long-term, temporary and other access keys.
    (re.compile(r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}"), HIDDEN),
    # EC2 API reference, "UnauthorizedOperation": reveals the caller's policies to anyone permitted to decode it.
    (re.compile(r"(encoded authorization (?:failure )?message:?\s*)[^\s(]\S*", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"(://)[^/?#\s@]+@"), rf"\1{HIDDEN}@"),
    (
        re.compile(
            r"((?:passw\w{0,40}|secret[\w-]{0,40}|[\w-]{0,40}token|credential|signature|aws_access_key_id)[\"']?\s*[=:]\s*[\"']?)"
            r"[^\s\"',;&(][^\s\"',;&]*",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)


def is_secret(name: str) -> bool:
    """Return True if a field of this name must not be recorded."""
    return name not in _HARMLESS and _SECRET_NAME.search(name) is not None


def redact_text(text: str) -> str:
    """Return `text` with everything that looks like a secret replaced."""
    for pattern, instead in _IN_TEXT:
        text = pattern.sub(instead, text)
    return text


def redact(value: Any) -> Any:
    """Return a JSON-like value without secrets; values that JSON does not know become text."""
    match value:
        case Mapping():
            hides = is_secret(str(value.get("field", "")))
            return {redact_text(str(key)): _redact_item(str(key), item, hides) for key, item in value.items()}
        case list() | tuple():
            return [redact(item) for item in value]
        case None | bool() | int() | float():
            return value
    return redact_text(str(value))


def _redact_item(key: str, item: Any, hides: bool) -> Any:
    if item in (None, "") or isinstance(item, bool):
        return item
    return HIDDEN if is_secret(key) or (hides and key in _VALUES) else redact(item)
