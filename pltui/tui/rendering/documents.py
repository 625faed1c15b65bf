"""Values as YAML and JSON documents, to be coloured word by word on screen, and to be copied.

Both are valid for any values, and printable: control characters of terminals are escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from pltui.engine.model import Ref
from pltui.text import HIDDEN

# A word of a document and its role: "key", "mark", "text", "number", "constant", "reference", or "" for blanks.
Token = tuple[str, str]
Line = list[Token]

INDENT = "  "
# Strings that need no quotes in YAML 1.1 and 1.2. Leading digits require a slash after them, as in a CIDR block;
# otherwise it might be a number or a date.
_BARE = re.compile(r"(?:[A-Za-z/_]|[0-9][0-9.]*/)(?:[A-Za-z0-9_./@+-]|:(?=[A-Za-z0-9_./@+:-])| (?=[A-Za-z0-9_./@+-]))*")
_NO_STRINGS = frozenset({"y", "yes", "n", "no", "on", "off", "true", "false", "null"})
_REFERENCE = re.compile(r"\$\{[A-Za-z0-9_./@+-]*\}")
# Invisible characters except line breaks, which include those not printable in YAML (YAML 1.2.2, 5.1): also other
# spaces, and the Arabic signs that are drawn below the following characters.
_HIDDEN = re.compile(f"[{HIDDEN}\xa0\u0600-\u0605\u2000-\u200a\u202f\u205f\u3000]")


def plain(value: Any) -> Any:
    """Convert `value` to JSON's types; a reference becomes `${address.attribute}`, a set a sorted list."""
    match value:
        case Mapping():
            return {_string(key): plain(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
        case list() | tuple():
            return [plain(item) for item in value]
        case Ref():
            return f"${{{_string(value.address)}.{_string(value.attribute)}}}"
        case float() if not isfinite(value):
            return str(value)
        case None | bool() | int() | float():
            return value
    return _string(value)


def to_json(value: Any) -> str:
    """Format `value` as an indented JSON document."""
    return _escape_hidden(json.dumps(plain(value), indent=2, ensure_ascii=False)) + "\n"


def to_yaml(value: Any) -> str:
    """Format `value` as a YAML document in block style."""
    return "".join(f"{''.join(text for text, _ in line)}\n" for line in yaml_lines(value))


def yaml_lines(value: Any) -> Iterator[Line]:
    """Lines of `to_yaml`, as words with their roles."""
    return _block(plain(value), "")


def _block(value: Any, indent: str) -> Iterator[Line]:
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from _entry([(indent, ""), (_scalar(key)[0], "key"), (":", "mark")], item, indent)
        case list() if value:
            for item in value:
                lines = _block(item, indent + INDENT)
                yield [(indent, ""), ("- ", "mark"), *next(lines)[1:]]
                yield from lines
        case str() if _is_script(value):
            yield [(indent, ""), ("|" if value.endswith("\n") else "|-", "mark")]
            for text in value.removesuffix("\n").split("\n"):
                yield [(indent + INDENT if text else "", ""), (text, "text")]
        case _:
            yield [(indent, ""), _scalar(value)]


def _entry(head: Line, value: Any, indent: str) -> Iterator[Line]:
    """Lines of `key: value`; a value of several lines starts on the next one."""
    if isinstance(value, (dict, list)) and value:
        yield head
        yield from _block(value, indent + INDENT)
        return
    lines = _block(value, indent)
    yield [*head, (" ", ""), *next(lines)[1:]]
    yield from lines


def _scalar(value: Any) -> Token:
    if isinstance(value, str):
        if _REFERENCE.fullmatch(value):
            return value, "reference"
        bare = _BARE.fullmatch(value) and value.lower() not in _NO_STRINGS
        return value if bare else _quote(value), "text"
    return json.dumps(value), "constant" if value is None or isinstance(value, (bool, dict, list)) else "number"


def _is_script(value: str) -> bool:
    """True for several lines that can be written as a block scalar.

    Leading or trailing blanks would be lost there.
    """
    lines = value.removesuffix("\n").split("\n")
    return len(lines) > 1 and lines[0][:1] not in ("", " ") and bool(lines[-1].strip()) and not _HIDDEN.search(value)


def _string(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode()  # lone surrogates are replaced


def _escape_hidden(text: str) -> str:
    r"""Escape hidden characters of a JSON text as `\uXXXX`, those above U+FFFF as a surrogate pair (RFC 8259, 7)."""
    return _HIDDEN.sub(lambda m: json.dumps(m[0])[1:-1], text)


def _quote(text: str) -> str:
    """Format a YAML string in double quotes: as in JSON, but without surrogate pairs (YAML 1.2.2, 5.7)."""
    return _HIDDEN.sub(
        lambda m: f"\\u{ord(m[0]):04x}" if m[0] <= "\uffff" else f"\\U{ord(m[0]):08x}",
        json.dumps(text, ensure_ascii=False),
    )
