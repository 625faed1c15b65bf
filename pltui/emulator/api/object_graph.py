"""Serialisation of a graph of moto's and pltui's objects to plain JSON, and back.

Reading creates data only: values of the types below, and instances of classes that `is_known` accepts, created without
their constructors and filled attribute by attribute. A class is no value, and no attribute hides a method, so that no
name in a file leads to code that moto then calls: an untrusted file may have wrong data, but cannot execute anything.
"""

from __future__ import annotations

import base64
import importlib
import itertools
import re
import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from inspect import getattr_static
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from types import FunctionType, MethodType
from uuid import UUID

from pltui.emulator.moto_adapter.values import ContainerType, Node, Saved

IsKnown = Callable[[str], bool]
"""Module name -> True if instances of its classes may be in a graph."""

# Immutable values that are serialised as text, by the key that marks them: type, to text, from text.
_TEXTS: Mapping[str, tuple[type, Callable[[Saved], str], Callable[[str], object]]] = {
    "bytes": (bytes, lambda value: base64.b64encode(value).decode(), base64.b64decode),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "seconds": (timedelta, lambda value: repr(value.total_seconds()), lambda text: timedelta(seconds=float(text))),
    "decimal": (Decimal, str, Decimal),
    "float": (float, repr, float),  # those without a JSON representation
    "ipv4": (IPv4Address, str, IPv4Address),
    "ipv4-network": (IPv4Network, str, IPv4Network),
    "ipv4-interface": (IPv4Interface, str, IPv4Interface),
    "ipv6": (IPv6Address, str, IPv6Address),
    "ipv6-network": (IPv6Network, str, IPv6Network),
    "ipv6-interface": (IPv6Interface, str, IPv6Interface),
    "uuid": (UUID, str, UUID),
}
_WORDS = {kind: word for word, (kind, _, _) in _TEXTS.items()}
# The mutable containers, by the key of their items.
_SEQUENCES: Mapping[str, ContainerType] = {"list": list, "set": set, "deque": deque, "bytearray": bytearray}
_MAPPINGS: Mapping[str, ContainerType] = {"dict": dict, "ordered": OrderedDict, "default": defaultdict}
_FACTORIES: Mapping[str, type] = {each.__name__: each for each in (dict, list, set, int, float, str, OrderedDict)}
# moto's security groups have a table of their own methods with this prefix; no other method is accepted.
_FILTER, _FILTERED = "filter_", "moto.ec2.models.security_groups"
_LOCKS: Mapping[str, Callable[[], object]] = {"lock": threading.Lock, "rlock": threading.RLock}
_LOCK_WORDS = {type(make()): word for word, make in _LOCKS.items()}


class GraphError(Exception):
    """A value cannot be written or read; the message says which value, and where it is."""


def damaged(error: Exception) -> GraphError:
    """The error for an invalid document that has raised `error`."""
    return GraphError(f"it is damaged: {type(error).__name__} {str(error)[:200]}")


class Writer:
    """Converter of values to JSON. `nodes` collects all objects that have an identity.

    An object with several references to it, or to itself, is one node. `known` maps the ids of objects that are not
    saved because both sides have them (the lab, moto's registries) to names, `instead` those of others to replacements.
    """

    def __init__(
        self, is_known: IsKnown, known: Mapping[int, str], instead: Mapping[int, object] | None = None
    ) -> None:
        self._is_known, self._known, self._instead = is_known, known, instead or {}
        self.nodes: list[Node] = []
        self._numbers: dict[int, int] = {}
        self._kept: list[object] = []  # keeps objects alive, so that no id is reused

    def write(self, value: object) -> object:
        """`value` as JSON.

        Raises:
            GraphError: If a value cannot be saved.
        """
        pending: list[tuple[int, object]] = []
        written = self._value(value, pending)
        while pending:  # iteratively: a lab's objects form chains that exceed Python's recursion limit
            number, node = pending.pop()
            self.nodes[number] = self._node(node, pending)
        return written

    def _value(self, value: Saved, pending: list[tuple[int, object]]) -> object:
        kind = type(value)
        if value is None or kind in (bool, int, str) or (kind is float and value - value == 0):
            return value
        if name := self._known.get(id(value)):
            return {"known": name}
        if word := _WORDS.get(kind):
            return {word: _TEXTS[word][1](value)}
        plain = self._plain(value, kind, pending)
        return self._reference(value, pending) if plain is None else plain

    def _plain(self, value: Saved, kind: type, pending: list[tuple[int, object]]) -> object:
        """A value without an identity that contains others or has a special form; None for all others."""
        if kind in (tuple, frozenset):
            return {kind.__name__: [self._value(each, pending) for each in value]}
        if isinstance(value, Enum):
            return {"enum": self._class(kind), "name": value.name}
        if isinstance(value, tuple):
            return {"named": self._class(kind), "items": [self._value(each, pending) for each in value]}
        if kind is timezone or getattr(kind, "__module__", "") == "dateutil.tz.tz":
            return {"utc-offset": (value.utcoffset(None) or timedelta()).total_seconds()}
        if kind is re.Pattern:
            return {"pattern": value.pattern, "flags": value.flags}
        if kind in _LOCK_WORDS:
            return {"new": _LOCK_WORDS[kind]}
        if kind is itertools.count:
            return {"count": value.__reduce__()[1][0]}
        if kind is MethodType and value.__name__.startswith(_FILTER):
            return {"method": value.__name__, "of": self._value(value.__self__, pending)}
        return None

    def _reference(self, value: object, pending: list[tuple[int, object]]) -> dict[str, int]:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.nodes)
            self.nodes.append({})
            self._kept.append(value)
            pending.append((number, self._instead.get(id(value), value)))
        return {"#": number}

    def _node(self, value: Saved, pending: list[tuple[int, object]]) -> Node:
        kind = type(value)
        node: Node = {}
        for word, base in reversed((*_SEQUENCES.items(), *_MAPPINGS.items())):
            if isinstance(value, base):
                items = dict.items(value) if isinstance(value, dict) else base.__iter__(value)
                node[word] = [self._value(each, pending) for each in items]
                break
        if isinstance(value, defaultdict) and value.default_factory is not None:
            node["factory"] = _factory_name(value.default_factory())
        if kind not in (*_SEQUENCES.values(), *_MAPPINGS.values()):
            node["class"] = self._class(kind)
            node["state"] = {name: self._attribute(value, name, each, pending) for name, each in _state(value)}
        return node

    def _attribute(self, owner: object, name: str, value: object, pending: list[tuple[int, object]]) -> object:
        try:
            return self._value(value, pending)
        except GraphError as error:
            raise GraphError(f"{type(owner).__name__}.{name}: {error}") from None

    def _class(self, kind: type) -> str:
        if not self._is_known(kind.__module__) or "<" in kind.__qualname__:
            raise GraphError(f"{kind.__module__}.{kind.__qualname__} cannot be saved")
        return f"{kind.__module__}:{kind.__qualname__}"


class GraphReader:
    """Converter of `Writer`'s JSON to values."""

    def __init__(self, is_known: IsKnown, known: Mapping[str, object], nodes: list[Node]) -> None:
        """Create all objects of `nodes`.

        Raises:
            GraphError: If the nodes were not written by `Writer`.
        """
        self._is_known, self._known = is_known, known
        try:
            # Attributes first, then containers: keys of containers must have a hash by then.
            self._shells = [self._shell(node) for node in nodes]
            for node, shell in zip(nodes, self._shells, strict=True):
                for name, value in node.get("state", {}).items():
                    _set(shell, name, self.read(value))
            for node, shell in zip(nodes, self._shells, strict=True):
                self._fill(node, shell)
        except GraphError:
            raise
        except Exception as error:  # a file by other people may be wrong in any way
            raise damaged(error) from error

    def read(self, value: object) -> Saved:
        """The value of a JSON value.

        Raises:
            GraphError: If it is of an unknown form.
        """
        if not isinstance(value, dict):
            return value
        if "#" in value:
            return self._shells[value["#"]]
        word = next(iter(value), "")
        if word == "known":
            return self._known[value[word]]
        if word in _TEXTS:
            return _TEXTS[word][2](value[word])
        make = getattr(self, "_read_" + word.replace("-", "_"), None)
        if make is None:
            raise GraphError(f"it holds something unknown: {word[:40]!r}")
        return make(value)

    def _read_tuple(self, value: Node) -> object:
        return tuple(map(self.read, value["tuple"]))

    def _read_frozenset(self, value: Node) -> object:
        return frozenset(map(self.read, value["frozenset"]))

    def _read_named(self, value: Node) -> object:
        kind = self._class(value["named"], tuple)
        return tuple.__new__(kind, map(self.read, value["items"]))

    def _read_enum(self, value: Node) -> object:
        kind: type[Enum] = self._class(value["enum"], Enum)
        return kind[value["name"]]

    def _read_utc_offset(self, value: Node) -> object:
        return timezone(timedelta(seconds=value["utc-offset"]))

    def _read_pattern(self, value: Node) -> object:
        return re.compile(value["pattern"], value["flags"])

    def _read_new(self, value: Node) -> object:
        return _LOCKS[value["new"]]()

    def _read_count(self, value: Node) -> object:
        return itertools.count(value["count"])

    def _read_method(self, value: Node) -> object:
        owner, name = self.read(value["of"]), value["method"]
        if not name.startswith(_FILTER) or type(owner).__module__ != _FILTERED:
            raise GraphError(f"{name[:80]!r} has no place in it")
        return MethodType(getattr(type(owner), name), owner)

    def _shell(self, node: Node) -> object:
        base: type = object
        for word, container in (*_SEQUENCES.items(), *_MAPPINGS.items()):
            if word in node:
                base = container
        kind = self._class(node["class"], base) if "class" in node else base
        if base is defaultdict:
            made: defaultdict[object, object] = defaultdict.__new__(kind)
            made.default_factory = _factory(node["factory"]) if "factory" in node else None
            return made
        return base.__new__(kind)  # type: ignore[call-overload]

    def _fill(self, node: Node, shell: object) -> None:
        for word, container in _MAPPINGS.items():
            for pair in node.get(word, ()):
                key, value = self.read(pair)
                container.__setitem__(shell, key, value)
        for word, container in _SEQUENCES.items():
            put = getattr(container, "add" if container is set else "append")
            for item in node.get(word, ()):
                put(shell, self.read(item))

    def _class(self, name: str, base: type) -> type:
        """The class of that name. It must be defined in that module: imported names are not accepted."""
        module, _, path = name.partition(":")
        if not self._is_known(module):
            raise GraphError(f"{name[:80]!r} has no place in it")
        found: object = importlib.import_module(module)
        for part in path.split("."):
            found = vars(found)[part]
        if not isinstance(found, type) or not issubclass(found, base) or found.__module__ != module:
            raise GraphError(f"{name[:80]!r} has no place in it")
        return found


def _factory_name(made: object) -> str:
    """The name of the factory that made an empty value: "list", "dict", "default dict" and so on."""
    if type(made) is defaultdict:
        inner = "" if made.default_factory is None else _factory_name(made.default_factory())
        return f"default {inner}".strip()
    if made or type(made).__name__ not in _FACTORIES:
        raise GraphError(f"a dictionary whose values start as {made!r} cannot be saved")
    return type(made).__name__


def _factory(name: str) -> Callable[[], Saved]:
    word, _, inner = name.partition(" ")
    if word == "default":
        return partial(defaultdict, _factory(inner) if inner else None)
    return _FACTORIES[word]


def _state(value: object) -> Iterable[tuple[str, object]]:
    """The attributes of an object, including those in slots."""
    yield from getattr(value, "__dict__", {}).items()
    kind: type = type(value)
    for name in _slots(kind):
        if hasattr(value, name):
            yield name, getattr(value, name)


@cache
def _slots(kind: type) -> list[str]:
    found: list[str] = []
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        found += [slots] if isinstance(slots, str) else slots
    return [name for name in found if name not in ("__dict__", "__weakref__")]


def _set(owner: object, name: str, value: object) -> None:
    """Set an attribute. Raises GraphError if it would hide a method, which moto would then call."""
    kind: type = type(owner)
    if isinstance(getattr_static(kind, name, None), (FunctionType, classmethod, staticmethod)):
        raise GraphError(f"{name[:80]!r} has no place in it")
    if name in _slots(kind):
        object.__setattr__(owner, name, value)
    else:
        vars(owner)[name] = value  # bypasses properties, and classes that reject assignments
