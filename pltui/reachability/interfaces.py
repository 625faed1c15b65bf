"""Network interfaces as seen by the rules: those of machines, load balancer nodes and endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from pltui.reachability.acls import AWS_PORTS, LINUX_PORTS, Ports
from pltui.reachability.load_balancer import LoadBalancer, Node
from pltui.reachability.security import Peer
from pltui.reachability.world import EndpointInterface, Instance, NetworkModel, Owner

_ANYWHERE = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, slots=True)
class Interface:
    """One side of a connection."""

    vpc: str
    subnet: str
    zone_id: str
    peer: Peer  # as the other side sees it
    groups: tuple[str, ...] | None  # security groups; None for a load balancer created without any
    address: IPv4Address | None = None  # where answers are sent, which may differ from `peer`
    ports: Ports = LINUX_PORTS  # source ports of its connections


def of_machine(world: NetworkModel, instance: Instance) -> Interface:
    """The interface of a machine, with its primary address."""
    peer = Peer.at(instance.address, instance.groups)
    zone_id = world.zone_of(instance)
    return Interface(instance.vpc, instance.subnet, zone_id, peer, instance.groups, instance.address)


def of_node(world: NetworkModel, balancer: LoadBalancer, node: Node) -> Interface:
    """The interface of a load balancer's node. If the API does not show its address, the peer is its whole subnet."""
    subnet = world.subnets.get(node.subnet)
    if node.address is not None:
        peer = Peer.at(node.address, balancer.groups)
    else:
        peer = Peer(subnet.cidr if subnet else _ANYWHERE, balancer.groups)
    vpc = subnet.vpc if subnet else balancer.vpc
    return Interface(
        vpc, node.subnet, node.zone_id, peer, balancer.groups or None, address=node.address, ports=AWS_PORTS
    )


def of_endpoint(vpc: str, interface: EndpointInterface) -> Interface:
    """The interface of a VPC endpoint, or of a VPC Lattice resource gateway."""
    peer = Peer.at(interface.address, interface.groups)
    return Interface(
        vpc,
        interface.subnet,
        interface.zone_id,
        peer,
        interface.groups,
        address=interface.address,
        ports=AWS_PORTS,
    )


def of_owner(world: NetworkModel, owner: Owner) -> Interface:
    """The interface of an address's owner."""
    if isinstance(owner, Instance):
        return of_machine(world, owner)
    thing, place = owner
    if isinstance(thing, LoadBalancer):
        assert isinstance(place, Node)
        return of_node(world, thing, place)
    assert isinstance(place, EndpointInterface)
    return of_endpoint(thing.vpc, place)
