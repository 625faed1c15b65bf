"""The user's preferences: from the command line, else from the config file, else from the terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from textual.theme import BUILTIN_THEMES

from pltui.errors import LabError
from pltui.i18n import Phrase
from pltui.spec.problems import did_you_mean
from pltui.tui.theming import theme
from pltui.tui.user_settings.config_file import APP, Config, ConfigError
from pltui.tui.user_settings.preferences import Preferences

if TYPE_CHECKING:
    from pltui.tui.user_settings.keymap import KeymapEntry

__all__ = ["Preferences", "choose_preferences", "entries", "themes_there_are"]

SHORT = {"dark": theme.DARK.name, "light": theme.LIGHT.name}  # short names
THEMES = frozenset({*(each.name for each in theme.OURS), *BUILTIN_THEMES})


def choose_preferences(config: Config, *, wanted: str | None = None, live: bool = False) -> Preferences:
    """Derive the preferences; `wanted` is the theme named on the command line.

    Raises:
        LabError: If there is no such theme (exit code 2).
        ConfigError: If the config file has invalid values.
    """
    wanted = SHORT.get(wanted, wanted) if wanted else wanted
    if wanted is not None and wanted not in THEMES:
        raise LabError(
            Phrase("there is no theme {wanted!r}{hint}", wanted=wanted, hint=did_you_mean(wanted, THEMES)),
            themes_there_are(),
            2,
        )
    problems = []
    if config.theme is not None and config.theme not in THEMES:
        hint = did_you_mean(config.theme, THEMES, f"; {themes_there_are()}")
        problems.append(
            config.problem((APP, "theme"), Phrase("theme: there is no '{theme}'{hint}", theme=config.theme, hint=hint))
        )
    keys: dict[str, str] = {}
    if config.keys:  # imported only then, as collecting the entries takes time
        from pltui.tui.user_settings import keymap

        keys, clashes = keymap.choose_keys(config, entries())
        problems += clashes
    if problems:
        raise ConfigError(sorted(problems))
    return Preferences(
        theme=wanted or config.theme or theme.of_terminal(os.environ),
        theme_insists=wanted is not None,
        keys=keys,
        ascii=config.ascii,
        pictures=config.pictures or Path(),
        live=live,
    )


def entries() -> list[KeymapEntry]:
    """Everything whose key can be changed."""
    from pltui.tui.actions import ACTIONS
    from pltui.tui.replay.actions import OFFERED
    from pltui.tui.user_settings import keymap

    apps = {"LabApp": ACTIONS, "ReplayApp": OFFERED}
    offered = [entry for app, actions in apps.items() for entry in keymap.action_entries(actions, app)]
    return [*offered, *keymap.widget_entries()]


def themes_there_are() -> str:
    """Sentence that names the available themes."""
    return Phrase(
        "choose from {names}, or Textual's own such as nord", names=", ".join(each.name for each in theme.OURS)
    )
