"""The import graph of the TUI, annotations included."""

from functools import cache

from tests.code_metrics import PRODUCT, cycles, imports, modules

APPS = {"tui.replay.app"}  # the replay is an app itself: it extends the lab's


# The packages of the app, from top to bottom.
LAYERS = ("replay", "app", "actions", "controllers", "screens", "widgets", "rendering", "user_settings", "theming")
# The user's keys are checked against all keys there are, when the config file sets some.
UPWARDS = {("tui.user_settings.resolution", "tui.actions"), ("tui.user_settings.resolution", "tui.replay.actions")}


@cache
def _graph(*, typing: bool = True) -> dict[str, set[str]]:
    graph = imports(modules(PRODUCT), typing=typing)
    return {name: targets for name, targets in graph.items() if name.startswith("tui")}


def test_no_module_imports_the_app() -> None:
    importers = {name for name, targets in _graph().items() if targets & {"tui.app", "tui.replay.app"}}
    assert importers <= APPS


def test_there_is_no_import_cycle() -> None:
    assert not cycles(_graph())


def test_packages_import_downwards() -> None:
    rank = {f"tui.{name}": number for number, name in enumerate(LAYERS)}
    upwards = {
        (name, target)
        for name, targets in _graph(typing=False).items()
        for target in targets
        if rank.get(_package(target), len(rank)) < rank.get(_package(name), -1)
    }
    assert upwards == UPWARDS


def _package(name: str) -> str:
    return ".".join(name.split(".")[:2])
