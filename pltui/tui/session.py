"""What the screen needs of a lab. `pltui.lab.session.Lab` is the real one; tests and demonstrations bring their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from pltui.engine.events import Feed
from pltui.engine.model import Desired
from pltui.engine.plan import Plan
from pltui.lab.spec_reload import Saved
from pltui.probe.answer import Answer
from pltui.probe.schedule import ProbePace
from pltui.spec.model import Spec

if TYPE_CHECKING:
    from pltui.cost.prices import Bill
    from pltui.explain.explanation import Explained
    from pltui.lab.faults import LabFault
    from pltui.lab.process_identity import LeaseOwner

Review = Callable[[Plan, bool], None]


class RunOutcome(Protocol):
    """How a run ended."""

    @property
    def ok(self) -> bool: ...
    @property
    def interrupted(self) -> bool: ...
    @property
    def created(self) -> int: ...
    @property
    def updated(self) -> int: ...
    @property
    def deleted(self) -> int: ...
    @property
    def failed(self) -> int: ...
    @property
    def message(self) -> str: ...


class LabSession(Protocol):
    """One lab on one target. Every coroutine may raise `pltui.errors.LabError`; none of them blocks the loop."""

    @property
    def spec(self) -> Spec: ...
    @property
    def feed(self) -> Feed: ...
    @property
    def target(self) -> str: ...  # "sandbox" or "aws"
    @property
    def endpoint(self) -> str | None: ...
    @property
    def region(self) -> str: ...
    @property
    def read_only(self) -> bool: ...
    @property
    def notices(self) -> tuple[str, ...]: ...  # sentences to show as it begins
    @property
    def all_desired(self) -> tuple[Desired, ...]: ...  # empty until `open` is done

    async def open(self) -> None:
        """Find or start what answers API calls, and work out what is wanted."""

    async def look(self) -> object:
        """Observe everything of ours; says so in the feed."""

    async def plan(self, *, destroy: bool = False, remove_guardduty: bool = False) -> Plan:
        """What reconciling, or destroying, would change."""
        ...

    @property
    def path(self) -> str | None: ...  # of the spec's file; None where there is none to watch

    def reread(self) -> Saved:
        """What the spec's file says now, or what is wrong with it. Reads a file."""
        ...

    def same_world(self, spec: Spec) -> bool:
        """Whether it wants just what the lab's spec does of AWS."""
        ...

    def take(self, spec: Spec) -> None:
        """Go by this spec from now on; nothing is changed by that alone."""

    async def reconcile(self, *, keep_switch: bool = False, review: Review | None = None) -> RunOutcome:
        """Converge; with `keep_switch` a cross-zone switch that differs from the spec is left as it is.

        `review` sees each plan before it is carried out, and whether it is the first; what it raises ends the run.
        """
        ...

    async def destroy(self, *, review: Review | None = None, remove_guardduty: bool = False) -> RunOutcome:
        """Remove all of it; `remove_guardduty`: also what GuardDuty placed in its VPCs."""
        ...

    async def account(self) -> str | None:
        """Whose account it is in; None where it is nobody's."""

    async def holder(self) -> LeaseOwner | None:
        """Who is changing the lab right now."""

    async def bill(self) -> Bill:
        """What it costs on AWS, as it was last seen and as it is wanted."""
        ...

    async def cross_zone(self) -> bool | None:
        """The switch as observed; None while there is no load balancer."""

    async def sandbox_end_notice(self) -> str:
        """A sentence where what answers API calls is there no more, and can be started again; empty otherwise."""
        ...

    async def breakages(self) -> tuple[LabFault, ...]:
        """All that can be broken on purpose, and all that is; only the sandbox has such a thing."""
        ...

    async def break_(self, breakage: LabFault) -> None: ...

    async def mend(self, breakages: Sequence[LabFault]) -> RunOutcome | None:
        """End these; the outcome where that took a run."""

    async def set_cross_zone(self, on: bool) -> RunOutcome: ...

    def write_back(self, on: bool) -> bool:
        """Write the switch into the spec's file, keeping its comments; False when it says so already."""
        ...

    def answers(
        self, consumer: str | None = None, *, pace: Callable[[], ProbePace] | None = None
    ) -> AsyncIterator[Answer]:
        """Ask without end as `consumer`'s client (the first one's by default), a fresh connection each time.

        `pace` is asked before each request; by default it is as the spec says.
        """
        ...

    async def explain(self) -> Explained:
        """The path of a request hop by hop, beside what really comes of some."""
        ...

    async def paths(self) -> Explained | None:
        """How requests go, by configuration and health alone; only reads. None where nobody can tell."""

    def stop(self) -> None:
        """Start no new call; what runs ends as interrupted."""

    async def close(self) -> None: ...
