"""The last part of a path: to a machine, and from a load balancer's node to its targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from pltui.i18n import Phrase
from pltui.reachability.acls import LINUX_PORTS
from pltui.reachability.balancing import LeftOut, TargetScope, target_scope
from pltui.reachability.codes import Code, Verdict
from pltui.reachability.crossing import crossing_checks, fault_hop, group_decision, until_blocked
from pltui.reachability.hops import Hop, Path
from pltui.reachability.interfaces import Interface, of_machine, of_node
from pltui.reachability.load_balancer import Health, LoadBalancer, Node, Target, TargetGroup
from pltui.reachability.routes import RouteResult, find_route
from pltui.reachability.security import Peer
from pltui.reachability.world import Instance, NetworkModel


@dataclass(frozen=True, slots=True)
class PacketTrace:
    """The path of a packet so far, and its context."""

    world: NetworkModel
    health: Health
    client: Instance
    port: int
    path: Path  # so far

    def add_hops(self, *hops: Hop, **changes: object) -> PacketTrace:
        """The trace after more hops; `changes` are fields of `Path`."""
        return replace(self, path=replace(self.path, hops=(*self.path.hops, *hops), **changes))  # type: ignore[arg-type]

    def end_path(self, *hops: Hop) -> Path:
        """The path that ends with these hops, the last of which blocks."""
        return replace(self.path, hops=(*self.path.hops, *hops), verdict=hops[-1].verdict)


def arrival(world: NetworkModel, server: Instance, sender: Interface, port: int) -> Path:
    """The path from `sender`'s interface to `server`:`port`, for example of a health check from a node."""
    taken = find_route(world, sender.vpc, sender.subnet, server.address)
    return to_machine(world, Path((), Verdict.OPEN), sender, server, taken, port)


def to_machine(
    world: NetworkModel, path: Path, sender: Interface, server: Instance, taken: RouteResult, port: int
) -> Path:
    """`path`, continued to `server`:`port` along the route `taken`."""
    receiver = of_machine(world, server)
    itself = sender.address == server.address and sender.vpc == server.vpc  # such packets never leave the machine
    on_the_way = () if itself else crossing_checks(world, sender, receiver, taken, None, port)
    hops = until_blocked(chain(on_the_way, (_server_hop(world, server, port),)))
    return replace(
        path,
        hops=(*path.hops, *hops),
        verdict=hops[-1].verdict,
        server=server.id,
        port=port,
        zone_id=receiver.zone_id,
        subnet=server.subnet,
        source=str(sender.peer) if sender.peer.single else "",
    )


def _server_hop(world: NetworkModel, server: Instance, port: int) -> Hop:
    hop = Hop("server", server.id, world.zone_of(server), str(server.address), rule=f"tcp/{port}")
    if not server.running:
        return hop.stop(Code.BAD_STATE, Phrase("{id} is {state}", id=server.id, state=server.state), rule=server.state)
    for each in world.faults:
        if each.kind == "server" and each.subject == server.id:
            why = Phrase("{fault}: the server on {id} is down", fault=each.id, id=server.id)
            return hop.stop(Code.PL_FAULT_SERVER, why, Verdict.REFUSED, rule=each.id)
    if server.ports is not None and port not in server.ports:
        return hop.stop(
            Code.PL_PORT_CLOSED, Phrase("{id} does not listen on {port}", id=server.id, port=port), Verdict.REFUSED
        )
    return hop


def through_node(trip: PacketTrace, balancer: LoadBalancer, node: Node, *, privatelink: bool) -> Iterator[Path]:
    """Every path from a node that the packet has reached."""
    world = trip.world
    interface = of_node(world, balancer, node)
    trip = trip.add_hops(balancer=balancer.arn)
    hop = Hop(
        "node",
        balancer.arn,
        node.zone_id,
        str(node.address or ""),
        why=Phrase("{name}'s node in {zone}", name=balancer.name, zone=node.zone_id),
    )
    came = until_blocked(_at_node(trip, balancer, interface, hop, privatelink=privatelink))
    if came[-1].verdict is not Verdict.OPEN:
        yield trip.end_path(*came)
        return
    listener = balancer.listener(trip.port)
    group = world.target_groups.get(listener.target_group or "") if listener else None
    if listener is None or group is None or not group.targets:
        yield trip.end_path(*came, _no_target_hop(trip, balancer, node, listener is not None, group))
        return
    seen = target_scope(world, trip.health, balancer, node, group)
    heard = Hop(
        "listener",
        balancer.arn,
        node.zone_id,
        rule=f"{listener.protocol}:{listener.port}",
        why=Phrase("to {name}", name=group.name),
    )
    trip = trip.add_hops(*came, heard, target_group=group.arn, sticky=group.sticky)
    yield from _to_targets(trip, balancer, interface, group, seen, privatelink=privatelink)


def _at_node(
    trip: PacketTrace, balancer: LoadBalancer, interface: Interface, hop: Hop, *, privatelink: bool
) -> Iterator[Hop | None]:
    if not balancer.state.startswith("active"):  # "active_impaired" works too
        yield hop.stop(
            Code.BAD_STATE,
            Phrase("{name} is {state}", name=balancer.name, state=balancer.state),
            rule=balancer.state,
        )
    yield fault_hop(trip.world, interface)
    yield hop
    if privatelink and balancer.groups and balancer.enforce_on_privatelink:
        # They check the client's own address, and do not know groups of other VPCs (NLB user guide, "Security groups").
        # Believed: the ACL of the node's subnet does not apply to traffic by PrivateLink.
        peer = Peer.at(trip.client.address)
        yield group_decision(
            trip.world,
            balancer.groups,
            "ingress",
            peer,
            trip.port,
            interface.zone_id,
            code=Code.PL_NLB_SG_ON_PRIVATELINK,
        )


def _no_target_hop(
    trip: PacketTrace, balancer: LoadBalancer, node: Node, listens: bool, group: TargetGroup | None
) -> Hop:
    """The hop of a node without targets.

    A node without targets lets its clients wait (kubernetes-sigs/aws-load-balancer-controller#1895). Believed: it
    refuses connections to ports without listener.
    """
    hop = Hop("listener", balancer.arn, node.zone_id, rule=f"tcp/{trip.port}")
    if not listens:
        why = Phrase("{name} does not listen on {port}", name=balancer.name, port=trip.port)
        return hop.stop(Code.ELBV2_LISTENERS_MISMATCH, why, Verdict.REFUSED)
    why = (
        Phrase("{name} has no targets", name=group.name)
        if group
        else Phrase("the listener forwards to no target group")
    )
    return hop.stop(Code.ELBV2_LISTENER_HAS_NO_TG, why)


def _to_targets(
    trip: PacketTrace,
    balancer: LoadBalancer,
    node: Interface,
    group: TargetGroup,
    seen: TargetScope,
    *,
    privatelink: bool,
) -> Iterator[Path]:
    decider = group.arn if seen.decided_by == "target group" else balancer.arn
    switch = Hop("cross-zone", decider, node.zone_id, rule=seen.switch, why=seen.switch)
    if seen.fail_open:
        why = Phrase(
            "{switch}; {healthy} of {count} targets healthy, so all are tried",
            switch=seen.switch,
            healthy=seen.healthy,
            count=len(seen.candidates),
        )
        switch = replace(switch, code=Code.PL_FAIL_OPEN, why=why)
    if not seen.chosen:
        yield trip.end_path(_no_target(switch, seen))
    on = trip.add_hops(switch)
    # Through PrivateLink the client's address is never preserved: the server sees the node's (NLB user guide).
    sender = node
    if group.preserve_client_ip and not privatelink:
        sender = replace(node, peer=Peer.at(trip.client.address, node.groups or ()), ports=LINUX_PORTS)
    for target in seen.chosen:
        yield _to_target(on, sender, group, target, trip.path.chance / len(seen.chosen))
    for barred in seen.left_out:
        yield _left_out(on, group, barred)


def _no_target(switch: Hop, seen: TargetScope) -> Hop:
    """The hop that ends the path, with the common cause if all targets are left out for the same one."""
    codes = {barred.code for barred in seen.left_out}
    lone = codes.pop() if len(codes) == 1 else Code.ELB_NOT_CROSSZONE
    code = Code.ELBV2_NO_TARGETS_IN_AZ if lone is Code.ELB_NOT_CROSSZONE else lone
    return switch.stop(code, Phrase.join_parts("; ", (seen.switch, *(barred.why for barred in seen.left_out))))


def _to_target(trip: PacketTrace, sender: Interface, group: TargetGroup, target: Target, chance: float) -> Path:
    world, client = trip.world, trip.client
    state = trip.health.get((group.arn, target.id, target.port), "of unknown health")
    hop = Hop(
        "target",
        target.id,
        world.target_zone(group, target),
        rule=f"tcp/{target.port}",
        why=Phrase("it is {state}", state=state),
    )
    address = world.target_address(target)
    assert address is not None  # or the node would not have chosen it
    taken = find_route(world, sender.vpc, sender.subnet, address)
    owner = world.instances.get(target.id) or world.owner(taken.vpc, address)
    if isinstance(owner, Instance) and taken.vpc:
        if owner.id == client.id and sender.peer.network.network_address == client.address:
            # NLB user guide, "Troubleshoot": requests time out from a target to its load balancer.
            why = Phrase("{id} would see itself as the client", id=client.id)
            hop = hop.stop(Code.PL_HAIRPIN, why, rule="preserve_client_ip.enabled is true")
            return trip.add_hops(chance=chance).end_path(hop)
        return to_machine(world, trip.add_hops(hop, chance=chance).path, sender, owner, taken, target.port)
    if not taken.vpc:
        return trip.add_hops(hop, chance=chance).end_path(*taken.hops)
    code, why = Code.PL_NO_SUCH_ADDRESS, Phrase("nothing has {address} in {vpc}", address=address, vpc=taken.vpc)
    if owner is not None:
        code, why = Code.PL_OUTSIDE_MODEL, Phrase("{address} is not the address of a machine", address=address)
    return trip.add_hops(chance=chance).end_path(hop.stop(code, why))


def _left_out(trip: PacketTrace, group: TargetGroup, barred: LeftOut) -> Path:
    world, target = trip.world, barred.target
    zone_id = world.target_zone(group, target)
    server = world.target_instance(group, target)
    there = {"server": server.id, "subnet": server.subnet} if server else {}
    hop = Hop("target", target.id, zone_id, rule=f"tcp/{target.port}")
    never = trip.add_hops(chance=0.0, port=target.port, zone_id=zone_id, **there)
    return never.end_path(hop.stop(barred.code, barred.why, Verdict.LEFT_OUT))
