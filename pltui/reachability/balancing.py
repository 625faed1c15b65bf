"""Targets that a load balancer's node may choose from, and the setting that decides it (NLB user guide)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from pltui.i18n import Phrase
from pltui.reachability.codes import Code
from pltui.reachability.load_balancer import Health, LoadBalancer, Node, Target, TargetGroup
from pltui.reachability.world import NetworkModel

HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A target that gets no new connections from a node."""

    target: Target
    code: Code
    why: str


@dataclass(frozen=True, slots=True)
class TargetScope:
    """The targets of a group that one node uses, and the reasons."""

    cross_zone: bool
    decided_by: Literal["target group", "load balancer"]
    candidates: tuple[Target, ...]  # every target in the node's zones that does not drain, ordered
    healthy: int  # number of healthy candidates
    chosen: tuple[Target, ...]  # those that get new connections, in equal shares
    fail_open: bool  # too few are healthy, so all are tried
    left_out: tuple[LeftOut, ...] = ()

    @property
    def switch(self) -> str:
        """The cross-zone setting in words, with the object that decides it."""
        return Phrase(_SWITCHES[self.cross_zone, self.decided_by])


_SWITCHES = {
    (True, "target group"): "cross-zone on (set on the target group)",
    (True, "load balancer"): "cross-zone on (set on the load balancer)",
    (False, "target group"): "cross-zone off (set on the target group)",
    (False, "load balancer"): "cross-zone off (set on the load balancer)",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """The properties of a connection by which its target is chosen."""

    source: str
    source_port: int
    destination: str
    destination_port: int
    sequence: int  # TCP's initial sequence number
    protocol: str = "tcp"


def cross_zone(balancer: LoadBalancer, group: TargetGroup) -> tuple[bool, Literal["target group", "load balancer"]]:
    """The cross-zone setting in force, and the object that decides it.

    The group's own value takes precedence over the load balancer's (TargetGroupAttribute, ELBv2 API).
    """
    if group.cross_zone is None:
        return balancer.cross_zone, "load balancer"
    return group.cross_zone, "target group"


def target_scope(
    world: NetworkModel, health: Health, balancer: LoadBalancer, node: Node, group: TargetGroup
) -> TargetScope:
    """The targets of `group` to which `node` sends new connections.

    These are its own zone's targets; with cross-zone on, those of every zone that the load balancer has enabled, and of
    no other. Draining targets get no new connections. With fewer healthy targets than `unhealthy_state_routing`
    requires (1, unless set) the node fails open: it tries all targets (NLB user guide, "Target group health").
    """
    wide, decided_by = cross_zone(balancer, group)
    enabled = {each.zone_id for each in balancer.nodes}
    candidates, left_out = [], []
    for target in sorted(group.targets, key=lambda target: (target.id, target.port)):
        barred = _find_exclusion(world, balancer, node, group, target, enabled if wide else {node.zone_id})
        if barred is None:
            candidates.append(target)
        else:
            left_out.append(barred)
    healthy = [each for each in candidates if health.get((group.arn, each.id, each.port)) == HEALTHY]
    if len(healthy) >= max(group.routing_minimum, 1):
        sick = [each for each in candidates if each not in healthy]
        left_out += [LeftOut(each, Code.PL_TARGET_UNHEALTHY, _format_state(health, group, each)) for each in sick]
        chosen, fail_open = healthy, False
    else:
        chosen, fail_open = candidates, len(healthy) < len(candidates)
    return TargetScope(
        wide,
        decided_by,
        candidates=tuple(candidates),
        healthy=len(healthy),
        chosen=tuple(chosen),
        fail_open=fail_open,
        left_out=tuple(left_out),
    )


def _find_exclusion(
    world: NetworkModel, balancer: LoadBalancer, node: Node, group: TargetGroup, target: Target, zones: set[str]
) -> LeftOut | None:
    """The reason that the node does not use a target regardless of its health; None if it may use it."""
    if target.draining:
        return LeftOut(target, Code.PL_TARGET_DRAINING, Phrase("{id} is draining", id=target.id))
    if world.target_address(target) is None and not target.id.startswith("i-"):
        return LeftOut(
            target, Code.PL_OUTSIDE_MODEL, Phrase("{id} is neither an IPv4 address nor an instance id", id=target.id)
        )
    zone = world.target_zone(group, target)
    if zone in zones or target.everywhere:
        return None
    if not zone:
        return LeftOut(target, Code.BAD_STATE, Phrase("{id} does not exist", id=target.id))
    if balancer.node(zone) is None:
        why = Phrase("{id} is in {zone}, which {name} has not enabled", id=target.id, zone=zone, name=balancer.name)
        return LeftOut(target, Code.ELB_INSTALLED_AZ_RESTRICTION, why)
    return LeftOut(
        target,
        Code.ELB_NOT_CROSSZONE,
        Phrase("{id} is in {zone}, the node in {zone_id}", id=target.id, zone=zone, zone_id=node.zone_id),
    )


def _format_state(health: Health, group: TargetGroup, target: Target) -> str:
    return Phrase(
        "{id} is {state}",
        id=target.id,
        state=health.get((group.arn, target.id, target.port), "not known to be healthy"),
    )


def flow_fraction(flow: Flow, sticky: bool = False) -> float:
    """Hash of a flow in [0, 1): uniform over flows, constant for one flow."""
    key = (flow.source,) if sticky else (
        flow.protocol, flow.source, flow.source_port, flow.destination, flow.destination_port, flow.sequence
    )  # fmt: skip
    digest = hashlib.blake2b(repr(key).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / (1 << 48)


def healthy_zones(world: NetworkModel, health: Health, balancer: LoadBalancer) -> frozenset[str]:
    """The ids of zones in which every target group has as many healthy targets in scope as `dns_failover` requires.

    Source: NLB user guide, "Target group health"; AWS re:Post, "ELB DNS and traffic flow with cross-zone
    configurations".
    """
    arns = dict.fromkeys(listener.target_group or "" for listener in balancer.listeners)
    groups = [group for arn in arns if (group := world.target_groups.get(arn))]
    return frozenset(
        node.zone_id
        for node in balancer.nodes
        if all(target_scope(world, health, balancer, node, each).healthy >= max(each.dns_minimum, 1) for each in groups)
    )


def live_nodes(world: NetworkModel, health: Health, balancer: LoadBalancer) -> tuple[Node, ...]:
    """The nodes that the load balancer's name resolves to: those of healthy zones, or all if there is no such zone."""
    zones = healthy_zones(world, health, balancer)
    return tuple(node for node in balancer.nodes if node.zone_id in zones) or balancer.nodes
