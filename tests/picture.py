"""The README's picture, taken of the real app on a real sandbox: `python -m tests.picture [FILE]`."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from pltui import launcher
from pltui.lab import Lab
from pltui.settings import Settings
from pltui.spec import load
from pltui.tui.app import LabApp

SPEC = "specs/privatelink.yaml"
PICTURE = Path(".github/screen.svg")
SIZE = (120, 40)
PATIENCE = 120.0  # seconds
ANSWERS = 8  # before the switch, and after it


async def until(pilot: Pilot[int], condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it never came to be: {what}")
        await pilot.pause(0.1)


async def take() -> str:
    """Converge, let it answer, flip the switch, let it answer again; the screen as SVG."""
    app = LabApp(Lab(SPEC, load(SPEC), Settings()))
    async with app.run_test(size=SIZE) as pilot:
        work = app.work
        await until(pilot, lambda: work.tally.sent >= ANSWERS, "answers")
        sent = work.tally.sent
        await pilot.press("x")
        await until(pilot, lambda: app.facts.observed is False and set(work.tally.by_subnet()) == {1}, "one subnet")
        await until(pilot, lambda: work.tally.sent >= sent + 2 * ANSWERS, "more answers")
        # Notices would hide what the picture is for.
        app.clear_notifications()
        await pilot.pause()
        # Self-contained: the fonts it would fetch from elsewhere are left out, and any monospaced one will do.
        picture = re.sub(r"@font-face \{[^}]*\}\s*", "", app.export_screenshot(title=f"pltui {SPEC}"))
        app.session.stop()
        await app.session.close()
    return picture


def main() -> None:
    os.environ.pop("NO_COLOR", None)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[launcher.RUNTIME_DIR] = folder
        try:
            picture = asyncio.run(take())
        finally:
            launcher.stop()
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    target.parent.mkdir(exist_ok=True)
    target.write_text(picture, encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
