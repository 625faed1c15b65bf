"""Cache of the paths of connections: `pltui.reachability` traces once for all connections that are alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

from pltui.emulator.network.connections import ConnectionState, Route
from pltui.emulator.network.memo import Cached
from pltui.reachability.balancing import Flow, target_scope
from pltui.reachability.delivery import arrival
from pltui.reachability.hops import Path, Trace
from pltui.reachability.interfaces import of_node
from pltui.reachability.load_balancer import Health, LoadBalancer, Node, Target, TargetGroup
from pltui.reachability.trace import trace
from pltui.reachability.world import Instance, NetworkModel, Rule, SecurityGroup

_ANYTHING = (Rule("-1", None, None, IPv4Network("0.0.0.0/0")),)


class Ways:
    """Cache of traces, and of the routes made from their paths."""

    def __init__(self) -> None:
        # Each trace with the routes of its paths, by the path's `id()`.
        self._known: Cached[tuple[str, str, int], tuple[Trace, dict[int, Route]]] = Cached()

    def take(self, world: NetworkModel, health: Health, client: Instance, flow: Flow) -> tuple[Path, Route]:
        """The path that this flow takes, and the route to be kept with its connection."""
        known = self._known.of(world, health)
        key = (client.id, flow.destination, flow.destination_port)
        if key not in known:
            known[key] = trace(world, health, client, flow.destination, flow.destination_port), {}
        seen, routes = known[key]
        path = seen.take(flow)
        if id(path) not in routes:
            routes[id(path)] = _route(world, client, flow, path)
        return path, routes[id(path)]


def from_node(world: NetworkModel, balancer: LoadBalancer, node: Node, server: Instance, port: int) -> Path:
    """The path of a health check."""
    return arrival(world, server, of_node(world, balancer, node), port)


def _route(world: NetworkModel, client: Instance, flow: Flow, path: Path) -> Route:
    balancer = world.load_balancers.get(path.balancer)
    listener = balancer.listener(flow.destination_port) if balancer else None
    return Route(
        client=client.id,
        address=flow.destination,
        port=flow.destination_port,
        server=path.server,
        server_port=path.port,
        endpoint=path.endpoint,
        balancer=path.balancer,
        group=path.target_group,
        node=next((hop.zone_id for hop in path.hops if hop.kind == "node"), ""),
        target=next((hop.id for hop in path.hops if hop.kind == "target"), ""),
        idle_timeout=listener.idle_timeout if listener else 0.0,
        places=frozenset(_places(world, client, path)),
    )


def _places(world: NetworkModel, client: Instance, path: Path) -> Iterator[str]:
    """The ids of everything on the path that can have a fault."""
    for instance in (client, world.instances.get(path.server)):
        if instance is not None:
            yield from (instance.id, instance.subnet)
    for hop in path.hops:
        yield hop.zone_id
        if hop.kind == "endpoint":
            yield hop.id
            yield from (i.subnet for i in world.endpoints[hop.id].interfaces if i.zone_id == hop.zone_id)
        elif hop.kind == "node":
            yield from (node.subnet for node in world.load_balancers[hop.id].nodes if node.zone_id == hop.zone_id)


def fate(world: NetworkModel, health: Health, way: Route) -> ConnectionState:
    """The state, in the present model, of a connection established along `way`.

    It keeps its target, even if new connections get others. Its packets need a path there and back as any others:
    network ACLs check each, and an endpoint that is rejected or deleted carries none. Security groups let tracked
    connections pass even if their rules no longer would (EC2 user guide, "Security group connection tracking";
    connections that are not tracked there, some of those without load balancer or endpoint, are tracked here).
    """
    client, server = world.instances.get(way.client), world.instances.get(way.server)
    if client is None or not client.running:
        return ConnectionState.RESET
    if server is None or not server.running:
        return ConnectionState.LIVES  # the caller sees the state of the server's own end, closed or not
    group = world.target_groups.get(way.group)
    if group is not None and _cut_off(world, health, way, group):
        return ConnectionState.RESET
    paths = trace(_as_established(world, way, group), {}, client, way.address, way.port).open_paths
    return ConnectionState.LIVES if any(path.server == way.server for path in paths) else ConnectionState.STALLS


def _cut_off(world: NetworkModel, health: Health, way: Route, group: TargetGroup) -> bool:
    """True if the load balancer ends the connection itself (NLB user guide, "Edit target group attributes")."""
    target = next((each for each in group.targets if (each.id, each.port) == (way.target, way.server_port)), None)
    if target is None:
        return group.terminate_on_deregistration
    if health.get((group.arn, target.id, target.port)) != "unhealthy" or not group.terminate_unhealthy:
        return False
    balancer = world.load_balancers.get(way.balancer)
    node = balancer.node(way.node) if balancer else None
    return (
        balancer is not None and node is not None and not target_scope(world, health, balancer, node, group).fail_open
    )


def _as_established(world: NetworkModel, way: Route, group: TargetGroup | None) -> NetworkModel:
    """The model for an established connection: its target is fixed, and security groups track it.

    Whether its server still runs does not matter here, because the server's own end shows it.
    """
    groups = {id_: SecurityGroup(id_, _ANYTHING, _ANYTHING) for id_ in world.security_groups}
    instances = {id_: replace(each, ports=None) if id_ == way.server else each for id_, each in world.instances.items()}
    targets = dict(world.target_groups)
    if group is not None:
        targets[group.arn] = replace(group, cross_zone=True, targets=(Target(way.target, way.server_port),))
    faults = tuple(fault for fault in world.faults if fault.kind != "server")
    return replace(world, security_groups=groups, instances=instances, target_groups=targets, faults=faults)
