"""The way of each answer over the picture, and what travels on it at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pltui.view.diagram.canvas import Ink, Point
from pltui.view.diagram.cells import Picture
from pltui.view.diagram.model import PROVIDER, DiagramFlow, DiagramLink, Role, Scene, Thing
from pltui.view.diagram.signs import lane_colour, letter

SECONDS = 0.5  # from the client to the server
LINGERS = 0.8  # that a failed request is seen to have ended where it ended
MOST = 4  # at once on one way: at many answers a second one dot stands for several
DIED = "✗"


@dataclass(frozen=True, slots=True)
class Way:
    """Over these links, one after the other; a request that failed ends before the end of the last."""

    links: tuple[tuple[str, str], ...]
    subnet: int = 0  # who answered; 0: nobody
    failed: bool = False


def way(scene: Scene, consumer: str, ip: str | None, subnet: int | None) -> Way:
    """The way of one request, by the address the client connected to and the subnet that answered (None: nobody)."""
    client = f"{consumer}/client"
    if ip is None:
        return Way(((client, f"{consumer}/name"),), failed=True)
    endpoint = _entry(scene, consumer, ip)
    if endpoint is None:
        return Way((), failed=subnet is None)
    node = f"{PROVIDER}/load-balancer@{endpoint.lane}"
    legs = ((client, endpoint.key), (endpoint.key, node))
    if subnet is not None:
        servers = _servers(scene, subnet)
        last = next(((node, each.key) for each in servers if (node, each.key) in scene.links), None)
        return Way((*legs, last) if last else legs, subnet)
    return Way(tuple(_until_closed(scene, legs)), failed=True)


def _entry(scene: Scene, consumer: str, ip: str) -> Thing | None:
    """The interface with this address; while addresses are not known, the only one there is."""
    own = scene.all(Role.ENDPOINT, consumer)
    return next((each for each in own if each.ip == ip), own[0] if own else None)


def _servers(scene: Scene, subnet: int) -> list[Thing]:
    lane = next((each.key for each in scene.lanes if each.subnet == subnet), "")
    return scene.all(Role.SERVER, lane=lane)


def _until_closed(scene: Scene, legs: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """As far as the links are open. Behind the node it is the closed one that requests are sent over, if any is."""
    for ends in legs:
        yield ends
        link = scene.links.get(ends)
        if link is None or link.flow is DiagramFlow.CLOSED:
            return
    tried = [link for link in scene.away(legs[-1][1]) if link.flow is DiagramFlow.CLOSED and link.share]
    if tried:
        yield max(tried, key=_share).ends


def _share(link: DiagramLink) -> float:
    return link.share


def cells(picture: Picture, taken: Way) -> tuple[Point, ...]:
    """The cells it leads over, as far as its links are drawn; where one has failed, half of the last link's."""
    tracks = [picture.tracks.get(ends, ()) for ends in taken.links]
    if taken.failed and tracks:
        tracks[-1] = tracks[-1][: (len(tracks[-1]) + 1) // 2]
    return tuple(point for track in tracks for point in track)


@dataclass(frozen=True, slots=True)
class _Dot:
    taken: Way
    begun: float


class Traffic:
    """What is on its way. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._dots: list[_Dot] = []

    @property
    def moving(self) -> bool:
        return bool(self._dots)

    def send(self, taken: Way, now: float) -> None:
        """Let a dot go, unless there are enough on this way to show that much comes by."""
        if taken.links and sum(dot.taken == taken for dot in self._dots) < MOST:
            self._dots.append(_Dot(taken, now))

    def clear(self) -> None:
        self._dots.clear()

    def frame(self, picture: Picture, now: float) -> Mapping[Point, tuple[str, Ink]]:
        """What stands on top of the picture now; forgets what has arrived."""
        self._dots = [dot for dot in self._dots if now - dot.begun < SECONDS + LINGERS * dot.taken.failed]
        ways = {dot.taken: cells(picture, dot.taken) for dot in self._dots}
        shown: dict[Point, tuple[str, Ink]] = {}
        for dot in self._dots:
            track = ways[dot.taken]
            if track:
                gone = min(1.0, (now - dot.begun) / SECONDS)
                shown[track[min(len(track) - 1, int(gone * len(track)))]] = _mark(dot, gone)
        return shown


def _mark(dot: _Dot, gone: float) -> tuple[str, Ink]:
    if dot.taken.failed:
        return (DIED if gone >= 1 else "•"), Ink("error", bold=True, reverse=True)
    return letter(dot.taken.subnet), Ink(lane_colour(dot.taken.subnet), bold=True, reverse=True)
