"""A lab on a screen of a given size, moved on by hand, with every clock standing still."""

import hashlib
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from textual.pilot import Pilot

from pltui.text import pad
from pltui.tui.app import LabApp
from pltui.tui.controllers import probe
from pltui.tui.user_settings.resolution import Preferences
from pltui.tui.widgets.probe_log import Mark
from tests.builders.fake_lab import EPOCH, FakeLab

PRIVATELINK = Path("specs/privatelink.yaml").resolve()
STEPS = 12  # enough to let the fake lab converge from nothing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is looked at in several sizes is looked at in the smallest by the gate, in the others by the slow tests."""
    for item in items:
        if item.nodeid.startswith("tests/tui") and re.search(r"120x40|200x60", item.name):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same terminal everywhere: colours, Unicode, no cursor that blinks."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_CTYPE", raising=False)
    # What is drawn only now and then is drawn at once: tests look at a moment.
    monkeypatch.setattr(probe, "FIGURES_SECONDS", 0)
    monkeypatch.setattr(probe, "monotonic", lambda: 42.0)


@pytest.fixture
def spec_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The spec's file, in the current folder: messages name it as the user did."""
    monkeypatch.chdir(tmp_path)
    Path("lab.yaml").write_text(PRIVATELINK.read_text(encoding="utf-8"), encoding="utf-8")
    return Path("lab.yaml")


class Driver:
    """The app, the lab under it, and a hand on both."""

    def __init__(self, app: LabApp, lab: FakeLab, pilot: Pilot[int]) -> None:
        self.app, self.lab, self.pilot = app, lab, pilot

    async def settle(self) -> None:
        """Until everything that was set off has run and is on the screen."""
        await self.pilot.pause()
        self.app.drain()
        await self.pilot.pause()

    async def step(self, count: int = 1) -> None:
        for _ in range(count):
            self.lab.step()
            await self.settle()

    async def converge(self) -> None:
        """Let the fake lab go on until nothing is left to do."""
        self.lab.step(STEPS)
        while self.app.work.busy:
            await self.settle()
        self.lab.hold()
        await self.settle()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def answer(self, count: int = 1, error: tuple[str, str] | None = None) -> None:
        self.lab.answer(count, error)
        await self.settle()

    async def select(self, address: str) -> None:
        tree = self.app.main.resources
        node = tree._leaves[address]
        while node.parent:
            node.parent.expand()
            node = node.parent
        await self.settle()
        tree.move_cursor(tree._leaves[address])
        await self.settle()

    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line for line, _ in _rows(self.app.export_screenshot()))

    def picture(self) -> str:
        """The screen's text, and a digest of its colours: small enough to be kept and read."""
        rows = _rows(self.app.export_screenshot())
        styles = hashlib.sha256("\n".join(style for _, style in rows).encode()).hexdigest()[:12]
        return "\n".join([*(line.rstrip() for line, _ in rows), f"styles {styles}"])


async def done(lab: Driver, name: str) -> None:
    """Until the work of this name has ended, and what it told is on the screen."""
    for worker in list(lab.app.workers):
        if worker.name == name:
            await worker.wait()
    await lab.settle()


def marks(lab: Driver) -> list[str]:
    """What happened between the answers of the first consumer shown."""
    return [line.text for line in lab.app.main.probe_log.lines if isinstance(line, Mark)]


def panel(lab: Driver) -> str:
    """The text of the modal alone: what lies under it is another test's."""
    region = lab.app.screen.query_one(".panel").region
    rows = lab.text().splitlines()[region.y : region.bottom]
    return "\n".join(row[region.x : region.right].rstrip() for row in rows)


_TEXT = re.compile(r'<text class="terminal-\d+-(r\d+)" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')
_STYLE = re.compile(r"\.terminal-\d+-(r\d+) \{([^}]*)\}")
CELL = 12.2  # width of a cell in the exported picture


def _rows(svg: str) -> list[tuple[str, str]]:
    """(text, its runs with their styles) of each line of an exported picture."""
    styles = dict(_STYLE.findall(svg))
    rows: dict[float, list[tuple[int, str, str]]] = {}
    for name, x, y, body in _TEXT.findall(svg):
        rows.setdefault(float(y), []).append(
            (round(float(x) / CELL), html.unescape(body).replace("\xa0", " "), styles[name])
        )
    lines = []
    for _, runs in sorted(rows.items()):
        line = ""
        for column, text, _ in sorted(runs):
            line = pad(line, column) + text
        lines.append((line.rstrip("\n"), " ".join(f"{c}:{len(t)}:{s}" for c, t, s in sorted(runs))))
    return lines


@asynccontextmanager
async def showing(
    lab: FakeLab | None = None,
    size: tuple[int, int] = (120, 40),
    ascii_glyphs: bool = False,
    notices: bool = False,
    **options: Any,
) -> AsyncIterator[Driver]:
    """`options`: what else the app takes. Pictures go to a folder of their own, unless preferences say where."""
    lab = lab or FakeLab()
    with TemporaryDirectory() as pictures:
        options.setdefault("preferences", Preferences(pictures=Path(pictures)))
        app = LabApp(lab, clock=lambda: EPOCH + timedelta(seconds=42), watch=None, ascii_glyphs=ascii_glyphs, **options)
        async with app.run_test(size=size, notifications=notices) as pilot:
            driver = Driver(app, lab, pilot)
            await driver.settle()
            yield driver
