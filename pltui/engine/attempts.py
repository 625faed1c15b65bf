"""Failed creations: each further attempt may cost money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pltui.engine.errors import CloudError

# Attempts to create one resource that fails after its creation, such as an instance that AWS terminates at launch: the
# first failure may be chance; the second has a cause that a third attempt would meet too.
MOST_ATTEMPTS = 2


@dataclass
class Attempts:
    """Failed creations of one run, or of all automatically repeated runs of a process."""

    failures: dict[str, list[CloudError]] = field(default_factory=dict)  # by address: errors after the creation
    mismatched: set[str] = field(default_factory=set)  # ids of resources that do not show a requested value

    def add_failure(self, address: str, error: CloudError) -> None:
        """Record an error of a resource that was created and then failed."""
        self.failures.setdefault(address, []).append(error)

    def given_up(self) -> dict[str, CloudError]:
        """Return the addresses that are not created or changed again, with the last error."""
        return {address: errors[-1] for address, errors in self.failures.items() if len(errors) >= MOST_ATTEMPTS}

    def not_again(self, ids: Iterable[str]) -> None:
        """Do not replace these ids again: their replacements would show the same value."""
        self.mismatched.update(ids)

    def forget(self) -> None:
        """Forget all failures once the lab is converged: later ones have other causes."""
        self.failures.clear()
        self.mismatched.clear()
