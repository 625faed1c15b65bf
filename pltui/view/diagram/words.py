"""Texts in the things of a diagram, the most important first."""

from __future__ import annotations

from collections.abc import Iterator

from pltui.i18n import tr
from pltui.text import cut, pad, width
from pltui.view.diagram.canvas import Ink, Run
from pltui.view.diagram.model import DiagramFlow, Role, Scene, Thing
from pltui.view.diagram.signs import colour


def switch_runs(scene: Scene) -> list[Run]:
    """Return the state of cross-zone load balancing."""
    name = Run(tr("cross-zone") + " ", Ink("faint"))
    if scene.switch is None:
        return [name, Run("-", Ink("faint"))]
    colour_ = "success" if scene.switch else "accent"
    state = Run(f" {tr('ON') if scene.switch else tr('OFF')} ", Ink(colour_, bold=True, reverse=True))
    extra = [Run(" " + tr("fail-open"), Ink("warning", bold=True))] if scene.fail_open else []
    return [name, state, *extra]


def blocking_reason(scene: Scene, key: str) -> str:
    """Return the translated reason why no request reaches a thing; "" if one does, or the thing does not exist."""
    reason = scene.idle_reason(key)
    return tr(reason) if reason else ""


def _closed_reason(scene: Scene, key: str) -> str:
    links = [link for link in scene.links_to(key) if link.flow is DiagramFlow.CLOSED]
    open_ = any(link.flow is DiagramFlow.OPEN for link in scene.links_to(key))
    return tr(links[0].reason) if links and not open_ else ""


def state_run(thing: Thing) -> Run:
    """Return the state of a thing in its colour."""
    return Run(tr(thing.word) if thing.word else "", Ink(colour(thing)))


def thing_lines(scene: Scene, thing: Thing, columns: int) -> list[Run]:
    """Return the lines of a client or an endpoint interface."""
    closed = _closed_reason(scene, thing.key)
    ip = [Run(thing.ip, Ink("foreground"))] if thing.ip and width(thing.ip) <= columns else []
    id_ = [Run(thing.id, Ink("faint"))] if thing.id and not thing.id.startswith("arn:") else []
    if closed:
        return [Run(closed, Ink("error", bold=True)), *ip, state_run(thing)]
    if thing.sick:
        return [state_run(thing), *ip, *id_]
    return [*ip, state_run(thing), *id_] if thing.there else [state_run(thing)]


def node_lines(scene: Scene, thing: Thing, columns: int) -> list[Run]:
    """Return the lines of a load balancer node."""
    closed = _closed_reason(scene, thing.key)
    ip = [Run(thing.ip, Ink("foreground"))] if thing.ip and width(thing.ip) <= columns else []
    if closed:
        return [Run(closed, Ink("error", bold=True)), *ip]
    if thing.sick:
        return [state_run(thing), *ip]
    idle = thing.there and not scene.links_to(thing.key)
    return [*(ip or [state_run(thing)]), *([Run(tr("idle"), Ink("faint"))] if idle else [])]


def server_lines(
    scene: Scene, servers: list[Thing], columns: int, share: float | None, lane: str, rows: int
) -> list[list[Run]]:
    """Return the lines of a lane's servers: state, share of the answers, addresses."""
    if len(servers) > 1 and rows > 1:
        return [
            _server_head(scene, each, columns, share if not n else None, named=True)
            for n, each in enumerate(servers[:rows])
        ]
    first = servers[0]
    body = [_server_head(scene, first, columns, share)]
    if share is not None:
        full = round(share * columns)
        body.append([Run("█" * full, Ink(lane)), Run("─" * (columns - full), Ink("faint", dim=True))])
    elif first.there and (why := blocking_reason(scene, first.key)) and first.word not in why:
        body.append([Run(tr(first.word), Ink(colour(first)))])
    if first.ip:
        body.append([Run(cut(first.ip, columns), Ink("faint"))])
    return body[:rows]


def _server_head(scene: Scene, each: Thing, columns: int, share: float | None, *, named: bool = False) -> list[Run]:
    why = blocking_reason(scene, each.key) if each.there else ""
    closed = _closed_reason(scene, each.key)
    text, ink = (tr(each.word), Ink(colour(each)))
    if closed:
        text, ink = closed, Ink("error", bold=True)
    elif why:
        text, ink = why, Ink("warning")
    if named:
        text = f"{each.number} {text}"
    tail = f" {share:.0%}" if share is not None and not why else ""
    room = columns - width(tail)
    return [Run(pad(cut(text, room), room), ink), Run(tail, Ink("foreground", bold=True))]


def server_line(scene: Scene, servers: list[Thing], columns: int, share: float | None) -> str:
    """Return all of a lane's servers in one line."""
    first = servers[0]
    why = blocking_reason(scene, first.key) if first.there else ""
    numbers = ",".join(str(each.number) for each in servers)
    tail = f" {share:.0%}" if share is not None and not why else ""
    closed = _closed_reason(scene, first.key)
    text = f"✗ {closed}" if closed else why or tr(first.word)
    return cut(f"{numbers} {text}", columns - width(tail)) + tail


def describe_scene(scene: Scene) -> Iterator[str]:
    """Yield the diagram in sentences, for screen readers."""
    state = {True: tr("on"), False: tr("off"), None: tr("unknown")}[scene.switch]
    yield tr("Cross-zone load balancing is {state}.", state=state)
    for each in scene.things_of_role(Role.SERVER):
        answers = any(link.flow is DiagramFlow.OPEN for link in scene.links_to(each.key))
        why = blocking_reason(scene, each.key) or tr(each.word)
        yield tr("{name} answers.", name=each.label) if answers else tr("{name}: {why}.", name=each.label, why=why)
    for link in scene.links.values():
        if link.flow is DiagramFlow.CLOSED:
            ends = (scene.things[key].label if key in scene.things else key for key in link.ends)
            yield tr("{source} to {target} is blocked: {reason}.", **dict(zip(("source", "target"), ends, strict=True)),
                     reason=tr(link.reason))  # fmt: skip
