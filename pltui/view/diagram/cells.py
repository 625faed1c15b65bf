"""A scene drawn in cells with box characters, in the form that fits the size.

Weight conveys as much as colour: links with requests are heavy, existing things thin, missing ones dotted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pltui.i18n import tr
from pltui.text import cut, width
from pltui.topology import LOAD_BALANCER, PROVIDER, SERVICE
from pltui.view.diagram import wires, words
from pltui.view.diagram.canvas import Canvas, Ink, Point, Run
from pltui.view.diagram.layout import Frame, Layout, arrange, shown_lanes
from pltui.view.diagram.model import DiagramFlow, Role, Scene, Side, Thing
from pltui.view.diagram.reasons import NO_ENDPOINT, NO_SUBNET
from pltui.view.diagram.signs import colour, glyph, lane_colour, letter, subnet_of, zone_tail
from pltui.view.lab_snapshot import Condition

PRIVATELINK = "PrivateLink"  # a product name, not translated


@dataclass(frozen=True, slots=True)
class Spot:
    """Area of a thing that can be selected or clicked, in cells."""

    key: str
    x: int
    y: int
    columns: int
    rows: int

    def holds(self, x: int, y: int) -> bool:
        """Return True if the cell is inside the area."""
        return self.x <= x < self.x + self.columns and self.y <= y < self.y + self.rows

    @property
    def centre(self) -> Point:
        """The cell in the middle."""
        return self.x + self.columns // 2, self.y + self.rows // 2


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn scene. `tracks` has the cells of each drawn link, from its source to its target."""

    columns: int
    lines: tuple[tuple[Run, ...], ...]
    spots: tuple[Spot, ...] = ()
    tracks: Mapping[tuple[str, str], tuple[Point, ...]] = field(default_factory=dict)


Shares = Mapping[int, float]  # subnet -> share of the last answers, 0 to 1


def draw(scene: Scene, columns: int, rows: int, shares: Shares | None = None, selected: str = "") -> Picture:
    """Draw the scene in exactly `columns` × `rows` cells; `selected` is a thing's key."""
    return Sketch(scene, columns, rows, selected).finish(shares or {})


class Sketch:
    """The parts of a picture that do not change with the answers: drawn once, completed many times."""

    def __init__(self, scene: Scene, columns: int, rows: int, selected: str = "") -> None:
        self._pen = _Pen(scene, arrange(scene, columns, rows), Canvas(columns, rows), selected)
        self._pen.draw()

    def finish(self, shares: Shares) -> Picture:
        """Return a picture with the given shares of answers."""
        pen, canvas = self._pen, self._pen.canvas.copy()
        last = _Pen(pen.scene, pen.layout, canvas, pen.selected)
        last.draw_servers(shares)
        spots = (each for each in (*pen.spots, *last.spots) if each.y < canvas.rows and each.x < canvas.columns)
        return Picture(canvas.columns, canvas.lines(), tuple(spots), pen.tracks)


class _Pen:
    def __init__(self, scene: Scene, layout: Layout, canvas: Canvas, selected: str) -> None:
        self.scene, self.layout, self.canvas, self.selected = scene, layout, canvas, selected
        self.spots: list[Spot] = []
        self.tracks: dict[tuple[str, str], tuple[Point, ...]] = {}

    def draw(self) -> None:
        """Draw everything except the servers."""
        layout, scene = self.layout, self.scene
        for side in scene.consumers:
            self._draw_vpc(side, layout.left, layout.consumer_edge, layout.frames[side.name])
        self._draw_vpc(scene.provider, layout.provider_edge, layout.right, layout.frames[PROVIDER])
        self._draw_balancer()
        self.tracks = wires.draw(scene, layout, self.canvas)
        self._draw_zones()
        for side in scene.consumers:
            self._draw_name(side)
            self._mark_empty_zones(side)
        self._draw_service()
        for role in (Role.CLIENT, Role.ENDPOINT):
            for thing in scene.things_of_role(role):
                self._draw_thing(thing)
        for node in scene.things_of_role(Role.NODE):
            self._draw_node(node)

    # -- frames and names -------------------------------------------------------------------------------------------

    def _draw_vpc(self, side: Side, left: int, right: int, frame: Frame) -> None:
        canvas, there = self.canvas, side.condition is Condition.READY
        ink = Ink("faint") if there else Ink("faint", dim=True)
        if not frame.edged:
            for y in range(frame.top, frame.bottom + 1):
                canvas.put(left, y, "│" if there else "┊", ink)
                canvas.put(right, y, "│" if there else "┊", ink)
            return
        columns = right - left + 1
        canvas.box(left, frame.top, columns, frame.bottom - frame.top + 1, "round" if there else "dotted", ink)
        name = tr("{name} VPC", name=side.name)
        room = columns - 4
        x = canvas.put(left + 2, frame.top, cut(f" {name} ", room), Ink("foreground", bold=True))
        if width(f" {name} {side.cidr} ") <= room:
            canvas.put(x, frame.top, f"{side.cidr} ", Ink("faint"))

    def _draw_name(self, side: Side) -> None:
        """Draw the name that a client resolves, and the addresses it resolves to."""
        thing, head = self.scene.things[f"{side.name}/name"], self.layout.frames[side.name].head
        if head is None:
            return
        layout = self.layout
        link = self.scene.links.get((f"{side.name}/client", thing.key))
        lost = link is not None and link.flow is DiagramFlow.CLOSED
        ink = Ink("error" if lost else "foreground" if thing.there else "faint", dim=not thing.there)
        room = layout.consumer_edge - layout.client - 1
        mark = "✗" if lost else glyph(thing)
        tail = ""
        if lost and link:
            tail = f" ✗ {tr(link.reason)}"
        elif thing.there:
            ips = [each.ip for each in self.scene.things_of_role(Role.ENDPOINT, side.name) if each.ip]
            tail = f" → {', '.join(ips)}" if ips else ""
        label = thing.label if width(f"{mark} {thing.label}{tail}") <= room or not lost else ""
        text = f"{label}{tail}" if width(f"{mark} {label}{tail}") <= room else label
        self._draw_chip(thing, layout.client, head, room, text.strip(), ink, mark=mark)

    def _draw_chip(
        self, thing: Thing, x: int, y: int, room: int, text: str, ink: Ink, *, mark: str | None = None
    ) -> None:
        """Draw a thing without a frame; `mark` replaces its sign."""
        mark = mark or glyph(thing)
        selected = thing.key == self.selected
        mark_ink = Ink("error" if mark == "✗" else colour(thing), bold=True)
        end = self.canvas.put(x, y, mark, mark_ink)
        end = self.canvas.put(end + 1, y, cut(text, room - width(mark) - 1), ink)
        if selected:
            self.canvas.tint(x, y, end - x, Ink("primary", bold=True, reverse=True))
        self.spots.append(Spot(thing.key, x, y, max(1, end - x), 1))

    def _draw_service(self) -> None:
        thing = self.scene.things[SERVICE]
        layout = self.layout
        first = layout.frames[self.scene.consumers[0].name]
        top, frame = first.top, layout.frames[PROVIDER] if layout.lined_up else first
        room, x = layout.widths.gap, layout.consumer_edge + 1
        if not frame.edged or room < 3:
            return
        row = top if frame.head is None else frame.head
        if frame.head is not None and room >= len(PRIVATELINK):
            self.canvas.put(x + (room - len(PRIVATELINK)) // 2, top, PRIVATELINK, Ink("accent", bold=True))
        label = next((t for t in (tr("endpoint service"), tr("service")) if width(t) + 2 <= room), "")
        x += (room - width(label) - 2 + (not label)) // 2
        ink = Ink("foreground") if thing.there else Ink("faint", dim=True)
        self._draw_chip(thing, x, row, room, label, ink)

    def _draw_zones(self) -> None:
        """Draw each lane's name between the VPCs if both sides are aligned; otherwise nodes and interfaces show it."""
        layout = self.layout
        if not layout.lined_up:
            return
        room, x = layout.widths.gap, layout.consumer_edge + 1
        for lane in self.scene.lanes:
            top = layout.tops[PROVIDER, lane.key]
            name = next((each for each in (lane.key, zone_tail(lane.key)) if width(each) <= room), "")
            ink = Ink(lane_colour(lane.subnet), bold=True)
            if not layout.framed:
                name = f" {name} " if width(name) + 2 <= room else name
            self.canvas.put(x + (room - width(name)) // 2, top, name, ink)
            if layout.framed and layout.pitch > 3 and width(lane.name) <= room and lane.name != lane.key:
                self.canvas.put(x + (room - width(lane.name)) // 2, top + layout.middle + 1, lane.name, Ink("faint"))

    def _mark_empty_zones(self, side: Side) -> None:
        """Mark the consumer's zones without an endpoint interface."""
        layout = self.layout
        x, columns = layout.column(Role.ENDPOINT)
        if not layout.framed:
            return
        for lane in shown_lanes(self.scene, side):
            if not self.scene.things_of_role(Role.ENDPOINT, side.name, lane):
                text = tr(NO_ENDPOINT if lane in side.lanes else NO_SUBNET)
                row = layout.tops[side.name, lane] + layout.middle
                room = min(columns + layout.widths.link, max(columns, width(text)))
                self.canvas.put(x + columns - room, row, cut(text, room), Ink("faint", dim=True))

    # -- the load balancer ------------------------------------------------------------------------------------------

    def _draw_balancer(self) -> None:
        """Draw one frame over all zones, with the state of the switch beside it."""
        layout, scene = self.layout, self.scene
        thing, frame = scene.things[LOAD_BALANCER], layout.frames[PROVIDER]
        x, columns = layout.node, layout.widths.node
        if frame.head is None:
            self._draw_switch(frame.top, layout.right - 2, right=True, edged=frame.edged)
            return
        if layout.framed:
            ready = thing.condition is Condition.READY
            kind, ink = ("round", Ink("foreground")) if ready else ("dotted", Ink(colour(thing), dim=not thing.there))
            selected = thing.key == self.selected
            if selected:
                kind, ink = "double", Ink("primary", bold=True)
            self.canvas.box(x, frame.head, columns, frame.bottom - frame.head, kind, ink)
            self._draw_title(thing, x, frame.head, columns, ink, thing.label)
            self.spots.append(Spot(thing.key, x, frame.head, columns, 1))
            self._draw_switch(frame.head, layout.fan + 1, right=False, edged=False)
        else:
            room = max(1, layout.right - layout.node - 18)
            self._draw_chip(thing, x, frame.head, room, thing.label, Ink("foreground", dim=not thing.there))
            self._draw_switch(frame.head, layout.right - 1, right=True, edged=False)

    def _draw_switch(self, y: int, x: int, *, right: bool, edged: bool) -> None:
        runs = words.switch_runs(self.scene)
        if edged:
            runs = [Run(" "), *runs, Run(" ")]
        if right:
            x -= sum(width(run.text) for run in runs)
        self.canvas.runs(x, y, runs)

    def _draw_node(self, node: Thing) -> None:
        layout, canvas = self.layout, self.canvas
        x, columns = layout.column(Role.NODE)
        top = layout.tops[PROVIDER, node.lane]
        subnet = subnet_of(self.scene, node.lane)
        busy = self.scene.carries(node.key)
        ink = Ink(lane_colour(subnet), bold=True) if busy else Ink("foreground" if node.there else "faint")
        selected = node.key == self.selected
        if not layout.framed:
            text = f"{letter(subnet)} {node.ip}" if columns > 3 and node.ip else letter(subnet)
            self._draw_chip(node, x, top, columns, text, ink)
            return
        title = f"{tr('node')} {letter(subnet)}{self._zone_suffix(node)}"
        end = canvas.put(x + 2, top, glyph(node), Ink(colour(node), bold=True))
        canvas.put(end + 1, top, cut(title, columns - 5), ink)
        for number, run in enumerate(words.node_lines(self.scene, node, columns - 2)[: layout.pitch - 2]):
            self._write_text(x, top + 1 + number, columns, run)
        if busy:
            for row in range(top, top + max(2, layout.height - 1)):
                canvas.put(x, row, "▶" if canvas.at(x, row) == "▶" else "┃", ink)
                canvas.put(x + columns - 1, row, "┃", ink)
        if selected:
            rows = min(layout.pitch - 1, 1 + layout.lines)
            for row in range(top, top + rows):
                canvas.tint(x + 1, row, columns - 2, Ink("primary", bold=True, reverse=True))
        if layout.pitch > 2 and node.lane != self.scene.lanes[-1].key:
            under = top + layout.pitch - 1
            canvas.put(x, under, "├" + "╌" * (columns - 2) + "┤", Ink("faint"))
        self.spots.append(Spot(node.key, x, top, columns, layout.pitch - 1))

    # -- things with frames of their own ------------------------------------------------------------------------------

    def _draw_thing(self, thing: Thing) -> None:
        """Draw a client or an endpoint interface."""
        layout = self.layout
        x, columns = layout.column(thing.role)
        top = layout.tops[thing.owner, thing.lane]
        busy = self.scene.carries(thing.key)
        subnet = subnet_of(self.scene, thing.lane)
        strong = Ink(lane_colour(subnet), bold=True) if subnet else Ink("accent", bold=True)
        ink = strong if busy else Ink("foreground" if thing.there else "faint")
        if not layout.framed:
            fits = thing.role is Role.ENDPOINT and 0 < width(thing.ip) <= columns - 2
            text = thing.ip if fits else tr(thing.label) + self._zone_suffix(thing)
            self._draw_chip(thing, x, top, columns, text, ink)
            return
        self._draw_frame(thing, x, top, columns, ink, busy=busy)
        for number, run in enumerate(words.thing_lines(self.scene, thing, columns - 2)[: layout.lines]):
            self._write_text(x, top + 1 + number, columns, run)
        self.spots.append(Spot(thing.key, x, top, columns, layout.height))

    def _draw_frame(self, thing: Thing, x: int, y: int, columns: int, ink: Ink, *, busy: bool) -> None:
        kind = "heavy" if busy else "round" if thing.there else "dotted"
        frame = ink if busy else Ink("error") if thing.sick else Ink(colour(thing) if not thing.there else "faint")
        if thing.key == self.selected:
            kind, frame = "double", Ink("primary", bold=True)
        self.canvas.box(x, y, columns, self.layout.height, kind, frame)
        self._draw_title(thing, x, y, columns, ink, tr(thing.label) + self._zone_suffix(thing))

    def _zone_suffix(self, thing: Thing) -> str:
        """Return the zone as a suffix for things that are not aligned with its name."""
        apart = not self.layout.lined_up and thing.role in (Role.ENDPOINT, Role.NODE)
        return f" {zone_tail(thing.lane)}" if apart else ""

    def _write_text(self, x: int, y: int, columns: int, run: Run) -> None:
        """Draw a line of text in a frame, after a blank unless it needs all the room."""
        close = width(run.text) == columns - 2
        self.canvas.put(x + 1 if close else x + 2, y, cut(run.text, columns - 2 if close else columns - 3), run.ink)

    def _draw_title(self, thing: Thing, x: int, y: int, columns: int, ink: Ink, label: str) -> None:
        """Draw a title in the top side of a frame: with its glyph, without it, or cut."""
        selected = thing.key == self.selected
        ink = Ink("primary", bold=True, reverse=True) if selected else ink
        mark = glyph(thing)
        room = columns - 2
        if width(label) + 4 <= room:
            x = self.canvas.put(x + 1, y, f" {mark}", ink if selected else Ink(colour(thing), bold=True))
            self.canvas.put(x, y, f" {label} ", ink)
        else:
            padded = f" {label} " if width(label) + 2 <= room else cut(label, room)
            self.canvas.put(x + 1, y, padded, ink)

    # -- servers ------------------------------------------------------------------------------------------------------

    def draw_servers(self, shares: Shares) -> None:
        """Draw the servers. Those of one lane share its height, as there is no room side by side."""
        for lane in self.scene.lanes:
            servers = self.scene.things_of_role(Role.SERVER, lane=lane.key)
            if servers and self.layout.framed:
                self._server_frame(servers, shares)
            elif servers:
                self._server_line(servers, shares)

    def _server_frame(self, servers: list[Thing], shares: Shares) -> None:
        layout, scene = self.layout, self.scene
        x, columns = layout.column(Role.SERVER)
        first = next((each for each in servers if each.key == self.selected), servers[0])
        top, subnet = layout.tops[PROVIDER, first.lane], subnet_of(scene, first.lane)
        busy = any(scene.carries(each.key) for each in servers)
        ink = Ink(lane_colour(subnet), bold=True) if busy else Ink("foreground" if first.there else "faint")
        self._draw_frame(first, x, top, columns, ink, busy=busy)
        self.canvas.put(x + columns - 5, top, f" {letter(subnet)} ", Ink(ink.colour, bold=busy, reverse=busy))
        share = shares.get(subnet) if busy else None
        close = width(words.blocking_reason(scene, first.key)) > columns - 4  # the text needs the margins too
        room = columns - (2 if close else 4)
        body = words.server_lines(scene, servers, room, share, lane_colour(subnet), layout.lines)
        for number, runs in enumerate(body):
            self.canvas.runs(x + (1 if close else 2), top + 1 + number, runs)
        for number, each in enumerate(servers):
            row = top + min(number, layout.height - 1)
            rows = layout.height if len(servers) == 1 else 1
            self.spots.append(Spot(each.key, x, row, columns, rows))

    def _server_line(self, servers: list[Thing], shares: Shares) -> None:
        layout, scene = self.layout, self.scene
        x, columns = layout.column(Role.SERVER)
        first = servers[0]
        subnet = subnet_of(scene, first.lane)
        busy = any(scene.carries(each.key) for each in servers)
        ink = Ink(lane_colour(subnet), bold=True) if busy else Ink("faint")
        text = words.server_line(scene, servers, columns - 2, shares.get(subnet) if busy else None)
        self._draw_chip(first, x, layout.tops[PROVIDER, first.lane], columns, text, ink)
