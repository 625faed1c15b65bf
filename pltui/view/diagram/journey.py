"""The path of each answer over the picture, and the dots that travel along the paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pltui.topology import LOAD_BALANCER
from pltui.view.diagram.canvas import Ink, Point
from pltui.view.diagram.cells import Picture
from pltui.view.diagram.model import DiagramFlow, DiagramLink, Role, Scene, Thing
from pltui.view.diagram.signs import lane_colour, letter

SECONDS = 0.5  # travel time from the client to the server
LINGERS = 0.8  # seconds for which the end of a failed request stays visible
MOST = 4  # dots on one path at once: at high rates one dot represents several answers
DIED = "✗"


@dataclass(frozen=True, slots=True)
class RequestPath:
    """The links of a request, in order; a failed request ends before the end of the last one."""

    links: tuple[tuple[str, str], ...]
    subnet: int = 0  # the answering subnet; 0: no answer
    failed: bool = False


def request_path(scene: Scene, consumer: str, ip: str | None, subnet: int | None) -> RequestPath:
    """Return the path of one request, from the address connected to and the answering subnet (None: no answer)."""
    client = f"{consumer}/client"
    if ip is None:
        return RequestPath(((client, f"{consumer}/name"),), failed=True)
    endpoint = _entry_interface(scene, consumer, ip)
    if endpoint is None:
        return RequestPath((), failed=subnet is None)
    node = f"{LOAD_BALANCER}@{endpoint.lane}"
    legs = ((client, endpoint.key), (endpoint.key, node))
    if subnet is not None:
        servers = _subnet_servers(scene, subnet)
        last = next(((node, each.key) for each in servers if (node, each.key) in scene.links), None)
        return RequestPath((*legs, last) if last else legs, subnet)
    return RequestPath(tuple(_until_closed(scene, legs)), failed=True)


def _entry_interface(scene: Scene, consumer: str, ip: str) -> Thing | None:
    """Return the interface with this address; while addresses are unknown, the first one."""
    own = scene.things_of_role(Role.ENDPOINT, consumer)
    return next((each for each in own if each.ip == ip), own[0] if own else None)


def _subnet_servers(scene: Scene, subnet: int) -> list[Thing]:
    lane = next((each.key for each in scene.lanes if each.subnet == subnet), "")
    return scene.things_of_role(Role.SERVER, lane=lane)


def _until_closed(scene: Scene, legs: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """Yield the links up to the first closed one. After the node, requests go to a closed link with a share, if any."""
    for ends in legs:
        yield ends
        link = scene.links.get(ends)
        if link is None or link.flow is DiagramFlow.CLOSED:
            return
    tried = [link for link in scene.links_from(legs[-1][1]) if link.flow is DiagramFlow.CLOSED and link.share]
    if tried:
        yield max(tried, key=_link_share).ends


def _link_share(link: DiagramLink) -> float:
    return link.share


def cells(picture: Picture, taken: RequestPath) -> tuple[Point, ...]:
    """Return the cells of a path whose links are drawn; of a failed request's last link, only half."""
    tracks = [picture.tracks.get(ends, ()) for ends in taken.links]
    if taken.failed and tracks:
        tracks[-1] = tracks[-1][: (len(tracks[-1]) + 1) // 2]
    return tuple(point for track in tracks for point in track)


@dataclass(frozen=True, slots=True)
class _Dot:
    taken: RequestPath
    begun: float


class Traffic:
    """The dots in motion. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._dots: list[_Dot] = []

    @property
    def moving(self) -> bool:
        """True while there are dots to draw."""
        return bool(self._dots)

    def send(self, taken: RequestPath, now: float) -> None:
        """Start a dot, unless its path already has `MOST`."""
        if taken.links and sum(dot.taken == taken for dot in self._dots) < MOST:
            self._dots.append(_Dot(taken, now))

    def clear(self) -> None:
        """Remove all dots."""
        self._dots.clear()

    def frame(self, picture: Picture, now: float) -> Mapping[Point, tuple[str, Ink]]:
        """Return the characters to draw over the picture now; drop the dots that have arrived."""
        self._dots = [dot for dot in self._dots if now - dot.begun < SECONDS + LINGERS * dot.taken.failed]
        ways = {dot.taken: cells(picture, dot.taken) for dot in self._dots}
        shown: dict[Point, tuple[str, Ink]] = {}
        for dot in self._dots:
            track = ways[dot.taken]
            if track:
                gone = min(1.0, (now - dot.begun) / SECONDS)
                shown[track[min(len(track) - 1, int(gone * len(track)))]] = _dot_mark(dot, gone)
        return shown


def _dot_mark(dot: _Dot, gone: float) -> tuple[str, Ink]:
    if dot.taken.failed:
        return (DIED if gone >= 1 else "•"), Ink("error", bold=True, reverse=True)
    return letter(dot.taken.subnet), Ink(lane_colour(dot.taken.subnet), bold=True, reverse=True)
