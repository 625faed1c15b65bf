"""Plans as text and as JSON values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from pltui.engine.model import Change, Observed, Op, Ref, Step
from pltui.engine.plan import Plan
from pltui.i18n import tr

MARKS = {"create": "+", "update": "~", "delete": "-", "replace": "-/+", "wait": "…"}
MOST_NAMED = 4  # forced deletions listed in words; all have lines of their own


# -- in JSON's terms --------------------------------------------------------------------------------------------------


def step_document(step: Step) -> dict[str, Any]:
    """Return a step as events and `plan --json` show it.

    `op` is the operation of this pass: a replacement's is `delete`. `hangs_on` is present if a dependency forces the
    deletion.
    """
    return {
        "op": str(step.op),
        "action": step.action,
        "kind": step.kind,
        "id": step.observed.id if step.observed else "",
        "why": step.why,
        "changes": [_change_document(step, change) for change in step.changes],
        "takes_along": list(step.takes_along),
        **({"hangs_on": step.hangs_on} if step.hangs_on else {}),
    }


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return `{changes, waits, summary}`. Changes of a later pass are included and marked."""
    return {
        "changes": [
            *({"address": step.address, **step_document(step)} for step in plan.changes),
            *({"address": step.address, **step_document(step), "later": True} for step in plan.later),
        ],
        "waits": [{"address": step.address, **step_document(step)} for step in plan.steps if step.op is Op.WAIT],
        "summary": _plan_summary(plan),
        "unreadable": [one.document() for one in plan.unreadable],
        "withheld": list(plan.withheld),
        **({"notes": list(plan.notes)} if plan.notes else {}),
    }


def _change_document(step: Step, change: Change) -> dict[str, Any]:
    forces = {"forces_replacement": True} if step.op is Op.DELETE else {}
    return {"field": change.field, "was": plain_value(change.before), "want": plain_value(change.after), **forces}


def _plan_summary(plan: Plan) -> dict[str, int]:
    """Return the number of each action: a replacement counts as a deletion too, which this pass performs."""
    each = counts(plan)
    return {**each, "delete": each["delete"] + each["replace"]}


def counts(plan: Plan) -> dict[str, int]:
    """Return the number of each action, each change counted once."""
    actions = [step.action for step in (*plan.changes, *plan.later)]
    return {action: actions.count(action) for action in ("create", "update", "delete", "replace")}


def plain_value(value: Any) -> Any:
    """Return JSON values: sets sorted, unknown values by the address of their Ref, scripts by their digest."""
    match value:
        case dict():
            return {key: plain_value(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted((plain_value(item) for item in value), key=str)
        case list() | tuple():
            return [plain_value(item) for item in value]
        case str() if "\n" in value.strip():
            return f"({len(value.splitlines())} lines, sha256 {hashlib.sha256(value.encode()).hexdigest()[:16]})"
        case Ref():
            return f"({value.address} {value.attribute}, known after it exists)"
        case _:
            return value


# -- in words ---------------------------------------------------------------------------------------------------------


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield the lines that `plan` prints of each step, in the usual notation of planners."""
    for step in (*plan.steps, *plan.later):
        yield from step_lines(step)
    yield from (f"! {tr(note)}" for note in plan.notes)


def step_lines(step: Step) -> Iterator[str]:
    """Yield the lines of one step: its action, then its fields, then the deletions it forces."""
    id_ = f" {step.observed.id}" if step.observed else ""
    why = tr("replace: {why}", why=step.why) if step.replaces else tr(step.why)
    yield f"{MARKS[step.action]} {step.address}{id_}  ({why})"
    for change in step.changes:
        forces = "  " + tr("(forces replacement)") if step.op is Op.DELETE else ""
        yield f"    {change.field}: {format_difference(change)}{forces}"
    if step.takes_along:
        named = ", ".join(step.takes_along[:MOST_NAMED]) + (", …" if len(step.takes_along) > MOST_NAMED else "")
        yield "    " + tr("also affects: {named} ({n})", named=named, n=len(step.takes_along))


def plan_counts(plan: Plan) -> str:
    """Return `3 to create, 1 to replace`, or that there is nothing to change."""
    told = (tr(_TO_DO[action], n=n) for action, n in counts(plan).items() if n)
    return tr(", ").join(told) or tr("nothing to change")


_TO_DO = {
    "create": "{n} to create",
    "update": "{n} to update",
    "delete": "{n} to delete",
    "replace": "{n} to replace",
}


def format_difference(change: Change) -> str:
    """Return before -> after; for two sets the union, with `+` and `-` for added and removed items."""
    if isinstance(change.before, (set, frozenset)) and isinstance(change.after, (set, frozenset)):
        was, desired = {*map(str, plain_value(change.before))}, {*map(str, plain_value(change.after))}
        marks = dict.fromkeys(was & desired, "") | dict.fromkeys(desired - was, "+") | dict.fromkeys(was - desired, "-")
        return ", ".join(mark + item for item, mark in sorted(marks.items()))
    return f"{_format_value(change.before)} -> {_format_value(change.after)}"


def _format_value(value: Any) -> str:
    """Return a value as the spec writes it."""
    shown = plain_value(value)
    if isinstance(shown, list):
        shown = ", ".join(map(str, shown))
    return str(shown).lower() if isinstance(shown, bool) else tr("nothing") if shown in (None, "") else str(shown)


def observation_detail(
    item: Observed | None, kind: str = "", name: str = "", *, denied: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the detail of OBSERVED: a resource, or its absence. `denied`: unreadable types -> the missing action."""
    if item is None and denied and kind in denied:
        unknown = {"id": "", "state": "unknown", "status": "", "spec": {}, "denied": denied[kind]}
        return {"kind": kind, "name": name, **unknown}
    if item is None:
        return {"kind": kind, "name": name, "id": "", "state": "absent", "status": "", "spec": {}}
    observed = {"id": item.id, "state": str(item.state), "status": item.status, "spec": plain_value(dict(item.spec))}
    created = {"created": item.created} if item.created else {}
    attached = {"attached": dict(item.attached)} if item.attached else {}
    return {"kind": kind, "name": name, **observed, **created, **attached}
