"""Protocol of a lab as the screen uses it.

`pltui.lab.session.Lab` implements it; tests and demonstrations have implementations of their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from pltui.engine.feed import Feed
from pltui.engine.model import Desired
from pltui.engine.outcome import Outcome
from pltui.engine.plan import Plan
from pltui.lab.runner import Review
from pltui.lab.spec_reload import Saved
from pltui.probe.answer import Answer
from pltui.probe.schedule import ProbePace
from pltui.spec.model import Spec

if TYPE_CHECKING:
    from pltui.cost.prices import Bill
    from pltui.explain.explanation import Explained
    from pltui.lab.faults import LabFault
    from pltui.lab.process_identity import LeaseOwner


class LabSession(Protocol):
    """One lab on one target. Every coroutine may raise `pltui.errors.LabError`; none of them blocks the event loop."""

    @property
    def spec(self) -> Spec:
        """The spec in force."""

    @property
    def feed(self) -> Feed:
        """Events of the lab."""

    @property
    def target(self) -> str:
        """Target of the lab: "sandbox" or "aws"."""

    @property
    def endpoint(self) -> str | None:
        """URL of the API, if it is not AWS's own."""

    @property
    def region(self) -> str:
        """AWS region."""

    @property
    def read_only(self) -> bool:
        """True if nothing may be written."""

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences to show once at the start."""

    @property
    def all_desired(self) -> tuple[Desired, ...]:
        """The desired resources; empty until `open` is done."""

    async def open(self) -> None:
        """Connect to AWS, or find or start the sandbox, and compute the desired resources."""

    async def look(self) -> object:
        """Observe all resources of the lab; the result goes to the feed."""

    async def plan(self, *, destroy: bool = False, remove_guardduty: bool = False) -> Plan:
        """Plan a reconciliation, or with `destroy` the deletion of the lab."""
        ...

    @property
    def path(self) -> str | None:
        """Path of the spec's file; None if there is none to watch."""

    def reread(self) -> Saved:
        """Read the spec's file, and return its spec or its problems. Blocks on the file."""
        ...

    def same_world(self, spec: Spec) -> bool:
        """True if `spec` desires the same resources as the lab's spec."""
        ...

    def take(self, spec: Spec) -> None:
        """Put this spec in force; that alone changes no resource."""

    async def reconcile(self, *, keep_switch: bool = False, review: Review | None = None) -> Outcome:
        """Converge; with `keep_switch` a cross-zone setting that differs from the spec is kept.

        `review` is called with each plan before it is executed, and with True for the first one; an exception of it
        ends the run.
        """
        ...

    async def destroy(self, *, review: Review | None = None, remove_guardduty: bool = False) -> Outcome:
        """Delete the lab's resources; with `remove_guardduty` also those that GuardDuty placed in its VPCs."""
        ...

    async def account(self) -> str | None:
        """AWS account id; None on the sandbox."""

    async def holder(self) -> LeaseOwner | None:
        """Holder of the lease on the lab, if there is one."""

    async def bill(self) -> Bill:
        """Estimated cost on AWS of the resources last observed and of those desired."""
        ...

    async def cross_zone(self) -> bool | None:
        """The observed cross-zone setting; None while there is no load balancer."""

    async def sandbox_end_notice(self) -> str:
        """A sentence if the sandbox has ended and can be started again; otherwise empty."""
        ...

    async def possible_faults(self) -> tuple[LabFault, ...]:
        """The possible faults, with the active ones among them; empty on AWS."""
        ...

    async def inject_fault(self, fault: LabFault) -> None:
        """Inject this fault."""

    async def clear_faults(self, faults: Sequence[LabFault]) -> Outcome | None:
        """Clear these faults; returns the outcome if that took a run."""

    async def set_cross_zone(self, on: bool) -> Outcome:
        """Set the cross-zone attribute of the load balancer."""

    def write_back(self, on: bool) -> bool:
        """Write the setting into the spec's file, keeping its comments; False if the file has that value already."""
        ...

    def answers(
        self, consumer: str | None = None, *, pace: Callable[[], ProbePace] | None = None
    ) -> AsyncIterator[Answer]:
        """Send requests without end as `consumer` (by default the first one), each over a new connection.

        `pace` is called before each request; the default is the spec's pace.
        """
        ...

    async def explain(self) -> Explained:
        """Predict the path of a request hop by hop, and compare it with the answers to some requests."""
        ...

    async def paths(self) -> Explained | None:
        """Predict the paths from configuration and health, with reads only; None if that is impossible."""

    def stop(self) -> None:
        """Start no new call; a run in progress ends as interrupted."""

    async def close(self) -> None:
        """Release the lease and all connections."""
