"""Escaping of external text for markup."""

from __future__ import annotations

import html
import re

from pltui.text import clean

LONGEST = 4000  # maximum characters of one line

# CommonMark 0.31, 2.4: any ASCII punctuation may follow a backslash. GitHub also makes links of bare `://` and `www.`
# (GFM 0.29, 6.9), and of words with an @ after parsing the rest, which only an inserted comment prevents.
_MARKDOWN = re.compile(r"[\\`*_\[\]|#~!>$]|(?<=:)/(?=/)|(?<=www)\.", re.IGNORECASE)
_APART = {"&": "&amp;", "<": "&lt;", "@": "@<!-- -->"}
_FENCES = re.compile(r"`{3,}")


def plain_text(text: object) -> str:
    """Return `text` on one line, of characters valid in XML and safe on terminals."""
    return clean(text, LONGEST)


def plain_lines(text: str) -> str:
    """Sanitise each line as `plain_text` does; tabs become blanks."""
    return "\n".join(plain_text(line.expandtabs(4)) for line in text.splitlines())


def escape(text: object) -> str:
    """Escape `text` for HTML or XML, also within quotes."""
    return html.escape(plain_text(text))


def escape_lines(text: str) -> str:
    """Escape each line for HTML or XML, keeping line breaks."""
    return html.escape(plain_lines(text))


def escape_markdown(text: object) -> str:
    """Escape `text` for a Markdown paragraph or table cell, so that it is shown literally."""
    escaped = _MARKDOWN.sub(lambda found: "\\" + found[0], plain_text(text))
    return "".join(_APART.get(character, character) for character in escaped)


def code_block(text: str, language: str = "text") -> str:
    """Return `text` as a code block that nothing in it can end."""
    safe = plain_lines(text)
    fence = "`" * max(3, *(len(found) + 1 for found in _FENCES.findall(safe)), 3)
    return f"{fence}{language}\n{safe}\n{fence}"
