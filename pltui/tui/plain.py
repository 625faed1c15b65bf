"""Terminals that cannot show everything: ASCII only, or no colour."""

from __future__ import annotations

import codecs
import locale
import os
import sys

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from pltui.system.serve_environment import runs_in_browser

# What the app draws with, and its nearest in ASCII; each takes one cell, so that nothing moves.
_NEAREST = {
    **dict.fromkeys("●", "*"),
    **dict.fromkeys("◐", "~"),
    **dict.fromkeys("○", "o"),
    **dict.fromkeys("✗×✖", "x"),
    **dict.fromkeys("⊘", "!"),
    **dict.fromkeys("✓", "v"),
    **dict.fromkeys("·•", "."),
    **dict.fromkeys("…", "."),
    **dict.fromkeys("▸▶›", ">"),
    **dict.fromkeys("▾▼", "v"),
    **dict.fromkeys("▲", "^"),
    **dict.fromkeys("─╌▁▔", "-"),
    **dict.fromkeys("│┃▎▏▕▊▐", "|"),
    # Corners and joints of every weight, then what has to differ from thin lines: open, missing, selected.
    **dict.fromkeys((*map(chr, range(0x250C, 0x254C)), *"╭╮╯╰╸╺╴╶"), "+"),
    "━": "=",
    "┈": ".",
    **dict.fromkeys("╎┊", ":"),
    **dict.fromkeys("═║╔╗╝╚", "#"),
    **dict.fromkeys("█▉▋▌▆▇▅▄", "#"),
    "▍": " ",
    **dict.fromkeys("▂▃", "="),
    **dict.fromkeys("–—", "-"),
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("‘’", "'"),
    "→": ">",
    "↑": "^",
    "↓": "v",
    "←": "<",
}
_TABLE = str.maketrans(_NEAREST)

# In the C locale Python sets LC_CTYPE to one of these by itself (PEP 538): that is not the terminal's word.
_COERCED = frozenset({"C.UTF-8", "C.utf8", "UTF-8"})
_C = frozenset({"C", "POSIX"})


def to_ascii(text: str) -> str:
    """`text` in as many cells, with the nearest ASCII for what the app draws with and `?` for the rest."""
    if text.isascii():
        return text
    near = text.translate(_TABLE)
    return "".join(c if c.isascii() else "?" * cell_len(c) for c in near)


class AsciiOnly(LineFilter):
    """One place where every character that reaches the terminal passes: widgets need no second set of glyphs."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]


def ascii_only(encoding: str | None = None) -> bool:
    """Whether the terminal's character set (as the locale tells it) is other than a Unicode one."""
    # Python's UTF-8 mode turns LANG=C into UTF-8 for files; the terminal's own word is what counts here.
    name = encoding or _terminal_encoding()
    try:
        return not codecs.lookup(name).name.startswith("utf")
    except LookupError:
        return True


def _terminal_encoding() -> str:
    if runs_in_browser():  # the locale tells of the terminal the server was started from
        return "utf-8"
    for variable in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := os.environ.get(variable):
            if variable == "LC_CTYPE" and value in _COERCED and os.environ.get("LANG") in _C:
                continue
            if value in _C:
                return "ascii"
            return value.partition(".")[2].partition("@")[0] or locale.getencoding()
    return locale.getencoding() if sys.platform == "win32" else "utf-8"
