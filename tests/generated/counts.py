"""What the generated runs tried, counted over all workers and printed at the end of a test run."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

KEY = "generated"
_told: list[dict[str, Any]] = []  # by each worker, on the one that hands out the work


@dataclass
class Counts:
    """What was tried: in this process, since it began."""

    runs: int = 0
    steps: int = 0
    calls: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)  # that met a fault
    kinds: set[str] = field(default_factory=set)  # of resources that were wanted


COUNTS = Counts()


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[KEY] = _counted()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if KEY in (told := getattr(node, "workeroutput", {})):
        _told.append(told[KEY])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    everything = [told for told in (*_told, _counted()) if told["runs"]]
    if not everything:
        return
    faults = sum((Counter(told["faults"]) for told in everything), Counter[str]())
    operations = set().union(*(told["operations"] for told in everything))
    kinds = set().union(*(told["kinds"] for told in everything))
    total = {name: sum(told[name] for told in everything) for name in ("runs", "steps", "calls")}
    terminalreporter.write_sep("-", "generated runs")
    terminalreporter.write_line(
        f"{total['runs']} runs of {total['steps']} steps and {total['calls']} calls: {faults.total()} faults of "
        f"{len(faults)} kinds injected, at {len(operations)} operations, on {len(kinds)} types of resource"
    )
    terminalreporter.write_line(", ".join(f"{name} {count}" for name, count in faults.most_common()))


def _counted() -> dict[str, Any]:
    return {
        "runs": COUNTS.runs,
        "steps": COUNTS.steps,
        "calls": COUNTS.calls,
        "faults": dict(COUNTS.faults),
        "operations": sorted(COUNTS.operations),
        "kinds": sorted(COUNTS.kinds),
    }
