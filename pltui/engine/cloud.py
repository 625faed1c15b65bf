"""Interface between the engine and the cloud that has the resources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from typing import Protocol

from pltui.engine.model import Change, Desired, Observation, Observed, Traits

# Length of the chain of steps that depend on the current one: a cloud with limited concurrency starts with the most
# urgent. Observations block everything else.
MOST_URGENT = 1_000_000
urgency: ContextVar[int] = ContextVar("urgency", default=MOST_URGENT)

# Called with the reason why a call takes more than one attempt.
notice: ContextVar[Callable[[str], None]] = ContextVar("notice", default=lambda _: None)

# Called immediately before a write is sent, which may have waited for its turn; its exception prevents the write.
admission: ContextVar[Callable[[], None]] = ContextVar("admission", default=lambda: None)

# Called for each write that was applied, or may have been.
written: ContextVar[Callable[[], None]] = ContextVar("written", default=lambda: None)


class Cloud(Protocol):
    """Reads by type, writes one by one. Every method may raise `pltui.engine.errors.CloudError`.

    A write that was applied, or may have been, is reported to `written`.
    """

    @property
    def traits(self) -> Mapping[str, Traits]:
        """Kind -> facts about the type for the planner."""

    @property
    def observation_start(self) -> float:
        """Time of the first read of the latest `observe`, by the clock of the lease (`Process.clock`)."""

    async def observe(
        self, all_desired: Sequence[Desired], kinds: Collection[str] | None = None, *, creating: bool = True
    ) -> Observation:
        """Return all of the lab's resources, of all kinds or of `kinds`.

        `all_desired` give the names of resources that have no tag. Unless `creating`, nothing missing will be created,
        and its place need not be read.

        Raises:
            DeniedError: If none of the types may be read.
        """

    async def poll(self, kind: str, items: Sequence[Observed]) -> list[Observed]:
        """Return the current state of `items` of one kind; those that are gone are omitted."""

    async def create(self, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        """Create a resource, with its `spec` resolved. `made` is called as soon as others may refer to it."""

    async def update(self, desired: Desired, observed: Observed, changes: Sequence[Change]) -> Observed | None:
        """Change a resource in place; return its new state if it is still settling."""

    async def delete(self, observed: Observed) -> None:
        """Start a deletion. A resource that is already gone counts as deleted."""
