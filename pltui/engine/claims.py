"""Foreign objects in the place of a desired resource, as sentences for people."""

from __future__ import annotations

from pltui.engine.json_values import plain_value
from pltui.engine.model import Observed, Step
from pltui.i18n import Phrase

ADOPT_HINT = Phrase("choose another name, or adopt it with --adopt (`plan --adopt` shows what that would change)")


def describe_claim(item: Observed) -> str:
    """Return a sentence about a foreign object with the name of a desired resource."""
    kind = Phrase(item.kind.replace("_", " "))
    what = Phrase("an {kind}" if kind[0] in "aeiou" else "a {kind}", kind=kind)
    found = {"address": item.address, "what": what, "name": item.name, "id": item.id}
    if lab := item.spec.get("lab"):
        return Phrase("{address}: {what} named {name} exists ({id}) and belongs to lab {lab}", **found, lab=lab)
    return Phrase("{address}: {what} named {name} exists ({id}) and does not belong to this lab", **found)


def describe_never(step: Step) -> str:
    """Return a sentence about a foreign object that cannot be adopted, as `step` would have to replace it."""
    assert step.observed is not None
    differing = (
        Phrase(
            "{field} is {was} and should be {want}",
            field=c.field,
            was=plain_value(c.before),
            want=plain_value(c.after),
        )
        for c in step.changes
    )
    reasons = Phrase.join_parts("; ", (step.why, *differing))
    return Phrase("{claim}, and cannot be adopted: {reasons}", claim=describe_claim(step.observed), reasons=reasons)
