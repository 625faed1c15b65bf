"""Links of a scene. Reachability comes only from the paths of `pltui.reachability`.

Without paths, as in a recorded run, links follow from the states of the things that they join.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pltui.reachability.codes import Code, Verdict
from pltui.text import clean
from pltui.topology import LOAD_BALANCER
from pltui.view.diagram import reasons
from pltui.view.diagram.model import DiagramFlow, DiagramLink, Role, Scene, Thing
from pltui.view.lab_snapshot import Condition

if TYPE_CHECKING:
    from pltui.explain.explanation import Explained, Explanation
    from pltui.reachability.hops import Hop, Path

_RANK = {flow: rank for rank, flow in enumerate(DiagramFlow)}
# Hops of the last part of a path, from the node to a server.
_BEHIND_NODE = frozenset({"listener", "cross-zone", "target"})
# Codes of routes that the load balancer is not configured to use: there is no link, rather than a closed one.
_NO_WAY = frozenset({Code.ELB_NOT_CROSSZONE, Code.ELB_INSTALLED_AZ_RESTRICTION})
_NAMES = frozenset({"resolver", "record", "name"})
Ends = tuple[str, str]


def links(bare: Scene, explained: Explained | None) -> Scene:
    """Return the scene with its links."""
    found = {link.ends: link for link in _expected_links(bare, traced=explained is not None)}
    explanations = [each for each in explained.consumers if each.trace] if explained else []
    told: dict[Ends, DiagramLink] = {}
    for each in explanations:
        for link in _explained_links(bare, each):
            told[link.ends] = _merge_links(told.get(link.ends), link)
    found |= {ends: link for ends, link in told.items() if all(_has_place(bare, key) for key in ends)}
    open_ends = (hop for each in explanations for path in _trace_paths(each) for hop in path.hops)
    return replace(
        bare,
        links={ends: _add_reason(bare, found, link) for ends, link in found.items()},
        fail_open=any(hop.code is Code.PL_FAIL_OPEN for hop in open_ends),
        traced=bool(explanations),
    )


def _has_place(bare: Scene, key: str) -> bool:
    """Return True if a link may end there.

    Paths may be older than the lab, and contain removed zones and consumers.
    """
    if thing := bare.things.get(key):
        return thing.there
    balancer, _, lane = key.partition("@")  # a missing node, at which a path ends
    return balancer == LOAD_BALANCER and any(each.key == lane for each in bare.lanes)


def _merge_links(one: DiagramLink | None, other: DiagramLink) -> DiagramLink:
    """Merge two findings about one link; shares of the same requests add up."""
    if one is None:
        return other
    kept = min(one, other, key=lambda link: _RANK[link.flow])
    same = one.flow is other.flow
    return replace(kept, share=min(1.0, one.share + other.share)) if same else kept


def _add_reason(bare: Scene, found: dict[Ends, DiagramLink], link: DiagramLink) -> DiagramLink:
    """Add the reason to a node's link without requests: the switch, or a closed link before the node."""
    if link.flow is not DiagramFlow.IDLE or link.reason or _role(bare, link.source) is not Role.NODE:
        return link
    led_to = any(each.target == link.source for each in found.values())
    entered = any(each.there for each in bare.things_of_role(Role.ENDPOINT))
    if not led_to and not (entered and bare.switch):
        return replace(link, reason=reasons.NOT_CROSS_ZONE if entered else reasons.NO_ENDPOINT)
    stopped = any(
        each.flow is DiagramFlow.CLOSED and _role(bare, each.source) in _BEFORE_NODES for each in found.values()
    )
    return replace(link, reason=reasons.NOT_REACHED) if stopped else link


def _role(bare: Scene, key: str) -> Role | None:
    thing = bare.things.get(key)
    return thing.role if thing else None


_BEFORE_NODES = (Role.CLIENT, Role.ENDPOINT)


# -- from the states of things ----------------------------------------------------------------------------------------


def _expected_links(bare: Scene, *, traced: bool) -> Iterator[DiagramLink]:
    """Yield every link the picture may have; open only if no paths are available."""
    for side in bare.consumers:
        yield from _to_endpoints(bare, side.name, traced=traced)
    for node in bare.things_of_role(Role.NODE):
        near = [each for each in bare.things_of_role(Role.ENDPOINT) if each.lane == node.lane]
        asked = any(each.condition is Condition.READY for each in near)
        for server in bare.things_of_role(Role.SERVER):
            yield from _to_server(bare, node, server, asked=asked, traced=traced)


def _to_endpoints(bare: Scene, owner: str, *, traced: bool) -> Iterator[DiagramLink]:
    client, name = f"{owner}/client", f"{owner}/name"
    yield _plain_link(bare, client, name, traced=traced)
    for endpoint in bare.things_of_role(Role.ENDPOINT, owner):
        yield _plain_link(bare, client, endpoint.key, traced=traced)
        yield _plain_link(bare, endpoint.key, f"{LOAD_BALANCER}@{endpoint.lane}", traced=traced)


def _plain_link(bare: Scene, source: str, target: str, *, traced: bool) -> DiagramLink:
    ends = [bare.things.get(key) for key in (source, target)]
    if any(each is None or not each.there for each in ends):
        return DiagramLink(source, target, DiagramFlow.MISSING)
    ready = all(each and each.condition is Condition.READY for each in ends)
    return DiagramLink(source, target, DiagramFlow.OPEN if ready and not traced else DiagramFlow.IDLE)


def _to_server(bare: Scene, node: Thing, server: Thing, *, asked: bool, traced: bool) -> Iterator[DiagramLink]:
    link = _plain_link(bare, node.key, server.key, traced=traced)
    crossing = node.lane != server.lane
    if crossing and not (asked and bare.switch):
        return
    if link.flow is DiagramFlow.OPEN and not asked:
        link = replace(link, flow=DiagramFlow.IDLE)
    elif link.flow is DiagramFlow.OPEN and server.sick:
        link = replace(link, flow=DiagramFlow.CLOSED, reason=reasons.UNHEALTHY)
    yield replace(link, crossing=crossing)


# -- from paths -------------------------------------------------------------------------------------------------------


def _trace_paths(each: Explanation) -> tuple[Path, ...]:
    return each.trace.paths if each.trace else ()


def _explained_links(bare: Scene, each: Explanation) -> Iterator[DiagramLink]:
    for path in _trace_paths(each):
        yield from _links_along(bare, clean(each.consumer), path)


def _links_along(bare: Scene, owner: str, path: Path) -> Iterator[DiagramLink]:
    """Yield the links of a path up to its end; the last one is closed if the path is blocked."""
    legs = _path_legs(bare, owner, path)
    stop = path.blocking_hop
    if stop is None:
        yield from (_make_leg(bare, ends, DiagramFlow.OPEN, path.chance) for ends in legs)
        return
    number = _blocked_at(path, stop)
    if path.chance:
        yield from (_make_leg(bare, ends, DiagramFlow.OPEN, path.chance) for ends in legs[:number])
    if number < len(legs):
        flow = DiagramFlow.OFF if stop.code in _NO_WAY else DiagramFlow.CLOSED
        yield _make_leg(bare, legs[number], flow, path.chance, stop)


def _make_leg(bare: Scene, ends: Ends, flow: DiagramFlow, share: float, stop: Hop | None = None) -> DiagramLink:
    source, target = (bare.things.get(key) for key in ends)
    crossing = bool(source and target and target.role is Role.SERVER and source.lane != target.lane)
    reason, why = (reasons.short_reason(stop), clean(stop.why)) if stop else ("", "")
    return DiagramLink(*ends, flow, reason, why, share, crossing)


def _path_legs(bare: Scene, owner: str, path: Path) -> list[Ends]:
    """Return the link to the name, the endpoint interface, the node and the server, as far as the path is known."""
    client = f"{owner}/client"
    legs = [(client, f"{owner}/name")]
    entry = _entry_interface(bare, owner, path)
    if entry is None:
        return legs
    node = f"{LOAD_BALANCER}@{entry.lane}"
    legs += [(client, entry.key), (entry.key, node)]
    server = next((each for each in bare.things_of_role(Role.SERVER) if path.server and each.id == path.server), None)
    return [*legs, (node, server.key)] if server else legs


def _entry_interface(bare: Scene, owner: str, path: Path) -> Thing | None:
    """Return the endpoint interface that the path enters; by zone if addresses are not known yet."""
    zones = {hop.zone_id for hop in path.hops if hop.kind in ("endpoint", "connection")}
    for each in bare.things_of_role(Role.ENDPOINT, owner):
        if (path.entry and each.ip == path.entry) or each.lane in zones:
            return each
    return None


def _blocked_at(path: Path, stop: Hop) -> int:
    """Return the index of the leg that the blocking hop belongs to."""
    kinds = {hop.kind for hop in path.hops}
    if stop.code is Code.PL_DNS_FAILOVER:
        return 1
    if stop.kind in _NAMES and stop.verdict is Verdict.UNRESOLVED:
        return 0
    if kinds & _BEHIND_NODE:
        return 3
    return 2 if "connection" in kinds else 1
