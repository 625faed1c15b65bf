"""Styles for widgets that draw by hand, readable in any theme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from rich.style import Style
from textual.app import App

from pltui.tui.theming.contrast import readable
from pltui.tui.theming.own_themes import DARK, HIGH_CONTRAST, LIGHT, OURS

__all__ = ["DARK", "HIGH_CONTRAST", "LANES", "LIGHT", "NAMES", "OURS", "defaults", "lane", "letter", "style"]

LANES = sum(name.startswith("lane-") for name in DARK.variables)
NAMES = frozenset({*DARK.variables, "success", "warning", "error", "primary", "accent", "foreground"})


def lane(subnet: int) -> str:
    """Name of the colour of the subnet with this 1-based index."""
    return f"lane-{(subnet - 1) % LANES + 1}"


def letter(subnet: int) -> str:
    """Letter of a subnet (A for 1), which distinguishes subnets without colours."""
    return chr(ord("A") + (subnet - 1) % 26)


def defaults(*, dark: bool = True) -> dict[str, str]:
    """Our variables for themes without them, such as Textual's."""
    return dict((DARK if dark else LIGHT).variables)


def of_terminal(environ: Mapping[str, str]) -> str:
    """Name of the theme for the terminal's background, taken from COLORFGBG ("15;0": foreground, then background).

    Colours 7 and 9 to 15 of the sixteen are light, as in rxvt, which introduced the variable, and in vim.
    """
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    light = background.isdecimal() and (int(background) == 7 or 9 <= int(background) <= 15)
    return (LIGHT if light else DARK).name


def style(app: App[Any], name: str, *, bold: bool = False, dim: bool = False, reverse: bool = False) -> Style:
    """Rich style of a colour; `name` is one of `NAMES`, or "" for the text's own colour."""
    ground = (app.theme, app.native_ansi_color)
    known = _STYLES.get(app)
    if known is None or known[0] != ground:
        known = _STYLES[app] = (ground, {})
    key = (name, bold, dim, reverse)
    if key not in known[1]:
        known[1][key] = _style(app, name, bold=bold, dim=dim, reverse=reverse)
    return known[1][key]


# Cache of the styles of each app in its present theme, as a screen needs the same ones all the time.
_STYLES: WeakKeyDictionary[App[Any], tuple[tuple[str, bool], dict[tuple[str, bool, bool, bool], Style]]]
_STYLES = WeakKeyDictionary()


def _style(app: App[Any], name: str, *, bold: bool, dim: bool, reverse: bool) -> Style:
    variables = app.theme_variables
    colour = variables.get(name) if name and not app.native_ansi_color else None
    if colour:
        colour = readable(colour, variables["background"], variables["surface"])
    return Style(color=colour, bold=bold or None, dim=dim or None, reverse=reverse or None)
