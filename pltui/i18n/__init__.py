"""Translation of texts for people.

English text is its own key: `tr("{count} resources", count=62)`. Every other language is a file beside this one, such
as `ja.toml`, of `"English {name}" = "… {name} …"`. Text for machines (JSON, exit codes, ids) is never translated.

A text created far from its display, such as a step's reason or an error, is a `Phrase`: English text to the program,
which `tr` can still translate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ja")

_language = ENGLISH
_catalogue: Mapping[str, str] = {}


class Phrase(str):
    """English text with its template and values: `Phrase("{name} is gone", name="web")` equals "web is gone".

    Values may be phrases themselves. String operations (slicing, `+`, f-strings) give plain English.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        phrase = super().__new__(cls, template.format(**values) if values else template)
        phrase.template, phrase.values = template, values
        return phrase

    @classmethod
    def join_parts(cls, separator: str, parts: Iterable[str]) -> Self:
        """Return `separator.join(parts)` as a phrase; each part may be a phrase."""
        values = {f"part_{number}": part for number, part in enumerate(parts)}
        return cls(separator.join(f"{{{name}}}" for name in values), **values)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Return the phrase that another process wrote with `document`.

        Raises:
            KeyError: If a key is missing.
            ValueError: If the template is invalid.
        """
        values = {
            name: cls.read(value) if isinstance(value, dict) else value for name, value in document["values"].items()
        }
        return cls(str(document["template"]), **values)

    def document(self) -> dict[str, Any]:
        """Return template and values as JSON values."""
        values = {
            name: value.document()
            if isinstance(value, Phrase)
            else value
            if isinstance(value, int | float)
            else str(value)
            for name, value in self.values.items()
        }
        return {"template": self.template, "values": values}

    def __str__(self) -> str:
        return self  # keeps template and values through `str(error)`

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str.__str__(self),)


def set_language(language: str) -> None:
    """Set the language of `tr` to one of LANGUAGES.

    Raises:
        ValueError: If the language is unknown.
    """
    global _language, _catalogue
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is none of {', '.join(LANGUAGES)}")
    _catalogue = {} if language == ENGLISH else _read_catalogue(language)
    _language = language


def current_language() -> str:
    """Return the language of `tr`, as HTML names it."""
    return _language


def preferred_language(environ: Mapping[str, str], configured: Callable[[], str | None] = lambda: None) -> str:
    """Return the language from PLTUI_LANG, `configured` or the locale; English if none is known.

    POSIX's variables count in their order. A non-Unicode locale gives English, because it could not show other
    languages.
    """
    if (name := environ.get("PLTUI_LANG")) in LANGUAGES or (name := configured()) in LANGUAGES:
        return str(name)
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(variable):
            language, _, codeset = value.partition("@")[0].partition(".")
            language = language.partition("_")[0].casefold()
            unicode = codeset.casefold().replace("-", "") in ("", "utf8")
            return language if language in LANGUAGES and unicode else ENGLISH
    return ENGLISH


def tr(text: str, /, **values: Any) -> str:
    """Return `text` in the current language with its `{names}` filled in; unchanged if it has no translation."""
    if isinstance(text, Phrase):
        return tr(text.template, **text.values)
    words = _catalogue.get(text, text)
    if not values:
        return words
    return words.format(**{name: _translate_value(value) for name, value in values.items()})


def plural(number: int, one: str, many: str, /, **values: Any) -> str:
    """Return `tr(one)` for 1 and `tr(many)` otherwise, with the number as `{n}`; only `many` has translations."""
    return tr(one if number == 1 and not _catalogue else many, n=number, **values)


def _translate_value(value: Any) -> Any:
    return tr(value) if isinstance(value, Phrase) else value


def _read_catalogue(language: str) -> Mapping[str, str]:
    """Return the catalogue.

    It is TOML with one entry per line, and strings that are valid JSON: parsed so in a fifth of the time.
    """
    import json
    import re
    from pathlib import Path

    text = Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8")
    entries = re.findall(r'^("(?:[^"\\]|\\.)*") = ("(?:[^"\\]|\\.)*")$', text, re.MULTILINE)
    return dict(json.loads(f"[{','.join(f'[{english},{words}]' for english, words in entries)}]"))
