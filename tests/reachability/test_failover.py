"""What becomes of traffic when targets are sick, zone by zone: in names, and at the nodes."""

from dataclasses import replace

import pytest

from pltui.reachability.codes import Verdict
from pltui.reachability.load_balancer import Listener, Target, TargetGroup
from pltui.reachability.world import NetworkModel
from tests.builders.networks import GROUP, REGIONAL, ZONES, ask, but, healthy, lab

TARGET_HEALTH = "NLB user guide, Target group health"


@pytest.mark.fidelity(
    "A zone whose targets are all unhealthy, with cross-zone off, is tried all the same through its endpoint interface",
    source=f"{TARGET_HEALTH} (that no other zone is tried through PrivateLink is believed)",
)
def test_a_zone_whose_servers_are_all_sick_tries_them_and_never_another_zones() -> None:
    assert ask(lab(), health=healthy(lab(), 0)).answer_shares("server") == {"i-0": 1}


@pytest.mark.fidelity(
    "A node that may send to no target at all does not answer: connections time out",
    source="seen: kubernetes-sigs/aws-load-balancer-controller#1895",
)
def test_a_node_without_any_target_in_scope_is_silent() -> None:
    assert ask(lab(servers=("az2",))).verdict is Verdict.DROPPED
    assert ask(lab(servers=("az2", "az2")), "nlb.elb", client="i-0").open_paths


@pytest.mark.fidelity(
    "Below unhealthy_state_routing's minimum of healthy targets a node sends to unhealthy ones too",
    source=TARGET_HEALTH,
)
def test_fewer_healthy_targets_than_asked_for_is_as_good_as_none() -> None:
    world = lab(servers=("az1", "az1", "az1"))
    for minimum, answering in ((1, {"i-0"}), (2, {"i-0", "i-1", "i-2"})):
        set_so = but(world, "target_groups", GROUP, routing_minimum=minimum)
        assert set(ask(set_so, health=healthy(world, 1, 2)).answer_shares("server")) == answering


@pytest.mark.fidelity(
    "A load balancer's name leaves out a zone with fewer healthy targets than dns_failover asks for: counted per zone "
    "with cross-zone off, over all zones with it on; with no healthy zone it gives all",
    source=TARGET_HEALTH,
)
def test_a_load_balancers_name_leaves_out_zones_without_enough_healthy_targets() -> None:
    def answered(world: NetworkModel, *sick: int) -> set[str]:
        found = ask(world, "nlb.elb", client="i-2", health=healthy(world, *sick))
        return {path.entry for path in found.paths if path.chance}

    every = {"10.0.0.10", "10.0.1.10", "10.0.2.10"}
    assert answered(lab()) == every
    assert answered(lab(), 0) == every - {"10.0.0.10"}
    assert answered(lab(cross_zone=True), 0) == every
    assert answered(lab(), 0, 1, 2) == every
    two = but(lab(servers=("az1", "az1", "az2")), "target_groups", GROUP, dns_minimum=2)
    assert answered(two) == {"10.0.0.10"}


@pytest.mark.fidelity(
    "One target group without a healthy target in a zone takes the zone out of the load balancer's name",
    source="AWS re:Post, ELB DNS and traffic flow with different cross-zone configurations",
)
def test_every_target_group_must_be_healthy_in_a_zone_for_its_name() -> None:
    second = TargetGroup("tg-2", "tg-2", "provider", None, (Target("i-1", 81), Target("i-2", 81)))
    world = replace(lab(), target_groups={**lab().target_groups, "tg-2": second})
    world = but(world, "load_balancers", "nlb", listeners=(Listener(80, "TCP", GROUP), Listener(81, "TCP", "tg-2")))
    found = ask(world, "nlb.elb", client="i-0")
    assert {path.entry for path in found.paths if path.chance} == {"10.0.1.10", "10.0.2.10"}


@pytest.mark.fidelity(
    "An endpoint's regional name leaves out interfaces whose zone has no healthy target; its zonal names do not",
    source="PrivateLink guide, Access AWS services; AWS re:Post",
)
def test_an_endpoints_regional_name_leaves_sick_zones_out_and_its_zonal_names_stay() -> None:
    world = lab(more_endpoint_zones=("az2", "az3"))
    zonal = REGIONAL.replace("abcd", "abcd-az1")
    assert set(ask(world, REGIONAL, health=healthy(world, 0)).answer_shares("zone_id")) == {"az2", "az3"}
    assert set(ask(world, zonal, health=healthy(world, 0)).answer_shares("zone_id")) == {"az1"}
    assert set(ask(world, REGIONAL, health=healthy(world, 0, 1, 2)).answer_shares("zone_id")) == set(ZONES)
