"""Latencies over time in one row: one cell per second, as high as its slowest answer."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import App

from pltui.probe.series import Second
from pltui.tui.theming import theme

_EIGHTHS = "▁▂▃▄▅▆▇█"
LEAST = 8  # cells below which it is useless


def sparkline(app: App[object], seconds: Sequence[Second], width: int) -> Text:
    """Draw the last `width` seconds, the newest at the right end; a second with failed requests is a cross.

    A bar marks a detected effect of the switch, to compare before and after.
    """
    shown = seconds[-width:] if width > 0 else []
    top = max((each.slowest or 0.0 for each in shown), default=0.0)
    text = Text(" " * (width - len(shown)), no_wrap=True)
    for each in shown:
        if each.failed:
            text.append("×", theme.style(app, "error", bold=True))
        elif each.turned:
            text.append("┊", theme.style(app, "accent", bold=True))
        elif each.slowest is None:
            text.append(" ")
        else:
            level = round(each.slowest / top * (len(_EIGHTHS) - 1)) if top else 0
            text.append(_EIGHTHS[level], theme.style(app, "primary"))
    return text
