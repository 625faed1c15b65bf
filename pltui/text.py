"""Text on a terminal: made safe where it comes from outside, and measured in cells."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pltui.i18n import Phrase, tr

# What nobody sees and something acts on, but for line breaks; for a regular expression's brackets. It is
# C0 and C1 controls (ESC, CSI, OSC and BEL among them), separators of lines and paragraphs,
# all that Unicode lets a reader ignore: marks of direction, joiners, fillers, variations, tags
# (Default_Ignorable_Code_Point in DerivedCoreProperties.txt), in which words can be hidden, and
# what is no character, of which XML 1.0 takes none (production 2, Char) and UTF-8 no half of a surrogate pair.
HIDDEN = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029"
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ufff0-\uffff\ud800-\udfff"
)
_UNSAFE = re.compile(f"[\n{HIDDEN}]")


def clean(text: object, limit: int = 2000) -> str:
    """`text` on one line, without anything a terminal would act on or XML not take, cut to `limit` characters.

    A phrase is said in the language spoken. White space stays a blank; all else that is HIDDEN becomes U+FFFD, so that
    its presence shows.
    """
    string = tr(text) if isinstance(text, Phrase) else str(text)
    if len(string) > limit:
        string = string[: limit - 1] + "…"
    return _UNSAFE.sub(lambda m: " " if m[0] in "\t\n\r\v\f" else "\ufffd", string)


def width(text: str) -> int:
    """The cells `text` takes on a terminal: two for a wide character, none for one that combines with the last.

    What Unicode leaves open (`●`, `─`, `…`: East Asian width A) is one cell, as it is wherever a terminal has not been
    told to draw it wide; there nothing made of lines and signs can be in step.
    """
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def pad(text: str, cells: int) -> str:
    """`text` with blanks after it, so that it takes at least `cells`."""
    return text + " " * (cells - width(text))


def cut(text: str, cells: int) -> str:
    """`text` as far as it fits into `cells`, with `…` where something was left out."""
    if width(text) <= cells:
        return text
    kept, room = "", cells - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        kept += character
    return kept + "…" if cells > 0 else ""


def wrap(text: str, cells: int) -> list[str]:
    """`text` in lines of at most `cells`, broken at blanks and between wide characters; white space becomes a blank.

    What closes or ends (`、`, `。`, `）`) begins no line: it hangs over the end of the last one.
    """
    lines, line = list[str](), ""
    for piece in re.findall(_PIECE, " ".join(text.split())):
        if line and width(line + piece.rstrip()) > cells and piece[0] not in _CLOSING:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line else lines


_CLOSING = frozenset("、。，．・：；？！）」』】〉》〕…ーぁぃぅぇぉっゃゅょァィゥェォッャュョ")
# A word with the blank after it, or one wide character: lines break between these (JIS X 4051 in its simplest part).
_PIECE = r"[\u3000-\u9fff\uac00-\ud7af\uff01-\uffe6] ?|[^\s\u3000-\u9fff\uac00-\ud7af\uff01-\uffe6]+ ?"


@lru_cache(maxsize=4096)
def _cells(character: str) -> int:
    # By category: marks of Thai and Hindi stand above and below letters, too, and have no combining class.
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
