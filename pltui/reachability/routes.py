"""Route tables: the destination of a packet that leaves a subnet (VPC user guide, "Route tables")."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from pltui.i18n import Phrase
from pltui.reachability.codes import Code, Verdict
from pltui.reachability.hops import Hop
from pltui.reachability.world import NetworkModel, Route


@dataclass(frozen=True, slots=True)
class RouteResult:
    """Result of routing. `vpc` is the destination VPC, "" if the packet is lost; the last hop then has the reason."""

    vpc: str
    hops: tuple[Hop, ...] = ()


def find_route(world: NetworkModel, vpc: str, subnet: str, address: IPv4Address) -> RouteResult:
    """The route of a packet from `subnet` to `address`: the most specific one that matches decides.

    The VPC drops a packet without a route, without notice. Networks behind internet and NAT gateways are not modelled;
    such a packet ends at once with a verdict of its own, so that the client does not wait for an answer that cannot
    arrive.
    """
    if address.is_link_local:  # route tables do not apply to it (VPC user guide, "Route tables")
        return _way_outside_model(
            Hop("route", vpc, rule=str(address)),
            Phrase("{address} is a service of the machine's host", address=address),
        )
    table = world.route_table(subnet, vpc)
    local = is_within(world, vpc, address)
    if table is None:
        return (
            RouteResult(vpc)
            if local
            else _way_outside_model(
                Hop("route", vpc, rule=str(address)), Phrase("{address} is outside {vpc}", address=address, vpc=vpc)
            )
        )
    matching = (route for route in table.routes if address in route.destination)
    route = max(matching, key=lambda route: route.destination.prefixlen, default=None)
    if route is None:
        if local:
            return RouteResult(vpc)
        why = Phrase("{id} has no route to {address}", id=table.id, address=address)
        return _blocked_way(Hop("route", table.id, rule=f"{address} -> nowhere"), Code.NO_ROUTE_TO_DESTINATION, why)
    hop = Hop("route", table.id, rule=f"{route.destination} -> {route.target}")
    if not route.active:
        return _blocked_way(
            hop, Code.BAD_STATE_ROUTE, Phrase("{rule} of {id} is a black hole", rule=hop.rule, id=table.id)
        )
    if route.target == "local":
        return RouteResult(vpc, (hop,))
    return _way_through(world, vpc, address, route, hop)


def is_within(world: NetworkModel, vpc: str, address: IPv4Address) -> bool:
    """True if the address is in one of the VPC's CIDR blocks."""
    found = world.vpcs.get(vpc)
    return found is not None and any(address in cidr for cidr in found.cidrs)


def _way_through(world: NetworkModel, vpc: str, address: IPv4Address, route: Route, hop: Hop) -> RouteResult:
    gateway = world.gateways.get(route.target)
    if gateway is not None:
        leaving = Hop("gateway", gateway.id, rule=gateway.state)
        if gateway.state != "available" or gateway.vpc != vpc:
            unattached = Phrase("{gateway} is attached to no VPC", gateway=gateway.id)
            why = Phrase("{id} is {state}", id=gateway.id, state=gateway.state) if gateway.vpc else unattached
            return _blocked_way(leaving, Code.BAD_STATE, why, hop)
        return _way_outside_model(leaving, Phrase("{address} is beyond {id}", address=address, id=gateway.id), hop)
    peering = world.peerings.get(route.target)
    if peering is None:
        return _way_outside_model(hop, Phrase("{address} is beyond {target}", address=address, target=route.target))
    crossing = Hop("peering", peering.id, rule=peering.state)
    if peering.state != "active":
        return _blocked_way(
            crossing, Code.BAD_STATE, Phrase("{id} is {state}", id=peering.id, state=peering.state), hop
        )
    other = peering.other(vpc)
    if other in world.vpcs and not is_within(world, other, address):
        why = Phrase(
            "{address} is not an address of {other}, to which {id} leads", address=address, other=other, id=peering.id
        )
        return _blocked_way(crossing, Code.PCX_REQUIRES_ADDRESS_IN_VPC_CIDR, why, hop)
    if other not in world.vpcs:
        return _way_outside_model(
            crossing, Phrase("{id} leads to {other}, which is unknown", other=other, id=peering.id), hop
        )
    return RouteResult(other, (hop, crossing))


def _blocked_way(hop: Hop, code: Code, why: str, *before: Hop, verdict: Verdict = Verdict.DROPPED) -> RouteResult:
    return RouteResult("", (*before, hop.stop(code, why, verdict)))


def _way_outside_model(hop: Hop, why: str, *before: Hop) -> RouteResult:
    return _blocked_way(hop, Code.PL_OUTSIDE_MODEL, why, *before, verdict=Verdict.NO_ROUTE)
