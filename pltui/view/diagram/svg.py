"""A scene as a self-contained SVG drawing: no external font, script or picture.

Colours follow the reader's system. Every class begins with `topo-`, so that the drawing can be embedded in a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from pltui.i18n import tr
from pltui.text import clean, cut
from pltui.topology import LOAD_BALANCER, PROVIDER, SERVICE
from pltui.view.diagram.layout import shown_lanes
from pltui.view.diagram.model import DiagramFlow, DiagramLink, Role, Scene, Side, Thing
from pltui.view.diagram.reasons import NO_ENDPOINT, NO_SUBNET
from pltui.view.diagram.signs import LANES, glyph, letter, subnet_of
from pltui.view.diagram.words import blocking_reason, describe_scene
from pltui.view.lab_snapshot import Condition

# User units. COLUMNS: (left, width) of the things of a role.
WIDTH = 1200
MARGIN = 16
CONSUMER, GAP, PROVIDER_LEFT = MARGIN, 500, 640
COLUMNS = {Role.CLIENT: (36, 148), Role.ENDPOINT: (316, 164), Role.NODE: (668, 166), Role.SERVER: (986, 182)}
LANE, BOX = 124, 86  # heights of a lane, and of a thing in it
HEAD, FOOT = 82, 14  # heights above and below the lanes of a VPC
BUS = 858  # x of lines between lanes
TRACK = 16  # distance of such lines in the gap
FRAME_END = WIDTH - MARGIN

LIGHT = ("#0369a1", "#8a5800", "#a21caf", "#126c34", "#5b47d6", "#b0390c")
DARK = ("#56c7f5", "#f6c453", "#e58af0", "#7fd88f", "#a99cff", "#ff9e64")


def _colour_rules(lanes: tuple[str, ...], **named: str) -> str:
    values = named | {f"lane-{number}": colour for number, colour in enumerate(lanes, 1)} | {"lane-0": named["faint"]}
    return ";".join(f"--topo-{name}:{value}" for name, value in values.items())


_LIGHT = _colour_rules(LIGHT, page="#f7f9fc", card="#ffffff", ink="#1c2733", faint="#5b6876", edge="#c3ccd8",
                      bad="#c3222f", good="#157a3c", busy="#8f5a00")  # fmt: skip
_DARK = _colour_rules(DARK, page="#0d1117", card="#131a23", ink="#d7dee8", faint="#93a1b3", edge="#3a4757",
                     bad="#ff6b6b", good="#5fd38d", busy="#f2b64c")  # fmt: skip
STYLE = f"""
.topo{{{_LIGHT};font:14px system-ui,"Segoe UI","Noto Sans","Noto Sans JP",sans-serif}}
@media (prefers-color-scheme:dark){{.topo{{{_DARK}}}}}
.topo text{{fill:var(--topo-ink)}}
.topo .topo-page{{fill:var(--topo-page)}}
.topo .topo-vpc{{fill:none;stroke:var(--topo-edge);stroke-width:1.5}}
.topo .topo-band{{fill:var(--topo-edge);opacity:.14}}
.topo .topo-card{{fill:var(--topo-card);stroke:var(--topo-edge);stroke-width:1.5}}
.topo .topo-missing{{stroke-dasharray:2 5;fill:none}}
.topo .topo-bad{{stroke:var(--topo-bad)}}
.topo .topo-wire{{fill:none;stroke:var(--topo-edge);stroke-width:2}}
.topo .topo-open{{stroke-width:4;stroke-linecap:round}}
.topo .topo-closed{{stroke:var(--topo-bad);stroke-dasharray:7 6}}
.topo .topo-faint,.topo text.topo-faint{{fill:var(--topo-faint)}}
.topo text.topo-red{{fill:var(--topo-bad);font-weight:700}}
.topo text.topo-good{{fill:var(--topo-good)}}
.topo text.topo-busy{{fill:var(--topo-busy)}}
.topo .topo-small{{font-size:12.5px}}
.topo .topo-strong{{font-weight:700}}
.topo .topo-mono{{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:13px}}
""" + "\n".join(
    f".topo .topo-s{n}{{stroke:var(--topo-lane-{n})}}.topo .topo-f{n},.topo text.topo-f{n}{{fill:var(--topo-lane-{n})}}"
    for n in range(LANES + 1)
)
_ORDER = (
    DiagramFlow.OFF,
    DiagramFlow.MISSING,
    DiagramFlow.IDLE,
    DiagramFlow.CLOSED,
    DiagramFlow.OPEN,
)  # the last one is on top
_STATES = {Condition.READY: "topo-good", Condition.FAILED: "topo-red", Condition.WORKING: "topo-busy"}


class _Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Vertical centre."""
        return self.y + self.height / 2


def svg(scene: Scene) -> str:
    """Return the drawing, whose viewBox begins at 0 0."""
    return _Drawing(scene).document()


class _Drawing:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.tops: dict[tuple[str, str], float] = {}
        self.frames: dict[str, _Box] = {}
        self.height = self._place_sides()

    def document(self) -> str:
        """Return the SVG document."""
        scene = self.scene
        shown = [(link, points) for link in scene.links.values() if (points := self._wire_points(link))]
        shown.sort(key=lambda each: _ORDER.index(each[0].flow))
        wires = [line for link, points in shown for line in self._draw_wire(link, points)]
        reasons = [line for link, points in shown for line in self._draw_reason(link, points)]
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:g}" class="topo" role="img">',
            f"<title>{_escape_text(tr('Request paths in lab {name}', name=scene.lab))}</title>",
            f"<desc>{_escape_text(' '.join(describe_scene(scene)))}</desc>",
            f"<style>{STYLE}</style>",
            f'<rect class="topo-page" width="{WIDTH}" height="{self.height:g}" rx="12"/>',
            *self._draw_lanes(),
            *(line for side in (*scene.consumers, scene.provider) for line in self._draw_vpc(side)),
            *self._draw_balancer(),
            *wires,
            *self._draw_middle(),
            *(line for side in scene.consumers for line in self._draw_name(side)),
            *(line for thing in scene.things.values() if thing.lane for line in self._draw_thing(thing)),
            *reasons,
            "</svg>\n",
        ]
        return "\n".join(parts)

    # -- places -----------------------------------------------------------------------------------------------------

    def _place_sides(self) -> float:
        """Place both sides, each as high as its lanes; return the total height."""
        scene = self.scene
        lanes = {side.name: shown_lanes(scene, side) for side in scene.consumers}
        heights = {name: HEAD + LANE * len(keys) + FOOT for name, keys in lanes.items()}
        left, right = sum(heights.values()) + MARGIN * (len(heights) - 1), HEAD + LANE * len(scene.lanes) + FOOT
        top, total = MARGIN + 16, max(left, right)
        y = top + (total - left) / 2
        for name, keys in lanes.items():
            self._place_side(name, _Box(CONSUMER, y, GAP - CONSUMER, heights[name]), keys)
            y += heights[name] + MARGIN
        box = _Box(PROVIDER_LEFT, top + (total - right) / 2, FRAME_END - PROVIDER_LEFT, right)
        self._place_side(PROVIDER, box, [lane.key for lane in scene.lanes])
        return top + total + MARGIN

    def _place_side(self, name: str, box: _Box, lanes: list[str]) -> None:
        self.frames[name] = box
        self.tops.update({(name, key): box.y + HEAD + LANE * number for number, key in enumerate(lanes)})

    def _thing_box(self, thing: Thing) -> _Box:
        x, width = COLUMNS[thing.role]
        top = self.tops[thing.owner, thing.lane] + (LANE - BOX) / 2
        if thing.role is not Role.SERVER:
            return _Box(x, top, width, BOX)
        mates = [each.key for each in self.scene.things_of_role(Role.SERVER, lane=thing.lane)]
        height = BOX / len(mates) - (4 if len(mates) > 1 else 0)
        return _Box(x, top + mates.index(thing.key) * (BOX / len(mates)), width, height)

    # -- background ---------------------------------------------------------------------------------------------------

    def _draw_lanes(self) -> Iterator[str]:
        """Yield a band for every other lane."""
        for (owner, key), top in self.tops.items():
            numbers = [lane.key for lane in self.scene.lanes]
            if numbers.index(key) % 2 == 0:
                frame = self.frames[owner]
                yield f'<rect class="topo-band" x="{frame.x:g}" y="{top:g}" width="{frame.width:g}" height="{LANE}"/>'

    def _draw_vpc(self, side: Side) -> Iterator[str]:
        box = self.frames[side.name]
        missing = "" if side.condition is Condition.READY else " topo-missing"
        yield _rect_element(box, f"topo-vpc{missing}", 12)
        name = tr("{name} VPC", name=side.name)
        yield _text_element(box.x + 20, box.y + 28, cut(name, 30), "topo-strong", f"  {side.cidr}")

    def _draw_balancer(self) -> Iterator[str]:
        thing, frame = self.scene.things[LOAD_BALANCER], self.frames[PROVIDER]
        x, width = COLUMNS[Role.NODE]
        box = _Box(x - 10, frame.y + 42, width + 20, frame.height - 42 - 8)
        yield _rect_element(box, "topo-card" if thing.there else "topo-card topo-missing", 12)
        yield _text_element(x + 4, box.y + 24, f"{glyph(thing)} {cut(thing.label, 20)}", "topo-strong")
        state = {True: tr("ON"), False: tr("OFF"), None: "-"}[self.scene.switch]
        more = f" · {tr('fail-open')}" if self.scene.fail_open else ""
        style = {True: "topo-good", False: "topo-f1", None: "topo-faint"}[self.scene.switch]
        yield _text_element(x + width + 26, box.y + 24, f"{tr('cross-zone')} {state}{more}", f"topo-strong {style}")

    def _draw_middle(self) -> Iterator[str]:
        thing = self.scene.things[SERVICE]
        centre, top = (GAP + PROVIDER_LEFT) / 2, min(frame.y for frame in self.frames.values())
        yield _text_element(centre, top + 4, "PrivateLink", "topo-strong topo-f1", anchor="middle")
        style = "" if thing.there else "topo-faint"
        yield _text_element(
            centre, top + 26, f"{glyph(thing)} {tr('endpoint service')}", f"topo-small {style}", anchor="middle"
        )
        for lane in self.scene.lanes if len(self.scene.consumers) == 1 else ():
            y = self.tops[PROVIDER, lane.key] + LANE / 2
            style = f"topo-strong topo-f{_lane_number(lane.subnet)}"
            yield _text_element(centre, y - 14, lane.key, style, anchor="middle")
            if lane.name != lane.key:
                yield _text_element(centre, y + 24, lane.name, "topo-faint", anchor="middle")

    def _draw_name(self, side: Side) -> Iterator[str]:
        thing, box = self.scene.things[f"{side.name}/name"], self.frames[side.name]
        link = self.scene.links.get((f"{side.name}/client", thing.key))
        closed = link.reason if link and link.flow is DiagramFlow.CLOSED else ""
        addresses = ", ".join(each.ip for each in self.scene.things_of_role(Role.ENDPOINT, side.name) if each.ip)
        told = f"✗ {thing.label}: {tr(closed)}" if closed else f"{glyph(thing)} {thing.label}"
        tail = f" → {addresses}" if addresses and thing.there and not closed else ""
        style = "topo-red" if closed else "" if thing.there else "topo-faint"
        yield _text_element(box.x + 20, box.y + 56, cut(f"{told}{tail}", 56), f"topo-mono {style}")
        for key in shown_lanes(self.scene, side):
            if not self.scene.things_of_role(Role.ENDPOINT, side.name, key):
                words = tr(NO_ENDPOINT if key in side.lanes else NO_SUBNET)
                x, width = COLUMNS[Role.ENDPOINT]
                y = self.tops[side.name, key] + LANE / 2 + 5
                yield _text_element(x + width / 2, y, words, "topo-faint", anchor="middle")

    # -- wires --------------------------------------------------------------------------------------------------------

    def _wire_points(self, link: DiagramLink) -> list[tuple[float, float]]:
        source, target = self.scene.things.get(link.source), self.scene.things.get(link.target)
        if source is None or link.flow is DiagramFlow.OFF or (target and target.role is Role.NAME):
            return []
        here = self._thing_box(source)
        if target is None:
            there = _Box(COLUMNS[Role.NODE][0], self.tops.get((PROVIDER, source.lane), here.y), 0, LANE)
        else:
            there = self._thing_box(target)
        start, end = (here.x + here.width, here.middle), (there.x - 12, there.middle)
        if abs(start[1] - end[1]) < 1:
            shut = link.flow is DiagramFlow.IDLE and any(
                each.flow is DiagramFlow.CLOSED for each in self.scene.links_to(link.target)
            )
            return [start, (BUS, end[1]) if shut else end]
        turn = self._turn_x(source)
        return [start, (turn, start[1]), (turn, end[1]), end]

    def _turn_x(self, source: Thing) -> float:
        if source.role is Role.NODE:
            return BUS
        if source.role is Role.CLIENT:
            return COLUMNS[Role.ENDPOINT][0] - 48
        return PROVIDER_LEFT - 24 - TRACK * [lane.key for lane in self.scene.lanes].index(source.lane)

    def _draw_wire(self, link: DiagramLink, points: list[tuple[float, float]]) -> Iterator[str]:
        target = self.scene.things.get(link.target) or self.scene.things[link.source]
        lane = _lane_number(subnet_of(self.scene, target.lane))
        style = {
            DiagramFlow.OPEN: f"topo-open topo-s{lane}",
            DiagramFlow.CLOSED: "topo-closed",
            DiagramFlow.IDLE: "",
            DiagramFlow.MISSING: "topo-missing",
        }[link.flow]
        way = " ".join(f"{x:g},{y:g}" for x, y in points)
        title = f"<title>{_escape_text(link.why)}</title>" if link.why else ""
        yield f'<polyline class="topo-wire {style}" points="{way}">{title}</polyline>'
        x, y = points[-1]
        if link.flow is DiagramFlow.OPEN:
            yield f'<polygon class="topo-f{lane}" points="{x:g},{y - 7:g} {x + 12:g},{y:g} {x:g},{y + 7:g}"/>'
            if target.role is Role.SERVER and len(self.scene.consumers) == 1 and self.scene.traced:
                yield _text_element(x - 6, y - 9, f"{link.share:.0%}", f"topo-strong topo-f{lane}", anchor="end")

    @staticmethod
    def _draw_reason(link: DiagramLink, points: list[tuple[float, float]]) -> Iterator[str]:
        """Yield the reason of a closed link, on top of everything else."""
        if link.flow is DiagramFlow.CLOSED:
            x, y = (points[-2][0] + points[-1][0]) / 2, points[-1][1]
            yield _text_element(x, y + 5, "✗", "topo-red", anchor="middle")
            yield _text_element(x, y + 22, tr(link.reason), "topo-red topo-small", anchor="middle")

    # -- things -------------------------------------------------------------------------------------------------------

    def _draw_thing(self, thing: Thing) -> Iterator[str]:
        box, subnet = self._thing_box(thing), subnet_of(self.scene, thing.lane)
        lane, busy = _lane_number(subnet), self.scene.carries(thing.key)
        style = f"topo-open topo-s{lane}" if busy else "" if thing.there else "topo-missing"
        yield _rect_element(box, f"topo-card {'topo-bad' if thing.sick else style}", 8)
        label = f"{tr('node')} {letter(subnet)}" if thing.role is Role.NODE else tr(thing.label)
        sign = _STATES.get(Condition.FAILED if thing.sick else thing.condition, "topo-faint")
        yield _text_element(box.x + 12, box.y + 24, glyph(thing), sign)
        yield _text_element(box.x + 30, box.y + 24, label, f"topo-strong topo-f{lane}" if busy else "topo-strong")
        if thing.role is Role.SERVER:
            yield _text_element(
                box.x + box.width - 14, box.y + 24, letter(subnet), f"topo-strong topo-f{lane}", anchor="end"
            )
        for number, (text, look) in enumerate(self._thing_lines(thing)):
            y = box.y + 47 + number * 21
            if y < box.y + box.height:
                yield _text_element(box.x + 12, y, cut(text, 26), look)

    def _thing_lines(self, thing: Thing) -> list[tuple[str, str]]:
        server = thing.there and thing.role is Role.SERVER
        why = (
            blocking_reason(self.scene, thing.key) if server and not thing.sick else ""
        )  # otherwise shown by word and wire
        word = (tr(thing.word), _STATES.get(Condition.FAILED if thing.sick else thing.condition, "topo-faint"))
        told = [(why, "topo-busy")] if why else []
        address = [(thing.ip, "topo-mono")] if thing.ip else []
        if len(self.scene.consumers) > 1 and thing.role is not Role.SERVER:  # the gap does not name the lanes
            word = (thing.lane, "topo-faint")
        return [*told, *address, *([] if told and address else [word])] if thing.there else [word]


def _lane_number(subnet: int) -> int:
    return (subnet - 1) % LANES + 1 if subnet else 0


def _escape_text(text: str) -> str:
    return escape(clean(text))


def _rect_element(box: _Box, style: str, radius: int) -> str:
    place = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'
    return f'<rect class="{style}" {place} rx="{radius}"/>'


def _text_element(x: float, y: float, text: str, style: str = "", tail: str = "", *, anchor: str = "") -> str:
    where = f'x="{x:g}" y="{y:g}"' + (f' text-anchor="{anchor}"' if anchor else "")
    more = f'<tspan class="topo-faint">{_escape_text(tail)}</tspan>' if tail else ""
    look = f' class="{style.strip()}"' if style.strip() else ""
    return f"<text{look} {where}>{_escape_text(text)}{more}</text>"
