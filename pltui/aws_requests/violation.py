"""A rejected value: its path in the request, and the constraint that it violates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any


class ViolationKind(Enum):
    """Kinds of constraints. The value is the text of the constraint in AWS's own validation."""

    UNKNOWN = "is not a member"
    REQUIRED = "Member must not be null"
    TYPE = "Member must be of type {limit}"
    ENUM = "Member must satisfy enum value set: [{limit}]"
    MIN_VALUE = "Member must have value greater than or equal to {limit}"
    MAX_VALUE = "Member must have value less than or equal to {limit}"
    MIN_LENGTH = "Member must have length greater than or equal to {limit}"
    MAX_LENGTH = "Member must have length less than or equal to {limit}"
    PATTERN = "Member must satisfy regular expression pattern: {limit}"
    FILTER = "is not a documented filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A limit of a member. `allows` returns True if a value of the right type satisfies it.

    `code` and `message` are AWS's answer where the service has its own wording; `message` takes {value}. `source` names
    the document of a rule that the model does not have.
    """

    kind: ViolationKind
    limit: str = ""
    shape: str = ""
    allows: Callable[[Any], bool] = field(default=lambda _: False, compare=False)
    code: str = ""
    message: str = ""
    source: str = ""

    def __str__(self) -> str:
        return self.kind.value.format(limit=self.limit)


@dataclass(frozen=True, slots=True)
class Violation:
    """A value that violates a constraint.

    `path` leads from the request to the value: names of members, keys of maps, positions in lists from 0. `among` are
    all constraints of the value.
    """

    path: tuple[str | int, ...]
    value: object
    constraint: Constraint
    among: Sequence[Constraint] = ()

    def within(self, name: str | int) -> Violation:
        """The same violation, seen from the structure or list that has the value under `name`."""
        return replace(self, path=(name, *self.path))

    def __str__(self) -> str:
        source = f" ({self.constraint.source})" if self.constraint.source else ""
        return f"{format_path(self.path)} = {self.value!r}: {self.constraint}{source}"


def format_path(path: Sequence[str | int]) -> str:
    """Format a path as botocore does: `Filters[0].Name`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")
