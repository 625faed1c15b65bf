"""Ages in as few cells as possible."""

from __future__ import annotations

from datetime import datetime

# (seconds of the unit, its letter), in descending order.
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def seconds_since(since: str, now: datetime) -> int:
    """Whole seconds from `since` (RFC 3339) to `now`, never negative; 0 if `since` is invalid."""
    try:
        return max(0, int((now - datetime.fromisoformat(since)).total_seconds()))
    except (ValueError, TypeError):  # invalid, or without a time zone: a recording may contain anything
        return 0


def age(since: str, now: datetime | None) -> str:
    """Format the age as `12s`, `3m`, `4h` or `2d`; "" if either time is missing."""
    if not since or now is None:
        return ""
    seconds = seconds_since(since, now)
    return next((f"{seconds // unit}{letter}" for unit, letter in _UNITS if seconds >= unit), "0s")
