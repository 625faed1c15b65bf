"""Filters as EC2 applies them: all must match, each by any of its values, `*` and `?` being wildcards."""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Fields = Mapping[str, Callable[[Any], object]]
"""Filter name -> what it looks at: a string, a boolean, or several of them."""


def select(resources: Iterable[Any], filters: Mapping[str, list[str]] | None, fields: Fields) -> list[Any]:
    """The tagged resources that pass. A filter without a field passes nothing: it is valid, but nobody has it."""
    return [r for r in resources if all(_matches(r, name, values, fields) for name, values in (filters or {}).items())]


def _matches(resource: Any, name: str, values: list[str], fields: Fields) -> bool:
    if name.startswith("tag:"):
        found: object = [tag["value"] for tag in resource.get_tags() if tag["key"] == name[4:]]
    elif name == "tag-key":
        found = [tag["key"] for tag in resource.get_tags()]
    else:
        found = fields[name](resource) if name in fields else []
    present = [_text(item) for item in (found if isinstance(found, list) else [found])]
    return any(matches(item, values) for item in present)


def matches(text: str, values: Iterable[str]) -> bool:
    """True if any of a filter's values fits the text."""
    return any(fnmatchcase(text, value) for value in values)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
