"""The published JSON Schema: its location, its check of a document, and its defaults."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

VERSIONS = (1,)
NAME = "lab.schema.json"


def schema_text() -> str:
    """Return the schema as published."""
    return _schema_file().read_text("utf-8")


def schema_uri() -> str:
    """Return the schema's file URI on this machine, for editors."""
    return FilePath(str(_schema_file())).absolute().as_uri()


def _schema_file() -> Traversable:
    """Return the schema file of the installed package, or of the checkout."""
    packaged = resources.files("pltui").joinpath("schemas", NAME)
    return packaged if packaged.is_file() else FilePath(__file__).parents[2] / "schemas" / NAME


@functools.cache
def schema() -> dict[str, Any]:
    """Return the parsed schema. Cached; do not modify."""
    document: dict[str, Any] = json.loads(schema_text())
    return document


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Return `node` with the definition it refers to merged in; the node's own keys take precedence."""
    reference = node.get("$ref")
    return {**schema()["$defs"][reference.removeprefix("#/$defs/")], **node} if reference else node


def schema_errors(data: Any) -> Iterator[ValidationError]:
    """Yield the schema's errors for `data`, as jsonschema's objects."""
    yield from _validator().iter_errors(data)


def with_defaults(data: Any, node: dict[str, Any] | None = None) -> Any:
    """Return a copy of `data` with every absent key that has a default filled in."""
    node = resolve(schema() if node is None else node)
    if not isinstance(data, dict) or node.get("type") != "object":
        return copy.copy(data)
    properties = node.get("properties", {})
    others = node.get("additionalProperties") or {}
    filled = {key: with_defaults(value, properties.get(key, others)) for key, value in data.items()}
    for key, child in properties.items():
        if key not in data and "default" in child:
            filled[key] = with_defaults(child["default"], child)
    return filled


@functools.cache
def _validator() -> Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend

    def pattern(_: Validator, expression: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        # JSON Schema uses ECMA 262 patterns, where "$" matches only at the end; Python also matches before a last line
        # break.
        if isinstance(instance, str) and not re.search(expression.replace("$", r"\Z"), instance):
            yield ValidationError("pattern")

    def unique_items(_: Validator, wanted: bool, instance: Any, __: Any) -> Iterator[ValidationError]:
        # jsonschema compares every pair, which takes minutes for a long list of mixed types.
        if wanted and isinstance(instance, list) and len(set(map(repr, instance))) < len(instance):
            yield ValidationError("uniqueItems")

    def is_integer(_: Any, instance: Any) -> bool:
        # JSON Schema accepts 3.0 as an integer; the code that uses a spec does not.
        return isinstance(instance, int) and not isinstance(instance, bool)

    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", is_integer)
    # The tests check the schema itself; doing it here would double the time of a check.
    keywords = {"pattern": pattern, "uniqueItems": unique_items}
    checker = extend(Draft202012Validator, keywords, type_checker=types)  # type: ignore[no-untyped-call]
    return cast("Validator", checker(schema()))
