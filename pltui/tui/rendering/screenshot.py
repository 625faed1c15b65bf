"""Screenshots as SVG files that need no external resources."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from itertools import count, groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pltui.errors import LabError
from pltui.i18n import tr
from pltui.system import files
from pltui.text import width

if TYPE_CHECKING:
    from pltui.tui.presenter import Exported, PicturePresenter

# Rich's export loads a font from the network. These fonts are installed on most systems, and draw boxes without gaps.
_FETCHED = re.compile(r"@font-face \{[^}]*\}\s*")
_FONT, _FONTS = "Fira Code, monospace", "DejaVu Sans Mono, Menlo, Consolas, monospace"


def picture(app: Exported, title: str) -> str:
    """The screen as SVG."""
    svg = _FETCHED.sub("", app.export_screenshot(title=title)).replace(_FONT, _FONTS)
    return _TEXT.sub(_by_cells, svg)


# Rich (14.3) assumes one cell per character: wide ones would be compressed, and the following ones displaced.
_TEXT = re.compile(r'<text class="([^"]*)" x="([\d.]+)" (y="[\d.]+") textLength="[\d.]+"([^>]*)>(.*?)</text>')
_CELL = 12.2  # width of a cell in Rich's export, in SVG units


def _by_cells(found: re.Match[str]) -> str:
    """Split a run of text into wide and other characters, each with its length on a terminal."""
    style, left, y, rest, body = found.groups()
    text = html.unescape(body)
    if width(text) == len(text):
        return found[0]
    pieces, x = list[str](), float(left)
    for piece in _runs(text):
        length = _CELL * width(piece)
        adjusted = ' lengthAdjust="spacingAndGlyphs"' if width(piece) > len(piece) else ""
        escaped = html.escape(piece, quote=False).replace("\u00a0", "&#160;")
        pieces.append(f'<text class="{style}" x="{x:g}" {y} textLength="{length:g}"{adjusted}{rest}>{escaped}</text>')
        x += length
    return "".join(pieces)


def _runs(text: str) -> Iterator[str]:
    """`text` in pieces of characters that are all wide, or all not."""
    for _, characters in groupby(text, lambda character: width(character) == 2):
        yield "".join(characters)


def stem(lab: str, at: datetime) -> str:
    """Name of the file without its suffix."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", lab)
    return f"pltui-{name}-{at:%Y%m%d-%H%M%S}"


def save(svg: str, lab: str, at: datetime, folder: Path) -> Path:
    """Write `pltui-LAB-TIME.svg`, with a number if that exists; returns its path.

    Raises:
        LabError: If the file cannot be written.
    """
    name = stem(lab, at)
    for number in count(1):
        path = folder / (f"{name}.svg" if number == 1 else f"{name}-{number}.svg")
        try:
            files.create(path, svg)
        except FileExistsError:
            continue
        return path
    raise AssertionError("count() has no end")


def hand_over(app: PicturePresenter, svg: str, name: str) -> None:
    """Let the browser save it in its download folder, where its user expects it."""
    app.deliver_text(StringIO(svg), save_directory=Path(), save_filename=name, mime_type="image/svg+xml")
    app.tell(tr("The browser saves the screen as {name}", name=name))


async def keep(app: PicturePresenter, svg: str) -> None:
    """Save it in the user's folder for pictures, in a thread, and report the path."""
    now = datetime.now(UTC).astimezone()
    if app.is_web:
        hand_over(app, svg, f"{stem(app.facts.lab, now)}.svg")
        return
    try:
        path = await asyncio.to_thread(save, svg, app.facts.lab, now, app.preferences.pictures)
    except LabError as error:
        app.notify(error.message, title=tr("The screen could not be saved"), severity="error", markup=False)
    else:
        app.tell(tr("The screen is saved as {path}", path=path))
