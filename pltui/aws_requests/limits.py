"""Constraints built from limits, as service models and the prose rules state them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pltui.aws_requests.patterns import translate_pattern
from pltui.aws_requests.violation import Constraint, ViolationKind


def values_of(values: Sequence[str], **more: str) -> Constraint:
    """The constraint that a value is one of `values`."""
    return Constraint(kind=ViolationKind.ENUM, limit=", ".join(values), allows=frozenset(values).__contains__, **more)


def value_within(least: float | None, most: float | None, **more: str) -> Iterator[Constraint]:
    """The constraints on a number, both ends included; none for a limit that is None."""
    if least is not None:
        yield Constraint(kind=ViolationKind.MIN_VALUE, limit=str(least), allows=lambda value: value >= least, **more)
    if most is not None:
        yield Constraint(kind=ViolationKind.MAX_VALUE, limit=str(most), allows=lambda value: value <= most, **more)


def length_within(least: float | None, most: float | None, **more: str) -> Iterator[Constraint]:
    """The constraints on the length of a string, list or map. The length of a stream is unknown."""
    if least is not None:
        yield Constraint(
            kind=ViolationKind.MIN_LENGTH, limit=str(least), allows=lambda value: len(value) >= least, **more
        )
    if most is not None:
        yield Constraint(
            kind=ViolationKind.MAX_LENGTH, limit=str(most), allows=lambda value: len(value) <= most, **more
        )


def matching(pattern: str, **more: str) -> Iterator[Constraint]:
    """The constraint of a model's pattern; nothing if Python has no equivalent of the pattern."""
    if compiled := translate_pattern(pattern):
        matches = compiled.fullmatch
        yield Constraint(
            kind=ViolationKind.PATTERN, limit=pattern, allows=lambda value: matches(value) is not None, **more
        )
