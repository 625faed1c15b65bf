"""Problems of a spec: place, message and correction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pltui.i18n import Phrase, tr
from pltui.text import clean


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem to correct.

    `line` and `column` count from 1; both are 0 for an override, whose `file` is the option itself: `--set path=value`.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        where = f"{clean(self.file)}:{self.line}:{self.column}" if self.line else clean(self.file, 200)
        # A surrogate (an undecodable byte of a file's name) can be in a str, but cannot be printed.
        return f"{where}: {clean(tr(self.message))}".encode("utf-8", "replace").decode()


class SpecError(Exception):
    """The spec cannot be used; `problems` has at least one reason, in the order of their positions."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def format_value(value: object, limit: int = 60) -> str:
    """Return `value` as a message quotes it, in YAML's words and cut to `limit` characters."""
    if value is None:
        return Phrase("an empty value")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return Phrase("the text '{text}'", text=_cut_text(value, limit))
    if isinstance(value, int | float):
        return Phrase("the number {number}", number=_cut_text(str(value), limit))
    return Phrase("a list") if isinstance(value, list | tuple) else Phrase("a mapping")


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the end of a message on an unknown `word`: the most similar of the `known` ones, or `otherwise`."""
    import difflib

    close = difflib.get_close_matches(word[:100], list(known), n=1, cutoff=0.6)
    return Phrase("; did you mean '{word}'?", word=close[0]) if close else otherwise


def _cut_text(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
