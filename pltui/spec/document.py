"""YAML text as plain values, with the position of each.

Built from the reader's events instead of its node tree, so that a hostile file is rejected at its first excess: nothing
recurses deeper than `MAX_DEPTH`, and nothing is expanded, as anchors and aliases are not accepted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pltui.i18n import Phrase

if TYPE_CHECKING:
    from ruamel.yaml.events import Event

Path = tuple[str | int, ...]

# A spec needs 6 levels, and a complete consumer some 30 values; there may be 1,000 consumers. Larger files would only
# take time to read.
MAX_DEPTH = 24
MAX_VALUES = 50_000
MAX_PROBLEMS = 100

# The scalars of YAML 1.2's core schema. Octal and hexadecimal numbers have no use in a spec and stay text.
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_SPECIAL = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}

_SURROGATE = re.compile("[\ud800-\udfff]")
_SURPLUS = -1  # path element of a skipped value, whose position is never needed


@dataclass(frozen=True, slots=True)
class Span:
    """Position of a key or value: `line` and `column` count from 1, `start` and `end` are offsets into the text."""

    line: int
    column: int
    start: int
    end: int
    flow: bool = False


@dataclass(slots=True)
class Document:
    """A parsed document. `data` consists of dict (keys are always text), list, str, int, float, bool and None."""

    data: Any = None
    values: dict[Path, Span] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)
    problems: list[tuple[Span, str]] = field(default_factory=list)
    broken: set[Path] = field(default_factory=set)  # invalid values whose problems are reported already
    complete: bool = False  # False: reading stopped, and the last problem is the reason

    def span(self, path: Path, *, key: bool = False) -> Span:
        """Return the position of the value (or its key) at `path`, or of the nearest enclosing one that exists."""
        if key and path in self.keys:
            return self.keys[path]
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Span(1, 1, 0, 0))


def read_document(text: str) -> Document:
    """Parse the one YAML document in `text`. Never raises: errors are among its `problems`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    document = Document()
    try:
        _Reader(document, YAML(typ="safe", pure=True).parse(text)).read()
        document.complete = True
    except _StopError:
        pass
    except ReaderError as error:
        document.problems.append((_span_at(text, error.position), _unprintable_message(text[error.position])))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = Span(mark.line + 1, mark.column + 1, mark.index, mark.index) if mark else Span(1, 1, 0, 0)
        document.problems.append((span, _syntax_message(error.problem or "", error.context or "")))
    return document


class _StopError(Exception):
    """Reading stops, because further problems would not help."""


class _Reader:
    def __init__(self, document: Document, events: Iterator[Event]) -> None:
        self._document = document
        self._events = events
        self._last: Event  # set by the stream's start event, before which no problem can occur
        self._count = 0

    def read(self) -> None:
        """Read the document's only value; report a second document."""
        from ruamel.yaml import events as kinds

        event = self._next_event()
        while isinstance(event, kinds.StreamStartEvent | kinds.DocumentStartEvent):
            event = self._next_event()
        if isinstance(event, kinds.StreamEndEvent):
            return
        self._document.data = self._read_value(event, ())
        self._next_event()
        event = self._next_event()
        if not isinstance(event, kinds.StreamEndEvent):
            self._add_problem(
                event, Phrase("a second YAML document; one file holds one lab, so write it to a file of its own")
            )

    def _read_value(self, event: Event, path: Path) -> Any:
        from ruamel.yaml import events as kinds

        self._document.values[path] = _span(event)
        if self._report_unsupported(event):
            self._document.broken.add(path)
        if isinstance(event, kinds.MappingStartEvent):
            return self._read_mapping(event, path)
        if isinstance(event, kinds.SequenceStartEvent):
            return self._read_sequence(event, path)
        if isinstance(event, kinds.ScalarEvent):
            return _parse_scalar(event.value, plain=event.implicit[0] and event.style is None)
        return None

    def _read_mapping(self, start: Event, path: Path) -> dict[str, Any]:
        from ruamel.yaml import events as kinds

        self._check_depth(start, path)
        mapping: dict[str, Any] = {}
        while not isinstance(event := self._next_event(), kinds.MappingEndEvent):
            self._report_unsupported(event)
            if not isinstance(event, kinds.ScalarEvent):
                self._add_problem(event, Phrase("a key that is not plain text; a key such as 'name' would be right"))
                raise _StopError
            key = event.value
            first = self._document.keys.get((*path, key))
            if key == "<<":
                self._add_problem(event, Phrase("a merge key (<<); merge keys are not supported, write the keys out"))
                self._read_value(self._next_event(), (*path, _SURPLUS))
            elif first is None:
                self._document.keys[*path, key] = _span(event)
                mapping[key] = self._read_value(value := self._next_event(), (*path, key))
                if value.start_mark.index == value.end_mark.index:
                    # An empty value has no position of its own: the reader places it before the next token.
                    self._document.values[*path, key] = _span(event)
            else:
                message = Phrase(
                    "duplicate key '{key}'; it is already on line {line}, remove one of them",
                    key=key[:60],
                    line=first.line,
                )
                self._add_problem(event, message)
                self._read_value(self._next_event(), (*path, _SURPLUS))
        return mapping

    def _read_sequence(self, start: Event, path: Path) -> list[Any]:
        from ruamel.yaml import events as kinds

        self._check_depth(start, path)
        items: list[Any] = []
        while not isinstance(event := self._next_event(), kinds.SequenceEndEvent):
            items.append(self._read_value(event, (*path, len(items))))
        return items

    def _next_event(self) -> Event:
        try:
            event = next(self._events)
        except (ValueError, OverflowError):
            # The scanner checks neither the range of \U escapes nor the length of the %YAML directive's number.
            message = Phrase(
                "not valid YAML: after this comes a number too large for what it stands for; write a smaller one"
            )
            self._add_problem(self._last, message)
            raise _StopError from None
        self._last = event
        self._count += 1
        if self._count > MAX_VALUES:
            self._add_problem(event, Phrase("more than {most:,} values; a lab needs a hundred", most=MAX_VALUES))
            raise _StopError
        return event

    def _check_depth(self, event: Event, path: Path) -> None:
        if len(path) > MAX_DEPTH:
            self._add_problem(event, Phrase("nested more than {most} levels deep; a lab needs 6", most=MAX_DEPTH))
            raise _StopError

    def _report_unsupported(self, event: Event) -> bool:
        """Report unsupported parts of YAML; return True if they make the value unusable."""
        from ruamel.yaml import events as kinds

        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, kinds.AliasEvent):
            self._add_problem(
                event, Phrase("an alias (*{anchor}); aliases are not supported, write the value out", anchor=anchor)
            )
        elif anchor:
            self._add_problem(
                event, Phrase("an anchor (&{anchor}); anchors are not supported, remove it", anchor=anchor)
            )
            return False
        elif tag:
            self._add_problem(
                event, Phrase("a tag ({tag}); tags are not supported, remove it", tag=_short_tag(str(tag)))
            )
        elif _SURROGATE.search(getattr(event, "value", None) or ""):
            self._add_problem(
                event, Phrase("an escape such as \\ud83d that is half a character; write the character itself")
            )
        else:
            return False
        return True

    def _add_problem(self, event: Event, message: str) -> None:
        self._document.problems.append((_span(event), message))
        if len(self._document.problems) >= MAX_PROBLEMS:
            raise _StopError


def _span(event: Event) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, start.index, end.index, bool(getattr(event, "flow_style", False)))


def _span_at(text: str, offset: int) -> Span:
    before = text[:offset]
    return Span(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, offset, offset)


def _parse_scalar(text: str, plain: bool) -> Any:
    if not plain:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if text.lower() in _SPECIAL:
        return _SPECIAL[text.lower()]
    return float(text) if _FLOAT.fullmatch(text) and len(text) < 400 else text


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _unprintable_message(character: str) -> str:
    return Phrase("a control character (U+{code:04X}) that YAML does not allow; remove it", code=ord(character))


_SYNTAX = {
    r"found character '\\t'": "a tab; YAML is indented and spaced with blanks, replace it",
    r"found character '(?P<character>.)'": "not valid YAML: a value cannot start with '{character}'; put it in quotes",
    "mapping values are not allowed": (
        "not valid YAML: a second ':' on one line; put the text in quotes, or start a line of its own"
    ),
    "could not find expected ':'": "not valid YAML: a line without 'key: value'; add the ':' or fix the line before",
    "expected <block end>": "not valid YAML: indentation that fits nothing above; align it with its neighbours",
    "unexpected end of stream|<stream end>": "not valid YAML: the file ends inside quotes or brackets; close them",
}


def _syntax_message(problem: str, context: str) -> str:
    for pattern in _SYNTAX:
        if match := re.search(pattern, problem):
            return Phrase(_SYNTAX[pattern], **match.groupdict())
    return Phrase("not valid YAML: {problem}", problem=" ".join(f"{context} {problem}".split()))
