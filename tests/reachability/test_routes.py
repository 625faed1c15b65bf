"""Where packets go that leave their subnet, and how they come back."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from pltui.reachability.codes import Code, Verdict
from pltui.reachability.load_balancer import Target
from pltui.reachability.world import Gateway, NetworkModel, Route, RouteTable
from tests.builders.networks import ANYTHING, CIDR, EVERYTHING, GROUP, ask, but, group, lab, only, peered, plus, tcp

GUIDE = "VPC user guide, Route tables"
PEERING = "VPC peering guide, how VPC peering connections work"
SERVER = IPv4Address("10.0.0.100")
NODE = IPv4Address("10.0.0.10")


def routed(*routes: Route, subnets: tuple[str, ...] = (), world: NetworkModel | None = None) -> NetworkModel:
    table = RouteTable("rtb-1", "consumer", not subnets, frozenset(subnets), routes)
    return plus(world or lab(), "route_tables", table)


@pytest.mark.fidelity("The most specific route that matches decides", source=GUIDE)
def test_the_most_specific_route_decides() -> None:
    pcx = Route(IPv4Network("10.0.0.0/24"), "pcx-gone")
    assert ask(routed(Route(CIDR, "local"), Route(EVERYTHING, "igw-1"))).open_paths
    assert ask(routed(Route(CIDR, "local"), pcx)).code is Code.PL_OUTSIDE_MODEL


@pytest.mark.fidelity("A subnet without a route table of its own uses its VPC's main one", source=GUIDE)
def test_a_subnets_own_table_replaces_the_main_one() -> None:
    hole = Route(IPv4Network("10.0.0.0/24"), "eni-1", active=False)
    main = routed(Route(CIDR, "local"), hole)
    assert ask(main).code is Code.BAD_STATE_ROUTE
    own = RouteTable("rtb-2", "consumer", False, frozenset({"consumer-az1"}), (Route(CIDR, "local"),))
    assert ask(plus(main, "route_tables", own)).open_paths


@pytest.mark.fidelity("A packet without a route is dropped without a word", source=GUIDE)
def test_without_a_route_a_packet_is_dropped_and_behind_a_gateway_nothing_is_modelled() -> None:
    far = IPv4Address("192.0.2.1")
    private = routed(Route(CIDR, "local"))
    assert ask(private, far).verdict == "dropped"
    public = routed(Route(CIDR, "local"), Route(EVERYTHING, "nat-1"))
    public = plus(public, "gateways", Gateway("nat-1", "consumer", "available"))
    assert (ask(public, far).verdict, ask(public, far).code) == ("no route", Code.PL_OUTSIDE_MODEL)


@pytest.mark.fidelity(
    "An active peering connection carries traffic where both sides have routes to each other", source=PEERING
)
def test_peered_machines_meet_where_both_sides_have_routes() -> None:
    found = only(ask(peered(), SERVER, client="peer"))
    assert [hop.kind for hop in found.hops if hop.kind in ("route", "peering")] == ["route", "peering"]
    assert found.server == "i-0"
    assert not ask(peered(routes=False), SERVER, client="peer").open_paths


@pytest.mark.fidelity("A peering connection between overlapping VPCs fails, and carries nothing", source=PEERING)
def test_a_peering_connection_that_failed_carries_nothing() -> None:
    world = but(peered(), "peerings", "pcx-1", state="failed")
    assert ask(world, SERVER, client="peer").code is Code.BAD_STATE


@pytest.mark.fidelity(
    "A security group may reference a group of a peered VPC in the same region, and in no other", source=PEERING
)
@pytest.mark.parametrize(("region", "is_open"), [("r", True), ("elsewhere", False)])
def test_group_references_cross_a_peering_within_one_region(region: str, is_open: bool) -> None:
    world = plus(
        peered(region=region),
        "security_groups",
        group("sg-peer"),
        group("sg-web", tcp(80, "sg-peer"), egress=ANYTHING),
    )
    world = but(but(world, "instances", "peer", groups=("sg-peer",)), "instances", "i-0", groups=("sg-web",))
    assert bool(ask(world, SERVER, client="peer").open_paths) is is_open


@pytest.mark.fidelity("Peering is not transitive", source=PEERING)
def test_nothing_is_carried_through_a_peered_vpc() -> None:
    far = IPv4Address("10.2.0.1")
    routes = (Route(IPv4Network("10.2.0.0/16"), "pcx-1"), Route(IPv4Network("10.1.0.0/16"), "local"))
    world = plus(peered(), "route_tables", RouteTable("rtb-peer", "peer", True, frozenset(), routes))
    assert ask(world, far, client="peer").code is Code.PCX_REQUIRES_ADDRESS_IN_VPC_CIDR


@pytest.mark.fidelity(
    "Load balancers and endpoint interfaces can be reached over a peering connection",
    source="PrivateLink guide; NLB user guide",
)
def test_a_load_balancers_node_answers_over_a_peering() -> None:
    assert ask(peered(), NODE, client="peer").answer_shares("server") == {"i-0": 1}


@pytest.mark.fidelity(
    "A target by address may be in a peered VPC; it is registered for all zones, and each node uses it",
    source="elbv2 API reference, TargetDescription, AvailabilityZone",
)
def test_a_target_in_a_peered_vpc_belongs_to_every_zone() -> None:
    far = Target("10.1.0.100", 80, everywhere=True)
    world = but(peered(), "target_groups", GROUP, targets=(far,), preserve_client_ip=False)
    assert ask(world).answer_shares("server") == {"peer": 1}
    assert ask(but(world, "peerings", "pcx-1", state="deleted")).code is Code.BAD_STATE


@pytest.mark.fidelity(
    "No route table has a say in link-local addresses, such as the instance metadata service's",
    source="VPC user guide, Route tables",
    differs="the services there are not part of the sandbox: the network is unreachable, at once",
)
def test_link_local_addresses_are_outside_the_model_whatever_the_routes_say() -> None:
    world = plus(lab(), "route_tables", RouteTable("rtb-1", "consumer", main=True))
    found = ask(world, "169.254.169.254")
    assert (found.verdict, found.code) == (Verdict.NO_ROUTE, Code.PL_OUTSIDE_MODEL)
