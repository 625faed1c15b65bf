"""Network ACLs, alone and on the way."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.reachability.acls import rule_on
from pltui.reachability.codes import Code
from pltui.reachability.world import AclEntry, NetworkAcl, NetworkModel
from tests.builders.networks import CIDR, acl, address, ask, entry, lab, plus

GUIDE = "VPC user guide, Network ACLs"
ALL = (entry(100, "in"), entry(100, "out"))
HOST = IPv4Network("10.0.0.100/32")

ports = st.integers(0, 65535)
bounds = st.tuples(ports, ports).map(lambda pair: (min(pair), max(pair)))
entries = st.lists(
    st.builds(
        entry,
        st.integers(1, 50),
        st.sampled_from(["in", "out"]),
        st.none() | bounds,
        st.sampled_from(["0.0.0.0/0", "10.0.0.0/24", "10.0.0.100/32", "192.168.0.0/16"]),
        allow=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda each: (each.number, each.egress),
).map(lambda found: tuple(sorted(found, key=lambda each: each.number)))


def first_match(given_entries: tuple[AclEntry, ...], port: int, *, egress: bool) -> bool:
    """The rule as the user guide puts it: in order, the first that matches decides; none denies."""
    for each in given_entries:
        low, high = (each.from_port or 0, 65535 if each.to_port is None else each.to_port)
        if each.egress is egress and HOST.subnet_of(each.cidr) and low <= port <= high:
            return each.allow
    return False


@pytest.mark.fidelity("Network ACL rules are judged by number, and the first that matches decides", source=GUIDE)
@given(entries, ports, st.booleans())
def test_the_first_entry_that_matches_decides(given_entries: tuple[AclEntry, ...], port: int, egress: bool) -> None:
    table = NetworkAcl("acl-1", "vpc", frozenset(), given_entries)
    assert rule_on(table, HOST, (port, port), egress=egress).admitted is first_match(given_entries, port, egress=egress)


@given(entries, bounds, st.data())
def test_a_range_is_admitted_when_each_of_its_ports_is(
    given_entries: tuple[AclEntry, ...], wanted: tuple[int, int], data: st.DataObject
) -> None:
    table = NetworkAcl("acl-1", "vpc", frozenset(), given_entries)
    edges = {wanted[0], wanted[1]} | {
        port + step
        for each in given_entries
        for port in (each.from_port or 0, each.to_port or 0)
        for step in (-1, 0, 1)
        if wanted[0] <= port + step <= wanted[1]
    }
    every = all(first_match(given_entries, port, egress=False) for port in edges)
    assert rule_on(table, HOST, wanted, egress=False).admitted is every


def guarded(*given_entries: AclEntry, subnet: str = "consumer-az1") -> NetworkModel:
    """The endpoint's interface is in another subnet than the client."""
    vpc = subnet.partition("-")[0]
    return plus(lab(endpoint_zone="az2"), "network_acls", acl("acl-1", vpc, [subnet], *given_entries))


def opens(world: NetworkModel) -> bool:
    found = ask(world, address("az2", 20))
    assert found.open_paths or found.code is Code.SUBNET_ACL_RESTRICTION
    return bool(found.open_paths)


@pytest.mark.fidelity("Network ACLs are stateless: answers need a rule of their own, to ephemeral ports", source=GUIDE)
def test_answers_need_a_rule_too() -> None:
    out = entry(100, "out", (80, 80))
    assert not opens(guarded(out))
    assert opens(guarded(out, entry(100, "in", (32768, 60999))))
    assert not opens(guarded(out, entry(100, "in", (32768, 50000))))
    assert opens(guarded(out, entry(100, "in", (32768, 50000)), entry(110, "in", (50001, 65535))))


@pytest.mark.fidelity("A denying rule with a lower number wins over an allowing one", source=GUIDE)
def test_a_lower_denial_wins() -> None:
    assert opens(guarded(*ALL))
    assert not opens(guarded(entry(90, "out", (80, 80), "10.0.1.0/24", allow=False), *ALL))
    assert opens(guarded(*ALL, entry(110, "out", (80, 80), "10.0.1.0/24", allow=False)))
    assert opens(guarded(entry(90, "out", (80, 80), "10.0.2.0/24", allow=False), *ALL))


@pytest.mark.fidelity("A network ACL sees nothing of what stays in one subnet", source=GUIDE)
def test_inside_one_subnet_no_acl_applies() -> None:
    closed = acl("acl-1", "consumer", ["consumer-az1"])
    assert ask(plus(lab(), "network_acls", closed)).open_paths


@pytest.mark.fidelity(
    "Load balancer nodes dial from ports 1024-65535, so answers to their subnet need all of these",
    source="VPC user guide, Custom network ACLs, ephemeral ports",
)
def test_servers_answer_to_all_ports_a_node_may_dial_from() -> None:
    world = lab(servers=("az2",), cross_zone=True)
    for low, is_open in ((1024, True), (32768, False)):
        rules = (entry(100, "in", (80, 80)), entry(100, "out", (low, 65535)))
        assert (
            bool(ask(plus(world, "network_acls", acl("acl-1", "provider", ["provider-az2"], *rules))).open_paths)
            is is_open
        )


def test_both_subnets_acls_are_asked_of_each_direction() -> None:
    web = (entry(100, "in", (80, 80), str(CIDR)), entry(100, "out", (1024, 65535), str(CIDR)))
    assert opens(guarded(*web, subnet="consumer-az2"))
    assert not opens(guarded(*web[:1], subnet="consumer-az2"))
    assert not opens(guarded(*web[1:], subnet="consumer-az2"))


@pytest.mark.fidelity(
    "With client IP preservation the ACL of the servers' subnet sees the client's address, else the node's",
    source="NLB user guide, Security groups and network ACLs of targets",
)
@pytest.mark.parametrize("preserved", [True, False])
def test_an_acl_sees_who_the_server_sees(preserved: bool) -> None:
    world = lab(servers=("az2", "az3"), cross_zone=True)
    only_client = (entry(100, "in", (80, 80), "10.0.2.101/32"), entry(100, "out", cidr="10.0.2.101/32"))
    world = plus(world, "network_acls", acl("acl-1", "provider", ["provider-az2"], *only_client))
    groups = {"tg": replace(world.target_groups["tg"], preserve_client_ip=preserved)}
    found = ask(replace(world, target_groups=groups), IPv4Address("10.0.0.10"), client="i-1")
    assert ("i-0" in found.answer_shares("server")) is preserved


def test_a_ruling_names_the_rule_the_ports_and_the_other_side() -> None:
    table = NetworkAcl("acl-1", "vpc", frozenset(), (entry(100, "in", (80, 80)),))
    told = [
        rule_on(table, network, ports, egress=egress).why
        for network, ports, egress in ((HOST, (80, 80), False), (CIDR, (80, 90), False), (HOST, (80, 80), True))
    ]
    assert told == [
        "rule 100 inbound of acl-1 allows tcp/80 from 10.0.0.100",
        "rule * inbound of acl-1 denies tcp/80-90 from 10.0.0.0/16",
        "rule * outbound of acl-1 denies tcp/80 to 10.0.0.100",
    ]
