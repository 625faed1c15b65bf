"""The user's config file: looks and keys of the app. Read once, before the screen opens.

    [app]
    theme = "pltui-paper"      # any of the app's themes, or of Textual's
    lang = "en"                # or "ja"
    ascii = true               # draw with ASCII alone
    pictures = "~/Pictures"    # where `s` puts its SVG files

    [keys]
    lab.cross_zone = "ctrl+x,X"

`pltui config` prints it with all settings.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pltui.i18n import LANGUAGES, Phrase
from pltui.spec.problems import Problem, SpecError, did_you_mean

VARIABLE = "PLTUI_CONFIG"
MAX_BYTES = 256 * 1024
APP, KEYS = "app", "keys"

Place = tuple[int, int]  # line and column, from 1
Name = tuple[str, ...]  # ("keys", "lab.cross_zone")


class ConfigError(SpecError):
    """The config file is invalid; reported like the problems of a spec."""


@dataclass(frozen=True, slots=True)
class Config:
    """Content of the file; missing settings are None or empty."""

    path: Path
    exists: bool = False
    theme: str | None = None
    lang: str | None = None
    ascii: bool | None = None
    pictures: Path | None = None
    keys: Mapping[str, str] = field(default_factory=dict)  # id -> "key" or "key,key"
    places: Mapping[Name, Place] = field(default_factory=dict)

    def problem(self, name: Name, message: str) -> Problem:
        """Return `message` as a problem at the place of the entry `name`."""
        return Problem(str(self.path), *self.places.get(name, (1, 1)), message)


def path() -> Path:
    """Path of the config file, whether it exists or not: PLTUI_CONFIG, or a file in the platform's config folder."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("pltui", appauthor=False) / "config.toml"


def load() -> Config:
    """Load the user's config. A missing file is an error only if PLTUI_CONFIG names it.

    Raises:
        ConfigError: If the file is unreadable or invalid.
    """
    where = path()
    text = _text(where, needed=bool(os.environ.get(VARIABLE)))
    return Config(where) if text is None else parse(text, where)


def parse(text: str, where: Path) -> Config:
    """Parse the text of a config file.

    Raises:
        ConfigError: With all problems, if it is invalid.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(error, text, where)]) from None
    except ValueError:  # from int(), which limits the number of digits (sys.set_int_max_str_digits)
        place = _place_of(rf"(?<![\d_])\d(?:_?\d){{{sys.get_int_max_str_digits()}}}", text)
        too_long = Phrase("not TOML: {problem}", problem=Phrase("a number has too many digits"))
        raise ConfigError([Problem(str(where), *place, too_long)]) from None
    except RecursionError:
        raise ConfigError([Problem(str(where), 1, 1, Phrase("too deeply nested"))]) from None
    places = dict(_places(text))
    values: dict[str, Any] = {}
    problems = []
    for name, message in _faults(tables, values):
        problems.append(Problem(str(where), *_place(places, name), message))
    if problems:
        raise ConfigError(sorted(problems))
    return Config(where, exists=True, places=places, **values)


def _text(where: Path, *, needed: bool) -> str | None:
    """Content of the file; None if it is missing and not `needed`.

    Raises:
        ConfigError: If it cannot be read.
    """
    try:
        if not (there := where.exists()) and not needed:
            return None
        if there and not where.is_file():
            raise OSError(Phrase("it is not a regular file"))
        if where.stat().st_size > MAX_BYTES:
            raise OSError(Phrase("it is longer than {most:,} bytes", most=MAX_BYTES))
        return where.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        message: str = Phrase("it is not UTF-8 text")
    except OSError as error:
        message = error.strerror or str(error)
    raise ConfigError([Problem(str(where), 1, 1, Phrase("the config file cannot be read: {message}", message=message))])


def _syntax(error: tomllib.TOMLDecodeError, text: str, where: Path) -> Problem:
    message, _, place = str(error).rpartition(" (at ")
    numbers = [int(number) for number in re.findall(r"\d+", place)]
    line, column = numbers if len(numbers) == 2 else (max(text.count("\n"), 1), 1)
    return Problem(str(where), line, column, Phrase("not TOML: {problem}", problem=message[:1].lower() + message[1:]))


def _place_of(pattern: str, text: str) -> Place:
    """Line and column of the first match; the beginning if there is none."""
    before = text[: found.start()] if (found := re.search(pattern, text)) else ""
    return before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


# -- settings -----------------------------------------------------------------------------------------------------


def _a_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(Phrase('expected a text in quotes, such as "x"'))
    return value.strip()


def _a_truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(Phrase("expected true or false"))
    return value


def _a_language(value: Any) -> str:
    language = _a_text(value)
    if language not in LANGUAGES:
        raise ValueError(
            Phrase("expected {words}{hint}", words=" or ".join(LANGUAGES), hint=did_you_mean(language, LANGUAGES))
        )
    return language


def _a_folder(value: Any) -> Path:
    named = _a_text(value)
    # RuntimeError: unknown home folder; OSError: a name that is too long, or a folder without access.
    with contextlib.suppress(OSError, RuntimeError):
        if (folder := Path(named).expanduser()).is_dir():
            return folder
    raise ValueError(Phrase("there is no folder {folder}", folder=named))


# Settings of [app], with a sentence for the file that `pltui config` prints.
ENTRIES: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "theme": (_a_text, Phrase("The initial theme; the app remembers the chosen theme of each lab")),
    "lang": (_a_language, Phrase("The language: en or ja (without this, the locale's)")),
    "ascii": (_a_truth, Phrase("Draw with ASCII alone (without this, where the locale has no Unicode)")),
    "pictures": (_a_folder, Phrase("Where screenshots go (without this, the current folder)")),
}


def _faults(tables: Mapping[str, Any], values: dict[str, Any]) -> Iterator[tuple[Name, str]]:
    """Fill `values` with the valid settings, and yield the problems."""
    for table, content in tables.items():
        if table not in (APP, KEYS):
            yield (
                (table,),
                Phrase(
                    "no table '{table}'{hint}",
                    table=table,
                    hint=did_you_mean(
                        table, (APP, KEYS), Phrase("; choose from {names}", names=f"[{APP}] and [{KEYS}]")
                    ),
                ),
            )
        elif not isinstance(content, dict):
            yield (table,), Phrase("expected a table: write [{table}]", table=table)
        elif table == APP:
            yield from _app_faults(content, values)
        else:
            values[KEYS] = keys = dict[str, str]()
            yield from _key_faults(content, keys)


def _app_faults(content: Mapping[str, Any], values: dict[str, Any]) -> Iterator[tuple[Name, str]]:
    for name, value in content.items():
        if name not in ENTRIES:
            known = Phrase("; choose from {names}", names=", ".join(ENTRIES))
            yield (APP, name), Phrase("no setting '{name}'{hint}", name=name, hint=did_you_mean(name, ENTRIES, known))
            continue
        try:
            values[name] = ENTRIES[name][0](value)
        except ValueError as error:
            yield (APP, name), f"{name}: {error}"


def _key_faults(content: Mapping[str, Any], keys: dict[str, str], prefix: str = "") -> Iterator[tuple[Name, str]]:
    """Fill `keys`, and yield the problems. TOML reads `lab.write` as nested tables, but an id is one name."""
    for name, value in content.items():
        identity = prefix + name
        if isinstance(value, dict):
            yield from _key_faults(value, keys, f"{identity}.")
            continue
        try:
            keys[identity] = _a_text(value)
        except ValueError as error:
            yield (KEYS, identity), f"{identity}: {error}"


# -- line and column ----------------------------------------------------------------------------------------------

_PART = r"""(?:"[^"\n]*"|'[^'\n]*'|[\w-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")


def _places(text: str) -> Iterator[tuple[Name, Place]]:
    """Line and column of each table and entry; `tomllib` does not report them."""
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            yield _name(table), (number, header.start(1) + 1)
        elif entry := _ENTRY.match(line):
            yield _name([*table, *_parts(entry[1])]), (number, entry.start(1) + 1)


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]


def _name(parts: list[str]) -> Name:
    return (parts[0], ".".join(parts[1:])) if len(parts) > 1 else (parts[0],)


def _place(places: Mapping[Name, Place], name: Name) -> Place:
    """Place of the entry, or of its table if it is written in another form."""
    return places.get(name) or places.get(name[:1]) or (1, 1)
