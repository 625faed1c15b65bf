"""Text from outside, made safe for a terminal."""

from __future__ import annotations

import re

# C0 and C1 controls (ESC, CSI, OSC and BEL among them), and the marks that reverse or hide what follows them.
# Lone surrogates cannot be written at all.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def clean(text: object, limit: int = 2000) -> str:
    """`text` on one line, without anything a terminal would act on, cut to `limit` characters.

    White space stays a blank; every other control or direction mark becomes U+FFFD, so that its presence shows.
    """
    string = str(text)
    if len(string) > limit:
        string = string[: limit - 1] + "…"
    return _UNSAFE.sub(lambda m: " " if m[0] in "\t\n\r\v\f" else "\ufffd", string)
