"""From a machine to all who may answer it: how likely each is, and what decides."""

from collections import Counter
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.reachability.balancing import Flow, flow_fraction, target_scope
from pltui.reachability.codes import Code, Verdict
from pltui.reachability.delivery import arrival
from pltui.reachability.hops import Trace
from pltui.reachability.interfaces import of_node
from pltui.reachability.load_balancer import Listener, Node, Target, TargetGroup
from pltui.reachability.world import NetworkModel, Rule
from tests.builders.networks import (
    ENTRY,
    GROUP,
    NAME,
    REGIONAL,
    SERVICE,
    ZONES,
    address,
    ask,
    but,
    group,
    lab,
    only,
    plus,
    tcp,
)

PRIVATELINK = "PrivateLink guide, Share your services through AWS PrivateLink"

zones = st.sampled_from(ZONES)
labs = st.builds(
    lab,
    servers=st.lists(zones, min_size=1, max_size=6).map(tuple),
    enabled=st.lists(zones, min_size=1, unique=True).map(tuple),
    cross_zone=st.booleans(),
    by_group=st.sampled_from([None, True, False]),
    draining=st.frozensets(st.integers(0, 5), max_size=3),
    more_endpoint_zones=st.lists(st.sampled_from(ZONES[1:]), unique=True).map(tuple),
)
states = st.lists(st.sampled_from(["healthy", "unhealthy", "initial"]), min_size=6, max_size=6)
rules = st.lists(
    st.builds(
        lambda low, high, cidr: Rule("tcp", min(low, high), max(low, high), IPv4Network(cidr)),
        st.sampled_from([0, 79, 80, 81, 65535]),
        st.sampled_from([0, 79, 80, 81, 65535]),
        st.sampled_from(["0.0.0.0/0", "10.0.0.0/24", "10.0.0.10/32", "10.0.0.100/32", "192.168.0.0/16"]),
    ),
    max_size=2,
)


def words(given_states: list[str]) -> dict[tuple[str, str, int], str]:
    return {(GROUP, f"i-{n}", 80): word for n, word in enumerate(given_states)}


def flow(number: int, to: IPv4Address | str = ENTRY) -> Flow:
    return Flow("10.0.0.100", 32768 + number % 20000, str(to), 80, number * 2654435761 % 2**32)


def taken(found: Trace, count: int = 2000, to: IPv4Address | str = ENTRY) -> Counter[str]:
    return Counter(found.take(flow(n, to)).server for n in range(count))


@given(labs, states, st.sampled_from([ENTRY, NAME, REGIONAL]))
def test_chances_add_up_to_one_and_so_do_the_weights_of_whoever_answers(
    world: NetworkModel, given_states: list[str], to: str | IPv4Address
) -> None:
    found = ask(world, to, health=words(given_states))
    assert sum(path.chance for path in found.paths) == pytest.approx(1)
    assert sum(path.weight for path in found.paths) == pytest.approx(1 if found.open_paths else 0)
    assert sum(found.answer_shares().values()) == pytest.approx(1 if found.open_paths else 0)
    for path in found.paths:
        assert (path.verdict is Verdict.OPEN) is (path.code is None) is (path.weight > 0)


@given(labs, states, st.integers(0, 10**9))
def test_a_flow_always_takes_the_same_path_and_never_one_that_is_left_out(
    world: NetworkModel, given_states: list[str], number: int
) -> None:
    found, again = (ask(world, NAME, health=words(given_states)) for _ in range(2))
    path = found.take(flow(number))
    assert path.chance > 0
    assert again.take(flow(number)) == path
    assert path.entry == str(ENTRY) or str(ENTRY) not in {each.entry for each in found.paths if each.chance}


@given(labs, states, rules, rules, rules, st.sampled_from(["client", "server", "endpoint"]), rules)
def test_a_rule_added_to_a_security_group_never_blocks_an_open_path(
    world: NetworkModel,
    given_states: list[str],
    client: list[Rule],
    endpoint: list[Rule],
    server: list[Rule],
    where: str,
    more: list[Rule],
) -> None:
    groups = {"client": group("sg-client", egress=client), "endpoint": group("sg-endpoint", *endpoint)}
    groups["server"] = group("sg-server", *server)
    world = but(plus(world, "security_groups", *groups.values()), "instances", "client", groups=("sg-client",))
    interfaces = tuple(replace(each, groups=("sg-endpoint",)) for each in world.endpoints["vpce"].interfaces)
    world = but(world, "endpoints", "vpce", interfaces=interfaces)
    for instance in [each for each in world.instances if each != "client"]:
        world = but(world, "instances", instance, groups=("sg-server",))
    was = groups[where]
    wider = replace(was, ingress=(*was.ingress, *more), egress=(*was.egress, *more))
    before = ask(world, health=words(given_states))
    after = ask(plus(world, "security_groups", wider), health=words(given_states))
    assert {path.server for path in before.open_paths} <= {path.server for path in after.open_paths}


@given(labs, states, zones)
def test_a_node_sends_only_to_what_its_scope_allows(world: NetworkModel, given_states: list[str], zone: str) -> None:
    balancer, targets = world.load_balancers["nlb"], world.target_groups[GROUP]
    node = balancer.node(zone)
    if node is None:
        return
    health = words(given_states)
    seen = target_scope(world, health, balancer, node, targets)
    assert seen.cross_zone is (balancer.cross_zone if targets.cross_zone is None else targets.cross_zone)
    enabled = {each.zone_id for each in balancer.nodes}
    for target in seen.chosen:
        where = world.zone_of(world.instances[target.id])
        assert not target.draining
        assert where in enabled
        assert seen.cross_zone or where == node.zone_id
        # A sick target is tried only when every target in scope is sick.
        assert health[GROUP, target.id, 80] == "healthy" or seen.fail_open
    assert bool(seen.chosen) is bool(seen.candidates)
    assert {each.target for each in seen.left_out} | set(seen.chosen) == set(targets.targets)


@given(labs, states)
def test_the_switch_adds_servers_and_takes_none_while_the_own_zone_is_healthy(
    world: NetworkModel, given_states: list[str]
) -> None:
    off, on = (
        ask(but(world, "target_groups", GROUP, cross_zone=value), health=words(given_states)) for value in (False, True)
    )
    if off.open_paths and not any(path.notes for path in off.open_paths):
        assert {path.server for path in off.open_paths} <= {path.server for path in on.open_paths}


@pytest.mark.fidelity(
    "Of two zones with 2 and 8 targets, each target of the first gets 25 % and each of the second 6.25 % of the "
    "connections with cross-zone load balancing off, and all 10 % with it on",
    source="ELB user guide, How Elastic Load Balancing works, cross-zone load balancing",
)
@pytest.mark.parametrize("by_group", [True, False])
def test_the_classic_numbers(by_group: bool) -> None:
    servers = ("az1",) * 2 + ("az2",) * 8
    shares = {}
    for on in (False, True):
        world = lab(
            servers=servers,
            enabled=("az1", "az2"),
            cross_zone=on if not by_group else not on,
            by_group=on if by_group else None,
            more_endpoint_zones=("az2",),
        )
        shares[on] = ask(world, NAME).answer_shares("server")
    assert shares[False] == pytest.approx({f"i-{n}": 0.25 if n < 2 else 0.0625 for n in range(10)})
    assert shares[True] == pytest.approx({f"i-{n}": 0.1 for n in range(10)})


def test_what_flows_take_is_spread_as_the_weights_say() -> None:
    world = lab(servers=("az1", "az1", "az1"))
    counts = taken(ask(world), 3000)
    assert all(800 < counts[f"i-{n}"] < 1200 for n in range(3))


def test_flows_spread_evenly_and_each_keeps_its_target() -> None:
    flows = [flow(n) for n in range(3000)]
    counts = Counter(int(flow_fraction(each) * 3) for each in flows)
    assert all(800 < counts[index] < 1200 for index in range(3))
    assert len({flow_fraction(each, sticky=True) for each in flows}) == 1


@pytest.mark.fidelity(
    "With source address stickiness every connection of a client gets the same target",
    source="elbv2 API reference, TargetGroupAttribute, stickiness.type",
)
def test_a_sticky_group_keeps_a_client_at_one_target() -> None:
    assert len(taken(ask(but(lab(cross_zone=True), "target_groups", GROUP, sticky=True)))) == 1
    assert len(taken(ask(lab(cross_zone=True)))) == 3


@pytest.mark.fidelity(
    "An endpoint interface leads to the service's load balancer node in the same zone, by zone id, or nowhere",
    source=PRIVATELINK,
)
def test_the_endpoint_leads_to_the_node_of_its_own_zone_or_nowhere() -> None:
    path = only(ask(lab(endpoint_zone="az2"), address("az2", 20)))
    assert [hop.zone_id for hop in path.hops if hop.kind == "node"] == ["az2"]
    assert ask(lab(enabled=("az2", "az3"))).code is Code.VPCE_SERVICE_NOT_INSTALLED_IN_AZ


@pytest.mark.fidelity(
    "Through PrivateLink the server sees the load balancer node's address, whatever preserve_client_ip says",
    source="NLB user guide, Client IP preservation",
)
def test_servers_see_the_node_not_the_client_through_privatelink() -> None:
    world = plus(lab(), "security_groups", group("sg-nodes", tcp(80, "10.0.0.10/32")))
    path = only(ask(but(world, "instances", "i-0", groups=("sg-nodes",))))
    assert (path.verdict, path.source) == (Verdict.OPEN, "10.0.0.10")


@pytest.mark.fidelity(
    "Inside the VPC the server sees the client's own address, when client IP preservation is on",
    source="NLB user guide, Client IP preservation",
)
@pytest.mark.parametrize(("preserved", "source"), [(True, "10.0.1.101"), (False, "10.0.0.10")])
def test_servers_see_the_client_or_the_node_inside_the_vpc(preserved: bool, source: str) -> None:
    world = but(lab(), "target_groups", GROUP, preserve_client_ip=preserved)
    assert only(ask(world, address("az1", 10), client="i-1")).source == source


@pytest.mark.fidelity(
    "A load balancer's groups can be referenced by its targets' groups",
    source="NLB user guide, Security groups for your Network Load Balancer",
)
def test_a_servers_group_may_admit_the_load_balancers_group() -> None:
    world = plus(lab(), "security_groups", group("sg-nlb", tcp(80, "10.0.0.0/16")), group("sg-web", tcp(80, "sg-nlb")))
    world = but(but(world, "instances", "i-0", groups=("sg-web",)), "load_balancers", "nlb", groups=("sg-nlb",))
    assert ask(world).open_paths
    assert not ask(but(world, "load_balancers", "nlb", groups=())).open_paths


@pytest.mark.fidelity(
    "A load balancer's security groups see the client's own address on PrivateLink, unless their enforcement is off",
    source="NLB user guide, Security groups for your Network Load Balancer",
)
def test_a_load_balancers_groups_judge_the_clients_own_address_on_privatelink() -> None:
    world = plus(lab(), "security_groups", group("sg-nlb", tcp(80, "10.0.0.100/32")))
    world = but(world, "load_balancers", "nlb", groups=("sg-nlb",))
    assert ask(world).open_paths
    elsewhere = but(world, "instances", "client", address=IPv4Address("10.0.0.101"))
    assert ask(elsewhere).code is Code.PL_NLB_SG_ON_PRIVATELINK
    assert ask(but(elsewhere, "load_balancers", "nlb", enforce_on_privatelink=False)).open_paths


@pytest.mark.fidelity(
    "Of several load balancers behind a service, an endpoint interface keeps to one of its zone for good",
    source="PrivateLink guide, Create an endpoint service",
)
def test_an_interface_keeps_to_one_of_several_load_balancers() -> None:
    world = lab(servers=("az1", "az1", "az2"), more_endpoint_zones=("az2",))
    second = replace(world.load_balancers["nlb"], arn="nlb-2", listeners=(Listener(80, "TCP", "tg-2"),))
    world = replace(
        world,
        load_balancers={**world.load_balancers, "nlb-2": second},
        target_groups={
            GROUP: replace(world.target_groups[GROUP], targets=(Target("i-0", 80),)),
            "tg-2": TargetGroup("tg-2", "tg-2", "provider", None, (Target("i-1", 80),)),
        },
    )
    world = but(world, "services", SERVICE, load_balancers=("nlb", "nlb-2"))
    found = ask(world)
    assert found.answer_shares("server") == {"i-0": 0.5, "i-1": 0.5}  # which of them, no API tells
    assert len(taken(found)) == 1
    # Another interface may have picked the other one.
    picks = set()
    for n in range(20):
        other = (replace(world.endpoints["vpce"].interfaces[0], id=f"eni-{n}"),)
        picks |= set(taken(ask(but(world, "endpoints", "vpce", interfaces=other)), 5))
    assert picks == {"i-0", "i-1"}


def test_a_target_by_address_is_a_target_like_any_other() -> None:
    world = but(lab(), "target_groups", GROUP, targets=(Target("10.0.0.100", 80), Target("10.0.1.101", 80)))
    assert ask(world).answer_shares("server") == {"i-0": 1}
    assert {path.code for path in ask(world).left_out} == {Code.ELB_NOT_CROSSZONE}


@pytest.mark.fidelity(
    "A target that calls its own load balancer with client IP preservation times out when it is its own target",
    source="NLB user guide, Troubleshoot: requests time out from a target to its load balancer",
)
def test_a_target_reaches_others_through_its_load_balancer_but_not_itself() -> None:
    world = lab(servers=("az1", "az1"))
    found = ask(world, address("az1", 10), client="i-0")
    assert {path.server or path.hops[-1].id: path.code for path in found.paths} == {"i-0": Code.PL_HAIRPIN, "i-1": None}
    assert found.answer_shares("server") == {"i-1": 1}
    assert [path.chance for path in found.blocked_paths] == [0.5]
    loose = but(world, "target_groups", GROUP, preserve_client_ip=False)
    assert set(ask(loose, address("az1", 10), client="i-0").answer_shares("server")) == {"i-0", "i-1"}


@pytest.mark.fidelity(
    "Addresses are per VPC: the same address in two VPCs is two machines", source="VPC user guide, VPC CIDR blocks"
)
def test_another_vpcs_machine_is_not_there_although_its_address_is() -> None:
    world = lab()
    server = world.instances["i-1"]
    assert ask(world, server.address).code is Code.PL_NO_SUCH_ADDRESS
    assert only(ask(world, server.address, client="i-0")).server == "i-1"


def test_a_trace_that_is_open_has_no_code_and_a_blocked_one_that_of_its_likeliest_path() -> None:
    found = ask(lab())
    assert (found.verdict, found.code, found.why) == (Verdict.OPEN, None, "")
    half = ask(lab(servers=("az1", "az1")), address("az1", 10), client="i-0")
    assert (half.verdict, half.code) == (Verdict.OPEN, None)
    nowhere = ask(lab(), "no.such.name")
    assert (nowhere.verdict, nowhere.take(flow(1)).code) == (Verdict.UNRESOLVED, Code.PL_NAME_UNRESOLVED)
    none = ask(but(lab(), "instances", "i-0", state="stopped"))
    assert (none.verdict, none.code, none.why) == (Verdict.DROPPED, Code.BAD_STATE, "i-0 is stopped")


def test_a_machine_reaches_itself_whatever_its_groups_say() -> None:
    world = but(lab(), "instances", "client", groups=("closed",))
    assert only(ask(world, IPv4Address("10.0.0.100"))).verdict is Verdict.OPEN


@pytest.mark.fidelity(
    "Health checks come from the node's address and obey the load balancer's outbound rules",
    source="NLB user guide, Security groups for your Network Load Balancer",
)
def test_a_health_checks_path_is_judged_like_any_other() -> None:
    world = plus(lab(), "security_groups", group("sg-mute", egress=()), group("sg-web", tcp(80, "10.0.1.10/32")))
    world = but(world, "instances", "i-0", groups=("sg-web",))

    def check(world: NetworkModel, zone: str) -> Verdict:
        balancer = world.load_balancers["nlb"]
        node = balancer.node(zone)
        assert node
        return arrival(world, world.instances["i-0"], of_node(world, balancer, node), 80).verdict

    assert check(world, "az2") is Verdict.OPEN
    assert check(world, "az1") is Verdict.DROPPED
    assert check(but(world, "load_balancers", "nlb", groups=("sg-mute",)), "az2") is Verdict.DROPPED


def test_a_node_whose_address_is_not_shown_must_be_admitted_with_its_whole_subnet() -> None:
    nodes = (Node("az1", "az1", "provider-az1", None),)
    world = but(lab(), "load_balancers", "nlb", nodes=nodes)
    for source, is_open in (("10.0.0.0/24", True), ("10.0.0.10/32", False)):
        narrowed = plus(world, "security_groups", group("sg-web", tcp(80, source)))
        assert bool(ask(but(narrowed, "instances", "i-0", groups=("sg-web",))).open_paths) is is_open


@pytest.mark.parametrize("name", ["localhost", "LocalHost.", "127.0.0.1", "127.1.2.3"])
def test_a_machine_reaches_its_own_server_as_localhost_whatever_guards_it(name: str) -> None:
    world = but(lab(), "instances", "i-0", groups=("nobody",), ports=frozenset({80}))
    world = but(world, "vpcs", "provider", dns_support=False)
    path = only(ask(world, name, client="i-0"))
    assert (path.verdict, path.server) == (Verdict.OPEN, "i-0")
    assert only(ask(world, name, client="i-0", port=81)).code is Code.PL_PORT_CLOSED


@pytest.mark.parametrize("target", ["fd00::1", "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/alb/1", "strange"])
def test_a_target_that_is_not_modelled_is_left_out_and_the_others_are_reached(target: str) -> None:
    world = lab()
    odd = Target(target, 80, everywhere=True)
    world = but(world, "target_groups", GROUP, targets=(*world.target_groups[GROUP].targets, odd))
    codes = {path.code for path in ask(world, ENTRY).paths if target in {hop.id for hop in path.hops}}
    assert codes == {Code.PL_OUTSIDE_MODEL}
    assert ask(world, ENTRY).open_paths
