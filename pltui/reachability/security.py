"""Security groups: stateful allow lists; a packet is admitted if any rule of any group matches (VPC user guide)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from pltui.i18n import Phrase
from pltui.reachability.world import Rule, SecurityGroup

ANY_PROTOCOL = "-1"
_NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp"}


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side of a packet as a security group sees it."""

    network: IPv4Network  # one address; a whole subnet if only the subnet is known
    groups: tuple[str, ...] = ()

    @classmethod
    def at(cls, address: IPv4Address, groups: Iterable[str] = ()) -> Peer:
        """The peer at one address."""
        return cls(IPv4Network(address), tuple(groups))

    @property
    def single(self) -> bool:
        """True if the peer is one address."""
        return self.network.prefixlen == self.network.max_prefixlen

    def __str__(self) -> str:
        return str(self.network.network_address if self.single else self.network)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The decision of security groups on a packet, with the rule that admits it. True if it is admitted."""

    admitted: bool
    why: str
    group: str | None = None
    rule: Rule | None = None
    known: bool = True  # False: it depends on a prefix list whose entries are unknown

    def __bool__(self) -> bool:
        return self.admitted


def matches(rule: Rule, peer: Peer, port: int, protocol: str = "tcp") -> bool:
    """True if the rule admits the packet; a peer that is a whole subnet must be admitted as a whole."""
    if not _covers(rule, port, protocol):
        return False
    if rule.group is not None:
        return rule.group in peer.groups
    return rule.cidr is not None and peer.network.subnet_of(rule.cidr)


def _covers(rule: Rule, port: int, protocol: str) -> bool:
    """True if the rule includes this protocol and port, for any peer."""
    if rule.protocol == ANY_PROTOCOL:
        return True
    if _NUMBERS.get(rule.protocol, rule.protocol) != protocol:
        return False
    return rule.from_port is None or rule.to_port is None or rule.from_port <= port <= rule.to_port


def peer_of(rule: Rule) -> str:
    """The source or destination of a rule as text: a CIDR, a group, or a prefix list."""
    if rule.prefix_list:
        return f"{rule.prefix_list} ({rule.cidr})" if rule.cidr else rule.prefix_list
    return rule.group or str(rule.cidr)


def describe_rule(rule: Rule, direction: Literal["ingress", "egress"]) -> str:
    """A rule in words: "tcp/80 from 10.0.0.0/16"."""
    protocol = _NUMBERS.get(rule.protocol, rule.protocol)
    ports = "" if rule.from_port is None else f"/{rule.from_port}"
    if rule.to_port not in (None, rule.from_port):
        ports += f"-{rule.to_port}"
    traffic = "all" if protocol == ANY_PROTOCOL else f"{protocol}{ports}"
    return f"{traffic} {_WAY[direction]} {peer_of(rule)}"


def judge(
    known: Mapping[str, SecurityGroup],
    groups: Iterable[str],
    direction: Literal["ingress", "egress"],
    peer: Peer,
    port: int,
    protocol: str = "tcp",
) -> Judgement:
    """The decision of `groups` on `protocol`/`port` from `peer`, or to it; the first rule that admits it is named.

    A rule with a prefix list of unknown entries leaves the decision open, unless another rule admits the packet.
    """
    groups, traffic = tuple(groups), f"{protocol}/{port}"
    unread: list[tuple[str, Rule]] = []
    for group_id in groups:
        group = known.get(group_id)
        for rule in getattr(group, direction) if group else ():
            if matches(rule, peer, port, protocol):
                why = Phrase(_ADMITS[direction], group=group_id, traffic=traffic, peer=peer_of(rule))
                return Judgement(True, why, group_id, rule)
            if rule.prefix_list and rule.cidr is None and _covers(rule, port, protocol):
                unread.append((group_id, rule))
    if unread:
        group_id, rule = unread[0]
        why = Phrase(_UNREAD[direction], group=group_id, traffic=traffic, prefix_list=rule.prefix_list)
        return Judgement(False, why, group_id, rule, known=False)
    names = ", ".join(groups) or Phrase("no security group")
    return Judgement(False, Phrase(_DENIES[direction], groups=names, traffic=traffic, peer=peer))


_ADMITS = {
    "ingress": "{group} admits {traffic} from {peer}",
    "egress": "{group} admits {traffic} to {peer}",
}
_DENIES = {
    "ingress": "no ingress rule of {groups} admits {traffic} from {peer}",
    "egress": "no egress rule of {groups} admits {traffic} to {peer}",
}
_UNREAD = {
    "ingress": "{group} admits {traffic} from {prefix_list}, whose entries could not be read",
    "egress": "{group} admits {traffic} to {prefix_list}, whose entries could not be read",
}
_WAY = {"ingress": "from", "egress": "to"}
