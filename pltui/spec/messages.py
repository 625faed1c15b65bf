"""Findings of the schema as sentences: the problem and its correction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pltui.i18n import Phrase
from pltui.spec.document import Path
from pltui.spec.problems import did_you_mean, format_value
from pltui.spec.schema import resolve

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

# Words that YAML 1.1 and people use as booleans; YAML 1.2 reads them as text.
_SAID_TRUE, _SAID_FALSE = {"on", "yes", "y", "true", "enabled"}, {"off", "no", "n", "false", "disabled"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of the value at `path`, or of its key (`key`); the values at `because_of` contribute to it."""

    path: Path
    message: str
    key: bool = False
    because_of: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class _Failure:
    """Failure of one keyword of a subschema, from jsonschema."""

    path: Path
    keyword: str
    wanted: Any  # the keyword's value
    schema: dict[str, Any]
    value: Any


def findings(error: ValidationError) -> Iterator[Finding]:
    """Yield `error` as findings, each of which takes one correction."""
    path: Path = tuple(error.absolute_path)
    failure = _Failure(
        path, str(error.validator), error.validator_value, cast("dict[str, Any]", error.schema), error.instance
    )
    meant = _intended_branch(error)
    if meant:
        for child in meant:
            yield from findings(child)
    elif "propertyNames" in error.absolute_schema_path:
        yield Finding((*path, str(error.instance)), _not_as_expected(failure), key=True)
    elif failure.keyword in _OTHERS:
        yield from _OTHERS[failure.keyword](failure)
    else:
        yield Finding(path, _not_as_expected(failure))


def _intended_branch(error: ValidationError) -> list[ValidationError]:
    """Return the errors of the alternative whose type the value has, as the author's intention; empty if none fits."""
    branches: dict[Any, list[ValidationError]] = {}
    for child in error.context or ():
        branches.setdefault(child.relative_schema_path[0], []).append(child)
    for errors in branches.values():
        if not any(not child.relative_path and child.validator in ("type", "const") for child in errors):
            return errors
    return []


def _unknown_keys(failure: _Failure) -> Iterator[Finding]:
    known = list(failure.schema["properties"])
    for key in failure.value:
        if key not in known:
            hint = did_you_mean(key, known, Phrase("; known here: {known}", known=", ".join(known)))
            yield Finding((*failure.path, key), Phrase("unknown key '{key}'{hint}", key=key[:60], hint=hint), key=True)


def _missing_keys(failure: _Failure) -> Iterator[Finding]:
    for key in failure.wanted:
        if key not in failure.value:
            example = json.dumps(resolve(failure.schema["properties"][key])["examples"][0])
            yield Finding(
                failure.path,
                Phrase("missing key '{key}'; write for example {key}: {example}", key=key, example=example),
            )


def _repeated_items(failure: _Failure) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, item in enumerate(failure.value):
        if repr(item) in seen:
            yield Finding(
                (*failure.path, index), Phrase("{item} is in the list twice; remove one", item=format_value(item))
            )
        seen.add(repr(item))


def _too_few(failure: _Failure) -> Iterator[Finding]:
    message = Phrase(
        "{expected} with at least one entry, got none{example}",
        expected=_format_expectation(failure.schema),
        example=_for_example(failure.schema),
    )
    yield Finding(failure.path, message)


def _too_many(failure: _Failure) -> Iterator[Finding]:
    message = Phrase(
        "{expected} with at most {most} entries, got {n}",
        expected=_format_expectation(failure.schema),
        most=failure.wanted,
        n=len(failure.value),
    )
    yield Finding(failure.path, message)


_OTHERS: dict[str, Callable[[_Failure], Iterator[Finding]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "uniqueItems": _repeated_items,
    "minItems": _too_few,
    "minProperties": _too_few,
    "maxItems": _too_many,
    "maxProperties": _too_many,
}


def _not_as_expected(failure: _Failure) -> str:
    got = format_value(failure.value)
    return Phrase(
        "{expected}, got {got}{remedy}",
        expected=_format_expectation(failure.schema),
        got=got,
        remedy=_suggest_value(failure.value, failure.schema),
    )


def _format_expectation(schema: dict[str, Any]) -> str:
    if "errorMessage" in schema:
        return Phrase(str(schema["errorMessage"]))
    if "enum" in schema:
        return Phrase("expected one of {words}", words=", ".join(schema["enum"]))
    if schema["type"] == "integer":
        return Phrase(
            "expected an integer from {minimum} to {maximum}", minimum=schema["minimum"], maximum=schema["maximum"]
        )
    words = {
        "boolean": Phrase("true or false"),
        "object": Phrase("a mapping"),
        "array": Phrase("a list"),
        "string": Phrase("a text"),
    }
    return Phrase("expected {what}", what=words[schema["type"]])


def _suggest_value(value: object, schema: dict[str, Any]) -> str:
    """Return a replacement for `value`: the value corrected if that is obvious, else an example."""
    if value is None and "default" in schema:
        return Phrase("; remove the key to have the default, {default}", default=json.dumps(schema["default"]))
    if isinstance(value, str):
        word = value.strip().lower()
        if "enum" in schema:
            return did_you_mean(value.lower(), schema["enum"]) or did_you_mean(value.upper(), schema["enum"])
        if schema.get("type") == "boolean" and word in _SAID_TRUE | _SAID_FALSE:
            return Phrase("; write {value}", value="true" if word in _SAID_TRUE else "false")
        if schema.get("type") == "integer" and word.isascii() and word.isdigit() and len(word) < 10:
            return Phrase("; write {value}, without quotes", value=int(word))
    return _for_example(schema)


def _for_example(schema: dict[str, Any]) -> str:
    return (
        Phrase("; write for example {example}", example=json.dumps(schema["examples"][0]))
        if schema.get("examples")
        else ""
    )
