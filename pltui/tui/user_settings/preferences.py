"""Preferences of the user, as the app receives them; `pltui.tui.user_settings.resolution` derives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pltui.tui.theming import theme


@dataclass(frozen=True, slots=True)
class Preferences:
    """Choices from the command line and the config file, with their defaults."""

    theme: str = theme.DARK.name
    theme_insists: bool = False  # has precedence over the saved one
    keys: Mapping[str, str] = field(default_factory=dict)  # id -> keys, in Textual's names
    ascii: bool | None = None  # None: by the locale
    pictures: Path = Path()  # folder for screenshots
    live: bool = False  # apply a saved spec without approval
