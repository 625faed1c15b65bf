"""The screen as a picture: an SVG file that needs nothing from elsewhere."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from itertools import count, groupby
from pathlib import Path

from pltui.errors import LabError
from pltui.i18n import tr
from pltui.system import files
from pltui.text import width
from pltui.tui.presenter import Exported, PicturePresenter

# The export would fetch its font from elsewhere. These are where pictures are looked at, and draw boxes without gaps.
_FETCHED = re.compile(r"@font-face \{[^}]*\}\s*")
_FONT, _FONTS = "Fira Code, monospace", "DejaVu Sans Mono, Menlo, Consolas, monospace"


def picture(app: Exported, title: str) -> str:
    """What is on screen, as SVG."""
    svg = _FETCHED.sub("", app.export_screenshot(title=title)).replace(_FONT, _FONTS)
    return _TEXT.sub(_by_cells, svg)


# Rich (14.3) takes every character for one cell: what is wide would be pressed together, and what follows moved.
_TEXT = re.compile(r'<text class="([^"]*)" x="([\d.]+)" (y="[\d.]+") textLength="[\d.]+"([^>]*)>(.*?)</text>')
_CELL = 12.2  # units of a cell's width in what Rich exports


def _by_cells(found: re.Match[str]) -> str:
    """A run of text, its wide characters apart from the others, each as long as it is on a terminal."""
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
    """Its file's name, but for the ending."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", lab)
    return f"pltui-{name}-{at:%Y%m%d-%H%M%S}"


def save(svg: str, lab: str, at: datetime, folder: Path) -> Path:
    """Write it as `pltui-LAB-TIME.svg`, with a number where that is taken; where it is now. Raises LabError."""
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
    """Let the browser save it where it saves everything: that is where a user who sits before it will look."""
    app.deliver_text(StringIO(svg), save_directory=Path(), save_filename=name, mime_type="image/svg+xml")
    app.tell(tr("The browser saves the screen as {name}", name=name))


async def keep(app: PicturePresenter, svg: str) -> None:
    """Save it where the user wants pictures, off the loop, and say where that is."""
    now = datetime.now(UTC).astimezone()
    if app.is_web:
        hand_over(app, svg, f"{stem(app.facts.lab, now)}.svg")
        return
    try:
        path = await asyncio.to_thread(save, svg, app.facts.lab, now, app.preferences.pictures)
    except LabError as error:
        app.notify(error.message, title=tr("No picture was saved"), severity="error", markup=False)
    else:
        app.tell(tr("The screen is saved as {path}", path=path))
