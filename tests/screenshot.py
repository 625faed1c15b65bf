"""The README's picture, taken of the real app on a real sandbox: `python -m tests.screenshot [FILE]`."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from pltui.aws.settings import Settings
from pltui.lab.session import Lab
from pltui.sandbox import launcher
from pltui.spec import load
from pltui.tui.app import LabApp
from pltui.tui.rendering.screenshot import picture

SPEC = "specs/privatelink.yaml"
PICTURE = Path(".github/screen.svg")
SIZE = (120, 40)
PATIENCE = 120.0  # seconds
ANSWERS = 8  # before the switch is turned, and after each time


async def until(pilot: Pilot[int], condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it never came to be: {what}")
        await pilot.pause(0.1)


async def take() -> str:
    """The picture of a lab whose switch was just turned on, with answers on their way; the screen as SVG."""
    app = LabApp(Lab(SPEC, load(SPEC), Settings()))
    async with app.run_test(size=SIZE) as pilot:
        series = app.probe.series
        await pilot.press("t")
        await until(pilot, lambda: series.tally.sent >= ANSWERS, "answers")
        for on, subnets in ((False, {1}), (True, {1, 2, 3})):
            sent = series.tally.sent
            await pilot.press("x")
            await until(pilot, lambda: app.facts.observed is on, "the switch")  # noqa: B023  # awaited at once
            await until(pilot, lambda: series.tally.sent >= sent + ANSWERS, "more answers")  # noqa: B023
            await until(pilot, lambda: set(series.tally.by_subnet()) == subnets, "who answers")  # noqa: B023
        # Notices would hide what the picture is for, and where one is in it is nobody's business.
        app.clear_notifications()
        app.set_focus(None)
        await until(pilot, lambda: app.main.topology.moving, "an answer on its way")
        svg = picture(app, f"pltui {SPEC}")
        app.session.stop()
        await app.session.close()
    return svg


def main() -> None:
    os.environ.pop("NO_COLOR", None)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[launcher.RUNTIME_DIR] = folder
        try:
            svg = asyncio.run(take())
        finally:
            launcher.stop()
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    target.parent.mkdir(exist_ok=True)
    target.write_text(svg, encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
