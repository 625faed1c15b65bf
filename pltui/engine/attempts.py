"""Creates that came to nothing: each further attempt may cost money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pltui.engine.errors import CloudError

# Creates of one resource that failed after it was made, such as an instance that AWS terminates at launch: once may be
# bad luck, twice has a reason that a third attempt meets too.
MOST_ATTEMPTS = 2


@dataclass
class Attempts:
    """Those of one run, or of all runs of a process that repeats them unasked."""

    failures: dict[str, list[CloudError]] = field(default_factory=dict)  # by address: of what was made, and then failed
    mismatched: set[str] = field(default_factory=set)  # ids of what does not show a value that it was made with

    def failed(self, address: str, error: CloudError) -> None:
        self.failures.setdefault(address, []).append(error)

    def given_up(self) -> dict[str, CloudError]:
        """Addresses that are not created again, with the reason."""
        return {address: errors[-1] for address, errors in self.failures.items() if len(errors) >= MOST_ATTEMPTS}

    def not_again(self, ids: Iterable[str]) -> None:
        """Replace none of these: what was made in their place would show no other value."""
        self.mismatched.update(ids)

    def forget(self) -> None:
        """All is as wanted: what goes wrong from now on has reasons of its own."""
        self.failures.clear()
        self.mismatched.clear()
