"""`sed -i` on known files: substitutions by basic and extended regular expressions, as used to edit configuration.

Patterns run on RE2, whose time is linear in the text. A file stays as it is if a pattern has no counterpart there, such
as a back-reference, or if sed would reject the script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import re2  # type: ignore[import-untyped]

from pltui.emulator.user_data.budget import Budget

_TOKEN = re2.compile(r"(?s)\\.|\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|.")
_OPERATORS = frozenset("()+?|{}")  # in extended expressions; in basic ones only after a backslash
_ESCAPES = frozenset("sSwWbBtn")  # of GNU sed's that RE2 reads alike
_SHORT_FLAGS = re2.compile(r"-[inszuEr]*[Er]")


class _RejectedError(Exception):
    """sed would reject the script, or RE2 has no such pattern."""


@dataclass(frozen=True, slots=True)
class _Substitution:
    pattern: re2._Regexp
    replacement: tuple[str | int, ...]  # texts, and the numbers of groups
    everywhere: bool

    def apply(self, line: str) -> str:
        """The line after the substitution."""
        return str(self.pattern.sub(self._replace, line, 0 if self.everywhere else 1))

    def _replace(self, found: re2._Match) -> str:
        return "".join(part if isinstance(part, str) else found[part] or "" for part in self.replacement)


def edit(words: Sequence[str], read: Callable[[str], str], budget: Budget) -> Iterator[tuple[str, str]]:
    """The files that `sed WORDS` edits in place, as (path, new text). `read` returns a file's text.

    Raises:
        ExhaustedError: If it takes more steps than are left.
    """
    scripts, paths, extended = _arguments(words)
    if scripts is None:
        return
    try:
        substitutions = [found for script in scripts for found in _parse(script, extended=extended)]
    except _RejectedError:
        return
    for path in paths:
        lines = read(path).split("\n")
        for number, line in enumerate(lines):
            for substitution in substitutions if line or number < len(lines) - 1 else ():
                line = substitution.apply(line)
                budget.spend(1 + len(line))
            lines[number] = line
        yield path, "\n".join(lines)


def _arguments(words: Sequence[str]) -> tuple[list[str] | None, list[str], bool]:
    """(scripts, files, extended expressions); scripts are None if nothing is edited in place."""
    scripts: list[str] = []
    plain: list[str] = []
    in_place = extended = False
    rest = iter(words)
    for word in rest:
        if word in ("-e", "--expression"):
            scripts.append(next(rest, ""))
        elif word.startswith("--expression="):
            scripts.append(word.partition("=")[2])
        elif word.startswith("-"):
            in_place |= word.startswith("--in-place") or (not word.startswith("--") and "i" in word)
            extended |= word == "--regexp-extended" or bool(_SHORT_FLAGS.match(word))
            if word in ("-ie", "-ne", "-Ee", "-re"):
                scripts.append(next(rest, ""))
        else:
            plain.append(word)
    if not scripts:
        scripts, plain = plain[:1], plain[1:]
    return (scripts if in_place else None), plain, extended


def _parse(script: str, *, extended: bool) -> Iterator[_Substitution]:
    """The substitutions at the beginning of each line; further commands on a line may follow a semicolon."""
    for part in script.split("\n"):
        rest = part.lstrip()
        while rest[:1] == "s" and len(rest) > 1:
            delimiter = rest[1]
            pattern, rest = _field(rest[2:], delimiter)
            replacement, rest = _field(rest, delimiter)
            flags = rest[: len(rest) - len(rest.lstrip("gGiIpeM"))]
            yield _substitution(pattern, replacement, flags, extended=extended)
            rest = rest[len(flags) :].lstrip("; \t")


def _field(text: str, delimiter: str) -> tuple[str, str]:
    r"""The text before `delimiter`, in which `\DELIMITER` is the character itself, and the text after it."""
    taken: list[str] = []
    characters = iter(enumerate(text))
    for position, character in characters:
        if character == delimiter:
            return "".join(taken), text[position + 1 :]
        if character == "\\":
            following = next(characters, (0, ""))[1]
            character = delimiter if following == delimiter else character + following
        taken.append(character)
    raise _RejectedError


def _substitution(pattern: str, replacement: str, flags: str, *, extended: bool) -> _Substitution:
    options = re2.Options()
    options.log_errors = False
    options.longest_match = True  # as POSIX has it
    options.case_sensitive = "i" not in flags.lower()
    try:
        compiled = re2.compile(_pattern(pattern, extended=extended), options)
    except re2.error:
        raise _RejectedError from None
    parts = tuple(_replacement(replacement))
    if any(isinstance(part, int) and part > compiled.groups for part in parts):
        raise _RejectedError  # "invalid reference"
    return _Substitution(compiled, parts, everywhere="g" in flags)


def _pattern(text: str, *, extended: bool) -> str:
    """`text`, a basic or extended expression, in RE2's syntax."""
    result: list[str] = []
    for found in _TOKEN.finditer(text):
        word = found[0]
        if len(word) > 1 and word[0] == "[":
            result.append(word)
        elif word[0] == "\\" and len(word) == 2:
            result.append(_escaped(word[1], extended=extended))
        elif word == "*" and (not result or result[-1] in ("(", "|", "^")):
            result.append(r"\*")
        elif word in (".", "*", "^", "$") or (extended and word in _OPERATORS):
            result.append(word)
        else:
            result.append(re2.escape(word))
    return "".join(result)


def _escaped(character: str, *, extended: bool) -> str:
    if character in _ESCAPES:
        return "\\" + character
    if character in _OPERATORS and not extended:
        return character
    if character.isalnum():
        raise _RejectedError  # a back-reference, or an escape of another meaning
    return str(re2.escape(character))


def _replacement(text: str) -> Iterator[str | int]:
    r"""The parts of a replacement: `&` is the whole match, `\1` a group."""
    characters = iter(text)
    for character in characters:
        if character == "&":
            yield 0
        elif character == "\\":
            following = next(characters, "")
            yield int(following) if following in "0123456789" and following else {"n": "\n"}.get(following, following)
        else:
            yield character
