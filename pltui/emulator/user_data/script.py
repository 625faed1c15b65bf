"""Parser of a shell script into its simple commands, with variables expanded in the simple cases. It runs nothing.

It understands line continuations, quotes over several lines, comments, here-documents, pipelines and lists, assignments
of literal words, and `$(…)` with a query of the machine's own metadata: `hostname`, and curl of the instance metadata
service.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import re2  # type: ignore[import-untyped]

from pltui.emulator.user_data.budget import Budget

# A quote that is still open after this many lines is taken for an apostrophe of another language.
_LONGEST_QUOTE = 400
_STEPS_OF_LEXER = 3  # of a character: shlex takes that much longer than the rest
_HEREDOC = re2.compile(r"""(?:^|[^<])(<<(-?)\s*(?:'(\w+)'|"(\w+)"|\\?([A-Za-z_]\w*)))""")
_SEPARATOR = re2.compile(r"[;&()]+|\|\||[{}]")
# Redirections of messages, which have no effect here.
_SILENCED = re2.compile(r"(\s)(?:(?:[12]?>>?|&>>?)\s*/dev/null|2>&1)")
_KEYWORDS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "time"})
# Words before a command that do not change its effect here.
_PREFIXES = frozenset({"sudo", "export", "readonly", "local", "nohup", "exec", "setsid", "command", "env"})
_ASSIGNMENT = re2.compile(r"(?s)([A-Za-z_]\w*)=(.*)")
_VARIABLE = re2.compile(r"\$(?:\{(\w+)\}|(\w+))")
_SUBSTITUTION = re2.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_METADATA = re2.compile(r"169\.254\.169\.254/latest/(?:meta-data|dynamic)/([\w/.-]*\w)")
_HOSTNAME = re2.compile(r"\s*hostname\b")
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


@dataclass
class _Shell:
    """Values that words are expanded with. `facts` are the machine's own metadata, by path."""

    facts: Mapping[str, str]
    budget: Budget
    variables: dict[str, str] = field(default_factory=dict)

    def expand(self, text: str) -> str:
        """Replace variables, and `$(…)` that asks for metadata.

        Raises:
            ExhaustedError: If it takes more steps than are left.
        """
        text = _SUBSTITUTION.sub(lambda found: _ask(found[1] or found[2] or "", self.facts, found[0]), text)
        text = _VARIABLE.sub(lambda found: self.variables.get(found[1] or found[2], found[0]), text)
        self.budget.spend(len(text))
        return text


def commands(text: str, facts: Mapping[str, str], budget: Budget) -> Iterator[ShellCommand]:
    """Every simple command of `text`, in order. `facts` are the machine's own metadata, by path.

    Raises:
        ExhaustedError: If it takes more steps than are left.
    """
    shell = _Shell(facts, budget)
    lines = iter(text.splitlines())
    for first in lines:
        line = _continued(first, lines)
        budget.spend(1 + len(line))
        body = None
        if found := _HEREDOC.search(line):
            quoted = found[3] or found[4]
            body = _here_document(lines, quoted or found[5], strip_tabs=bool(found[2]))
            if not quoted:
                body = shell.expand(body.replace("\\$", _LITERAL_DOLLAR)).translate(_PLAIN)
            line = line[: found.start(1)] + line[found.end(1) :]
        words, lines = _words(line, lines, shell)
        yield from _pipelines(words, body, shell.variables)


def _continued(line: str, lines: Iterator[str]) -> str:
    parts = []
    while line.endswith("\\"):
        parts.append(line[:-1])
        line = next(lines, "")
    return "".join((*parts, line))


def _here_document(lines: Iterator[str], end: str, *, strip_tabs: bool) -> str:
    taken = []
    for line in lines:
        line = line.lstrip("\t") if strip_tabs else line
        if line == end:
            break
        taken.append(line + "\n")
    return "".join(taken)


def _words(line: str, lines: Iterator[str], shell: _Shell) -> tuple[list[str], Iterator[str]]:
    """The words of `line`, continued into `lines` if a quote is open; and the remaining lines."""
    taken: list[str] = []
    while True:
        try:
            return _split(shell.expand(_protect("\n".join((line, *taken)))), shell.budget), lines
        except ValueError:  # a quote is open
            for more in itertools.islice(lines, _LONGEST_QUOTE - len(taken)):
                taken.append(more)
                if "'" in more or '"' in more:
                    break
            else:
                return [], itertools.chain(taken, lines)


def _split(line: str, budget: Budget) -> list[str]:
    budget.spend(_STEPS_OF_LEXER * len(line))
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


def _ask(question: str, facts: Mapping[str, str], unknown: str) -> str:
    """The output of a command in `$(…)` that queries a fact; `unknown` for any other."""
    if _HOSTNAME.match(question):
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
