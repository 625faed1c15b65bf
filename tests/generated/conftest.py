"""What the generated runs tried, counted over all workers and printed at the end."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.generated.play import COUNTS

KEY = "generated"
RARELY = 30_000  # objects more before garbage is looked for: a run makes many that live until it ends
MANY = ("test_every_fault", "test_stories", "test_watch")  # whose runs go the same ways over and over
_told: list[dict[str, Any]] = []  # by each worker, on the one that hands out the work


@pytest.fixture(scope="package", autouse=True)
def _garbage_can_wait() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(RARELY, *usual[1:])
    yield
    gc.set_threshold(*usual)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage would more than double their time, and learn nothing that the other tests do not tell."""
    for item in items:
        if item.path.parent.name == KEY and item.path.stem in MANY:
            item.add_marker(pytest.mark.no_cover)


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
