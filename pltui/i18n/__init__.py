"""The words people read, in their language.

English text is its own key: `tr("{count} resources", count=62)`. Every other language is a file beside this one, such
as `ja.toml`, of `"English {name}" = "… {name} …"`. What machines read (JSON, exit codes, ids) is never translated.

Where words are made far from whoever shows them, as a step's reason or an error, they are a `Phrase`: English text for
all the program knows, which `tr` can still say in another language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ja")

_language = ENGLISH
_catalogue: Mapping[str, str] = {}


class Phrase(str):
    """English text, and what it was made of: `Phrase("{name} is gone", name="web")` equals "web is gone".

    Values may be phrases themselves. What is done with it as a string (slicing, `+`, f-strings) gives plain English.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        phrase = super().__new__(cls, template.format(**values) if values else template)
        phrase.template, phrase.values = template, values
        return phrase

    @classmethod
    def joined(cls, separator: str, parts: Iterable[str]) -> Self:
        """As `separator.join(parts)`, each of which may be a phrase."""
        values = {f"part_{number}": part for number, part in enumerate(parts)}
        return cls(separator.join(f"{{{name}}}" for name in values), **values)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """The phrase that `document` tells of, as another process made it. Raises KeyError, ValueError."""
        values = {
            name: cls.read(value) if isinstance(value, dict) else value for name, value in document["values"].items()
        }
        return cls(str(document["template"]), **values)

    def document(self) -> dict[str, Any]:
        """Its template and values in JSON's terms."""
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
        return self  # what it was made of is kept through `str(error)`, too

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str.__str__(self),)


def speak(language: str) -> None:
    """From now on `tr` answers in `language`, one of LANGUAGES. Raises ValueError for another."""
    global _language, _catalogue
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is none of {', '.join(LANGUAGES)}")
    _catalogue = {} if language == ENGLISH else _read(language)
    _language = language


def spoken() -> str:
    """The language `tr` answers in, as HTML names it."""
    return _language


def chosen(environ: Mapping[str, str], configured: Callable[[], str | None] = lambda: None) -> str:
    """The language to speak: PLTUI_LANG, what is `configured`, or the locale's; English where it is not known.

    POSIX's variables count in their order. A locale that is not of Unicode could not show the others.
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
    """`text` in the language spoken, its `{names}` filled in; as it stands where it has no translation."""
    if isinstance(text, Phrase):
        return tr(text.template, **text.values)
    words = _catalogue.get(text, text)
    if not values:
        return words
    return words.format(**{name: _spoken(value) for name, value in values.items()})


def plural(number: int, one: str, many: str, /, **values: Any) -> str:
    """`tr(one)` for 1 and `tr(many)` otherwise, in which `{n}` is the number; only `many` has translations."""
    return tr(one if number == 1 and not _catalogue else many, n=number, **values)


def _spoken(value: Any) -> Any:
    return tr(value) if isinstance(value, Phrase) else value


def _read(language: str) -> Mapping[str, str]:
    """The catalogue as a mapping. It is TOML of one entry a line, its strings JSON's too: read so it takes a fifth."""
    import json
    import re
    from pathlib import Path

    text = Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8")
    entries = re.findall(r'^("(?:[^"\\]|\\.)*") = ("(?:[^"\\]|\\.)*")$', text, re.MULTILINE)
    return dict(json.loads(f"[{','.join(f'[{english},{words}]' for english, words in entries)}]"))
