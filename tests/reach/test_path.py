"""From a client to the servers: properties of the walk over labs of any shape."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.reach.balancing import Flow, pick, scope
from pltui.reach.path import Path, Verdict, walk
from pltui.reach.world import (
    Endpoint,
    EndpointInterface,
    Instance,
    Listener,
    LoadBalancer,
    Node,
    Rule,
    SecurityGroup,
    Service,
    Subnet,
    Target,
    TargetGroup,
    Vpc,
    World,
)

ZONES = ("az1", "az2", "az3")
EVERYTHING = IPv4Network("0.0.0.0/0")
OPEN = SecurityGroup("open", (Rule("-1", None, None, EVERYTHING),), (Rule("-1", None, None, EVERYTHING),))
GROUP = "tg"


def lab(
    *,
    servers: tuple[str, ...] = ZONES,
    enabled: tuple[str, ...] = ZONES,
    cross_zone: bool = False,
    by_group: bool | None = None,
    draining: frozenset[int] = frozenset(),
    endpoint_zone: str = "az1",
) -> World:
    """A provider with a server in each of `servers` (zones) and a consumer, both 10.0.0.0/16."""
    cidr = IPv4Network("10.0.0.0/16")
    subnets = {
        f"{vpc}-{zone}": Subnet(f"{vpc}-{zone}", vpc, zone, zone, IPv4Network(f"10.0.{number}.0/24"))
        for vpc in ("provider", "consumer")
        for number, zone in enumerate(ZONES)
    }
    machines = [
        Instance(f"i-{n}", "", "provider", f"provider-{zone}", IPv4Address(f"10.0.{ZONES.index(zone)}.{100 + n}"),
                 "running", ("open",))
        for n, zone in enumerate(servers)
    ]  # fmt: skip
    machines.append(Instance("client", "", "consumer", "consumer-az1", IPv4Address("10.0.0.100"), "running", ("open",)))
    nodes = tuple(Node(z, z, f"provider-{z}", IPv4Address(f"10.0.{ZONES.index(z)}.10")) for z in enabled)
    balancer = LoadBalancer(
        "nlb", "nlb", "nlb.elb", "provider", "active", cross_zone, nodes, (Listener(80, "TCP", GROUP),)
    )
    targets = tuple(Target(f"i-{n}", 80, n in draining) for n in range(len(servers)))
    interface = EndpointInterface(
        "eni", f"consumer-{endpoint_zone}", endpoint_zone, endpoint_zone, IPv4Address("10.0.0.20"), ("open",)
    )
    return World(
        vpcs={each: Vpc(each, "r", (cidr,)) for each in ("provider", "consumer")},
        subnets=subnets,
        instances={each.id: each for each in machines},
        security_groups={"open": OPEN, "closed": SecurityGroup("closed")},
        load_balancers={"nlb": balancer},
        target_groups={GROUP: TargetGroup(GROUP, GROUP, "provider", by_group, targets)},
        services={"service": Service("svc", "service", ("nlb",))},
        endpoints={"vpce": Endpoint("vpce", "consumer", "service", "available", (interface,))},
    )


def healthy(world: World, *but: int) -> dict[tuple[str, str, int], str]:
    targets = world.target_groups[GROUP].targets
    return {(GROUP, t.id, t.port): "unhealthy" if n in but else "healthy" for n, t in enumerate(targets)}


def go(world: World, health: dict[tuple[str, str, int], str], port: int = 80) -> Path:
    return walk(world, health, world.instances["client"], IPv4Address("10.0.0.20"), port)


zones = st.sampled_from(ZONES)
labs = st.builds(
    lab,
    servers=st.lists(zones, min_size=1, max_size=6).map(tuple),
    enabled=st.lists(zones, min_size=1, unique=True).map(tuple),
    cross_zone=st.booleans(),
    by_group=st.sampled_from([None, True, False]),
    draining=st.frozensets(st.integers(0, 5), max_size=3),
)
states = st.lists(st.sampled_from(["healthy", "unhealthy", "initial"]), min_size=6, max_size=6)


@given(labs, states, zones)
def test_a_node_sends_only_to_what_its_scope_allows(world: World, words: list[str], zone: str) -> None:
    balancer, group = world.load_balancers["nlb"], world.target_groups[GROUP]
    node = balancer.node(zone)
    if node is None:
        return
    health = {(GROUP, f"i-{n}", 80): word for n, word in enumerate(words)}
    seen = scope(world, health, balancer, node, group)
    assert seen.cross_zone is (balancer.cross_zone if group.cross_zone is None else group.cross_zone)
    enabled = {each.zone_id for each in balancer.nodes}
    for target in seen.chosen:
        where = world.zone_of(world.instances[target.id])
        assert not target.draining
        assert where in enabled
        assert seen.cross_zone or where == node.zone_id
        # A sick target is tried only when every target in scope is sick.
        assert health[GROUP, target.id, 80] == "healthy" or seen.fail_open
    assert bool(seen.chosen) is bool(seen.candidates)


@given(labs, states)
def test_the_weights_of_an_open_path_add_up_to_one(world: World, words: list[str]) -> None:
    path = go(world, {(GROUP, f"i-{n}", 80): word for n, word in enumerate(words)})
    assert (path.verdict is Verdict.OPEN) is bool(path.legs)
    if path.legs:
        assert sum(leg.weight for leg in path.legs) == pytest.approx(1)


@given(labs, states)
def test_the_switch_adds_servers_and_takes_none_while_the_own_zone_is_healthy(world: World, words: list[str]) -> None:
    health = {(GROUP, f"i-{n}", 80): word for n, word in enumerate(words)}
    off, on = (
        replace(world, target_groups={GROUP: replace(world.target_groups[GROUP], cross_zone=value)})
        for value in (False, True)
    )
    narrow, wide = go(off, health), go(on, health)
    if narrow.scope and not narrow.scope.fail_open:
        assert {leg.instance for leg in narrow.legs} <= {leg.instance for leg in wide.legs}


def test_the_endpoint_leads_to_the_node_of_its_own_zone_or_nowhere() -> None:
    assert [hop.zone_id for hop in go(lab(endpoint_zone="az2"), {}).hops if hop.role == "node"] == ["az2"]
    assert go(lab(enabled=("az2", "az3")), {}).verdict is Verdict.DROPPED


def test_a_zone_whose_servers_are_all_sick_tries_them_and_never_another_zones() -> None:
    world = lab()
    path = go(world, healthy(world, 0))
    assert [leg.instance for leg in path.legs] == ["i-0"]
    assert path.scope
    assert path.scope.fail_open


def test_a_node_without_any_target_refuses() -> None:
    assert go(lab(servers=("az2",)), {}).verdict is Verdict.REFUSED


@pytest.mark.parametrize("state", ["pending", "pendingacceptance", "rejected", "deleting", "failed"])
def test_packets_pass_only_while_the_connection_is_available(state: str) -> None:
    world = lab()
    closed = replace(world, endpoints={"vpce": replace(world.endpoints["vpce"], state=state)})
    assert go(closed, healthy(world)).verdict is Verdict.DROPPED


def test_each_side_of_the_path_is_judged_by_its_own_group() -> None:
    world = lab()
    endpoint = world.endpoints["vpce"]
    barred = replace(endpoint, interfaces=(replace(endpoint.interfaces[0], groups=("closed",)),))
    path = go(replace(world, endpoints={"vpce": barred}), healthy(world))
    assert (path.verdict, path.hops[-1].role) == (Verdict.DROPPED, "endpoint")
    mute = replace(world.instances["client"], groups=("closed",))
    path = go(replace(world, instances={**world.instances, "client": mute}), healthy(world))
    assert (path.verdict, path.hops[-1].role) == (Verdict.DROPPED, "client")
    deaf = replace(world.instances["i-0"], groups=("closed",))
    path = go(replace(world, instances={**world.instances, "i-0": deaf}), healthy(world))
    assert [leg.verdict for leg in path.legs] == [Verdict.DROPPED]


def test_servers_see_the_node_not_the_client_through_privatelink() -> None:
    world = lab()
    only_nodes = SecurityGroup("nodes", (Rule("tcp", 80, 80, IPv4Network("10.0.0.10/32")),))
    server = replace(world.instances["i-0"], groups=("nodes",))
    guarded = replace(
        world,
        instances={**world.instances, "i-0": server},
        security_groups={**world.security_groups, "nodes": only_nodes},
    )
    assert [leg.verdict for leg in go(guarded, healthy(world)).legs] == [Verdict.OPEN]


def test_another_vpcs_machine_is_not_there_although_its_address_is() -> None:
    world = lab()
    server = world.instances["i-1"]
    assert walk(world, {}, world.instances["client"], server.address, 80).verdict is Verdict.DROPPED
    assert walk(world, {}, world.instances["i-0"], server.address, 80).verdict is Verdict.OPEN


def test_flows_spread_evenly_and_each_keeps_its_target() -> None:
    flows = [Flow("10.0.0.1", 40000, "10.0.0.20", 80, sequence) for sequence in range(3000)]
    counts = Counter(pick(flow, 3) for flow in flows)
    assert all(800 < counts[index] < 1200 for index in range(3))
    assert all(pick(flow, 3) == pick(flow, 3) for flow in flows[:10])
    assert len({pick(flow, 3, sticky=True) for flow in flows}) == 1
