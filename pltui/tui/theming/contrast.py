"""Contrast of two colours, and the nearest readable colour."""

from __future__ import annotations

from functools import lru_cache

from textual.color import Color, ColorParseError

LEAST = 4.5  # WCAG 2.2, success criterion 1.4.3, for text
_STEPS = 20  # from a colour to white or black: small enough to keep the hue as far as possible


def ratio(one: Color, other: Color) -> float:
    """Contrast ratio by WCAG 2.2: 1 for the same colour, 21 for black on white."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(1024)
def readable(colour: str, *grounds: str) -> str:
    """Return `colour`, or the nearest one towards white or black that is readable on each of `grounds`.

    Colours without a fixed value, such as the terminal's own, are returned unchanged.
    """
    try:
        wanted, behind = Color.parse(colour), [Color.parse(ground) for ground in grounds]
    except ColorParseError:
        return colour
    if any(each.ansi is not None or each.a < 1 for each in (wanted, *behind)):
        return colour
    for step in range(_STEPS + 1):
        for end in (Color(255, 255, 255), Color(0, 0, 0)):
            near = wanted.blend(end, step / _STEPS)
            if all(ratio(near, ground) >= LEAST for ground in behind):
                return near.hex if step else colour
    return max(("#ffffff", "#000000"), key=lambda end: min(ratio(Color.parse(end), ground) for ground in behind))


def _luminance(colour: Color) -> float:
    """Relative luminance, from 0 for black to 1 for white."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
