"""The words people read, in their language.

English text is its own key: `tr("{count} resources", count=62)`. Every other language is a file beside this one, such
as `ja.toml`, of `"English {name}" = "… {name} …"`. What machines read (JSON, exit codes, ids) is never translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ja")

_catalogue: Mapping[str, str] = {}


def speak(language: str) -> None:
    """From now on `tr` answers in `language`, one of LANGUAGES. Raises ValueError for another."""
    global _catalogue
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is none of {', '.join(LANGUAGES)}")
    _catalogue = {} if language == ENGLISH else _read(language)


def chosen(environ: Mapping[str, str]) -> str:
    """The language of the locale, by the variables POSIX names and in their order; English where it is not known."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(variable):
            language = value.partition(".")[0].partition("_")[0].casefold()
            return language if language in LANGUAGES else ENGLISH
    return ENGLISH


def tr(text: str, **values: Any) -> str:
    """`text` in the language spoken, its `{names}` filled in; as it stands where it has no translation."""
    words = _catalogue.get(text, text)
    return words.format(**values) if values else words


def _read(language: str) -> Mapping[str, str]:
    import tomllib
    from importlib.resources import files

    tables = tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return {english: words for table in tables.values() for english, words in table.items()}
