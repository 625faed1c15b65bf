"""EC2's filters: a resource must match all of them, each by any of its values, with the wildcards `*` and `?`."""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TypeAlias, TypeVar

from pltui.emulator.moto_adapter.ec2 import tags_of

Filters: TypeAlias = Mapping[str, list[str]] | None
"""Filter name -> its values."""

R = TypeVar("R")

Fields = Mapping[str, Callable[[R], object]]
"""Filter name -> the value that it compares: a string, a boolean, or several of them."""


def select(resources: Iterable[R], filters: Filters, fields: Fields[R]) -> list[R]:
    """The resources that match all filters. A valid filter without a field matches none."""
    return [r for r in resources if all(_matches(r, name, values, fields) for name, values in (filters or {}).items())]


def _matches(resource: R, name: str, values: list[str], fields: Fields[R]) -> bool:
    if name.startswith("tag:"):
        found: object = [tag["value"] for tag in tags_of(resource) if tag["key"] == name[4:]]
    elif name == "tag-key":
        found = [tag["key"] for tag in tags_of(resource)]
    else:
        found = fields[name](resource) if name in fields else []
    present = [_text(item) for item in (found if isinstance(found, list) else [found])]
    return any(matches(item, values) for item in present)


def matches(text: str, values: Iterable[str]) -> bool:
    """True if the text matches any of a filter's values."""
    return any(fnmatchcase(text, value) for value in values)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
