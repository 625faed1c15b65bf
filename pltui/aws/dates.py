"""The time at which a service answered, by its own clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# RFC 9110, 5.6.7: IMF-fixdate, the only form that a sender may generate. It is always in GMT.
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")


def answer_date(answer: Mapping[str, object]) -> datetime | None:
    """Return the `Date` header of an answer as botocore returns it, in UTC; None if absent or invalid.

    A proxy may add a header of its own, and urllib3 then joins both with a comma. The earlier one counts: a lease must
    not look older than it is.
    """
    metadata = answer.get("ResponseMetadata")
    headers = metadata.get("HTTPHeaders") if isinstance(metadata, Mapping) else None
    if not isinstance(headers, Mapping):
        return None
    text = next((str(value) for name, value in headers.items() if str(name).lower() == "date"), "")
    dates = [date for found in _DATE.findall(text) if (date := _parse_date(found))]
    return min(dates, default=None)


def _parse_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:  # such as the 31st of February
        return None
