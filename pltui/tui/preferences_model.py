"""Preferences of the user, as the app receives them; `pltui.tui.preferences` derives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pltui.tui import theme


@dataclass(frozen=True, slots=True)
class Preferences:
    """Choices from the command line and the config file, with their defaults."""

    theme: str = theme.DARK.name
    theme_insists: bool = False  # goes before the one remembered
    keys: Mapping[str, str] = field(default_factory=dict)  # id -> keys, in Textual's names
    ascii: bool | None = None  # None: as the locale says
    pictures: Path = Path()  # the folder of screenshots
    live: bool = False  # a saved spec is applied without a question
