"""Translation of the regular expressions of service models, which are Java's, to Python."""

from __future__ import annotations

import re

# Unicode property classes, with their equivalent inside brackets. Python's \w is letters, numbers and the underscore,
# which every pattern that has one of the first two admits anyway.
_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": "\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    r"\p{ASCII}": r"[\x00-\x7f]",
}
_JAVA_CODE_POINTS = re.compile(r"\\u10000-\\u10FFFF")  # Java reads four digits; the model means the astral planes


def translate_pattern(pattern: str) -> re.Pattern[str] | None:
    """Return the pattern for `fullmatch`; None if Python has no equivalent."""
    unicode = r"\p{" in pattern
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    pattern = _JAVA_CODE_POINTS.sub("\U00010000-\U0010ffff", pattern)
    try:
        # Java's \w and \d are ASCII.
        return re.compile(pattern, 0 if unicode else re.ASCII)
    except re.error:
        return None
