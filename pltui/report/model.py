"""The content of a report. All values are immutable and not escaped; each form escapes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from pltui.lab.experiments import ExperimentResult

if TYPE_CHECKING:
    from pltui.explain.explanation import Explained
    from pltui.view.lab_snapshot import Row

VERSION = 1  # version of the JSON form


@dataclass(frozen=True, slots=True)
class Origin:
    """Place, time and versions of a report."""

    lab: str
    target: str  # sandbox or aws
    region: str
    at: str  # RFC 3339, UTC
    versions: Mapping[str, str]  # of pltui and the packages it depends on
    account: str | None = None  # None on the sandbox
    endpoint: str = ""  # URL of the API, unless it is the target's own
    speed: str = ""  # speed of the sandbox's clock: "60", or "instant"; empty on AWS


@dataclass(frozen=True, slots=True)
class Trouble:
    """The reason why something is missing, in words."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """Results of the spec's experiments: all of them, those before `trouble`, or none because of `skipped`."""

    declared: int
    verdicts: tuple[ExperimentResult, ...] = ()
    trouble: Trouble | None = None
    skipped: str = ""

    @property
    def success(self) -> bool | None:
        """True if all experiments passed; None if none was run."""
        if self.trouble:
            return False
        return all(verdict.success for verdict in self.verdicts) if self.verdicts else None

    @property
    def passes(self) -> int:
        """Number of passed experiments."""
        return sum(verdict.success for verdict in self.verdicts)

    @property
    def failing(self) -> tuple[ExperimentResult, ...]:
        """The experiments that did not pass."""
        return tuple(verdict for verdict in self.verdicts if not verdict.success)


@dataclass(frozen=True, slots=True)
class Switch:
    """Cross-zone load balancing; `observed` is None while there is no load balancer."""

    wanted: bool
    observed: bool | None


@dataclass(frozen=True, slots=True)
class Planned:
    """Result of `plan`: its document and its lines, or the reason why there is none."""

    document: Mapping[str, Any]
    lines: tuple[str, ...] = ()
    counts: str = ""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Timed:
    """Creation time of one resource."""

    address: str
    kind: str
    seconds: float  # from the creating call until the resource works


@dataclass(frozen=True, slots=True)
class Creation:
    """The recorded run that created the lab, or the last one that created a part of it."""

    run: str
    at: str  # RFC 3339, UTC
    seconds: float | None  # of the run as a whole
    resources: tuple[Timed, ...]  # the slowest first


@dataclass(frozen=True, slots=True)
class Source:
    """The spec as written, and the overrides of the command line."""

    file: str  # its name only, because the path is private
    text: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report shows."""

    origin: Origin
    switch: Switch
    zones: Mapping[int, str]  # number of each of the provider's subnets -> its zone's name
    results: Results
    planned: Planned
    explained: Explained
    explanation: tuple[str, ...]  # `explained` as lines of text
    source: Source
    rows: Sequence[Row]  # each resource as observed
    picture: str  # the topology as SVG
    drawing: tuple[str, ...]  # the topology in lines of text
    creation: Creation | None = None
    faults: tuple[str, ...] = field(default=())  # a sentence for each active fault

    def document(self) -> dict[str, Any]:
        """Return JSON values. `passed` is null if no experiment was run, and `skipped` is the reason."""
        results = self.results
        return {
            "version": VERSION,
            **asdict(self.origin),
            "cross_zone": asdict(self.switch),
            "zones": {str(subnet): zone for subnet, zone in self.zones.items()},
            "passed": results.success,
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
