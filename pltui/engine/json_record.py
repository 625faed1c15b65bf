"""Dataclasses with JSON values, read and written by the types of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, NamedTuple, Self, get_args, get_origin, get_type_hints

Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """A value with a JSON value for each field; none for an optional field that is None.

    Types of fields: str, bool, int, float, Mapping, another record, tuples of these, and Any.
    """

    def document(self) -> dict[str, Any]:
        """Return JSON values."""
        values = ((each, getattr(self, each.name)) for each in _fields_of(type(self)))
        return {each.name: _json_value(value) for each, value in values if not (each.optional and value is None)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the record with these JSON values. Missing keys have defaults, and unknown ones are ignored.

        Raises:
            ValueError: If a value has another type.
        """
        values = ((each, document.get(each.name)) for each in _fields_of(cls))
        return cls(**{each.name: each.read(value) for each, value in values if value is not None})


def _json_value(value: Any) -> Any:
    match value:
        case JsonRecord():
            return value.document()
        case tuple():
            return [_json_value(item) for item in value]
    return value


def read_value(value: object, *types: type) -> Any:
    """Return a JSON value of one of `types`; bool is no int.

    Raises:
        ValueError: If it has another type.
    """
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise ValueError(f"not {' or '.join(type_.__name__ for type_ in types)}: {value!r}")
    return value


class _Field(NamedTuple):
    name: str
    read: Reader
    optional: bool


_known: dict[type[JsonRecord], tuple[_Field, ...]] = {}


def _fields_of(record: type[JsonRecord]) -> tuple[_Field, ...]:
    if record not in _known:
        hints = get_type_hints(record)
        types = {each.name: hints[each.name] for each in fields(record)}
        _known[record] = tuple(
            _Field(name, _reader(type_), NoneType in get_args(type_)) for name, type_ in types.items()
        )
    return _known[record]


def _reader(type_: Any) -> Reader:
    """Return the function that reads a JSON value as a field of this type."""
    if NoneType in (args := get_args(type_)):
        return _reader(args[0])
    if get_origin(type_) is tuple:
        read = _reader(args[0])
        return lambda value: tuple(read(item) for item in read_value(value, list))
    if get_origin(type_) is Mapping:
        return lambda value: read_value(value, dict)
    if type_ is Any:
        return lambda value: value
    if issubclass(type_, JsonRecord):
        return lambda value: type_.from_document(read_value(value, dict))
    return lambda value: read_value(value, *((int, float) if type_ is float else (type_,)))
