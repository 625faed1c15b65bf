"""The seam between the engine and whatever holds the resources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from typing import Protocol

from pltui.engine.model import Change, Desired, Observation, Observed, Traits

# How long a chain of steps hangs on the one being carried out, for a cloud that can do but so much at once to begin
# with what keeps most waiting. Looks hold everything up.
MOST_URGENT = 1_000_000
urgency: ContextVar[int] = ContextVar("urgency", default=MOST_URGENT)

# Who hears why a call takes longer than one try.
notice: ContextVar[Callable[[str], None]] = ContextVar("notice", default=lambda _: None)

# Called as a write is about to be sent, which may have waited for its turn; what it raises keeps it from being sent.
admission: ContextVar[Callable[[], None]] = ContextVar("admission", default=lambda: None)

# Called for each write that was applied, or may have been.
written: ContextVar[Callable[[], None]] = ContextVar("written", default=lambda: None)


class Cloud(Protocol):
    """Reads by type, writes one by one. Every method may raise `pltui.engine.errors.CloudError`.

    A write that was applied, or may have been, is reported to `written`.
    """

    @property
    def traits(self) -> Mapping[str, Traits]:
        """Kind -> what the planner must know of it."""

    @property
    def looked(self) -> float:
        """When the first read of the latest `observe` was sent, by the clock of the lease (`Process.clock`)."""

    async def observe(
        self, all_desired: Sequence[Desired], kinds: Collection[str] | None = None, *, creating: bool = True
    ) -> Observation:
        """All that is ours, of all kinds or of `kinds`. `all_desired` give the names of what has no tag to be found by.

        Unless `creating`, nothing that is missing will be created, and nothing need be read about its place.
        Raises DeniedError where none of them may be read.
        """

    async def poll(self, kind: str, items: Sequence[Observed]) -> list[Observed]:
        """`items` of one kind as they are now, in one look; those that are gone are missing from the answer."""

    async def create(self, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        """Make it, with its `spec` resolved. `made` is called as soon as it exists and others may refer to it."""

    async def update(self, desired: Desired, observed: Observed, changes: Sequence[Change]) -> Observed | None:
        """Change it in place; its new shape where that is still settling."""

    async def delete(self, observed: Observed) -> None:
        """Begin its deletion. That it is gone already is success."""
