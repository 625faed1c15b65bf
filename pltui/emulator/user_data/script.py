"""Parser of a shell script into its simple commands, with variables expanded in the simple cases. It runs nothing.

It understands line continuations, quotes over several lines, comments, here-documents, pipelines and lists, assignments
of literal words, and `$(…)` with a query of the machine's own metadata: `hostname`, and curl of the instance metadata
service.
"""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# A quote that is still open after this many lines is taken for an apostrophe of another language.
_LONGEST_QUOTE = 400
_HEREDOC = re.compile(r"(?<!<)<<(-?)\s*(['\"]?)\\?([A-Za-z_]\w*)\2")
_SEPARATOR = re.compile(r"[;&()]+|\|\||[{}]")
# Redirections of messages, which have no effect here.
_SILENCED = re.compile(r"(?<=\s)(?:[12]?>>?|&>>?)\s*/dev/null|(?<=\s)2>&1")
_KEYWORDS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "time"})
# Words before a command that do not change its effect here.
_PREFIXES = frozenset({"sudo", "export", "readonly", "local", "nohup", "exec", "setsid", "command", "env"})
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_METADATA = re.compile(r"169\.254\.169\.254/latest/(?:meta-data|dynamic)/([\w/.-]*\w)")
# Replaces a `$` that the shell would not expand. A private use character, which scripts do not contain.
_LITERAL_DOLLAR = "\ue000"
_LITERAL_TICK = "\ue001"
_PLAIN = str.maketrans({_LITERAL_DOLLAR: "$", _LITERAL_TICK: "`"})


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A simple command: `words` without quotes, prefixes and redirections.

    Its output goes to the files `outputs`, or to the next command, `pipe`.
    """

    words: tuple[str, ...]
    outputs: tuple[tuple[str, bool], ...] = ()  # (path, appended)
    body: str | None = None  # of a here-document
    pipe: ShellCommand | None = None


def commands(text: str, facts: Mapping[str, str]) -> Iterator[ShellCommand]:
    """Every simple command of `text`, in order. `facts` are the machine's own metadata, by path."""
    variables: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        while line.endswith("\\"):
            line = line[:-1] + next(lines, "")
        body = None
        if found := _HEREDOC.search(line):
            body = _here_document(lines, found[3], strip_tabs=bool(found[1]))
            if not found[2]:
                body = _expand(body.replace("\\$", _LITERAL_DOLLAR), variables, facts).translate(_PLAIN)
            line = line[: found.start()] + line[found.end() :]
        words, lines = _words(line, lines, variables, facts)
        yield from _pipelines(words, body, variables)


def _here_document(lines: Iterator[str], end: str, *, strip_tabs: bool) -> str:
    taken = []
    for line in lines:
        line = line.lstrip("\t") if strip_tabs else line
        if line == end:
            break
        taken.append(line + "\n")
    return "".join(taken)


def _words(
    line: str, lines: Iterator[str], variables: Mapping[str, str], facts: Mapping[str, str]
) -> tuple[list[str], Iterator[str]]:
    """The words of `line`, continued into `lines` if a quote is open; and the remaining lines."""
    taken: list[str] = []
    while True:
        try:
            return _split(_expand(_protect("\n".join((line, *taken))), variables, facts)), lines
        except ValueError:  # a quote is open
            more = next(lines, None)
            if more is None or len(taken) == _LONGEST_QUOTE:
                return [], itertools.chain(taken, () if more is None else (more,), lines)
            taken.append(more)


def _split(line: str) -> list[str]:
    lexer = shlex.shlex(_SILENCED.sub("", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def _protect(text: str) -> str:
    """`text` with the dollars and backticks replaced that the shell takes literally: in '…' and after a backslash."""
    result, quote, characters = [], "", iter(text)
    for character in characters:
        if character == "\\" and quote != "'":
            following = next(characters, "")
            result.append({"$": _LITERAL_DOLLAR, "`": _LITERAL_TICK}.get(following, character + following))
            continue
        if character in "'\"" and quote in ("", character):
            quote = "" if quote else character
        if quote == "'":
            character = {"$": _LITERAL_DOLLAR, "`": _LITERAL_TICK}.get(character, character)
        result.append(character)
    return "".join(result)


def _expand(text: str, variables: Mapping[str, str], facts: Mapping[str, str]) -> str:
    text = _SUBSTITUTION.sub(lambda found: _ask(found[1] or found[2] or "", facts, found[0]), text)
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], found[0]), text)


def _ask(question: str, facts: Mapping[str, str], unknown: str) -> str:
    """The output of a command in `$(…)` that queries a fact; `unknown` for any other."""
    if re.match(r"\s*hostname\b", question):
        return facts.get("local-hostname", unknown)
    if found := _METADATA.search(question):
        return facts.get(found[1], unknown)
    return unknown


def _pipelines(words: list[str], body: str | None, variables: dict[str, str]) -> Iterator[ShellCommand]:
    for separator, part in itertools.groupby(words, _SEPARATOR.fullmatch):
        if separator:
            continue
        stages = [list(stage) for is_pipe, stage in itertools.groupby(part, "|".__eq__) if not is_pipe]
        pipe: ShellCommand | None = None
        for number, stage in reversed(list(enumerate(stages))):
            pipe = _command(stage, body if number == 0 else None, variables, pipe)
        if pipe is not None and (pipe.words or pipe.outputs):
            yield pipe


def _command(words: list[str], body: str | None, variables: dict[str, str], pipe: ShellCommand | None) -> ShellCommand:
    plain: list[str] = []
    outputs: list[tuple[str, bool]] = []
    rest = iter(word.translate(_PLAIN) for word in words)
    for word in rest:
        if word in (">", ">>", ">|"):
            outputs.append((next(rest, ""), word == ">>"))
        elif word in (">&", "<", "<<<", "&>"):
            next(rest, "")
        else:
            plain.append(word)
    while plain and (plain[0] in _KEYWORDS or plain[0] in _PREFIXES):
        plain.pop(0)
    while plain and (found := _ASSIGNMENT.fullmatch(plain[0])):
        variables[found[1]] = found[2]
        plain.pop(0)
    return ShellCommand(tuple(plain), tuple(outputs), body, pipe)
