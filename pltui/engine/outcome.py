"""Outcome of a run: figures, and a sentence made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pltui.engine.model import Unreadable
from pltui.engine.problems import format_addresses
from pltui.i18n import Phrase

COUNTED = {
    "created": "{n} created",
    "unfinished": "{n} created but not ready",
    "updated": "{n} updated",
    "deleted": "{n} deleted",
    "begun": "{n} started but not finished",
    "unknown": "{n} with an unknown outcome",
}


@dataclass
class Outcome:
    """Outcome of a run. `message` is one sentence; `denied`: a permission was missing before any write."""

    ok: bool = False
    interrupted: bool = False
    denied: bool = False
    created: int = 0
    updated: int = 0
    deleted: int = 0
    failed: int = 0
    passes: int = 0
    seconds: float = 0.0
    message: str = ""
    problems: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # addresses that are not as desired
    unreadable: tuple[Unreadable, ...] = ()  # unreadable types, whose dependents were left alone
    unfinished: int = 0  # resources whose creation then failed or was interrupted; not in `created`
    begun: int = 0  # updates and deletions sent but not observed to end; not in `updated` or `deleted`
    unknown: int = 0  # writes that may have been applied, not observed since
    wrote: bool = False  # True if something was written, or may have been

    @property
    def writes(self) -> int:
        """Number of changes made."""
        return self.created + self.unfinished + self.updated + self.deleted + self.begun

    def sentence(self, why: str = "") -> str:
        """Return a sentence about the run. `why` is the reason of an early end."""
        numbers = {did: getattr(self, did) for did in COUNTED}
        counts = [Phrase(COUNTED[did], n=number) for did, number in numbers.items() if number]
        done = Phrase.join_parts(", ", counts) or Phrase("nothing to change" if self.ok else "nothing changed")
        if self.ok:
            return done
        failed = Phrase("{n} failed", n=self.failed) if self.failed else Phrase("it does not converge")
        if self.unreadable and not self.failed:
            failed = Phrase("cannot read everything")
        why = (why.removesuffix(".") if why.endswith(".") else why) or failed  # AWS's messages end with a period
        if not self.passes:
            return Phrase("{why}: nothing changed, and the state is not fully read", why=why)
        if not self.left:
            return Phrase("{why}: {done}", why=why, done=done)
        return Phrase(
            "{why}: {done}; different from the spec: {left}", why=why, done=done, left=format_addresses(self.left)
        )
