"""The links of a scene as lines on a canvas, and the cells of each line."""

from __future__ import annotations

from collections.abc import Iterable

from pltui.i18n import tr
from pltui.text import width
from pltui.topology import PROVIDER
from pltui.view.diagram.canvas import DASHED, DOTTED, HEAVY, LIGHT, Canvas, Ink, Point, cells_between
from pltui.view.diagram.layout import TRACK, Layout
from pltui.view.diagram.model import DiagramFlow, DiagramLink, Role, Scene, Thing
from pltui.view.diagram.signs import lane_colour, subnet_of

_WEIGHTS = {DiagramFlow.OPEN: HEAVY, DiagramFlow.CLOSED: DASHED, DiagramFlow.IDLE: LIGHT, DiagramFlow.MISSING: DOTTED}
# The heaviest last, so that it is on top.
_ORDER = (DiagramFlow.MISSING, DiagramFlow.CLOSED, DiagramFlow.IDLE, DiagramFlow.OPEN)
Tracks = dict[tuple[str, str], tuple[Point, ...]]


def draw(scene: Scene, layout: Layout, canvas: Canvas) -> Tracks:
    """Draw the links; return the cells of each."""
    tracks: Tracks = {}
    drawn = [(link, points) for link in scene.links.values() if (points := _link_points(scene, layout, link))]
    # An idle link ends at the bus if another link to its target is closed, so that the closed one stays visible.
    shut = {link.target for link, _ in drawn if link.flow is DiagramFlow.CLOSED and link.crossing}
    drawn = [
        (
            link,
            [points[0], (layout.bus, points[0][1])]
            if link.flow is DiagramFlow.IDLE and link.target in shut
            else points,
        )
        for link, points in drawn
    ]
    for flow in _ORDER:
        for link, points in drawn:
            if link.flow is flow:
                tracks[link.ends] = tuple(cells_between(points))
                _draw_link(scene, canvas, link, points)
    for link, points in drawn:
        _draw_end(scene, canvas, link, points)
    return tracks


def _link_points(scene: Scene, layout: Layout, link: DiagramLink) -> list[Point]:
    """Return the corners of a link's line; empty if it is not drawn as one."""
    source, target = scene.things.get(link.source), scene.things.get(link.target)
    if source is None or link.flow is DiagramFlow.OFF or (target and target.role is Role.NAME):
        return []
    start = (_right_edge(layout, source), layout.link_row(source))
    if target is None:  # a missing node
        row = layout.tops.get((PROVIDER, source.lane))
        if row is None:
            return []
        end = (layout.node - 1, row + layout.middle)
    else:
        end = (layout.column(target.role)[0] - 1, layout.link_row(target))
    if start[1] == end[1]:
        return [start, end]
    turn = _turn_column(scene, layout, source)
    return [start, (turn, start[1]), (turn, end[1]), end]


def _right_edge(layout: Layout, thing: Thing) -> int:
    x, columns = layout.column(thing.role)
    return x + columns


def _turn_column(scene: Scene, layout: Layout, source: Thing) -> int:
    """Return the column in which a line changes its row."""
    if source.role is Role.NODE:
        return layout.bus
    if source.role is Role.CLIENT:
        return _right_edge(layout, source) + layout.widths.link // 2
    number = [lane.key for lane in scene.lanes].index(source.lane)
    apart = TRACK * number if layout.widths.gap > TRACK * len(scene.lanes) else 0
    return layout.provider_edge - 1 - apart


def _draw_link(scene: Scene, canvas: Canvas, link: DiagramLink, points: list[Point]) -> None:
    weight = _WEIGHTS[link.flow]
    if link.flow is not DiagramFlow.OPEN:
        ink = {
            DiagramFlow.CLOSED: Ink("error"),
            DiagramFlow.IDLE: Ink("faint"),
            DiagramFlow.MISSING: Ink("faint", dim=True),
        }[link.flow]
        canvas.line(points, weight, ink)
        return
    for part, ink in zip(_line_parts(points), _part_inks(scene, link, len(points)), strict=True):
        canvas.line(part, weight, ink)


def _line_parts(points: list[Point]) -> Iterable[list[Point]]:
    """Return one straight line, or the parts before, along and after the turn."""
    return [points[n : n + 2] for n in range(len(points) - 1)]


def _part_inks(scene: Scene, link: DiagramLink, corners: int) -> list[Ink]:
    source, target = scene.things[link.source], scene.things.get(link.target)
    first, last = (Ink(_thing_colour(scene, each)) for each in (source, target or source))
    if source.role is Role.CLIENT:
        first = last
    return [last] if corners == 2 else [first, Ink("foreground"), last]


def _thing_colour(scene: Scene, thing: Thing) -> str:
    return lane_colour(subnet_of(scene, thing.lane))


def _draw_end(scene: Scene, canvas: Canvas, link: DiagramLink, points: list[Point]) -> None:
    """Draw an arrow if requests arrive, or a cross and the reason if they end here."""
    x, y = points[-1]
    before = points[-2][0]
    if link.flow is DiagramFlow.OPEN:
        canvas.put(x, y, "▶", _part_inks(scene, link, len(points))[-1])
    elif link.flow is DiagramFlow.CLOSED:
        reason = tr(link.reason)
        room = x - before - 1
        fits = width(reason) + 2 <= room
        text = next((t for t in (f" ✗ {reason} ", f"✗ {reason}") if width(t) <= room), "✗")
        here = before + 1 + (room - width(text)) // 2 if fits else max(before + (len(points) > 2), (before + x) // 2)
        canvas.put(here, y, text, Ink("error", bold=True))
