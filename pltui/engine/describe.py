"""Steps in words and in JSON's terms."""

from __future__ import annotations

from typing import Any

from pltui.engine.types import Change, Step


def describe(step: Step) -> dict[str, Any]:
    """A step as events and `plan --json` show it."""
    return {
        "op": str(step.op),
        "kind": step.kind,
        "id": step.seen.id if step.seen else "",
        "why": step.why,
        "changes": [_shown(change) for change in step.changes],
    }


def _shown(change: Change) -> dict[str, Any]:
    return {"field": change.field, "was": plain(change.was), "want": plain(change.want)}


def plain(value: Any) -> Any:
    """`value` in JSON's terms: sets sorted, what is not known yet named by its address."""
    match value:
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
        case list() | tuple():
            return [plain(item) for item in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return f"({value.address} {value.attribute}, known after it exists)" if hasattr(value, "address") else value
