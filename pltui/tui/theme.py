"""Colours: where widgets that draw by hand ask for a style, which can be read whatever the theme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.style import Style
from textual.app import App

from pltui.tui.contrast import readable
from pltui.tui.themes import DARK, HIGH_CONTRAST, LIGHT, OURS

__all__ = ["DARK", "HIGH_CONTRAST", "LANES", "LIGHT", "NAMES", "OURS", "defaults", "lane", "letter", "style"]

LANES = sum(name.startswith("lane-") for name in DARK.variables)
NAMES = frozenset({*DARK.variables, "success", "warning", "error", "primary", "accent", "foreground"})


def lane(subnet: int) -> str:
    """The colour's name for the subnet with this 1-based index."""
    return f"lane-{(subnet - 1) % LANES + 1}"


def letter(subnet: int) -> str:
    """A for subnet 1: what tells lanes apart where colour cannot."""
    return chr(ord("A") + (subnet - 1) % 26)


def defaults(*, dark: bool = True) -> dict[str, str]:
    """For themes that do not know our names, such as Textual's."""
    return dict((DARK if dark else LIGHT).variables)


def of_terminal(environ: Mapping[str, str]) -> str:
    """The theme for the terminal's own background, where COLORFGBG ("15;0": foreground, then background) tells it.

    Colours 7 and 9 to 15 of the sixteen are light, as rxvt, which began it, and vim understand it.
    """
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    light = background.isdecimal() and (int(background) == 7 or 9 <= int(background) <= 15)
    return (LIGHT if light else DARK).name


def style(app: App[Any], name: str, *, bold: bool = False, dim: bool = False, reverse: bool = False) -> Style:
    """`name` is one of `NAMES`, or "" for the text's own colour."""
    variables = app.theme_variables
    colour = variables.get(name) if name and not app.native_ansi_color else None
    if colour:
        colour = readable(colour, variables["background"], variables["surface"])
    return Style(color=colour, bold=bold or None, dim=dim or None, reverse=reverse or None)
