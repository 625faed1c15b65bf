"""A report of every kind of content, without a lab behind it."""

from collections import Counter
from dataclasses import replace
from typing import Any

from pltui.explain.explanation import Explained, Explanation
from pltui.lab.experiments import ExperimentResult, Sample
from pltui.report.model import (
    Creation,
    Origin,
    Planned,
    Report,
    Results,
    Source,
    Switch,
    Timed,
    Trouble,
)
from pltui.spec.model import Experiment
from pltui.view.lab_snapshot import Row

LATENCY = {"p50": 4.5, "p95": 9.25, "p99": 12.0}
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200" role="img">'
    "<title>Topology</title><desc>One path</desc><rect width='400' height='200'/></svg>"
)


def origin(**changed: Any) -> Origin:
    known = Origin(
        "privatelink", "sandbox", "ap-northeast-1", "2026-01-02T03:04:05.678Z",
        {"pltui": "0.1.0", "python": "3.11.0"}, speed="60",
    )  # fmt: skip
    return replace(known, **changed)


def sample(counts: dict[int, int], failures: dict[str, int] | None = None) -> Sample:
    failed = Counter(failures or {})
    return Sample(counts, failed, sum(counts.values()) + failed.total(), LATENCY if counts else None, 2.5)


def verdict(
    name: str = "zonal", *, on: bool = False, expected: tuple[int, ...] = (1,), **observed: Sample
) -> ExperimentResult:
    samples = observed or {"consumer": sample({1: 26})}
    return ExperimentResult(Experiment(name, on, dict.fromkeys(samples, expected)), samples, 1.5)


PASSED = verdict()
CROSSED = verdict("cross-zone", on=True, expected=(1, 2, 3), consumer=sample({1: 9, 2: 7, 3: 10}))
FAILED = replace(
    verdict("cross-zone", on=True, expected=(1, 2, 3), consumer=sample({1: 20, 4: 3}, {"no answer within 2 s": 3})),
    took=None,
)


def results(*verdicts: ExperimentResult, **changed: Any) -> Results:
    return Results(len(verdicts), verdicts, **changed)


def report(
    found: Results | None = None, *, text: str = "", spec: str = "name: privatelink\n", **changed: Any
) -> Report:
    """`text` stands wherever something from outside does."""
    trouble = Trouble(text, text) if text else None
    known = Report(
        origin=origin(**({"lab": text, "account": text} if text else {})),
        switch=Switch(True, False),
        zones={1: text or "ap-northeast-1a", 2: "ap-northeast-1c", 3: "ap-northeast-1d"},
        results=found or results(PASSED, FAILED),
        planned=Planned(
            {"changes": [], "waits": [], "summary": {}},
            ("~ provider/load-balancer  (differs)", f"    cross_zone: {text or 'false -> true'}"),
            "1 to update",
            trouble,
        ),
        explained=Explained("privatelink", [Explanation("consumer", "provider-nlb.example.local", 80)], {}, {}),
        explanation=("consumer to provider-nlb.example.local, port 80", text or "no answer"),
        picture=PICTURE,
        drawing=("consumer ─ endpoint ─ node ─ server", text),
        source=Source("privatelink.yaml", spec, (f"name={text}",)),
        rows=(Row("provider/vpc", "vpc", name=text or "provider-vpc", id="vpc-1", word="available"),),
        creation=Creation(
            "run-1", "2026-01-01T00:00:00.000Z", 61.0,
            (Timed("provider/load-balancer", "load_balancer", 120.25), Timed(text or "provider/vpc", "vpc", 0.5)),
        ),
        faults=(text or "server-2 is stopped",),
    )  # fmt: skip
    return replace(known, **changed)
