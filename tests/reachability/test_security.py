from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.reachability.security import Peer, judge, matches
from pltui.reachability.world import Rule, SecurityGroup

addresses = st.ip_addresses(v=4)
ports = st.integers(0, 65535)
networks = st.builds(lambda address, bits: IPv4Network((address, bits), strict=False), addresses, st.integers(0, 32))
rules = st.builds(
    lambda protocol, bounds, cidr: Rule(protocol, min(bounds), max(bounds), cidr=cidr),
    st.sampled_from(["tcp", "udp", "6", "-1"]),
    st.tuples(ports, ports),
    networks,
)


@given(rules, addresses, ports)
def test_a_rule_by_address_admits_exactly_its_protocol_ports_and_block(
    rule: Rule, address: IPv4Address, port: int
) -> None:
    assert rule.cidr is not None
    assert rule.from_port is not None
    assert rule.to_port is not None
    by_port = rule.protocol in ("tcp", "6") and rule.from_port <= port <= rule.to_port
    expected = (rule.protocol == "-1" or by_port) and address in rule.cidr
    assert matches(rule, Peer.at(address), port) is expected


@given(st.lists(rules, max_size=5), rules, addresses, ports)
def test_another_rule_never_takes_anything_away(some: list[Rule], more: Rule, address: IPv4Address, port: int) -> None:
    before = {"sg": SecurityGroup("sg", tuple(some))}
    after = {"sg": SecurityGroup("sg", (*some, more))}
    peer = Peer.at(address)
    if judge(before, ["sg"], "ingress", peer, port):
        assert judge(after, ["sg"], "ingress", peer, port)


@given(addresses, ports)
def test_without_rules_nothing_is_admitted(address: IPv4Address, port: int) -> None:
    assert not judge({"sg": SecurityGroup("sg")}, ["sg"], "ingress", Peer.at(address), port)
    assert not judge({}, [], "ingress", Peer.at(address), port)


def test_a_group_reference_admits_members_whatever_their_address() -> None:
    known = {"sg": SecurityGroup("sg", (Rule("tcp", 80, 80, group="sg-web"),))}
    assert judge(known, ["sg"], "ingress", Peer.at(IPv4Address("10.0.0.1"), ["sg-web"]), 80)
    refused = judge(known, ["sg"], "ingress", Peer.at(IPv4Address("10.0.0.1"), ["sg-other"]), 80)
    assert not refused
    assert "10.0.0.1" in refused.why


@pytest.mark.fidelity(
    "A security group rule may name a prefix list: it admits the addresses of every entry",
    source="VPC user guide, Prefix lists",
)
def test_a_rule_by_prefix_list_admits_the_addresses_of_its_entries() -> None:
    known = {"sg": SecurityGroup("sg", (Rule("tcp", 80, 80, cidr=IPv4Network("10.9.0.0/16"), prefix_list="pl-1"),))}
    found = judge(known, ["sg"], "ingress", Peer.at(IPv4Address("10.9.1.2")), 80)
    assert found
    assert found.why == "sg admits tcp/80 from pl-1 (10.9.0.0/16)"
    refused = judge(known, ["sg"], "ingress", Peer.at(IPv4Address("10.7.1.2")), 80)
    assert (bool(refused), refused.known) == (False, True)


def test_unknown_entries_of_a_prefix_list_leave_the_answer_open_unless_another_rule_decides() -> None:
    unread = Rule("tcp", 80, 80, prefix_list="pl-1")
    peer = Peer.at(IPv4Address("10.9.1.2"))
    found = judge({"sg": SecurityGroup("sg", (unread,))}, ["sg"], "ingress", peer, 80)
    assert (bool(found), found.known) == (False, False)
    assert "pl-1, whose entries could not be read" in found.why
    assert judge({"sg": SecurityGroup("sg", (unread,))}, ["sg"], "ingress", peer, 81).known
    by_range = Rule("tcp", 80, 80, cidr=IPv4Network("10.9.0.0/16"))
    assert judge({"sg": SecurityGroup("sg", (unread, by_range))}, ["sg"], "ingress", peer, 80)


def test_a_subnet_is_admitted_only_as_a_whole() -> None:
    known = {"sg": SecurityGroup("sg", (Rule("tcp", 80, 80, cidr=IPv4Network("10.0.1.0/24")),))}
    assert judge(known, ["sg"], "ingress", Peer(IPv4Network("10.0.1.0/24")), 80)
    assert not judge(known, ["sg"], "ingress", Peer(IPv4Network("10.0.0.0/16")), 80)
