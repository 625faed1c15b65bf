"""Where everything goes in a grid of a given size: as much as fits, in the form that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pltui.view.diagram.model import PROVIDER, Role, Scene, Side, Thing

# Rows a lane may take with frames around its things: a frame with one line in it, up to three lines and space between.
PITCHES = (7, 6, 5, 4, 3)
MOST_LINES = 3  # in a frame
FRAME = 3  # rows of a VPC beside its lanes: its frame, and the line that names what is in it


@dataclass(frozen=True, slots=True)
class Widths:
    """In cells. Between the two VPCs is the gap; between balancer and servers lines fan out."""

    client: int
    endpoint: int
    node: int
    server: int
    link: int = 0  # client to endpoint
    out: int = 0  # endpoint to the frame of its VPC
    gap: int = 0
    into: int = 0  # frame of the provider's VPC to the balancer
    fan: int = 0

    @property
    def things(self) -> int:
        return self.client + self.endpoint + self.node + self.server

    @property
    def total(self) -> int:
        frames_and_margins = 6
        return self.things + self.link + self.out + self.gap + self.into + self.fan + frames_and_margins


# (from so many columns on, the widths of things); the least and the most of what is between them, as in Widths.
_LEAST, _MOST = (2, 1, 9, 1, 3), (24, 3, 24, 3, 30)
_GROWING = (0, 4, 2, 0, 4, 1, 3)  # who gets the next column that is to spare: most where reasons stand
_FRAMED = (
    (150, (20, 20, 20, 25)),
    (112, (18, 19, 18, 22)),
    (98, (16, 16, 16, 20)),
    (92, (14, 16, 16, 20)),
    (74, (10, 16, 14, 18)),
)
_TIGHT_LEAST, _TIGHT_MOST = (2, 1, 3, 1, 3), (12, 2, 20, 2, 16)
_TIGHT = (
    (92, (8, 15, 19, 22)),
    (74, (8, 14, 16, 17)),
    (56, (8, 10, 3, 16)),
    (0, (1, 1, 3, 13)),
)


TRACK = 2  # columns of the gap for each zone, where lines have to change their height in it


def _widths(columns: int, *, framed: bool, tracks: int) -> Widths:
    """The things' widths by the room there is, and what is left dealt out between them.

    `tracks`: how many lines change their height in the gap.
    """
    tiers = _FRAMED if framed else _TIGHT
    least, most = (_LEAST, _MOST) if framed else (_TIGHT_LEAST, _TIGHT_MOST)
    link, out, gap, into, fan = least
    between = [link, out, max(gap, TRACK * tracks + 1), into, fan]
    fitting = (sizes for at, sizes in tiers if columns >= at and columns >= Widths(*sizes, *between).total)
    things = next(fitting, tiers[-1][1])
    spare = columns - Widths(*things, *between).total
    if spare < 0:
        between[2] = max(0, between[2] + spare)
    while spare > 0:
        growing = [number for number in _GROWING if between[number] < most[number]][:spare]
        if not growing:
            break
        for number in growing:
            between[number] = min(most[number], between[number] + 1)
        spare = columns - Widths(*things, *between).total
    return Widths(*things, *between)


@dataclass(frozen=True, slots=True)
class Frame:
    """Of a VPC. Without rows for it there is no frame above and below, and without a head nothing is named."""

    top: int
    bottom: int
    head: int | None
    edged: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    columns: int
    rows: int
    framed: bool  # things have frames around them; otherwise each is a line
    pitch: int  # rows of a lane
    lines: int  # of text in a thing's frame
    widths: Widths
    left: int  # where the whole begins
    frames: Mapping[str, Frame] = field(default_factory=dict)  # by owner
    tops: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (owner, lane) -> its first row
    lined_up: bool = True  # both sides' lanes are at one height

    # -- columns

    @property
    def client(self) -> int:
        return self.left + 2

    @property
    def endpoint(self) -> int:
        return self.client + self.widths.client + self.widths.link

    @property
    def consumer_edge(self) -> int:
        """The right side of the consumers' frames."""
        return self.endpoint + self.widths.endpoint + self.widths.out

    @property
    def provider_edge(self) -> int:
        return self.consumer_edge + 1 + self.widths.gap

    @property
    def node(self) -> int:
        return self.provider_edge + 1 + self.widths.into

    @property
    def fan(self) -> int:
        return self.node + self.widths.node

    @property
    def bus(self) -> int:
        """Where lines from one lane to others run: near the balancer, so that there is room for words after it."""
        return self.fan + min(2, (self.widths.fan - 1) // 2)

    @property
    def server(self) -> int:
        return self.fan + self.widths.fan

    @property
    def right(self) -> int:
        """The provider's frame's right side."""
        return self.server + self.widths.server + 1

    def column(self, role: Role) -> tuple[int, int]:
        """(first column, width) of a role's things."""
        widths = self.widths
        return {
            Role.CLIENT: (self.client, widths.client),
            Role.ENDPOINT: (self.endpoint, widths.endpoint),
            Role.NODE: (self.node, widths.node),
            Role.SERVER: (self.server, widths.server),
        }[role]

    # -- rows

    @property
    def height(self) -> int:
        """Of a thing in a lane."""
        return self.lines + 2 if self.framed else 1

    @property
    def middle(self) -> int:
        """The row of a lane its links are in, from the lane's first."""
        return (self.height - 1) // 2

    def link_row(self, thing: Thing) -> int:
        return self.tops[thing.owner, thing.lane] + self.middle


def arrange(scene: Scene, columns: int, rows: int) -> Layout:
    """The roomiest form that fits; of the smallest, as much as there is room for."""
    if columns >= _FRAMED[-1][0]:
        for pitch in PITCHES:
            found = _placed(scene, columns, rows, pitch, FRAME)
            if found:
                return found
    for frame in (FRAME, 2, 0):
        if found := _placed(scene, columns, rows, 1, frame):
            return found
    return _at(scene, columns, rows, 1, 0)


def _placed(scene: Scene, columns: int, rows: int, pitch: int, frame: int) -> Layout | None:
    return _at(scene, columns, rows, pitch, frame) if _height(scene, pitch, frame) <= rows else None


def _height(scene: Scene, pitch: int, frame: int) -> int:
    return max(sum(_tall(scene, side, pitch, frame) for side in scene.consumers), frame + pitch * len(scene.lanes))


def _tall(scene: Scene, side: Side, pitch: int, frame: int) -> int:
    return frame + pitch * len(shown_lanes(scene, side))


def shown_lanes(scene: Scene, side: Side) -> list[str]:
    """All of them where they can be lined up with the provider's; of several consumers, those they are in."""
    if len(scene.consumers) == 1:
        return [lane.key for lane in scene.lanes]
    taken = {thing.lane for thing in scene.things.values() if thing.owner == side.name and thing.lane}
    return [lane.key for lane in scene.lanes if lane.key in taken]


def _at(scene: Scene, columns: int, rows: int, pitch: int, frame: int) -> Layout:
    framed = pitch > 1
    one = len(scene.consumers) == 1
    widths = _widths(columns, framed=framed, tracks=0 if one else len(scene.lanes))
    total = _height(scene, pitch, frame)
    first = max(0, (rows - total) // 2)
    frames, tops, y = dict[str, Frame](), dict[tuple[str, str], int](), first
    for side in scene.consumers:
        lanes = shown_lanes(scene, side)
        frames[side.name] = _frame(y, pitch * len(lanes), frame)
        tops.update({(side.name, lane): top for lane, top in _lanes(y, lanes, pitch, frame)})
        y += _tall(scene, side, pitch, frame)
    high = frame + pitch * len(scene.lanes)
    start = first + (total - high) // 2
    frames[PROVIDER] = _frame(start, pitch * len(scene.lanes), frame)
    tops.update({(PROVIDER, lane): top for lane, top in _lanes(start, [x.key for x in scene.lanes], pitch, frame)})
    spaced = pitch > 4
    return Layout(
        columns,
        rows,
        framed,
        pitch,
        min(MOST_LINES, pitch - 2 - spaced) if framed else 1,
        widths,
        max(0, (columns - widths.total) // 2),
        frames,
        tops,
        one,
    )


def _frame(top: int, lanes: int, frame: int) -> Frame:
    return Frame(top, top + frame + lanes - 1, top + 1 if frame == FRAME else None, edged=frame > 0)


def _lanes(top: int, lanes: list[str], pitch: int, frame: int) -> Iterator[tuple[str, int]]:
    first = top + {FRAME: 2, 2: 1, 0: 0}[frame]
    for number, lane in enumerate(lanes):
        yield lane, first + number * pitch
