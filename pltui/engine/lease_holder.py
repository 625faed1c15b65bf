"""The holder of a lease, and what a lease needs: a place where it is kept, and a process that takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pltui.i18n import Phrase


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """The holder of a lease, as others read it."""

    run: str  # unique for each run
    host: str  # its name, for people
    machine: str  # tells hosts of one name apart
    pid: int
    born: str  # when the process began, as its system tells: a number is given to another process later
    verb: str
    since: str  # RFC 3339, UTC
    renewed: str
    ended: bool = False  # it writes no more, and what it did last may not show yet

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
        """Put it there, and its version; None when there is one already."""

    async def overwrite(self, text: str) -> int:
        """Its new version, one more than the one it replaces."""

    async def get(self) -> tuple[str, int, float] | None:
        """Text, version and age in seconds by the clock of where it is kept."""

    async def remove(self) -> None:
        """Sent once: a second one could remove somebody else's."""


class Process(Protocol):
    """The process that takes a lease."""

    def holder(self, verb: str) -> LeaseHolder:
        """A new run of it."""

    def alive(self, holder: LeaseHolder) -> bool | None:
        """True if the run of `holder` goes on: None where that cannot be known from here."""

    def ended(self, holder: LeaseHolder) -> None:
        """A run of this process goes on no more."""

    def clock(self) -> float:
        """Seconds, those included that the machine slept."""

    def now(self) -> str:
        """RFC 3339, UTC."""
