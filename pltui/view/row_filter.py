"""Filter of the resources. Knows nothing of screens."""

from __future__ import annotations

from pltui.i18n import tr
from pltui.view.lab_snapshot import Row


def matches(row: Row, query: str) -> bool:
    """True if each word of `query` (case-folded) is part of the row's label, kind, state, id, name or address.

    The state matches by the service's word, and by that of the heading: "failed", "working".
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
