"""Output for terminals that cannot show Unicode."""

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

# The app's glyphs and similar ASCII characters; each takes one cell, so that the layout stays.
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
    # Corners and joints of every weight, then lines that must differ from thin ones: open, missing, selected.
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

# In the C locale Python itself sets LC_CTYPE to one of these (PEP 538), which says nothing about the terminal.
_COERCED = frozenset({"C.UTF-8", "C.utf8", "UTF-8"})
_C = frozenset({"C", "POSIX"})


def to_ascii(text: str) -> str:
    """Replace the app's glyphs by similar ASCII characters, and others by `?`; the width in cells stays the same."""
    if text.isascii():
        return text
    near = text.translate(_TABLE)
    return "".join(c if c.isascii() else "?" * cell_len(c) for c in near)


class AsciiOnly(LineFilter):
    """Filter for all output, so that widgets need no second set of glyphs."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replace the text of the segments."""
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]


def ascii_only(encoding: str | None = None) -> bool:
    """True if the terminal's character set, by its locale, is not Unicode."""
    # Python's UTF-8 mode treats LANG=C as UTF-8 for files, but here the terminal's own setting counts.
    name = encoding or _terminal_encoding()
    try:
        return not codecs.lookup(name).name.startswith("utf")
    except LookupError:
        return True


def _terminal_encoding() -> str:
    if runs_in_browser():  # the locale is that of the terminal that started the server
        return "utf-8"
    for variable in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := os.environ.get(variable):
            if variable == "LC_CTYPE" and value in _COERCED and os.environ.get("LANG") in _C:
                continue
            if value in _C:
                return "ascii"
            return value.partition(".")[2].partition("@")[0] or locale.getencoding()
    return locale.getencoding() if sys.platform == "win32" else "utf-8"
