"""Values of the engine as JSON values."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pltui.engine.model import Ref

MOST_DIGITS = 18  # of an integer: counts, times and ids; a conversion to a float cannot overflow


def load_foreign(text: str | bytes) -> Any:
    """Parse JSON that others may have written.

    Raises:
        ValueError: If it is invalid in any way, nested too deeply, or has a number that is not finite or too long.
    """
    try:
        return json.loads(text, parse_int=_parse_int, parse_float=_parse_float, parse_constant=_parse_float)
    except (RecursionError, MemoryError) as error:
        raise ValueError(f"it cannot be parsed: {type(error).__name__}") from error


def _parse_int(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _parse_float(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError("a number that is not finite")
    return value


def is_moment(text: str) -> bool:
    """Return True for an RFC 3339 time with an offset that can be compared with others."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.tzinfo is not None and bool(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return False


def plain_value(value: Any) -> Any:
    """Return JSON values: sets sorted, unknown values by the address of their Ref, scripts by their digest."""
    match value:
        case dict():
            return {key: plain_value(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted((plain_value(item) for item in value), key=str)
        case list() | tuple():
            return [plain_value(item) for item in value]
        case str() if "\n" in value.strip():
            return f"({len(value.splitlines())} lines, sha256 {hashlib.sha256(value.encode()).hexdigest()[:16]})"
        case Ref():
            return f"({value.address} {value.attribute}, known after it exists)"
        case _:
            return value


def reference_pointers(value: Any, at: str = "") -> dict[str, list[str]]:
    """Return the references in `value`: JSON pointer into its plain value -> [address, attribute]."""
    items: Iterable[tuple[object, Any]] = ()
    match value:
        case Ref():
            return {at: [value.address, value.attribute]}
        case dict():
            items = value.items()
        case set() | frozenset():
            items = enumerate(sorted(value, key=lambda item: str(plain_value(item))))
        case list() | tuple():
            items = enumerate(value)
    found: dict[str, list[str]] = {}
    for key, item in items:
        found |= reference_pointers(item, child_pointer(at, key))
    return found


def child_pointer(parent: str, key: object) -> str:
    """Return the JSON pointer (RFC 6901) of an item of the value at `parent`."""
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"
