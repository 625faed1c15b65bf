"""Layout of the diagram in a grid of a given size: as much as fits, in the form that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pltui.topology import PROVIDER
from pltui.view.diagram.model import Role, Scene, Side, Thing

# Rows of a lane with framed things: from a frame with one line to three lines with space between frames.
PITCHES = (7, 6, 5, 4, 3)
MOST_LINES = 3  # text lines in a frame
FRAME = 3  # rows of a VPC in addition to its lanes: its frame, and the line of names


@dataclass(frozen=True, slots=True)
class Widths:
    """Widths in cells. The gap is between the two VPCs; lines fan out between balancer and servers."""

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
        """Width of all things together."""
        return self.client + self.endpoint + self.node + self.server

    @property
    def total(self) -> int:
        """Width of the whole diagram."""
        frames_and_margins = 6
        return self.things + self.link + self.out + self.gap + self.into + self.fan + frames_and_margins


# (minimum columns, widths of things); minimum and maximum of the spaces between them, in the order of Widths.
_LEAST, _MOST = (2, 1, 9, 1, 3), (24, 3, 24, 3, 30)
_GROWING = (0, 4, 2, 0, 4, 1, 3)  # order in which spaces get spare columns: most for those that show reasons
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


TRACK = 2  # columns of the gap per zone, if lines change their row there


def _widths(columns: int, *, framed: bool, tracks: int) -> Widths:
    """Return the widths of things for the available columns, with the rest distributed between them.

    `tracks`: number of lines that change their row in the gap.
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
    """Frame of a VPC. Without rows for it, it has no top and bottom; without a head, names are omitted."""

    top: int
    bottom: int
    head: int | None
    edged: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of all things, in cells."""

    columns: int
    rows: int
    framed: bool  # things have frames around them; otherwise each is a line
    pitch: int  # rows of a lane
    lines: int  # of text in a thing's frame
    widths: Widths
    left: int  # first column of the diagram
    frames: Mapping[str, Frame] = field(default_factory=dict)  # by owner
    tops: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (owner, lane) -> its first row
    lined_up: bool = True  # the lanes of both sides are in the same rows

    # -- columns

    @property
    def client(self) -> int:
        """First column of clients."""
        return self.left + 2

    @property
    def endpoint(self) -> int:
        """First column of endpoint interfaces."""
        return self.client + self.widths.client + self.widths.link

    @property
    def consumer_edge(self) -> int:
        """Column of the right side of the consumers' frames."""
        return self.endpoint + self.widths.endpoint + self.widths.out

    @property
    def provider_edge(self) -> int:
        """Column of the left side of the provider's frame."""
        return self.consumer_edge + 1 + self.widths.gap

    @property
    def node(self) -> int:
        """First column of the load balancer's nodes."""
        return self.provider_edge + 1 + self.widths.into

    @property
    def fan(self) -> int:
        """First column after the nodes, where lines fan out."""
        return self.node + self.widths.node

    @property
    def bus(self) -> int:
        """Column of lines between lanes: near the balancer, to leave room for text after it."""
        return self.fan + min(2, (self.widths.fan - 1) // 2)

    @property
    def server(self) -> int:
        """First column of servers."""
        return self.fan + self.widths.fan

    @property
    def right(self) -> int:
        """Column of the right side of the provider's frame."""
        return self.server + self.widths.server + 1

    def column(self, role: Role) -> tuple[int, int]:
        """Return (first column, width) of a role's things."""
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
        """Rows of a thing in a lane."""
        return self.lines + 2 if self.framed else 1

    @property
    def middle(self) -> int:
        """Row of a lane's links, counted from the lane's first row."""
        return (self.height - 1) // 2

    def link_row(self, thing: Thing) -> int:
        """Return the row of the links of a thing."""
        return self.tops[thing.owner, thing.lane] + self.middle


def arrange(scene: Scene, columns: int, rows: int) -> Layout:
    """Return the roomiest layout that fits; if none does, the smallest, to be clipped."""
    if columns >= _FRAMED[-1][0]:
        for pitch in PITCHES:
            found = _fitting_layout(scene, columns, rows, pitch, FRAME)
            if found:
                return found
    for frame in (FRAME, 2, 0):
        if found := _fitting_layout(scene, columns, rows, 1, frame):
            return found
    return _make_layout(scene, columns, rows, 1, 0)


def _fitting_layout(scene: Scene, columns: int, rows: int, pitch: int, frame: int) -> Layout | None:
    return _make_layout(scene, columns, rows, pitch, frame) if _total_height(scene, pitch, frame) <= rows else None


def _total_height(scene: Scene, pitch: int, frame: int) -> int:
    return max(
        sum(_side_height(scene, side, pitch, frame) for side in scene.consumers), frame + pitch * len(scene.lanes)
    )


def _side_height(scene: Scene, side: Side, pitch: int, frame: int) -> int:
    return frame + pitch * len(shown_lanes(scene, side))


def shown_lanes(scene: Scene, side: Side) -> list[str]:
    """Return the lanes of a consumer: all for a single consumer, aligned with the provider's, else those in use."""
    if len(scene.consumers) == 1:
        return [lane.key for lane in scene.lanes]
    taken = {thing.lane for thing in scene.things.values() if thing.owner == side.name and thing.lane}
    return [lane.key for lane in scene.lanes if lane.key in taken]


def _make_layout(scene: Scene, columns: int, rows: int, pitch: int, frame: int) -> Layout:
    framed = pitch > 1
    one = len(scene.consumers) == 1
    widths = _widths(columns, framed=framed, tracks=0 if one else len(scene.lanes))
    total = _total_height(scene, pitch, frame)
    first = max(0, (rows - total) // 2)
    frames, tops, y = dict[str, Frame](), dict[tuple[str, str], int](), first
    for side in scene.consumers:
        lanes = shown_lanes(scene, side)
        frames[side.name] = _make_frame(y, pitch * len(lanes), frame)
        tops.update({(side.name, lane): top for lane, top in _lane_rows(y, lanes, pitch, frame)})
        y += _side_height(scene, side, pitch, frame)
    high = frame + pitch * len(scene.lanes)
    start = first + (total - high) // 2
    frames[PROVIDER] = _make_frame(start, pitch * len(scene.lanes), frame)
    tops.update({(PROVIDER, lane): top for lane, top in _lane_rows(start, [x.key for x in scene.lanes], pitch, frame)})
    spaced = pitch > 4
    return Layout(
        columns=columns,
        rows=rows,
        framed=framed,
        pitch=pitch,
        lines=min(MOST_LINES, pitch - 2 - spaced) if framed else 1,
        widths=widths,
        left=max(0, (columns - widths.total) // 2),
        frames=frames,
        tops=tops,
        lined_up=one,
    )


def _make_frame(top: int, lanes: int, frame: int) -> Frame:
    return Frame(top, top + frame + lanes - 1, top + 1 if frame == FRAME else None, edged=frame > 0)


def _lane_rows(top: int, lanes: list[str], pitch: int, frame: int) -> Iterator[tuple[str, int]]:
    first = top + {FRAME: 2, 2: 1, 0: 0}[frame]
    for number, lane in enumerate(lanes):
        yield lane, first + number * pitch
