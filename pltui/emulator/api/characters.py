"""Characters that XML cannot carry. If one were stored, no response that lists it could be parsed any more."""

import re

from pltui.emulator.api.errors import Refusal
from pltui.emulator.moto_adapter.calls import Call

# All characters except Char of XML 1.0 (W3C recommendation, section 2.2).
_UNFIT = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_BY_QUERY = {"ec2": "InvalidParameterValue"}


def refusal(response: Call, service: str) -> Exception | None:
    """The error of a call of the query protocol with such a character in a parameter.

    It is known that AWS rejects them (its own responses are XML 1.0); the wording is believed.
    """
    for name, values in response.querystring.items():
        if any(isinstance(value, str) and _UNFIT.search(value) for value in values):
            code = _BY_QUERY.get(service, "ValidationError")
            return Refusal(code, f"Value for parameter {_UNFIT.sub('', name)} has characters that are not allowed.")
    return None
