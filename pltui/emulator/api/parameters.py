"""Rejection of parameters that the sandbox does not implement, so that no caller assumes that they take effect.

`implemented.toml` lists the implemented ones, by operation. Operations that it does not list are left to moto.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pltui.emulator.api.errors import Refusal, ec2_error
from pltui.emulator.moto_adapter.calls import Call

TAKEN_EVERYWHERE = frozenset({"DryRun", "NextToken", "MaxResults", "Marker", "PageSize", "MaxItems"})
"""Parameters that `calls` and `pages` handle for every operation."""

REGION = "REGION"
"""Placeholder in the table for the region of the call."""


@dataclass(frozen=True)
class Implemented:
    """The implemented parameters of one operation: paths of names, and allowed values of the restricted ones."""

    paths: frozenset[str]
    values: Mapping[str, frozenset[str]]

    def allows(self, path: str, value: object, region: str) -> bool:
        """True if the parameter, or one that contains it, is implemented with this value."""
        if any(part in self.paths for part in _from_the_top(path)):
            return True
        allowed = self.values.get(path, frozenset())
        return str(value) in allowed or (REGION in allowed and value == region)

    def name_of(self, path: str) -> str:
        """The outermost part of `path` of which nothing is implemented."""
        known = {part for each in (*self.paths, *self.values) for part in _from_the_top(each)}
        return next((part for part in _from_the_top(path) if part not in known), path)


def refusal(response: Call, service: str, action: str) -> Exception | None:
    """The error of a call with a parameter that the sandbox would ignore."""
    implemented = table().get(service, {}).get(action)
    if implemented is None:
        return None
    params = response.params if response.automated_parameter_parsing else json.loads(response.body or "{}")
    for path, value in _leaves(params):
        if path not in TAKEN_EVERYWHERE and not implemented.allows(path, value, response.region):
            return not_implemented(service, implemented.name_of(path))
    return None


def not_implemented(service: str, name: str) -> Exception:
    """The error that names a parameter which the sandbox does not implement."""
    message = f"not implemented by the pltui sandbox: {name}"
    if service == "ec2":
        return ec2_error("UnsupportedOperation", message)
    return Refusal("ValidationError", message)


@cache
def table() -> Mapping[str, Mapping[str, Implemented]]:
    """The implemented parameters, by service and operation."""
    text = files("pltui.emulator.api").joinpath("implemented.toml").read_text("utf-8")
    return {
        service: {operation: _parse(words) for operation, words in operations.items()}
        for service, operations in tomllib.loads(text).items()
    }


def _parse(words: str) -> Implemented:
    paths, values = set(), dict[str, set[str]]()
    for word in words.split():
        path, has_value, value = word.partition("=")
        if has_value:
            values.setdefault(path, set()).add(value)
        else:
            paths.add(path)
    return Implemented(frozenset(paths), {path: frozenset(allowed) for path, allowed in values.items()})


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each value that is not empty or false, with the path of names to it; positions in lists do not count."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each, path)
    elif value and value != "false":
        yield path, value


def _from_the_top(path: str) -> Iterator[str]:
    """`A`, `A.B`, `A.B.C` of `A.B.C`."""
    end = path.find(".")
    while end != -1:
        yield path[:end]
        end = path.find(".", end + 1)
    yield path
