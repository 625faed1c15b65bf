"""Creates guarded by a ClientToken: sent once or several times, they make one object at most."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pltui.aws.dates import answer_date
from pltui.engine.errors import NotYetError, RefusedError
from pltui.engine.model import Desired, Observed, State
from pltui.engine.polling import pause_after
from pltui.resources.base import AwsContext, Item

MOST_TOKENS = 20  # tokens tried in turn before a random one
OVER = (State.DELETING, State.FAILED)


@dataclass(frozen=True, slots=True)
class Create:
    """A create guarded by a ClientToken."""

    send: Callable[[str], Awaitable[Item]]  # token -> answer
    read: Callable[[Item], Observed | None]  # answer -> observed state; None if gone
    poll: Callable[[AwsContext, Sequence[Observed]], Awaitable[list[Observed]]]
    gone: frozenset[str] = frozenset()  # error codes for a token whose object is gone


async def create_once(lab: AwsContext, desired: Desired, create: Create, *parameters: str) -> Observed:
    """Create `desired`, at most once even if the answer is lost.

    `parameters` are those sent beyond `desired.spec`: a token sent with other parameters than before is refused (EC2
    API reference, IdempotentParameterMismatch).

    An old token answers with the object it once created. If that is gone, or being deleted, the token is changed. If
    many are gone, an unused token ends the search.

    Raises:
        RefusedError: If every created object is gone at once.
    """
    gone: list[str] = []
    while len(gone) <= MOST_TOKENS:
        token = lab.token(desired, *parameters, *gone) if len(gone) < MOST_TOKENS else uuid.uuid4().hex
        observed = await _send_create(lab, create, token, searching=bool(gone))
        if observed and observed.state not in OVER:
            return replace(observed, address=desired.address)
        gone.append(observed.id if observed else f"gone {len(gone)}")
    raise RefusedError(f"{desired.address}: it is gone as soon as it is made")


async def _send_create(lab: AwsContext, create: Create, token: str, *, searching: bool) -> Observed | None:
    """Return the current state of the object created with this token.

    `searching`: the objects of earlier tokens are gone.
    """
    try:
        answer = await create.send(token)
    except (NotYetError, RefusedError) as error:
        if error.code not in create.gone:
            raise
        return None
    observed = create.read(answer)
    if observed is None or observed.state in OVER:
        return observed
    if _may_be_old(lab, observed, answer):
        return await _find(lab, create, observed, 0.0)
    # Its age is unknown, and many consecutive tokens may be old.
    return await _find(lab, create, observed, lab.shows_within) if searching and not observed.created else observed


async def _find(lab: AwsContext, create: Create, observed: Observed, patience: float) -> Observed:
    """Return `observed` as listed within `patience` seconds; as being deleted if it is not listed."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        if now := next((one for one in await create.poll(lab, [observed]) if one.id == observed.id), None):
            return now
        waited = loop.time() - begun
        if waited >= patience:
            return replace(observed, state=State.DELETING)
        if await lab.aws.pause(pause_after(waited)):
            return observed  # a stop was requested; the next run observes it


def _may_be_old(lab: AwsContext, observed: Observed, answer: Item) -> bool:
    """Return True if the answer may be a repetition, although the object is gone.

    This is possible if AWS created the object long before this answer, or this process got the answer before. No page
    says whether a token answers with the first answer or with the present state.
    """
    now = asyncio.get_running_loop().time()
    waited = now - lab.answered.setdefault(observed.id, now)
    date = answer_date(answer)
    if observed.created and date:
        waited = max(waited, (date - datetime.fromisoformat(observed.created)).total_seconds())
    return waited > lab.shows_within
