"""The app's own themes. Tests check that each text colour is readable on each background."""

from __future__ import annotations

from textual.theme import Theme


def _variables(lanes: str, *, sandbox: str, aws: str, faint: str) -> dict[str, str]:
    """Variables of a theme; `lanes` has one hue per subnet, distinguishable also with red-green colour blindness.

    None of them is the red of an error, and every answer has its subnet's letter as well.
    """
    hues = {f"lane-{number}": colour for number, colour in enumerate(lanes.split(), 1)}
    return {**hues, "sandbox": sandbox, "aws": aws, "faint": faint}


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
    variables=_variables(
        "#56c7f5 #f6c453 #e58af0 #7fd88f #a99cff #ff9e64", sandbox="#5fd38d", aws="#ff5c5c", faint="#8593a5"
    ),
)
LIGHT = Theme(
    name="pltui-light",
    primary="#0b62c4",
    secondary="#5f87b5",
    accent="#0b62c4",
    success="#136b35",
    warning="#8f5a00",
    error="#c3222f",
    foreground="#1c2733",
    background="#f7f9fc",
    surface="#eef2f7",
    panel="#e1e8f0",
    dark=False,
    variables=_variables(
        "#0369a1 #8a5800 #a21caf #126c34 #5b47d6 #b0390c", sandbox="#136b35", aws="#c3222f", faint="#5b6876"
    ),
)
HIGH_CONTRAST = Theme(
    name="pltui-high-contrast",
    primary="#7cc4ff",
    secondary="#9fd3ff",
    accent="#ffe14d",
    success="#5dff9b",
    warning="#ffc233",
    error="#ff8f8f",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    dark=True,
    variables=_variables(
        "#5ce1ff #ffe14d #ff9cff #7dff8a #c9b8ff #ffb86b", sandbox="#5dff9b", aws="#ff8f8f", faint="#c8c8c8"
    ),
)
DUSK = Theme(
    name="pltui-dusk",
    primary="#8fb4ff",
    secondary="#6b7fc4",
    accent="#f0a6ca",
    success="#86d9a8",
    warning="#f3c078",
    error="#ff8080",
    foreground="#e4dff2",
    background="#1b1730",
    surface="#231e3c",
    panel="#2d274b",
    dark=True,
    variables=_variables(
        "#74d0f1 #f5cf6e #f29be0 #92dba0 #b7acff #ffac7a", sandbox="#86d9a8", aws="#ff8080", faint="#a49cc0"
    ),
)
PAPER = Theme(
    name="pltui-paper",
    primary="#1f5f8b",
    secondary="#7a8fa0",
    accent="#8a3b12",
    success="#3f6b1d",
    warning="#855300",
    error="#a8261c",
    foreground="#2e2a24",
    background="#fbf6ea",
    surface="#f4ecda",
    panel="#eae0c9",
    dark=False,
    variables=_variables(
        "#1c6290 #855a00 #93297f #3b6e21 #5a4bb5 #a8441a", sandbox="#3f6b1d", aws="#a8261c", faint="#6a6152"
    ),
)
OURS = (DARK, LIGHT, HIGH_CONTRAST, DUSK, PAPER)
