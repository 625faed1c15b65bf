"""A packet's way from a machine to the servers that may answer it: machine, endpoint, load balancer's node, target."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from pltui.reach.balancing import Flow, Scope, pick, scope
from pltui.reach.security import Peer, judge
from pltui.reach.world import (
    Endpoint,
    EndpointInterface,
    Health,
    Instance,
    LoadBalancer,
    Node,
    Service,
    TargetGroup,
    World,
)


class Verdict(enum.StrEnum):
    OPEN = "open"
    REFUSED = "refused"  # answered with a reset
    DROPPED = "dropped"  # not answered at all: the caller waits for its own timeout
    NO_ROUTE = "no route"


@dataclass(frozen=True, slots=True)
class Hop:
    role: Literal["client", "endpoint", "node"]
    id: str
    address: str
    zone_id: str
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One server a connection may end at, and how likely it does."""

    instance: str
    port: int
    zone_id: str
    weight: float
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Path:
    """`verdict` says whether the packet gets as far as a choice of `legs`; each leg has its own verdict then."""

    verdict: Verdict
    why: str
    hops: tuple[Hop, ...]
    legs: tuple[Leg, ...] = ()
    scope: Scope | None = None  # what the node chose from
    sticky: bool = False

    def leg(self, flow: Flow) -> Leg:
        """The leg `flow` takes on an open path; an open path has at least one."""
        return self.legs[pick(flow, len(self.legs), self.sticky)]


@dataclass(frozen=True, slots=True)
class _Step:
    world: World
    health: Health
    client: Instance
    port: int
    hops: tuple[Hop, ...] = ()

    def passed(self, hop: Hop) -> _Step:
        return replace(self, hops=(*self.hops, hop))

    def stopped(self, hop: Hop) -> Path:
        return Path(hop.verdict, hop.why, (*self.hops, hop))


def walk(world: World, health: Health, client: Instance, address: IPv4Address, port: int) -> Path:
    """Where a TCP connection from `client` to `address`:`port` leads.

    An address of the VPC that nobody has is dropped, as on AWS; one outside the VPC has no route, for the internet is
    not part of what is modelled.
    """
    step = _Step(world, health, client, port)
    owner = world.owner(client.vpc, address)
    hop = Hop("client", client.id, str(client.address), world.zone_of(client), Verdict.OPEN, "")
    if owner is None:
        vpc = world.vpcs.get(client.vpc)
        if vpc and any(address in cidr for cidr in vpc.cidrs):
            return step.stopped(replace(hop, verdict=Verdict.DROPPED, why=f"nobody has {address} in {client.vpc}"))
        return step.stopped(replace(hop, verdict=Verdict.NO_ROUTE, why=f"{address} is outside {client.vpc}"))
    if owner == client:
        leg = Leg(client.id, port, hop.zone_id, 1.0, Verdict.OPEN, "itself")
        return Path(Verdict.OPEN, "", (hop,), (leg,))
    leaving = judge(world.security_groups, client.groups, "egress", Peer.at(address, _groups(owner)), port)
    if not leaving:
        return step.stopped(replace(hop, verdict=Verdict.DROPPED, why=leaving.why))
    step = step.passed(replace(hop, why=leaving.why))
    if isinstance(owner, Instance):
        leg = arrival(world, owner, Peer.at(client.address, client.groups), port)
        return Path(Verdict.OPEN, "", step.hops, (leg,))
    first, second = owner
    if isinstance(first, Endpoint) and isinstance(second, EndpointInterface):
        return _endpoint(step, first, second)
    assert isinstance(first, LoadBalancer)
    assert isinstance(second, Node)
    return _node(step, first, second, privatelink=False)


def _groups(owner: object) -> tuple[str, ...]:
    match owner:
        case Instance(groups=groups) | (LoadBalancer(groups=groups), _) | (_, EndpointInterface(groups=groups)):
            return groups
    return ()


def _endpoint(step: _Step, endpoint: Endpoint, interface: EndpointInterface) -> Path:
    client = step.client
    entering = judge(
        step.world.security_groups, interface.groups, "ingress", Peer.at(client.address, client.groups), step.port
    )
    hop = Hop("endpoint", endpoint.id, str(interface.address), interface.zone_id, Verdict.OPEN, entering.why)
    if not entering:
        return step.stopped(replace(hop, verdict=Verdict.DROPPED))
    if endpoint.state != "available":
        return step.stopped(replace(hop, verdict=Verdict.DROPPED, why=f"{endpoint.id} is {endpoint.state}"))
    found = _service_node(step.world, step.world.services.get(endpoint.service), interface.zone_id)
    if found is None:
        why = f"{endpoint.service} has no load balancer node in {interface.zone_id}"
        return step.stopped(replace(hop, verdict=Verdict.DROPPED, why=why))
    return _node(step.passed(hop), *found, privatelink=True)


def _service_node(world: World, service: Service | None, zone_id: str) -> tuple[LoadBalancer, Node] | None:
    """The service's node in the same physical zone; it never leads to another (PrivateLink guide)."""
    for arn in service.load_balancers if service else ():
        balancer = world.load_balancers.get(arn)
        node = balancer.node(zone_id) if balancer else None
        if balancer and node:
            return balancer, node
    return None


def _node(step: _Step, balancer: LoadBalancer, node: Node, *, privatelink: bool) -> Path:
    world, client = step.world, step.client
    listener = balancer.listener(step.port)
    group = world.target_groups.get(listener.target_group or "") if listener else None
    hop = Hop("node", balancer.arn, str(node.address or ""), node.zone_id, Verdict.OPEN, "")
    if balancer.state != "active":
        return step.stopped(replace(hop, verdict=Verdict.DROPPED, why=f"{balancer.name} is {balancer.state}"))
    if balancer.groups and (balancer.enforce_on_privatelink or not privatelink):
        # What comes by PrivateLink is judged by the client's own address, and group references cannot cross VPCs.
        peer = Peer.at(client.address, () if privatelink else client.groups)
        entering = judge(world.security_groups, balancer.groups, "ingress", peer, step.port)
        if not entering:
            return step.stopped(replace(hop, verdict=Verdict.DROPPED, why=entering.why))
    if listener is None or group is None:
        return step.stopped(
            replace(hop, verdict=Verdict.REFUSED, why=f"{balancer.name} does not listen on {step.port}")
        )
    seen = scope(world, step.health, balancer, node, group)
    switch = f"cross-zone is {'on' if seen.cross_zone else 'off'} by the {seen.decided_by}"
    if not seen.chosen:
        return step.stopped(replace(hop, verdict=Verdict.REFUSED, why=f"no target in scope: {switch}"))
    # The client's address is never preserved through PrivateLink (NLB user guide): the server then sees the node.
    preserved = group.preserve_client_ip and not privatelink
    sender = Peer.at(client.address, balancer.groups) if preserved else node_peer(world, balancer, node)
    legs = _legs(world, group, seen, sender)
    why = f"{switch}; no target is healthy, so all are tried" if seen.fail_open else switch
    step = step.passed(replace(hop, why=why))
    return Path(Verdict.OPEN, "", step.hops, legs, seen, group.sticky)


def _legs(world: World, group: TargetGroup, seen: Scope, sender: Peer) -> tuple[Leg, ...]:
    weight = 1 / len(seen.chosen)
    found = ((target, world.target_instance(group, target)) for target in seen.chosen)
    return tuple(
        replace(arrival(world, instance, sender, target.port), weight=weight) for target, instance in found if instance
    )


def node_peer(world: World, balancer: LoadBalancer, node: Node) -> Peer:
    """A node as the servers' security groups see it."""
    if node.address is not None:
        return Peer.at(node.address, balancer.groups)
    subnet = world.subnets.get(node.subnet)
    return Peer(subnet.cidr if subnet else IPv4Network("0.0.0.0/0"), balancer.groups)


def arrival(world: World, instance: Instance, sender: Peer, port: int) -> Leg:
    """Whether a packet from `sender` in the same VPC reaches `instance`."""
    zone_id = world.zone_of(instance)
    if not instance.running:
        return Leg(instance.id, port, zone_id, 1.0, Verdict.DROPPED, f"{instance.id} is {instance.state}")
    entering = judge(world.security_groups, instance.groups, "ingress", sender, port)
    verdict = Verdict.OPEN if entering else Verdict.DROPPED
    return Leg(instance.id, port, zone_id, 1.0, verdict, entering.why)
