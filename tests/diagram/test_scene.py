"""What a scene says of a lab: where things are, which links carry requests, and why the others do not."""

from dataclasses import replace

import pytest

from pltui import topology
from pltui.engine.events import ResourceObserved
from pltui.reachability.codes import Code
from pltui.reachability.world import Fault
from pltui.spec import parse
from pltui.view.diagram.cells import draw
from pltui.view.diagram.model import DiagramFlow, Role, Scene
from pltui.view.diagram.reasons import LONGEST, SHORT
from pltui.view.diagram.scene import scene
from pltui.view.lab_snapshot import Condition
from tests.builders.scenes import TEXT, TWO, drawn, network, snapshot, spec, told
from tests.builders.spec_network import ZONES

NODE = "provider/load-balancer@"
A, B, C = (zone.id for zone in ZONES[:3])


def flows(found: Scene) -> dict[str, str]:
    """Each link as `source > target`, without what is said of it in every lab."""
    return {f"{_short(link.source)} > {_short(link.target)}": str(link.flow) for link in found.links.values()}


def _short(key: str) -> str:
    return key.replace("provider/load-balancer", "node").replace("provider/", "").replace("apne1-", "")


def test_every_code_has_a_reason_that_fits_on_a_link() -> None:
    assert set(SHORT) == set(Code)
    assert all(0 < len(words) <= LONGEST for words in SHORT.values())


def test_zones_are_lanes_in_the_order_of_the_providers_subnets() -> None:
    assert [(lane.key, lane.name, lane.subnet) for lane in drawn().lanes] == [
        ("apne1-az4", "ap-northeast-1a", 1),
        ("apne1-az1", "ap-northeast-1c", 2),
        ("apne1-az2", "ap-northeast-1d", 3),
    ]


def test_with_cross_zone_off_requests_stay_in_the_zone_of_the_endpoint() -> None:
    assert flows(drawn(cross_zone=False)) == {
        "consumer/client > consumer/name": "open",
        "consumer/client > consumer/endpoint@az4": "open",
        "consumer/endpoint@az4 > node@az4": "open",
        "node@az4 > server-1": "open",
        "node@az4 > server-2": "off",
        "node@az4 > server-3": "off",
        "node@az1 > server-2": "idle",
        "node@az2 > server-3": "idle",
    }


def test_with_cross_zone_on_the_node_reaches_every_server_in_equal_parts() -> None:
    found = drawn(cross_zone=True)
    fan = [link for link in found.links_from(f"{NODE}{A}") if link.flow is DiagramFlow.OPEN]
    assert [(link.target, round(link.share, 3), link.crossing) for link in fan] == [
        ("provider/server-1", 0.333, False),
        ("provider/server-2", 0.333, True),
        ("provider/server-3", 0.333, True),
    ]
    assert found.switch is True


def test_a_server_that_is_not_asked_says_why() -> None:
    found = drawn(cross_zone=False)
    assert found.idle_reason("provider/server-1") == ""
    assert found.idle_reason("provider/server-2") == "cross-zone off"


def test_a_stopped_server_is_sick_and_gets_nothing() -> None:
    found = drawn(cross_zone=True, stopped=frozenset({2}))
    server = found.things["provider/server-2"]
    assert (server.word, server.sick) == ("stopped", True)
    assert found.links[f"{NODE}{A}", server.key].flow is DiagramFlow.CLOSED
    assert found.links[f"{NODE}{A}", server.key].reason == "target unhealthy"
    assert found.links[f"{NODE}{A}", "provider/server-1"].share == 0.5


def test_the_only_server_of_a_zone_that_is_sick_is_tried_all_the_same() -> None:
    """Fail-open: the balancer's rule, told by the paths."""
    found = drawn(cross_zone=False, sick=frozenset({1}))
    assert found.fail_open
    assert found.links[f"{NODE}{A}", "provider/server-1"].flow is DiagramFlow.OPEN


def test_a_closed_security_group_closes_the_link_before_the_endpoint_and_nothing_comes_after_it() -> None:
    found = drawn(closed=frozenset({"consumer"}))
    link = found.links["consumer/client", f"consumer/endpoint@{A}"]
    assert (link.flow, link.reason) == (DiagramFlow.CLOSED, "security group")
    assert "no inbound rule" in link.why or link.why
    assert found.links[f"consumer/endpoint@{A}", f"{NODE}{A}"].flow is DiagramFlow.IDLE
    assert not found.carries(f"{NODE}{A}")


@pytest.mark.parametrize(
    ("state", "reason"),
    [("pending", "endpoint pending"), ("pendingacceptance", "not accepted yet"), ("rejected", "rejected")],
)
def test_an_endpoint_that_is_not_available_closes_the_link_to_the_node(state: str, reason: str) -> None:
    link = drawn(state=state).links[f"consumer/endpoint@{A}", f"{NODE}{A}"]
    assert (link.flow, link.reason) == (DiagramFlow.CLOSED, reason)


def test_a_balancer_without_a_node_in_the_endpoints_zone_has_none_to_lead_to() -> None:
    of = spec(TEXT.replace("endpoint: {subnets: [1]}", "endpoint: {subnets: [2]}"))
    world, balancer = snapshot(of), replace(of.provider.load_balancer, subnets=(1,))
    left = replace(of, provider=replace(of.provider, load_balancer=balancer))  # its node there was taken off since
    found = scene(left, world, network(left, world, False).explained())
    link = found.links[f"consumer/endpoint@{B}", f"{NODE}{B}"]
    assert (link.flow, link.reason) == (DiagramFlow.CLOSED, "no node in this zone")
    assert f"{NODE}{B}" not in found.things


@pytest.mark.parametrize(
    ("fault", "closed", "reason"),
    [
        (Fault("fault-1", "server", "instance-{server}"), "provider/server-1", "fault: server"),
        (Fault("fault-1", "zone", A), "consumer/endpoint", "fault: zone"),
    ],
)
def test_a_fault_is_told_where_it_stops_a_request(fault: Fault, closed: str, reason: str) -> None:
    of = spec()
    id_ = snapshot(of).rows["provider/server-1"].id
    found = drawn(faults=(replace(fault, subject=fault.subject.replace("instance-{server}", id_)),))
    shut = [link for link in found.links.values() if link.flow is DiagramFlow.CLOSED]
    assert [link.reason for link in shut] == [reason]
    assert shut[0].target.startswith(closed)


def test_two_consumers_meet_at_one_balancer_each_by_its_own_zones() -> None:
    found = drawn(spec(TWO))
    assert [side.name for side in found.consumers] == ["consumer", "partner"]
    open_ = {
        link.target for link in found.links.values() if link.flow is DiagramFlow.OPEN and link.source.startswith(NODE)
    }
    assert open_ == {"provider/server-1", "provider/server-2", "provider/server-3"}
    assert [each.lane for each in found.things_of_role(Role.ENDPOINT, "partner")] == [B, C]


def test_lanes_are_lined_up_by_zone_whatever_number_the_subnet_has() -> None:
    """Subnet 1 of this consumer is in the zone of the provider's subnet 3."""
    text = TEXT.replace("endpoint: {subnets: [1]}", "vpc: {zones: [ap-northeast-1d]}, endpoint: {subnets: [1]}")
    found = drawn(spec(text), zones={"consumer": (ZONES[2],)})
    (endpoint,) = found.things_of_role(Role.ENDPOINT)
    assert endpoint.lane == C
    assert found.links[endpoint.key, f"{NODE}{C}"].flow is DiagramFlow.OPEN
    assert found.consumers[0].lanes == (C,)


def test_a_consumer_may_call_the_same_zone_by_another_name() -> None:
    """In another account ap-northeast-1a may be another place: the id says which."""
    other = topology.Zone("ap-northeast-1a", C)
    found = drawn(spec(), zones={"consumer": (other, *ZONES[:2])})
    assert found.things_of_role(Role.ENDPOINT)[0].lane == C


def test_before_anything_exists_all_that_is_wanted_is_there_and_missing() -> None:
    of = spec()
    found = scene(of, snapshot(of, Condition.ABSENT, "missing"))
    assert {link.flow for link in found.links.values()} == {DiagramFlow.MISSING}
    assert not any(thing.there for thing in found.things.values())
    assert [len(found.things_of_role(role)) for role in (Role.CLIENT, Role.ENDPOINT, Role.NODE, Role.SERVER)] == [
        1,
        1,
        3,
        3,
    ]
    assert found.switch is None


def test_a_lab_of_which_nothing_is_known_yet_can_be_drawn() -> None:
    from pltui.view.lab_snapshot import LabSnapshot

    found = scene(spec(), LabSnapshot())
    assert len(found.lanes) == 3


def test_things_come_alive_one_by_one() -> None:
    of = spec()
    world = snapshot(of, Condition.ABSENT, "missing")
    row = replace(world.rows["consumer/client"], condition=Condition.WORKING, word="creating")
    found = scene(of, replace(world, rows={**world.rows, row.address: row}))
    client = found.things["consumer/client"]
    assert (client.condition, client.word, client.there) == (Condition.WORKING, "creating", False)


def test_what_is_gone_has_no_links_whatever_the_last_paths_said() -> None:
    """While destroying, the paths are older than the rows."""
    of = spec()
    world = snapshot(of)
    told = network(of, world).explained()
    row = replace(world.rows["consumer/endpoint"], condition=Condition.ABSENT, word="deleted", id="")
    found = scene(of, replace(world, rows={**world.rows, row.address: row}, paths=told))
    assert found.links["consumer/client", f"consumer/endpoint@{A}"].flow is DiagramFlow.MISSING
    assert found.links[f"{NODE}{A}", "provider/server-1"].flow is DiagramFlow.OPEN


def test_without_paths_links_follow_from_states_alone() -> None:
    """As in a recorded run."""
    of = spec()
    found = scene(of, snapshot(of))
    assert not found.traced
    assert found.links[f"{NODE}ap-northeast-1a", "provider/server-1"].flow is DiagramFlow.OPEN
    assert found.links[f"{NODE}ap-northeast-1c", "provider/server-2"].flow is DiagramFlow.IDLE


def test_without_paths_an_unhealthy_target_closes_its_link() -> None:
    of = spec()
    world = snapshot(of)
    row = replace(world.rows["provider/server-1/target"], word="unhealthy (Target.FailedHealthChecks)")
    found = scene(of, replace(world, rows={**world.rows, row.address: row}))
    link = found.links[f"{NODE}ap-northeast-1a", "provider/server-1"]
    assert (link.flow, link.reason) == (DiagramFlow.CLOSED, "target unhealthy")


def test_a_name_nobody_knows_closes_the_clients_link_to_it() -> None:
    of = spec()
    world = snapshot(of)
    ids = {address: row.id for address, row in world.rows.items()}
    told = network(of, world)
    lost = replace(told, ids=ids).explained()
    unknown = replace(lost.world, zones=())
    from pltui.reachability.trace import trace

    client = unknown.instances[ids["consumer/client"]]
    found = replace(lost.consumers[0], trace=trace(unknown, lost.health, client, "provider-nlb.example.local", 80))
    shown = scene(of, world, replace(lost, consumers=[found], world=unknown))
    link = shown.links["consumer/client", "consumer/name"]
    assert (link.flow, link.reason) == (DiagramFlow.CLOSED, "name not found")


def test_more_servers_than_zones_share_their_lanes() -> None:
    text = TEXT.replace("vpc: {zones: 3}", "vpc: {zones: 3}, servers: {count: 5}")
    found = drawn(parse(text, "lab.yaml"))
    assert [each.number for each in found.things_of_role(Role.SERVER, lane=A)] == [1, 4]


@pytest.mark.parametrize("cross_zone", [False, True])
def test_a_zone_the_balancer_is_not_enabled_in_has_no_way_to_it_whatever_the_switch(cross_zone: bool) -> None:
    found = drawn(spec(TEXT.replace("cross_zone: false}", "cross_zone: false, subnets: [1]}")), cross_zone)
    link = found.links[f"{NODE}{A}", "provider/server-2"]
    assert (link.flow, link.reason) == (DiagramFlow.OFF, "no node in this zone")
    assert found.idle_reason("provider/server-2") == "no node in this zone"


@pytest.mark.parametrize("cross_zone", [False, True])
def test_a_switch_observed_since_the_paths_were_looked_at_counts_at_once(cross_zone: bool) -> None:
    of = spec()
    world = snapshot(of)
    told = network(of, world, cross_zone=not cross_zone).explained()
    row = replace(world.rows[topology.LOAD_BALANCER], observed=ResourceObserved(spec={"cross_zone": cross_zone}))
    found = scene(of, replace(world, rows={**world.rows, row.address: row}, paths=told))
    assert found.switch is cross_zone
    assert flows(found) == flows(drawn(cross_zone=cross_zone))


def test_with_cross_zone_off_servers_say_so_before_anybody_has_asked() -> None:
    of, world = spec(), snapshot(spec())
    balancer = replace(world.rows[topology.LOAD_BALANCER], observed=ResourceObserved(spec={"cross_zone": False}))
    found = scene(of, replace(world, rows={**world.rows, topology.LOAD_BALANCER: balancer}))
    assert found.switch is False
    assert found.idle_reason("provider/server-2") == "cross-zone off"


def test_what_stops_requests_early_is_nothing_the_servers_have() -> None:
    """Whichever zone they are in: nobody gets to them."""
    found = drawn(cross_zone=True, faults=(Fault("fault-1", "zone", A),))
    assert {found.idle_reason(f"provider/server-{n}") for n in (1, 2, 3)} == {"not reached"}


def test_what_is_broken_on_purpose_is_told_of_all_that_stands_in_it() -> None:
    of = spec()
    broken = dict.fromkeys(
        ("provider/private-subnet-1", "provider/server-1", "consumer/private-subnet-1"), "zone is down"
    )
    found = scene(of, replace(snapshot(of), broken=broken), told())
    struck = {key for key, thing in found.things.items() if thing.sick}
    assert struck == {f"{NODE}{A}", f"consumer/endpoint@{A}", "provider/server-1"}
    assert {found.things[key].word for key in struck} == {"zone is down"}


def test_paths_may_know_a_zone_and_a_consumer_that_the_lab_has_no_more() -> None:
    """As after a spec that was saved, until they are looked at anew."""
    before = network(spec(TWO), snapshot(spec(TWO)), cross_zone=True).explained()
    smaller = spec(
        TEXT.replace("vpc: {zones: 3}", "vpc: {zones: 2}").replace("consumer: {", "consumer: {vpc: {zones: 2}, ")
    )
    found = scene(smaller, snapshot(smaller), before)
    known = {*found.things, *(f"{NODE}{lane.key}" for lane in found.lanes)}
    assert {end for link in found.links.values() for end in link.ends} <= known
    assert draw(found, 120, 40).lines
