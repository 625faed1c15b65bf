"""The screen as a picture: an SVG file that needs nothing from elsewhere."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from io import StringIO
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

from pltui import files
from pltui.errors import LabError
from pltui.words import tr

if TYPE_CHECKING:
    from pltui.tui.app import LabApp

# The export would fetch its font from elsewhere. These are where pictures are looked at, and draw boxes without gaps.
_FETCHED = re.compile(r"@font-face \{[^}]*\}\s*")
_FONT, _FONTS = "Fira Code, monospace", "DejaVu Sans Mono, Menlo, Consolas, monospace"


def picture(app: App[int], title: str) -> str:
    """What is on screen, as SVG."""
    return _FETCHED.sub("", app.export_screenshot(title=title)).replace(_FONT, _FONTS)


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


def hand_over(app: LabApp, svg: str, name: str) -> None:
    """Let the browser save it where it saves everything: that is where a user who sits before it will look."""
    app.deliver_text(StringIO(svg), save_directory=Path(), save_filename=name, mime_type="image/svg+xml")
    app.tell(tr("The browser saves the screen as {name}", name=name))


async def keep(app: LabApp, svg: str) -> None:
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
