"""Which resources a filter keeps. Knows nothing of screens."""

from __future__ import annotations

from pltui.i18n import tr
from pltui.view.lab_snapshot import Row


def matches(row: Row, query: str) -> bool:
    """Whether each word of `query` (case-folded) is part of the row's label, kind, state, id, name or address.

    Its state goes by its service's word, and by the one of the heading: "failed", "working".
    """
    condition = row.condition.name.lower()
    differs = "differs" if row.changes else ""
    fields = (
        row.label,
        row.kind,
        row.word,
        tr(row.word),
        condition,
        tr(condition),
        differs,
        row.id,
        row.name,
        row.address,
    )
    known = "\n".join(fields).casefold()
    return all(word in known for word in query.split())
