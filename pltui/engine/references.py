"""What refers to what: wanted values hold Refs, seen ones the ids and attributes these stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pltui.engine.types import Change, Field, Ref, Seen, Traits, Want, options


class UnresolvedError(LookupError):
    """A Ref to something that does not exist (any more)."""


def resolve(value: Any, known: Mapping[str, Seen]) -> Any:
    """`value` with every Ref replaced by what it stands for; raises UnresolvedError."""
    match value:
        case Ref(address, attribute):
            found = known[address].attribute(attribute) if address in known else None
            if found is None:
                raise UnresolvedError(address)
            return found
        case Mapping():
            return {key: resolve(item, known) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return type(value)(resolve(item, known) for item in value)
        case _:
            return value


def refs(value: Any) -> Iterator[Ref]:
    """Every Ref in `value`, at any depth."""
    return (leaf for leaf in _leaves(value) if isinstance(leaf, Ref))


def targets(value: Any) -> set[str]:
    """The addresses of all that `value` refers to."""
    return {ref.address for ref in refs(value)}


def strings(value: Any) -> Iterator[str]:
    """Every string in `value`, at any depth: the identities it refers to are among them."""
    return (leaf for leaf in _leaves(value) if isinstance(leaf, str))


def mentioned(item: Seen, traits: Traits, *, blocking: bool = False) -> set[str]:
    """The identities `item` refers to; with `blocking`, only those that cannot go while it does."""
    found = set(item.needs)
    for name, value in item.spec.items():
        if not (blocking and traits.fields.get(name) is Field.REPOINTABLE):
            found.update(strings(value))
    return found


def differences(want: Want, item: Seen, known: Mapping[str, Seen]) -> tuple[Change, ...]:
    """The fields of `item` that are not as wanted. A Ref to what is not among `known` stays one."""
    wanted = {name: _resolve_known(value, known) for name, value in want.spec.items() if name in item.spec}
    return tuple(
        Change(name, item.spec[name], value) for name, value in wanted.items() if item.spec[name] not in options(value)
    )


def _resolve_known(value: Any, known: Mapping[str, Seen]) -> Any:
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(_resolve_known(item, known) for item in value)
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
