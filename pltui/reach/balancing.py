"""Which targets a load balancer's node may choose from, and which setting decided that (NLB user guide)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from pltui.reach.world import Health, LoadBalancer, Node, Target, TargetGroup, World

HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class Scope:
    cross_zone: bool
    decided_by: Literal["target group", "load balancer"]
    candidates: tuple[Target, ...]  # every target the node may know, ordered
    chosen: tuple[Target, ...]  # those that get new connections, in equal parts
    fail_open: bool  # none is healthy, so all are tried


@dataclass(frozen=True, slots=True)
class Flow:
    """What a connection's target is chosen by."""

    source: str
    source_port: int
    destination: str
    destination_port: int
    sequence: int  # TCP's initial sequence number
    protocol: str = "tcp"


def cross_zone(balancer: LoadBalancer, group: TargetGroup) -> tuple[bool, Literal["target group", "load balancer"]]:
    """The switch in force. The group's own value wins over the load balancer's (TargetGroupAttribute, ELBv2 API)."""
    if group.cross_zone is None:
        return balancer.cross_zone, "load balancer"
    return group.cross_zone, "target group"


def scope(world: World, health: Health, balancer: LoadBalancer, node: Node, group: TargetGroup) -> Scope:
    """What `node` sends new connections for `group` to.

    Its own zone's targets; with cross-zone on, those of every zone the load balancer has enabled, and of no other.
    Draining targets get nothing new. With none healthy the node fails open: it tries them all rather than nobody.
    """
    wide, decided_by = cross_zone(balancer, group)
    zones = {each.zone_id for each in balancer.nodes} if wide else {node.zone_id}
    candidates = tuple(
        target
        for target in sorted(group.targets, key=lambda target: (target.id, target.port))
        if not target.draining and _zone(world, group, target) in zones
    )
    healthy = tuple(t for t in candidates if health.get((group.arn, t.id, t.port)) == HEALTHY)
    return Scope(wide, decided_by, candidates, healthy or candidates, bool(candidates) and not healthy)


def _zone(world: World, group: TargetGroup, target: Target) -> str | None:
    instance = world.target_instance(group, target)
    return world.zone_of(instance) if instance else None


def pick(flow: Flow, count: int, sticky: bool = False) -> int:
    """The index, below `count`, that this flow hashes to: even over flows, and always the same for one flow."""
    key = (flow.source,) if sticky else (
        flow.protocol, flow.source, flow.source_port, flow.destination, flow.destination_port, flow.sequence
    )  # fmt: skip
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % count


def live_nodes(world: World, health: Health, balancer: LoadBalancer) -> tuple[Node, ...]:
    """The nodes the load balancer's name leads to: those with a healthy target; all of them when there is none."""
    groups = [group for each in balancer.listeners if (group := world.target_groups.get(each.target_group or ""))]
    live = tuple(node for node in balancer.nodes if any(_serves(world, health, balancer, node, g) for g in groups))
    return live or balancer.nodes


def _serves(world: World, health: Health, balancer: LoadBalancer, node: Node, group: TargetGroup) -> bool:
    seen = scope(world, health, balancer, node, group)
    return bool(seen.candidates) and not seen.fail_open
