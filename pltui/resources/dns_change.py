"""Changes of Route 53: applied at once, and propagated to all its name servers up to a minute later.

Sources: Route 53 API reference, ChangeInfo and GetChange ("generally within 60 seconds").
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from pltui.aws.errors import kind_of, lacks_permission
from pltui.aws_errors import ErrorKind
from pltui.engine.errors import CloudError, DeniedError
from pltui.engine.model import Observed, State
from pltui.resources.base import AwsContext, Item

PENDING, INSYNC = "PENDING", "INSYNC"


def note_change(lab: AwsContext, observed: Observed, answer: Item) -> Observed:
    """Return `observed` as pending until all name servers know the change. `answer` is the change's."""
    info = answer.get("ChangeInfo", {})
    if info.get("Status") != PENDING:
        return observed
    lab.dns_changes[observed.id] = info["Id"]
    return replace(observed, state=State.PENDING, status=PENDING)


async def check_propagation(lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
    """Return `items`, each ready once its last change is propagated; one call for each that is not yet."""
    return list(await asyncio.gather(*(_check_item(lab, item) for item in items)))


async def _check_item(lab: AwsContext, item: Observed) -> Observed:
    change = lab.dns_changes.get(item.id)
    if change is not None and await _change_status(lab, change) == PENDING:
        return replace(item, state=State.PENDING, status=PENDING)
    lab.dns_changes.pop(item.id, None)
    return replace(item, state=State.READY, status="")


async def _change_status(lab: AwsContext, change: str) -> str:
    """Return the status of a change: INSYNC without permission to read it, and if it is no longer known."""
    try:
        answer = await lab.aws.call("route53", "GetChange", Id=change)
    except DeniedError as error:
        if not lacks_permission(error):
            raise
        return INSYNC
    except CloudError as error:
        if kind_of(error) is not ErrorKind.MISSING:
            raise
        return INSYNC
    return str(answer["ChangeInfo"]["Status"])
