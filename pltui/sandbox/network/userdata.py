"""What a machine's user data would make its web server say. Read, never run.

Understood are the ways people write one file at first boot: `echo`, `printf` and here-documents redirected (or piped
through `tee`) to it in a shell script, and `write_files` of cloud-config. Everything else in the script is passed over.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

DOCUMENT = "/var/www/html/index.html"
DEFAULT_PORT = 80

_HEREDOC = re.compile(r"<<(-?)\s*(['\"]?)([A-Za-z_]\w*)\2")
# As in httpd.conf, be it written there or put there by sed; as sed's replacement follows its pattern, the last counts.
_LISTEN = re.compile(r"\bListen\s+(?:[\d.]+:)?(\d{1,5})\b")
_SEPARATORS = frozenset({";", "&&", "||", "&"})


@dataclass(frozen=True, slots=True)
class Page:
    content: bytes
    port: int = DEFAULT_PORT


def page(user_data: str) -> Page | None:
    """The page and its port; None when the user data writes none, so that nothing listens."""
    files = _cloud_config(user_data) if user_data.startswith("#cloud-config") else _script(user_data)
    contents: str | None = None
    for path, content, append in files:
        if path == DOCUMENT:
            contents = (contents or "") + content if append else content
    if contents is None:
        return None
    ports = [int(port) for port in _LISTEN.findall(user_data)]
    valid = [port for port in ports if 0 < port < 65536]
    return Page(contents.encode(), valid[-1] if valid else DEFAULT_PORT)


def _cloud_config(text: str) -> Iterator[tuple[str, str, bool]]:
    try:
        document: Any = YAML(typ="safe").load(text)
    except YAMLError:
        return
    if not isinstance(document, dict):
        return
    for entry in document.get("write_files") or ():
        if isinstance(entry, dict):
            yield str(entry.get("path")), str(entry.get("content") or ""), bool(entry.get("append"))
    for command in document.get("runcmd") or ():
        line = command if isinstance(command, str) else shlex.join(map(str, command))
        yield from _script(line)


def _script(text: str) -> Iterator[tuple[str, str, bool]]:
    """Each (path, content, appended) a shell script writes by the forms understood."""
    lines = iter(text.splitlines())
    for line in lines:
        while line.endswith("\\"):
            line = line[:-1] + next(lines, "")
        body = None
        if found := _HEREDOC.search(line):
            body = _here_document(lines, found[3], strip_tabs=bool(found[1]))
            line = line[: found.start()] + line[found.end() :]
        for command in _commands(line):
            yield from _writes(command, body)


def _here_document(lines: Iterator[str], end: str, *, strip_tabs: bool) -> str:
    taken = []
    for line in lines:
        line = line.lstrip("\t") if strip_tabs else line
        if line == end:
            break
        taken.append(line + "\n")
    return "".join(taken)


def _commands(line: str) -> Iterator[list[str]]:
    """The line's commands, each with its pipeline, as words with quotes taken off."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    command: list[str] = []
    try:
        for word in lexer:
            if word in _SEPARATORS:
                yield command
                command = []
            else:
                command.append(word)
    except ValueError:
        return  # a quote that stays open: some other language's line
    yield command


def _writes(words: list[str], body: str | None) -> Iterator[tuple[str, str, bool]]:
    output = _output(words, body)
    if output is None:
        return
    for index, word in enumerate(words[:-1]):
        if word in (">", ">>"):
            yield words[index + 1], output, word == ">>"
        elif word == "tee":
            append = "-a" in words[index:] or "--append" in words[index:]
            yield from ((each, output, append) for each in words[index + 1 :] if each.startswith("/"))


def _output(words: list[str], body: str | None) -> str | None:
    """What the first command of a pipeline prints, for those that are understood."""
    words = words[1:] if words[:1] == ["sudo"] else words
    if body is not None:
        return body if words[:1] in (["cat"], ["tee"]) else None
    if not words or words[0] not in ("echo", "printf"):
        return None
    arguments = _arguments(words)
    if words[0] == "printf":
        return _printf(arguments) if arguments else None
    plain = [word for word in arguments if word not in ("-n", "-e", "-ne", "-en")]
    newline = "" if any(word in ("-n", "-ne", "-en") for word in arguments) else "\n"
    escaped = any(word in ("-e", "-ne", "-en") for word in arguments)
    text = " ".join(plain)
    return (_unescape(text) if escaped else text) + newline


def _arguments(words: list[str]) -> list[str]:
    ends = [index for index, word in enumerate(words) if word in (">", ">>", "|")]
    return words[1 : min(ends, default=len(words))]


def _printf(arguments: list[str]) -> str:
    values = iter(arguments[1:])
    return re.sub(r"%s|%%", lambda m: "%" if m[0] == "%%" else next(values, ""), _unescape(arguments[0]))


def _unescape(text: str) -> str:
    return re.sub(r"\\([nt\\])", lambda m: {"n": "\n", "t": "\t", "\\": "\\"}[m[1]], text)
