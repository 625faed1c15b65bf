"""Detection of `pltui serve`: it sets a variable for the apps it starts, and carries their output to a browser."""

from __future__ import annotations

import os

VARIABLE = "TEXTUAL_DRIVER"  # names the driver that Textual uses instead of a terminal's
DRIVER = "pltui.tui.browser_driver:BrowserDriver"


def runs_in_browser() -> bool:
    """Return True if the app runs in a browser. No other driver counts: without a terminal, the others show nothing."""
    return os.environ.get(VARIABLE) == DRIVER
