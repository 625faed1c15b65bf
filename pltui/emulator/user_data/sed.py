"""`sed -i` on known files: substitutions, with the subset of regular expressions used to edit configuration.

A pattern is literal text, `^`, `$`, `.`, character classes and groups, and `*`, `+`, `?` after a single character. Any
other leaves the file unchanged, so that no untrusted text becomes a regular expression with unbounded run time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_TOKEN = re.compile(
    r"(?P<group>\\[()])|(?P<escape>\\.)|(?P<class>\[\^?\]?[^]\[]*(?:\[:\w+:\][^]\[]*)*\])|(?P<plain>.)", re.DOTALL
)
_CLASSES = {"space": r"\s", "blank": r" \t", "digit": "0-9", "alpha": "a-zA-Z", "alnum": "a-zA-Z0-9"}
_ESCAPES = {r"\s": r"\s", r"\S": r"\S", r"\w": r"\w", r"\W": r"\W", r"\b": r"\b", r"\t": r"\t", r"\n": r"\n"}
# Maximum repetitions in one pattern: each multiplies the run time on a long line.
_MOST_REPEATS = 4


def edit(words: Sequence[str], read: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """The files that `sed WORDS` edits in place, as (path, new text). `read` returns a file's text."""
    scripts, paths, extended = _arguments(words)
    if scripts is None:
        return
    substitutions = [found for script in scripts for found in _parse(script, extended=extended)]
    for path in paths:
        text = read(path)
        for pattern, replacement, count in substitutions:
            text = "".join(
                pattern.sub(replacement, line.rstrip("\n"), count) + line[len(line.rstrip("\n")) :]
                for line in text.splitlines(keepends=True)
            )
        yield path, text


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
            extended |= word == "--regexp-extended" or bool(re.match(r"-[inszuEr]*[Er]", word))
            if word in ("-ie", "-ne", "-Ee", "-re"):
                scripts.append(next(rest, ""))
        else:
            plain.append(word)
    if not scripts:
        scripts, plain = plain[:1], plain[1:]
    return (scripts if in_place else None), plain, extended


def _parse(script: str, *, extended: bool) -> Iterator[tuple[re.Pattern[str], str, int]]:
    for part in script.split("\n"):
        found = re.match(r"\s*s(.)", part)
        while found:
            delimiter = re.escape(found[1])
            field = rf"((?:\\.|(?!{delimiter}).)*)"
            whole = re.match(rf"\s*s{delimiter}{field}{delimiter}{field}{delimiter}(\w*)\s*;?", part)
            if whole is None:
                break
            pattern = _pattern(whole[1].replace(f"\\{found[1]}", found[1]), extended=extended)
            if pattern is not None:
                flags = re.IGNORECASE if "i" in whole[3].lower() else 0
                count = 0 if "g" in whole[3] else 1
                yield re.compile(pattern, flags), _replacement(whole[2], found[1]), count
            part = part[whole.end() :]
            found = re.match(r"\s*s(.)", part)


def _pattern(text: str, *, extended: bool) -> str | None:
    """`text`, a basic or extended expression, in Python's syntax; None outside the supported subset."""
    result: list[str] = []
    repeats = 0
    repeatable = False
    for token in _TOKEN.finditer(text):
        word = token[0]
        meaning = _operator(word, extended=extended)
        if meaning in ("*", "+", "?") and result:
            if not repeatable:
                return None
            repeats += 1
            result.append(meaning)
            repeatable = False
        elif meaning in ("(", ")", "^", "$"):
            result.append(meaning)
            repeatable = False
        elif meaning is not None:
            return None
        else:
            result.append(_literal(token))
            repeatable = True
    pattern = "".join(result)
    try:
        re.compile(pattern)
    except re.error:
        return None
    return pattern if repeats <= _MOST_REPEATS else None


def _operator(word: str, *, extended: bool) -> str | None:
    """The operator that `word` is; None if it matches one character."""
    if word in ("^", "$", "*"):
        return word
    plain, escaped = word, word.removeprefix("\\")
    if extended:
        return plain if plain in tuple("()+?|{}") else None
    return escaped if plain != escaped and escaped in tuple("()+?|{}") else None


def _literal(token: re.Match[str]) -> str:
    word = token[0]
    if token["class"]:
        return re.sub(r"\[:(\w+):\]", lambda found: _CLASSES.get(found[1], ""), word)
    if token["escape"] or token["group"]:
        return _ESCAPES.get(word, re.escape(word[1:]))
    return word if word == "." else re.escape(word)


def _replacement(text: str, delimiter: str) -> str:
    r"""A replacement in Python's syntax: `&` is the whole match, `\1` a group."""

    def one(found: re.Match[str]) -> str:
        word = found[0]
        if word == "&":
            return r"\g<0>"
        if word[1:].isdigit():
            return rf"\g<{word[1:]}>"
        if word == r"\n":
            return "\n"
        return word[1:].replace("\\", "\\\\")

    return re.sub(r"\\.|&|\\", one, text.replace(f"\\{delimiter}", delimiter))
