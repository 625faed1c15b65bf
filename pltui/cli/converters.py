"""Converters of the command line's arguments, as `type=` of argparse."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from collections.abc import Mapping

from pltui.i18n import tr

_HIGHEST_PORT = 65535
_MANY = 10**18
_TIMES = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def count(text: str) -> int:
    """Parse a number from 1 on.

    Raises:
        ArgumentTypeError: If it is none.
    """
    return _whole(text, 1, _MANY, tr("{text!r} is not a number from 1 on", text=text))


def lines(text: str) -> int:
    """Parse a number of lines from 0 on.

    Raises:
        ArgumentTypeError: If it is none.
    """
    return _whole(text, 0, _MANY, tr("{text!r} is not a number of lines", text=text))


def calls(text: str) -> int:
    """Parse a number of calls.

    Raises:
        ArgumentTypeError: If it is none.
    """
    return _whole(text, 1, 999_999, tr("{text!r} is not a number of calls", text=text))


def port(text: str) -> int:
    """Parse a port.

    Raises:
        ArgumentTypeError: If it is none.
    """
    return _whole(text, 1, _HIGHEST_PORT, tr("{text!r} is not a port: write a number from 1 to 65535", text=text))


def port_or_any(text: str) -> int:
    """Parse a port, or 0 for any free one.

    Raises:
        ArgumentTypeError: If it is none.
    """
    return _whole(text, 0, _HIGHEST_PORT, tr("{text!r} is not a port: write a number from 0 to 65535", text=text))


def _whole(text: str, least: int, most: int, problem: str) -> int:
    if not text.isdecimal() or len(text) > len(str(_MANY)) or not least <= int(text) <= most:
        raise ArgumentTypeError(problem)
    return int(text)


def seconds(text: str) -> float:
    """Parse a positive number of seconds.

    Raises:
        ArgumentTypeError: If it is none.
    """
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise ArgumentTypeError(tr("{text!r} is not a number of seconds", text=text))
    return found


def duration(text: str) -> float:
    """Parse `60s`, `2m` or `60` into seconds.

    Raises:
        ArgumentTypeError: If it is none of them.
    """
    found = quantity(text, _TIMES)
    if found is None:
        raise ArgumentTypeError(tr("{text!r} is not a time: write for example 60s or 2m", text=text))
    return found


def speed(text: str) -> float:
    """Parse a speed, as the sandbox does.

    Raises:
        ArgumentTypeError: If it is none.
    """
    from pltui.sandbox.client import parse_speed

    try:
        return parse_speed(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def quantity(text: str, units: Mapping[str, float]) -> float | None:
    """Parse a number with one of these units, whose values are factors; return None if it is malformed."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z/]*)", text, re.ASCII)
    return float(match[1]) * units[match[2]] if match and match[2] in units else None
