"""The holder of a lease, and the interfaces a lease needs: a store, and the process that takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pltui.i18n import Phrase


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """The holder of a lease, as stored for others."""

    run: str  # unique for each run
    host: str  # user and host, for people
    machine: str  # distinguishes hosts of the same name
    pid: int
    born: str  # start of the process by its system's clock, because process ids are reused
    verb: str
    since: str  # RFC 3339, UTC
    renewed: str
    ended: bool = False  # it writes no longer, but its last writes may not be visible yet

    def __str__(self) -> str:
        return Phrase(
            "`pltui {verb}` (process {pid} on {host}, since {since})",
            verb=self.verb,
            pid=self.pid,
            host=self.host,
            since=self.since,
        )


class LeaseStore(Protocol):
    """A store for a lease. Every method may raise CloudError."""

    async def put(self, text: str) -> int | None:
        """Store the lease and return its version; None if there is one already."""

    async def overwrite(self, text: str) -> int:
        """Replace the lease; return its new version, one above the replaced one."""

    async def get(self) -> tuple[str, int, float] | None:
        """Return text, version and age in seconds by the store's clock; None if there is no lease."""

    async def remove(self) -> None:
        """Remove the lease. Sent once: a second call could remove another run's lease."""


class Process(Protocol):
    """The process that takes a lease."""

    def holder(self, verb: str) -> LeaseHolder:
        """Return a holder for a new run of the process."""

    def alive(self, holder: LeaseHolder) -> bool | None:
        """Return True if the run of `holder` goes on; None if that cannot be determined here."""

    def mark_ended(self, holder: LeaseHolder) -> None:
        """Record that a run of this process has ended."""

    def clock(self) -> float:
        """Return seconds including machine sleep."""

    def now(self) -> str:
        """Return the current time, RFC 3339, UTC."""
