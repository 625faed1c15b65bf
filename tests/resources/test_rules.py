"""How security group rules are written: what is read can be sent again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.resources.security_group import _format_rules, _ip_permissions

PEERS = ["10.0.0.0/16", "0.0.0.0/0", "fd00::/8", "::/0", "sg-0123", "222222222222/sg-0123", "pl-0123"]


@st.composite
def rules(draw: st.DrawFn) -> str:
    protocol = draw(st.sampled_from(["all", "tcp", "udp", "icmp", "icmpv6", "50"]))
    way, peer = draw(st.sampled_from(["from", "to"])), draw(st.sampled_from(PEERS))
    if protocol in ("all", "50"):
        return f"{protocol} {way} {peer}"
    lowest = -1 if protocol.startswith("icmp") else 0
    low, high = draw(st.integers(lowest, 65535)), draw(st.integers(lowest, 65535))
    return f"{protocol}/{low} {way} {peer}" if low == high else f"{protocol}/{low}-{high} {way} {peer}"


@given(st.sets(rules()))
def test_rules_are_the_same_when_they_come_back(wanted: set[str]) -> None:
    for way in ("from", "to"):
        those = {rule for rule in wanted if f" {way} " in rule}
        assert set(_format_rules(_ip_permissions(those), way, "111111111111")) == those


def test_only_a_group_of_another_account_names_its_account() -> None:
    """AWS lists the account of every group. It needs that of another account to remove the rule (EC2 API reference)."""
    pairs = [{"UserId": "111111111111", "GroupId": "sg-1"}, {"UserId": "222222222222", "GroupId": "sg-2"}]
    rules = {*_format_rules([{"IpProtocol": "-1", "UserIdGroupPairs": pairs}], "from", "111111111111")}
    assert rules == {"all from sg-1", "all from 222222222222/sg-2"}
    [call] = _ip_permissions(rules)
    assert call["UserIdGroupPairs"] == [pairs[1], {"GroupId": "sg-1"}]


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        ("tcp/80", (80, 80)),
        ("tcp/80-90", (80, 90)),
        ("icmp/-1", (-1, -1)),
        ("icmp/8--1", (8, -1)),
        ("icmp/3-4", (3, 4)),
    ],
)
def test_ports_are_one_or_two_and_minus_one_is_one(rule: str, ports: tuple[int, int]) -> None:
    [call] = _ip_permissions([f"{rule} from 10.0.0.0/8"])
    assert (call["FromPort"], call["ToPort"]) == ports
