"""Text for a terminal: sanitised if it comes from outside, and measured in cells."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache

from pltui.i18n import Phrase, tr

# Invisible characters with an effect, except line breaks, as a character class of a regular expression: C0 and C1
# controls (ESC, CSI, OSC and BEL among them), separators of lines and paragraphs, all that Unicode lets a reader ignore
# (direction marks, joiners, fillers, variations and tags: Default_Ignorable_Code_Point in DerivedCoreProperties.txt),
# in which words can be hidden, and noncharacters, of which XML 1.0 accepts none (production 2, Char) and UTF-8 no half
# of a surrogate pair.
HIDDEN = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029"
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ufff0-\uffff\ud800-\udfff"
)
_UNSAFE = re.compile(f"[\n{HIDDEN}]")


def clean(text: object, limit: int = 2000) -> str:
    """Return `text` on one line, safe for terminals and XML, cut to `limit` characters.

    A phrase is translated. White space becomes a blank; everything else in HIDDEN becomes U+FFFD, so that its presence
    is visible.
    """
    string = tr(text) if isinstance(text, Phrase) else str(text)
    if len(string) > limit:
        string = string[: limit - 1] + "…"
    return _UNSAFE.sub(lambda m: " " if m[0] in "\t\n\r\v\f" else "\ufffd", string)


def width(text: str) -> int:
    """Return the cells that `text` takes on a terminal: two for a wide character, none for a combining one.

    Characters of ambiguous width (`●`, `─`, `…`: East Asian width A) count as one cell, the default of terminals. On a
    terminal configured to draw them wide, nothing made of lines and symbols can be aligned.
    """
    if text.isascii():
        return len(text)
    return sum(map(_cell_count, text))


def pad(text: str, cells: int) -> str:
    """Return `text` followed by blanks, so that it takes at least `cells`."""
    return text + " " * (cells - width(text))


def cut(text: str, cells: int) -> str:
    """Return as much of `text` as fits into `cells`, with `…` if something was left out."""
    if width(text) <= cells:
        return text
    kept, room = "", cells - 1
    for character in text:
        room -= _cell_count(character)
        if room < 0:
            break
        kept += character
    return kept + "…" if cells > 0 else ""


def wrap(text: str, cells: int) -> list[str]:
    """Return `text` in lines of at most `cells`, broken at blanks and between wide characters.

    White space becomes a blank. Closing characters (`、`, `。`, `）`) begin no line: they hang over the end of the last
    one.
    """
    lines, line = list[str](), ""
    for piece in re.findall(_PIECE, " ".join(text.split())):
        if line and width(line + piece.rstrip()) > cells and piece[0] not in _CLOSING:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line else lines


_CLOSING = frozenset("、。，．・：；？！）」』】〉》〕…ーぁぃぅぇぉっゃゅょァィゥェォッャュョ")
# A word with the blank after it, or one wide character: lines break between these (the simplest part of JIS X 4051).
_PIECE = r"[\u3000-\u9fff\uac00-\ud7af\uff01-\uffe6] ?|[^\s\u3000-\u9fff\uac00-\ud7af\uff01-\uffe6]+ ?"


@lru_cache(maxsize=4096)
def _cell_count(character: str) -> int:
    # By category, because marks of Thai and Hindi above and below letters have no combining class.
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def timestamp() -> str:
    """Return the current time in RFC 3339, in UTC with milliseconds."""
    return rfc3339(datetime.now(UTC))


def rfc3339(moment: datetime) -> str:
    """Return a time in RFC 3339, in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
