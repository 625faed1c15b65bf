"""Differences of structure between two answers to one call, and what a recording says of time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from tests.recorded.conversation import HIDDEN, Recorded

# Fields whose values are states of a lifecycle (EC2, ELBv2 and Systems Manager models).
STATES = frozenset(
    {"State", "Status", "VpcEndpointState", "ServiceState", "AttachmentState", "PingStatus", "Reason", "Scheme", "Type"}
)
# The state of a thing, by the name of its id in the same object.
LIFECYCLES: Mapping[str, str] = {
    "InstanceId": "State", "VpcEndpointId": "State", "NatGatewayId": "State", "ServiceId": "ServiceState",
    "LoadBalancerArn": "State", "CommandId": "Status",
}  # fmt: skip


def differences(recorded: Any, answered: Any, path: str = "") -> Iterator[str]:
    """A line per place where the shape differs: missing and extra keys, types, states. Lists differ by their items."""
    if HIDDEN in (recorded, answered):
        return
    match recorded, answered:
        case Mapping(), Mapping():
            for key in sorted(recorded.keys() | answered.keys()):
                where = f"{path}.{key}".lstrip(".")
                if key not in answered:
                    yield f"{where}: missing"
                elif key not in recorded:
                    yield f"{where}: extra"
                elif key in STATES and isinstance(recorded[key], str) and recorded[key] != answered[key]:
                    yield f"{where}: {answered[key]!r} instead of {recorded[key]!r}"
                else:
                    yield from differences(recorded[key], answered[key], where)
        case list(), list() | tuple():
            yield from _of_lists(recorded, answered, path)
        case _ if _type(recorded) != _type(answered):
            yield f"{path}: {_type(answered)} instead of {_type(recorded)}"


def _of_lists(recorded: Sequence[Any], answered: Sequence[Any], path: str) -> Iterator[str]:
    if bool(recorded) != bool(answered):
        yield f"{path}[]: {'empty' if recorded else 'not empty'}"
    found: dict[str, None] = {}
    for one, other in zip(recorded, answered, strict=False):
        found |= dict.fromkeys(differences(one, other, f"{path}[]"))
    yield from found


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str() | datetime():
            return "string"
        case Mapping():
            return "object"
    return "list"


def durations(calls: Sequence[Recorded]) -> dict[str, float]:
    """Operation -> the median of its durations in milliseconds."""
    by_name = defaultdict[str, list[float]](list)
    for call in calls:
        by_name[call.name].append(call.duration_ms)
    return {name: round(median(times), 1) for name, times in sorted(by_name.items())}


def transitions(calls: Sequence[Recorded]) -> list[str]:
    """A line per state that a thing was first seen in, and after how many seconds since the thing was first seen."""
    begun: dict[str, float] = {}
    observed: dict[tuple[str, str], None] = {}
    found = []
    for call in calls:
        for id_, state in _states(call.response):
            first = begun.setdefault(id_, call.at_ms)
            if (id_, state) not in observed:
                observed[id_, state] = None
                found.append(f"{id_}: {state} after {(call.at_ms - first) / 1000:.1f} s")
    return sorted(found)


def _states(value: Any) -> Iterator[tuple[str, str]]:
    """(id, state) of each thing in an answer."""
    if isinstance(value, list):
        for item in value:
            yield from _states(item)
    if not isinstance(value, Mapping):
        return
    for id_, name in LIFECYCLES.items():
        state = value.get(name)
        if isinstance(state, Mapping):
            state = state.get("Name", state.get("Code"))
        if isinstance(value.get(id_), str) and isinstance(state, str) and "Origin" not in value:  # not a route's
            yield value[id_], state
    for item in value.values():
        yield from _states(item)
