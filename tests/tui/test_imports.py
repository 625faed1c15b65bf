"""The import graph of the TUI, annotations included."""

from __future__ import annotations

from functools import cache

from tests.code_metrics import PRODUCT, cycles, imports, modules

APPS = {"tui.replay.app"}  # the replay is an app itself: it extends the lab's


@cache
def _graph() -> dict[str, set[str]]:
    graph = imports(modules(PRODUCT), typing=True)
    return {name: targets for name, targets in graph.items() if name.startswith("tui")}


def test_no_module_imports_the_app() -> None:
    importers = {name for name, targets in _graph().items() if targets & {"tui.app", "tui.replay.app"}}
    assert importers <= APPS


def test_there_is_no_import_cycle() -> None:
    assert not cycles(_graph())
