"""Resolve references: desired values contain `Ref`s, observed values contain ids and attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pltui.engine.model import Change, Desired, Field, Observed, Ref, Traits, options

# Types without nested values. Checking the type suffices for nearly every value of a spec.
SCALARS = frozenset({str, int, float, bool, type(None)})


class UnresolvedError(LookupError):
    """A Ref to something that does not exist (any more)."""


def resolve(value: Any, known: Mapping[str, Observed]) -> Any:
    """Return `value` with every Ref replaced by the value it refers to.

    Raises:
        UnresolvedError: If a resource or attribute does not exist.
    """
    if type(value) in SCALARS:
        return value
    match value:
        case Ref(address, attribute):
            found = known[address].attribute(attribute) if address in known else None
            if found is None:
                raise UnresolvedError(address)
            return found
        case Mapping():
            return {key: resolve(item, known) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return type(value)([resolve(item, known) for item in value])
        case _:
            return value


def refs(value: Any) -> Iterator[Ref]:
    """Yield every Ref in `value`, at any depth."""
    return (leaf for leaf in _leaves(value) if isinstance(leaf, Ref))


def targets(value: Any) -> set[str]:
    """Return the addresses of all resources that `value` refers to."""
    found: set[str] = set()
    _add_targets(value, found)
    return found


def _add_targets(value: Any, found: set[str]) -> None:
    if type(value) in SCALARS:
        return
    if isinstance(value, Ref):
        found.add(value.address)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            _add_targets(item, found)
    elif isinstance(value, Mapping):
        for item in value.values():
            _add_targets(item, found)


def strings(value: Any) -> list[str]:
    """Return every string in `value`, at any depth, which includes the identities it refers to."""
    found: list[str] = []
    _add_strings(value, found)
    return found


def _add_strings(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif type(value) in SCALARS:
        return
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            _add_strings(item, found)
    elif isinstance(value, Mapping):
        for item in value.values():
            _add_strings(item, found)


def referenced_identities(item: Observed, traits: Traits, *, blocking: bool = False) -> set[str]:
    """Return the identities that `item` refers to; with `blocking`, only those whose deletion it blocks."""
    found = list(item.needs)
    for name, value in item.spec.items():
        if not (blocking and traits.fields.get(name) is Field.REPOINTABLE):
            _add_strings(value, found)
    return set(found)


def differences(desired: Desired, item: Observed, known: Mapping[str, Observed]) -> tuple[Change, ...]:
    """Return the fields of `item` that differ from the desired ones. A Ref outside of `known` stays unresolved."""
    found = []
    for name, value in desired.spec.items():
        if name in item.spec:
            before = item.spec[name]
            after = value if type(value) in SCALARS else _resolve_if_possible(value, known)
            if before != after and before not in options(after):
                found.append(Change(name, before, after))
    return tuple(found)


def _resolve_if_possible(value: Any, known: Mapping[str, Observed]) -> Any:
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)([_resolve_if_possible(item, known) for item in value])
    try:
        return resolve(value, known)
    except UnresolvedError:
        return value


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case Mapping():
            for item in value.values():
                yield from _leaves(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from _leaves(item)
        case _:
            yield value
