"""Colours: two themes, and one place where widgets that draw by hand ask for a style."""

from __future__ import annotations

from typing import Any

from rich.style import Style
from textual.app import App
from textual.theme import Theme

# One hue per subnet, told apart also by people who see red and green alike: none is the red of an error, and every
# answer carries its subnet's letter as well.
_DARK_LANES = ("#56c7f5", "#f6c453", "#e58af0", "#7fd88f", "#a99cff", "#ff9e64")
_LIGHT_LANES = ("#0369a1", "#9a6200", "#a21caf", "#15803d", "#5b47d6", "#c2410c")


def _lanes(colours: tuple[str, ...]) -> dict[str, str]:
    return {f"lane-{number}": colour for number, colour in enumerate(colours, 1)}


DARK = Theme(
    name="pltui-dark",
    primary="#56a8f5",
    secondary="#3b6ea5",
    accent="#8ab8ff",
    success="#5fd38d",
    warning="#f2b64c",
    error="#ff6b6b",
    foreground="#d7dee8",
    background="#0d1117",
    surface="#131a23",
    panel="#1b2430",
    dark=True,
    variables={
        **_lanes(_DARK_LANES),
        "sandbox": "#5fd38d",
        "aws": "#ff5c5c",
        "faint": "#8593a5",
    },
)
LIGHT = Theme(
    name="pltui-light",
    primary="#0b62c4",
    secondary="#5f87b5",
    accent="#0b62c4",
    success="#157a3c",
    warning="#8f5a00",
    error="#c3222f",
    foreground="#1c2733",
    background="#f7f9fc",
    surface="#eef2f7",
    panel="#e1e8f0",
    dark=False,
    variables={
        **_lanes(_LIGHT_LANES),
        "sandbox": "#157a3c",
        "aws": "#c3222f",
        "faint": "#5b6876",
    },
)
LANES = len(_DARK_LANES)
NAMES = frozenset({*DARK.variables, "success", "warning", "error", "primary", "accent", "foreground"})


def lane(subnet: int) -> str:
    """The colour's name for the subnet with this 1-based index."""
    return f"lane-{(subnet - 1) % LANES + 1}"


def letter(subnet: int) -> str:
    """A for subnet 1: what tells lanes apart where colour cannot."""
    return chr(ord("A") + (subnet - 1) % 26)


def defaults() -> dict[str, str]:
    """For themes that do not know our names, such as the terminal's own colours."""
    return {name: value for name, value in DARK.variables.items() if name in NAMES}


def style(app: App[Any], name: str, *, bold: bool = False, dim: bool = False, reverse: bool = False) -> Style:
    """`name` is one of `NAMES`, or "" for the text's own colour."""
    colour = app.theme_variables.get(name) if name and not app.native_ansi_color else None
    return Style(color=colour, bold=bold or None, dim=dim or None, reverse=reverse or None)
