"""Tracing: every path from a machine to a name or address, hop by hop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address

from pltui.i18n import Phrase
from pltui.reachability.codes import CONNECTION_STATES, Code, Verdict
from pltui.reachability.crossing import crossing_checks, fault_hop, leaving_hop, until_blocked
from pltui.reachability.delivery import PacketTrace, through_node, to_machine
from pltui.reachability.hops import Hop, Path, Trace
from pltui.reachability.interfaces import Interface, of_endpoint, of_machine, of_owner
from pltui.reachability.load_balancer import Health, LoadBalancer, Node
from pltui.reachability.names import HOSTS, canonical_name, resolve
from pltui.reachability.routes import RouteResult, find_route
from pltui.reachability.security import Peer
from pltui.reachability.world import (
    Endpoint,
    EndpointInterface,
    Instance,
    NetworkModel,
    Owner,
    ResourceGateway,
    Service,
)

# The target of a resource may be another endpoint's address; a longer chain of them is treated as a loop.
_MAX_RESOURCES = 4


def trace(world: NetworkModel, health: Health, client: Instance, destination: str | IPv4Address, port: int) -> Trace:
    """Every path that a TCP connection from `client` to `destination`:`port` may take, and those that are ruled out.

    `destination` is an IPv4 address or a name, which is resolved in the client's VPC. The result depends only on the
    arguments, not on chance or time, so it may be cached.
    """
    start = PacketTrace(world, health, client, port, Path((), Verdict.OPEN))
    paths = tuple(_trace_paths(start, destination))
    answers = sum(path.chance for path in paths if path.verdict is Verdict.OPEN)
    weighed = (
        replace(path, weight=path.chance / answers) if path.verdict is Verdict.OPEN and path.chance else path
        for path in paths
    )
    return Trace(client.id, str(destination), port, tuple(weighed))


def _trace_paths(start: PacketTrace, destination: str | IPv4Address) -> Iterator[Path]:
    machine = _machine_hop(start.world, start.client)
    if machine.verdict is not Verdict.OPEN:
        yield start.end_path(machine)
        return
    sender = of_machine(start.world, start.client)
    for trip, address in _resolve_addresses(start, start.client.vpc, destination):
        if address is None:
            yield trip.path
        elif address.is_loopback:
            yield to_machine(
                start.world, trip.add_hops(machine).path, sender, start.client, RouteResult(""), start.port
            )
        else:
            yield from _paths_to_address(trip.add_hops(machine, entry=str(address)), sender, address)


def _machine_hop(world: NetworkModel, client: Instance) -> Hop:
    hop = Hop("machine", client.id, world.zone_of(client), str(client.address))
    return (
        hop
        if client.running
        else hop.stop(Code.BAD_STATE, Phrase("{id} is {state}", id=client.id, state=client.state), rule=client.state)
    )


def _resolve_addresses(
    trip: PacketTrace, vpc: str, destination: str | IPv4Address
) -> Iterator[tuple[PacketTrace, IPv4Address | None]]:
    """The trace continued to each address of `destination`, in equal shares; None if it has ended."""
    try:
        yield trip, IPv4Address(destination)
        return
    except ValueError:
        pass
    if known := HOSTS.get(canonical_name(str(destination))):
        yield trip, known
        return
    answer = resolve(trip.world, trip.health, vpc, str(destination))
    if not answer.addresses:
        yield PacketTrace(trip.world, trip.health, trip.client, trip.port, trip.end_path(*answer.hops)), None
        return
    chance = trip.path.chance / len(answer.addresses)
    for address in answer.addresses:
        yield trip.add_hops(*answer.hops, chance=chance), address
    for address in answer.left_out:
        named = replace(answer.hops[-1], address=str(address))
        why = Phrase(
            "{destination} omits {address}: its zone has too few healthy targets",
            destination=destination,
            address=address,
        )
        barred = named.stop(Code.PL_DNS_FAILOVER, why, Verdict.LEFT_OUT)
        never = trip.add_hops(*answer.hops[:-1], chance=0.0, entry=str(address))
        yield replace(never, path=never.end_path(barred)), None


def _paths_to_address(trip: PacketTrace, sender: Interface, address: IPv4Address, resources: int = 0) -> Iterator[Path]:
    """The paths from an interface to an address, along the routes."""
    world = trip.world
    taken = find_route(world, sender.vpc, sender.subnet, address)
    owner = world.owner(taken.vpc, address) if taken.vpc else None
    if owner is None:
        yield trip.end_path(*until_blocked(_into_the_void(trip, sender, taken, address)))
    elif isinstance(owner, Instance):
        yield to_machine(world, trip.path, sender, owner, taken, trip.port)
    else:
        yield from _to_service(trip, sender, owner, taken, resources)


def _into_the_void(
    trip: PacketTrace, sender: Interface, taken: RouteResult, address: IPv4Address
) -> Iterator[Hop | None]:
    yield fault_hop(trip.world, sender)
    yield leaving_hop(trip.world, sender, Peer.at(address), trip.port)
    yield from taken.hops
    hop = Hop("route", taken.vpc, address=str(address), rule=str(address))
    yield hop.stop(Code.PL_NO_SUCH_ADDRESS, Phrase("nothing has {address} in {vpc}", address=address, vpc=taken.vpc))


def _to_service(
    trip: PacketTrace, sender: Interface, owner: Owner, taken: RouteResult, resources: int
) -> Iterator[Path]:
    assert not isinstance(owner, Instance)
    thing, place = owner
    receiver = of_owner(trip.world, owner)
    at = None
    if isinstance(thing, Endpoint):
        at = Hop(
            "endpoint",
            thing.id,
            place.zone_id,
            str(place.address),
            why=Phrase("its interface in {zone_id}", zone_id=place.zone_id),
        )
    came = until_blocked(crossing_checks(trip.world, sender, receiver, taken, at, trip.port))
    if came and came[-1].verdict is not Verdict.OPEN:
        yield trip.end_path(*came)
        return
    trip = trip.add_hops(*came)
    if isinstance(thing, LoadBalancer):
        assert isinstance(place, Node)
        yield from through_node(trip, thing, place, privatelink=False)
    elif isinstance(thing, ResourceGateway):
        # It only opens connections (VPC Lattice user guide, "Resource gateways").
        hop = Hop("resource", thing.id, place.zone_id, str(place.address), rule=f"tcp/{trip.port}")
        yield trip.end_path(
            hop.stop(Code.PL_PORT_CLOSED, Phrase("{id} accepts no connections from its own VPC", id=thing.id))
        )
    else:
        assert isinstance(place, EndpointInterface)
        yield from _through_endpoint(trip.add_hops(endpoint=thing.id), thing, place, resources)


def _through_endpoint(
    trip: PacketTrace, endpoint: Endpoint, interface: EndpointInterface, resources: int
) -> Iterator[Path]:
    connection = _connection_hop(trip.world, endpoint, interface.zone_id)
    if connection.verdict is not Verdict.OPEN:
        yield trip.end_path(connection)
    elif endpoint.resource:
        yield from _to_resource(trip.add_hops(connection), endpoint, interface, resources)
    else:
        yield from _to_balancers(trip.add_hops(connection), endpoint, interface)


def _connection_hop(world: NetworkModel, endpoint: Endpoint, zone_id: str) -> Hop:
    """The state of the endpoint's connection. Both sides must have it available; each shows the other's change late."""
    hop = Hop("connection", endpoint.id, zone_id)
    states = (endpoint.state, world.connections.get(endpoint.id, "available"))
    state = next((each for each in states if each != "available"), "available")
    hop = replace(hop, rule=state)
    if state != "available":
        code = CONNECTION_STATES.get(state, Code.BAD_STATE)
        return hop.stop(
            code,
            Phrase("{id} is {state}: {explanation}", id=endpoint.id, state=state, explanation=code.explanation),
        )
    service = world.services.get(endpoint.service)
    if service and not _is_permitted(service, endpoint.owner):
        # Removing a permission does not end existing connections (seen; not documented).
        why = Phrase(
            "{name} no longer permits {owner}, which keeps this connection", name=service.name, owner=endpoint.owner
        )
        return replace(hop, code=Code.PL_PRINCIPAL_NOT_ALLOWED, why=why)
    return replace(hop, why=Phrase("{id} is available", id=endpoint.id))


def _is_permitted(service: Service, account: str) -> bool:
    """True if `account` may create an endpoint for the service, as its owner always may.

    Also True if the permissions or the account are unknown. Source: EC2 API reference,
    ModifyVpcEndpointServicePermissions.
    """
    if service.principals is None or not account or account == service.owner:
        return True
    return any(each == "*" or each == account or f"::{account}:" in each for each in service.principals)


def _to_balancers(trip: PacketTrace, endpoint: Endpoint, interface: EndpointInterface) -> Iterator[Path]:
    """The paths to the service's node in the interface's zone, by zone id; they never lead to another zone.

    With several load balancers in the zone the interface's first connection chooses one permanently (PrivateLink guide,
    "Create an endpoint service"); no API shows which.
    """
    world = trip.world
    service = world.services.get(endpoint.service)
    if service is None or not service.available:
        yield trip.end_path(_no_service(endpoint))
        return
    balancers = [found for arn in service.load_balancers if (found := world.load_balancers.get(arn))]
    nodes = [(each, node) for each in balancers if (node := each.node(interface.zone_id))]
    if not nodes:
        why = Phrase("{name} has no load balancer node in {zone_id}", name=service.name, zone_id=interface.zone_id)
        missing = Hop("service", service.id, interface.zone_id)
        zones = ", ".join(sorted({node.zone_id for each in balancers for node in each.nodes})) or "nowhere"
        yield trip.end_path(missing.stop(Code.VPCE_SERVICE_NOT_INSTALLED_IN_AZ, why, rule=f"in {zones}"))
    pin = interface.id if len(nodes) > 1 else ""
    for balancer, node in nodes:
        branch = trip.add_hops(chance=trip.path.chance / len(nodes), pin=pin)
        yield from through_node(branch, balancer, node, privatelink=True)


def _no_service(endpoint: Endpoint) -> Hop:
    hop = Hop("service", endpoint.service, rule=endpoint.service)
    if "vpce-svc-" in endpoint.service:
        return hop.stop(Code.PL_SERVICE_GONE, Phrase("there is no service {service}", service=endpoint.service))
    why = Phrase("{service} is a service of AWS's own", service=endpoint.service)
    return hop.stop(Code.PL_OUTSIDE_MODEL, why, Verdict.NO_ROUTE)


def _to_resource(trip: PacketTrace, endpoint: Endpoint, interface: EndpointInterface, resources: int) -> Iterator[Path]:
    """The paths to the target of a VPC Lattice resource configuration, by the gateway's interface in the same zone.

    There is no health check, balancing or cross-zone setting; the target sees the gateway's address (VPC Lattice user
    guide, "Resource gateways"). Believed: a gateway's interface serves its own zone only.
    """
    world = trip.world
    configuration = world.resource_configurations.get(endpoint.resource)
    hop = Hop("resource", endpoint.resource, interface.zone_id)
    gateway = world.resource_gateways.get(configuration.gateway) if configuration else None
    if configuration is None or gateway is None or {configuration.state, gateway.state} != {"ACTIVE"}:
        state = ", ".join(each.state for each in (configuration, gateway) if each) or "gone"
        why = Phrase("{resource} or its gateway is not active", resource=endpoint.resource)
        yield trip.end_path(hop.stop(Code.PL_RESOURCE_GONE, why, rule=state))
        return
    if not any(low <= trip.port <= high for low, high in configuration.ports):
        ranges = ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in configuration.ports)
        why = Phrase("{id} is for tcp/{ranges}, not {port}", id=configuration.id, ranges=ranges, port=trip.port)
        yield trip.end_path(hop.stop(Code.PL_RESOURCE_PORT, why, rule=f"tcp/{ranges}"))
        return
    if resources >= _MAX_RESOURCES:
        yield trip.end_path(
            hop.stop(
                Code.PL_OUTSIDE_MODEL,
                Phrase("{id} leads back to itself", id=configuration.id),
                rule=configuration.target,
            )
        )
        return
    near = next((each for each in gateway.interfaces if each.zone_id == interface.zone_id), None)
    if near is None:
        why = Phrase("{id} has no interface in {zone_id}", id=gateway.id, zone_id=interface.zone_id)
        zones = ", ".join(sorted(each.zone_id for each in gateway.interfaces)) or "nowhere"
        yield trip.end_path(hop.stop(Code.VPCE_SERVICE_NOT_INSTALLED_IN_AZ, why, rule=f"in {zones}"))
        return
    passed = replace(hop, address=str(near.address), rule=configuration.target, why=Phrase("by {id}", id=gateway.id))
    sender = replace(of_endpoint(gateway.vpc, near), groups=gateway.groups)
    for branch, address in _resolve_addresses(trip.add_hops(passed), gateway.vpc, configuration.target):
        if address is None:
            yield branch.path
        else:
            yield from _paths_to_address(branch, sender, address, resources + 1)
