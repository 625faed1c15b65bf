"""Plans as text and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pltui.engine.events import StepPlanned
from pltui.engine.json_values import plain_value
from pltui.engine.model import Change, Op, Step
from pltui.engine.plan import Plan
from pltui.i18n import tr

MARKS = {"create": "+", "update": "~", "delete": "-", "replace": "-/+", "wait": "…"}
MOST_NAMED = 4  # forced deletions listed in words; all have lines of their own


# -- in JSON's terms --------------------------------------------------------------------------------------------------


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return `{changes, waits, summary}`. Changes of a later pass are included and marked."""
    return {
        "changes": [
            *map(step_document, plan.changes),
            *({**step_document(step), "later": True} for step in plan.later),
        ],
        "waits": [step_document(step) for step in plan.steps if step.op is Op.WAIT],
        "summary": _plan_summary(plan),
        "unreadable": [one.document() for one in plan.unreadable],
        "withheld": list(plan.withheld),
        **({"notes": list(plan.notes)} if plan.notes else {}),
    }


def step_document(step: Step) -> dict[str, Any]:
    """Return a step with its address, as `plan --json` shows it."""
    return {"address": step.address, **StepPlanned.of(step).document()}


def _plan_summary(plan: Plan) -> dict[str, int]:
    """Return the number of each action: a replacement counts as a deletion too, which this pass performs."""
    each = counts(plan)
    return {**each, "delete": each["delete"] + each["replace"]}


def counts(plan: Plan) -> dict[str, int]:
    """Return the number of each action, each change counted once."""
    actions = [step.action for step in (*plan.changes, *plan.later)]
    return {action: actions.count(action) for action in ("create", "update", "delete", "replace")}


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
