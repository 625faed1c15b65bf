"""The read-only view of an open lab that features are given: cost, faults, explanation, probing."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from pltui import topology
    from pltui.aws.access import Access
    from pltui.aws.client import Aws
    from pltui.aws.settings import Settings
    from pltui.engine.model import Desired, Observed
    from pltui.sandbox.launcher import Sandbox
    from pltui.spec.model import Spec

T = TypeVar("T")


class LabContext(Protocol):
    """A lab on one target, as it was last seen. `pltui.lab.session.Lab` is one."""

    @property
    def path(self) -> str:
        """The spec's file."""

    @property
    def spec(self) -> Spec:
        """The spec in force."""

    @property
    def settings(self) -> Settings:
        """The command line's settings: target, endpoint, region, profile."""

    @property
    def region(self) -> str:
        """The region, by its name."""

    @property
    def partition(self) -> topology.Partition:
        """The partition of AWS that the region is in."""

    @property
    def zones(self) -> tuple[topology.Zone, ...]:
        """The region's availability zones; empty until the lab is open."""

    @property
    def profile(self) -> str | None:
        """The profile whose credentials are used, where one is named."""

    @property
    def chosen_endpoint(self) -> str | None:
        """The endpoint of --endpoint-url or of the environment; None for the target's own."""

    @property
    def access(self) -> Access:
        """The credentials and endpoints."""

    @property
    def client(self) -> Aws:
        """The client of the account. The lab must be open."""

    @property
    def sandbox(self) -> Sandbox | None:
        """The sandbox that the lab is on; None on another target."""

    @property
    def all_desired(self) -> Sequence[Desired]:
        """The desired resources."""

    @property
    def observed(self) -> Sequence[Observed]:
        """The resources of the last look."""

    @property
    def stopping(self) -> bool:
        """True once a stop was asked for."""

    async def read(self, reading: Awaitable[T]) -> T:
        """Await `reading`, unless a stop is asked for.

        Raises:
            LabError: If the read fails, or a stop is asked for.
        """

    async def find(self, *addresses: str, max_age_s: float = 0.0) -> dict[str, str]:
        """Observe the lab, and return address -> id of those of `addresses` that exist."""

    def say(self, verb: str, message: str) -> None:
        """Send news of the work called `verb` to the feed."""
