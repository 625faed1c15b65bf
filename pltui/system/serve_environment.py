"""Whether the app is shown in a browser: `pltui serve` tells the app it starts so, and carries what it draws."""

from __future__ import annotations

import os

VARIABLE = "TEXTUAL_DRIVER"  # where Textual looks for what draws, if not a terminal does
DRIVER = "pltui.tui.browser:BrowserDriver"


def served() -> bool:
    """No other driver will do: without a terminal the rest of them show nothing to anybody."""
    return os.environ.get(VARIABLE) == DRIVER
