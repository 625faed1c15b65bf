"""Checks compiled from shapes: one per member, built once, each returning the violations of a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from botocore.model import ListShape, MapShape, Shape, StructureShape

from pltui.aws_requests.limits import length_within, matching, value_within, values_of
from pltui.aws_requests.prose import Prose
from pltui.aws_requests.violation import Constraint, Violation, ViolationKind

NUMBERS = ("integer", "long", "float", "double", "short", "byte")
LENGTHS = ("string", "list", "map")
# The Python types that botocore accepts. For blobs and timestamps it accepts many, so these are not checked.
TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float, Decimal),
    "double": (int, float, Decimal),
    "boolean": (bool,),
}
ANY = (object,)


class Check(Protocol):
    """A check of one value."""

    def violations(self, value: Any) -> Sequence[Violation]:
        """The violations of `value` and of its members; their paths begin at `value`."""


class Scalar:
    """A value without members, and the base of lists and maps."""

    __slots__ = ("constraints", "number", "shape", "types")

    def __init__(self, shape: Shape, constraints: Sequence[Constraint]) -> None:
        self.shape, self.constraints = shape, constraints
        self.types, self.number = TYPES.get(shape.type_name, ANY), shape.type_name in NUMBERS

    def violations(self, value: Any) -> Sequence[Violation]:
        """The violated constraints of `value`; only the type if that is wrong."""
        if not isinstance(value, self.types) or (self.number and isinstance(value, bool)):
            return (_wrong_type(self.shape, value),)
        if not self.constraints:
            return ()
        violated = [constraint for constraint in self.constraints if not constraint.allows(value)]
        return [Violation((), value, constraint, self.constraints) for constraint in violated]


class List(Scalar):
    """A list, and the check of its items."""

    __slots__ = ("member",)

    def __init__(self, shape: ListShape, constraints: Sequence[Constraint], member: Check) -> None:
        super().__init__(shape, constraints)
        self.member = member

    def violations(self, value: Any) -> Sequence[Violation]:
        """The violations of the list and of each item, with the item's position in the path."""
        if not isinstance(value, list | tuple):
            return (_wrong_type(self.shape, value),)
        found = super().violations(value)
        for n, item in enumerate(value):
            if wrong := self.member.violations(item):
                found = [*found, *(violation.within(n) for violation in wrong)]
        return found


class Map(Scalar):
    """A map, and the checks of its keys and values."""

    __slots__ = ("key", "member")

    def __init__(self, shape: MapShape, constraints: Sequence[Constraint], key: Check, member: Check) -> None:
        super().__init__(shape, constraints)
        self.key, self.member = key, member

    def violations(self, value: Any) -> Sequence[Violation]:
        """The violations of the map and of each key and value, with the key in the path."""
        if not isinstance(value, Mapping):
            return (_wrong_type(self.shape, value),)
        found = super().violations(value)
        for name, item in value.items():
            if wrong := [*self.key.violations(name), *self.member.violations(item)]:
                found = [*found, *(violation.within(name) for violation in wrong)]
        return found


class Structure:
    """A structure. Its members are compiled at the first value, as shapes may contain themselves."""

    __slots__ = ("_compile", "_members", "_required", "_shape")

    def __init__(self, shape: StructureShape, compile_members: Callable[[StructureShape], Mapping[str, Check]]) -> None:
        self._shape, self._compile = shape, compile_members
        self._required: Sequence[str] = shape.required_members
        self._members: Mapping[str, Check] | None = None

    def violations(self, value: Any) -> Sequence[Violation]:
        """The violations of each member, then the unknown and the missing ones.

        A member that is null counts as absent.
        """
        if self._members is None:
            self._members = self._compile(self._shape)
        if not isinstance(value, Mapping):
            return (_wrong_type(self._shape, value),)
        found: list[Violation] = []
        for name, item in value.items():
            check = self._members.get(name)
            if check is None:
                found.append(Violation((name,), item, Constraint(kind=ViolationKind.UNKNOWN, shape=self._shape.name)))
            elif item is not None and (wrong := check.violations(item)):  # null in JSON is absent
                found += [violation.within(name) for violation in wrong]
        for name in self._required:
            if value.get(name) is None:
                found.append(Violation((name,), None, Constraint(kind=ViolationKind.REQUIRED, shape=self._shape.name)))
        return found


def _wrong_type(shape: Shape, value: object) -> Violation:
    return Violation((), value, Constraint(kind=ViolationKind.TYPE, limit=shape.type_name, shape=shape.name))


class Compiler:
    """Compiler of the checks of one service. A structure has one check wherever it occurs."""

    def __init__(self, prose: Prose) -> None:
        self._prose = prose
        self._structures: dict[str, Structure] = {}

    def compile(self, shape: Shape, member: str = "") -> Check:
        """The check of a shape; `member` is `Structure.Member` if the shape is that of a member."""
        if shape.type_name == "structure" and not shape.is_document_type:
            if shape.name not in self._structures:
                self._structures[shape.name] = Structure(shape, self._compile_members)
            return self._structures[shape.name]
        constraints = [*self._of_model(shape), *self._prose.constraints(member)]
        if shape.type_name == "list":
            return List(shape, constraints, self.compile(shape.member))
        if shape.type_name == "map":
            return Map(shape, constraints, self.compile(shape.key), self.compile(shape.value))
        return Scalar(shape, constraints)

    def _compile_members(self, shape: StructureShape) -> Mapping[str, Check]:
        return {name: self.compile(member, f"{shape.name}.{name}") for name, member in shape.members.items()}

    def _of_model(self, shape: Shape) -> list[Constraint]:
        found: list[Constraint] = []
        limits, name = shape.metadata, shape.name
        if limits.get("enum") and name not in self._prose.open_enumerations:
            found.append(values_of(limits["enum"], shape=name))
        if shape.type_name in NUMBERS:
            found += value_within(limits.get("min"), limits.get("max"), shape=name)
        elif shape.type_name in LENGTHS:
            found += length_within(limits.get("min"), limits.get("max"), shape=name)
        if limits.get("pattern"):
            found += matching(limits["pattern"], shape=name)
        return found
