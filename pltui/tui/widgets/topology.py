"""Diagram of the lab on which each answer travels along its path. Redraws only the lines that have changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import monotonic
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip
from textual.widget import Widget

from pltui.probe.answer import Answer
from pltui.spec.model import Spec
from pltui.text import clean, cut, width
from pltui.tui.theming import theme
from pltui.view.diagram.canvas import Ink, Point, Run, join_cells
from pltui.view.diagram.cells import Picture, Sketch, Spot
from pltui.view.diagram.journey import Traffic, request_path
from pltui.view.diagram.model import Role, Scene
from pltui.view.diagram.scene import scene
from pltui.view.lab_snapshot import LabSnapshot, Row

_ACROSS = 2.2  # height of a cell relative to its width
Cells = list[tuple[str, Ink]]
Shown = Mapping[Point, tuple[str, Ink]]


class Topology(Widget, can_focus=True):
    """The diagram. `problem` is the reason if it may be outdated."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "go(0, -1)", "up", show=False, id="topology.up", tooltip="Select the item above"),
        Binding("down,j", "go(0, 1)", "down", show=False, id="topology.down", tooltip="Select the item below"),
        Binding("left", "go(-1, 0)", "left", show=False, id="topology.left", tooltip="Select the item to the left"),
        Binding("right", "go(1, 0)", "right", show=False, id="topology.right", tooltip="Select the item to the right"),
    ]

    class Opened(Message):
        """The user wants the details of this resource."""

        def __init__(self, address: str) -> None:
            super().__init__()
            self.address = address

    selected: var[str] = var("")  # a thing's key
    problem: var[str] = var("")

    def __init__(self, spec: Spec, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._spec = spec
        self._world = LabSnapshot()
        self._scene: Scene = scene(spec, self._world)
        self._about: tuple[Scene, int, int, str] | None = None
        self._sketch: Sketch | None = None  # the picture without shares
        self._picture = Picture(0, ())
        self._cells: dict[int, Cells] = {}  # cells of lines with animation
        self._strips: dict[int, Strip] = {}
        self._styles: dict[Ink, Style] = {}
        self._traffic = Traffic()
        self._over: Shown = {}
        self._shares: Mapping[int, float] = {}

    # -- input ------------------------------------------------------------------------------------------------------

    @property
    def looked_at(self) -> bool:
        """True if the diagram is visible and not covered."""
        return self.display and self.is_on_screen and self.screen.is_current

    @property
    def moving(self) -> bool:
        """True if answers are being animated."""
        return bool(self._over)

    def follow(self, spec: Spec) -> None:
        """Show a lab of this spec."""
        self._spec = spec
        self._rebuild()

    def show(self, world: LabSnapshot) -> None:
        """Show this snapshot."""
        before, self._world = self._world, world
        same = world.rows is before.rows and world.paths is before.paths and world.broken == before.broken
        if not same:
            self._rebuild()

    def share(self, counts: Mapping[int, int]) -> None:
        """Show each subnet's share of the recent answers; none as long as there are no answers."""
        total, subnets = sum(counts.values()), range(1, self._spec.provider.vpc.zone_count + 1)
        shares = {subnet: counts.get(subnet, 0) / total for subnet in subnets} if total else {}
        if shares != self._shares:
            self._shares = shares
            self._redraw()

    def animate_answers(self, lines: Iterable[object]) -> None:
        """Start the animation of each answer along its path."""
        if not self.display:
            return
        now = monotonic()
        for answer in lines:
            if isinstance(answer, Answer):
                self._traffic.send(request_path(self._scene, answer.consumer, answer.ip, answer.subnet), now)

    def tick(self) -> None:
        """Advance the animation. Costs nothing while there is none."""
        if not self._traffic.moving and not self._over:
            return
        before, self._over = self._over, self._traffic.frame(self._picture, monotonic())
        for y in {y for (_, y), _ in before.items() ^ self._over.items()}:
            self._strips.pop(y, None)
            self.refresh(Region(0, y, self.size.width, 1))

    def repaint(self) -> None:
        """Redraw everything, as after a change of theme."""
        self._styles.clear()
        self._strips.clear()
        self.refresh()

    # -- the selection ----------------------------------------------------------------------------------------------

    @property
    def row(self) -> Row | None:
        """The selected resource."""
        thing = self._scene.things.get(self.selected)
        return self._world.rows.get(thing.address) if thing else None

    def action_go(self, across: int, down: int) -> None:
        """Select the nearest thing in that direction."""
        spots = self._picture.spots
        here = next((spot for spot in spots if spot.key == self.selected), None)
        found = [spot for spot in spots if here is None or _ahead(here, spot, across, down)]
        if found:
            self.selected = min(found, key=lambda spot: _distance(here or spots[0], spot, across)).key

    def watch_has_focus(self, focus: bool) -> None:
        """Show the selection only while the diagram has the focus."""
        super().watch_has_focus(focus)
        if focus and self.selected not in self._scene.things:
            self.selected = next(thing.key for thing in self._scene.things_of_role(Role.CLIENT))
        self._redraw()

    def on_click(self, event: Click) -> None:
        """Select the thing under the mouse; a second click opens its details."""
        spot = next((each for each in reversed(self._picture.spots) if each.holds(event.x, event.y)), None)
        if spot is None:
            return
        if spot.key == self.selected and self.row is not None:
            self.post_message(self.Opened(self.row.address))
        self.selected = spot.key

    def watch_selected(self) -> None:
        self._redraw()

    def watch_problem(self) -> None:
        self._redraw()

    def on_show(self) -> None:
        self._rebuild()

    def on_resize(self, event: Resize) -> None:
        self._traffic.clear()
        self._rebuild()

    # -- drawing ----------------------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        """Compute the scene of the present snapshot, unless the diagram is hidden."""
        if not self.display or not self.size:
            return
        self._scene = scene(self._spec, self._world)
        self._redraw()

    def _redraw(self) -> None:
        """Render the present picture; only lines that differ from the last one are drawn."""
        columns, rows = self.size
        if not self.display or not columns or not rows:
            return
        about = self._scene, columns, rows - bool(self.problem and rows > 1), self.selected if self.has_focus else ""
        if about != self._about:
            self._about, self._sketch = about, Sketch(*about)
        assert self._sketch is not None
        picture = self._sketch.finish(self._shares)
        if self.problem and rows > 1:
            problem = Run(cut(clean(self.problem), columns), Ink("warning"))
            rest = Run(" " * (columns - width(problem.text)))
            picture = Picture(columns, (*picture.lines, (problem, rest)), picture.spots, picture.tracks)
        before, self._picture = self._picture, picture
        if len(before.lines) != rows or before.columns != columns:
            self._cells.clear()
            self._strips.clear()
            self.refresh()
            return
        for y, (was, line) in enumerate(zip(before.lines, picture.lines, strict=True)):
            if was != line:
                self._cells.pop(y, None)
                self._strips.pop(y, None)
                self.refresh(Region(0, y, columns, 1))

    def render_line(self, y: int) -> Strip:
        if y >= len(self._picture.lines):
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip(y)
        return strip

    def _strip(self, y: int) -> Strip:
        runs = self._picture.lines[y]
        over = {x: mark for (x, row), mark in self._over.items() if row == y}
        if over:
            cells = list(self._cells.setdefault(y, _cells(runs)))
            for x, mark in over.items():
                if x < len(cells) and width(cells[x][0]) == 1:
                    cells[x] = mark
            runs = join_cells(cells)
        base = self.rich_style
        segments = [Segment(run.text, base + self._style(run.ink)) for run in runs]
        return Strip(segments, self._picture.columns)

    def _style(self, ink: Ink) -> Style:
        style = self._styles.get(ink)
        if style is None:
            made = theme.style(self.app, ink.colour, bold=ink.bold, dim=ink.dim, reverse=ink.reverse)
            style = self._styles[ink] = made
        return style


def _cells(runs: Iterable[Run]) -> Cells:
    """One entry per column; the second column of a wide character is empty."""
    cells: Cells = []
    for run in runs:
        for character in run.text:
            cells.append((character, run.ink))
            cells.extend([("", run.ink)] * (width(character) - 1))
    return cells


def _ahead(here: Spot, there: Spot, across: int, down: int) -> bool:
    if here.key == there.key:
        return False
    x, y = there.centre[0] - here.centre[0], there.centre[1] - here.centre[1]
    return x * across > 0 if across else y * down > 0


def _distance(here: Spot, there: Spot, across: int) -> tuple[bool, float]:
    """Sort key: things straight ahead come before those aside."""
    x, y = abs(there.centre[0] - here.centre[0]), abs(there.centre[1] - here.centre[1]) * _ACROSS
    if across:
        aside = there.y >= here.y + here.rows or here.y >= there.y + there.rows
        return aside, x + 3 * y
    aside = there.x >= here.x + here.columns or here.x >= there.x + there.columns
    return aside, y + 3 * x
