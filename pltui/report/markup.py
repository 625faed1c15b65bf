"""Text from outside made safe for what is neither a terminal nor JSON."""

from __future__ import annotations

import html
import re

from pltui.text import clean

LONGEST = 4000  # characters of one line

# CommonMark 0.31, 2.4: any ASCII punctuation may follow a backslash. GitHub also makes links of bare `://` and `www.`
# (GFM 0.29, 6.9), and of what has an @, once it has read the rest: that only something between keeps from it.
_MARKDOWN = re.compile(r"[\\`*_\[\]|#~!>$]|(?<=:)/(?=/)|(?<=www)\.", re.IGNORECASE)
_APART = {"&": "&amp;", "<": "&lt;", "@": "@<!-- -->"}
_FENCES = re.compile(r"`{3,}")


def plain(text: object) -> str:
    """`text` on one line, of characters that XML and terminals take."""
    return clean(text, LONGEST)


def plain_lines(text: str) -> str:
    """As `plain`, a line at a time; tabs become blanks."""
    return "\n".join(plain(line.expandtabs(4)) for line in text.splitlines())


def escape(text: object) -> str:
    """`text` in HTML or XML, also within quotes."""
    return html.escape(plain(text))


def escape_lines(text: str) -> str:
    return html.escape(plain_lines(text))


def markdown(text: object) -> str:
    """`text` in a Markdown paragraph or table cell, where it means nothing but itself."""
    escaped = _MARKDOWN.sub(lambda found: "\\" + found[0], plain(text))
    return "".join(_APART.get(character, character) for character in escaped)


def fenced(text: str, language: str = "text") -> str:
    """`text` as a code block that nothing in it can end."""
    safe = plain_lines(text)
    fence = "`" * max(3, *(len(found) + 1 for found in _FENCES.findall(safe)), 3)
    return f"{fence}{language}\n{safe}\n{fence}"
