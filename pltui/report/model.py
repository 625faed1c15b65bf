"""What a report holds. All of it is immutable, and none of it is made safe yet: who writes it down does that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from pltui.lab.experiments import Verdict

if TYPE_CHECKING:
    from pltui.explain.explanation import Explained
    from pltui.view.lab_snapshot import Row

VERSION = 1  # of the JSON form


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when."""

    lab: str
    target: str  # sandbox or aws
    region: str
    at: str  # RFC 3339, UTC
    versions: Mapping[str, str]  # of pltui and what it stands on
    account: str | None = None  # the sandbox's labs are in nobody's
    endpoint: str = ""  # of the API, where it is not the target's own
    speed: str = ""  # of the sandbox's time: "60", or "instant"; empty on AWS


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something could not be found out, in words."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What became of the spec's experiments: all of them, those before `trouble`, or none because `skipped`."""

    declared: int
    verdicts: tuple[Verdict, ...] = ()
    trouble: Trouble | None = None
    skipped: str = ""

    @property
    def passed(self) -> bool | None:
        """None where no experiment was run."""
        if self.trouble:
            return False
        return all(verdict.passed for verdict in self.verdicts) if self.verdicts else None

    @property
    def passes(self) -> int:
        return sum(verdict.passed for verdict in self.verdicts)

    @property
    def failing(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)


@dataclass(frozen=True, slots=True)
class Switch:
    """Cross-zone load balancing; `observed` is None while there is no load balancer."""

    wanted: bool
    observed: bool | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What `plan` says: its document and its lines, or why it says nothing."""

    document: Mapping[str, Any]
    lines: tuple[str, ...] = ()
    counts: str = ""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Timed:
    address: str
    kind: str
    seconds: float  # from the call that creates it until it works


@dataclass(frozen=True, slots=True)
class Creation:
    """The recorded run that made the lab, or the last one that made a part of it."""

    run: str
    at: str  # RFC 3339, UTC
    seconds: float | None  # of the run as a whole
    resources: tuple[Timed, ...]  # the slowest first


@dataclass(frozen=True, slots=True)
class Source:
    """The spec as it was written, and what the command line changed of it."""

    file: str  # its name: where it is on somebody's disk is nobody's business
    text: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    origin: Origin
    switch: Switch
    zones: Mapping[int, str]  # number of each of the provider's subnets -> its zone's name
    results: Results
    planned: Planned
    explained: Explained
    explanation: tuple[str, ...]  # the same in lines
    source: Source
    rows: Sequence[Row]  # each resource as it was found
    picture: str  # the topology as SVG
    drawing: tuple[str, ...]  # the topology in lines of text
    creation: Creation | None = None
    faults: tuple[str, ...] = field(default=())  # broken on purpose, a sentence each

    def document(self) -> dict[str, Any]:
        """As JSON has it. `passed` is null where no experiment was run, and `skipped` says why."""
        results = self.results
        return {
            "version": VERSION,
            **asdict(self.origin),
            "cross_zone": asdict(self.switch),
            "zones": {str(subnet): zone for subnet, zone in self.zones.items()},
            "passed": results.passed,
            "skipped": results.skipped or None,
            "trouble": asdict(results.trouble) if results.trouble else None,
            "experiments": [verdict.document() for verdict in results.verdicts],
            "faults": list(self.faults),
            "plan": {
                **self.planned.document,
                "lines": list(self.planned.lines),
                "trouble": asdict(self.planned.trouble) if self.planned.trouble else None,
            },
            "explain": {**self.explained.document(), "explanation": list(self.explanation)},
            "resources": [
                {"address": row.address, "kind": row.kind, "name": row.name, "id": row.id, "state": row.word}
                for row in self.rows
            ],
            "creation": asdict(self.creation) if self.creation else None,
            "spec": asdict(self.source),
        }
