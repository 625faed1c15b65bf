"""Language of the command line: its selection, and argparse's own texts translated."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from pltui import i18n
from pltui.i18n import tr
from pltui.text import clean, wrap

# Message ids that argparse looks up with `_` and `ngettext` (Lib/argparse.py, Python 3.11 to 3.14).
ARGPARSE = (
    "usage: ",
    "positional arguments",
    "options",
    "show this help message and exit",
    "show program's version number and exit",
    "%(prog)s: error: %(message)s\n",
    "argument %(argument_name)s: %(message)s",
    "the following arguments are required: %s",
    "one of the arguments %s is required",
    "unrecognized arguments: %s",
    "not allowed with argument %s",
    "ignored explicit argument %r",
    "ambiguous option: %(option)s could match %(matches)s",
    "invalid choice: %(value)r (choose from %(choices)s)",
    "invalid %(type)s value: %(value)r",
    "expected one argument",
    "expected at most one argument",
    "expected at least one argument",
    "expected %s arguments",
)


def choose_language(argv: Sequence[str]) -> list[str]:
    """Select the language from `--lang`, the environment or the config file; return `argv` without `--lang`.

    With `--json` it is always English, because all output is for machines.
    """
    asked, rest = _take_language(argv)
    i18n.set_language(i18n.ENGLISH)
    if "--json" not in rest:
        i18n.set_language(asked or i18n.preferred_language(os.environ, _configured_language))
    return rest


def _take_language(argv: Sequence[str]) -> tuple[str, list[str]]:
    """Return the last known language given with `--lang`, and the other words. Unknown ones are left to argparse."""
    asked, rest = "", list[str]()
    given = iter(argv)
    for word in given:
        if word == "--":
            return asked, [*rest, word, *given]
        option, equals, language = word.partition("=")
        if option == "--lang" and not equals:
            language = next(given, "")
        if option == "--lang" and language in i18n.LANGUAGES:
            asked = language
        else:
            rest += [word, *([language] if option == "--lang" and not equals and language else [])]
    return asked, rest


def _configured_language() -> str | None:
    """Return the language of the config file. The commands that need the file report its errors."""
    # Finding its folder takes longer than everything else that `--help` does, and mostly there is no file.
    homes = (os.environ.get("XDG_CONFIG_HOME") or "~/.config", "~/Library/Application Support")
    if "PLTUI_CONFIG" not in os.environ and not any(map(_is_there, homes)):
        return None
    from pltui.tui.user_settings import config_file

    try:
        return config_file.load().lang
    except config_file.ConfigError:
        return None


def _is_there(home: str) -> bool:
    """Return True if the folder contains a pltui folder and is readable."""
    try:
        return Path(home, "pltui").expanduser().is_dir()
    except (OSError, RuntimeError):
        return False


def translate_argparse() -> None:
    """Translate argparse's texts, by replacing the functions it looks them up with; it offers no other way."""
    vars(argparse).update(_=tr, ngettext=_translate_plural)


def _translate_plural(one: str, many: str, number: int) -> str:
    return tr(one if number == 1 and i18n.current_language() == i18n.ENGLISH else many)


class Parser(argparse.ArgumentParser):
    """Parser whose errors are safe for terminals, as they repeat words of the command line."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and an error, and exit (code 2)."""
        super().error(clean(message))


class Formatter(argparse.HelpFormatter):
    """Help formatter that wraps by display width: some characters are two cells wide."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return super()._split_lines(text, width) if text.isascii() else wrap(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.isascii():
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in wrap(text, width - len(indent)))


class RawFormatter(Formatter):
    """Formatter that keeps the lines of descriptions and examples."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "".join(indent + line for line in text.splitlines(keepends=True))
