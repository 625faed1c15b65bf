"""Characters that XML cannot carry. If one were stored, no response that lists it could be parsed any more."""

import re

from pltui.emulator.api.errors import Refusal
from pltui.emulator.moto_adapter.calls import Call

# All characters except Char of XML 1.0 (W3C recommendation, section 2.2).
_UNFIT = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_CODES = {"ec2": "InvalidParameterValue", "route53": "InvalidInput"}


def refusal(response: Call, service: str) -> Exception | None:
    """The error of a call with such a character in a parameter, or in the name of one.

    It is known that AWS rejects them (its own responses are XML 1.0); the wording is believed.
    """
    for name, values in response.querystring.items():
        if any(isinstance(text, str) and _UNFIT.search(text) for text in (name, *values)):
            where = f"Value for parameter {_UNFIT.sub('', name)}" if name.isidentifier() else "The request"
            return Refusal(_CODES.get(service, "ValidationError"), f"{where} has characters that are not allowed.")
    return None
