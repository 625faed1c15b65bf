"""What the screen needs of a lab. `pltui.lab.Lab` is the real one; tests and demonstrations bring their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from pltui.engine.feed import Feed
from pltui.engine.types import Want
from pltui.probe.answer import Answer
from pltui.spec.model import Spec


class Outcome(Protocol):
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
    def wants(self) -> tuple[Want, ...]: ...  # empty until `open` is done

    async def open(self) -> None:
        """Find or start what answers API calls, and work out what is wanted."""

    async def look(self) -> object:
        """Observe everything of ours; says so in the feed."""

    async def reconcile(self, *, keep_switch: bool = False) -> Outcome:
        """Converge; with `keep_switch` a cross-zone switch that differs from the spec is left as it is."""
        ...

    async def destroy(self) -> Outcome: ...

    async def cross_zone(self) -> bool | None:
        """The switch as observed; None while there is no load balancer."""

    async def faults(self) -> tuple[str, ...]:
        """What is broken on purpose, a sentence each; only the sandbox has such a thing."""
        ...

    async def set_cross_zone(self, on: bool) -> Outcome: ...

    def write_back(self, on: bool) -> bool:
        """Write the switch into the spec's file, keeping its comments; False when it says so already."""
        ...

    def answers(self, consumer: str | None = None) -> AsyncIterator[Answer]:
        """Ask without end as `consumer`'s client (the first one's by default), a fresh connection each time."""
        ...

    async def explain(self) -> str:
        """The path of a request hop by hop, as lines of plain text."""
        ...

    def stop(self) -> None:
        """Start no new call; what runs ends as interrupted."""

    async def close(self) -> None: ...
