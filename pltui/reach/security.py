"""Security groups: stateful allow lists; any rule of any group that matches lets the packet in (VPC user guide)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from pltui.reach.world import Rule, SecurityGroup
from pltui.words import Phrase

ANY_PROTOCOL = "-1"
_NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp"}


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side of a packet as a security group sees it."""

    network: IPv4Network  # one address; a whole subnet where only the subnet is known
    groups: tuple[str, ...] = ()

    @classmethod
    def at(cls, address: IPv4Address, groups: Iterable[str] = ()) -> Peer:
        return cls(IPv4Network(address), tuple(groups))

    @property
    def single(self) -> bool:
        return self.network.prefixlen == self.network.max_prefixlen

    def __str__(self) -> str:
        return str(self.network.network_address if self.single else self.network)


@dataclass(frozen=True, slots=True)
class Judgement:
    admitted: bool
    why: str
    group: str | None = None
    rule: Rule | None = None

    def __bool__(self) -> bool:
        return self.admitted


def matches(rule: Rule, peer: Peer, port: int, protocol: str = "tcp") -> bool:
    if rule.protocol != ANY_PROTOCOL:
        if _NUMBERS.get(rule.protocol, rule.protocol) != protocol:
            return False
        if rule.from_port is not None and rule.to_port is not None and not rule.from_port <= port <= rule.to_port:
            return False
    if rule.group is not None:
        return rule.group in peer.groups
    return rule.cidr is not None and peer.network.subnet_of(rule.cidr)


def describe(rule: Rule, direction: Literal["ingress", "egress"]) -> str:
    """A rule in words: "tcp/80 from 10.0.0.0/16"."""
    protocol = _NUMBERS.get(rule.protocol, rule.protocol)
    ports = "" if rule.from_port is None else f"/{rule.from_port}"
    if rule.to_port not in (None, rule.from_port):
        ports += f"-{rule.to_port}"
    traffic = "all" if protocol == ANY_PROTOCOL else f"{protocol}{ports}"
    return f"{traffic} {_WAY[direction]} {rule.group or rule.cidr}"


def judge(
    known: Mapping[str, SecurityGroup],
    groups: Iterable[str],
    direction: Literal["ingress", "egress"],
    peer: Peer,
    port: int,
    protocol: str = "tcp",
) -> Judgement:
    """Whether `groups` let `protocol`/`port` in from `peer`, or out to it; the first rule that does is named."""
    groups = tuple(groups)
    for group_id in groups:
        group = known.get(group_id)
        for rule in getattr(group, direction) if group else ():
            if matches(rule, peer, port, protocol):
                source = rule.group or rule.cidr
                traffic = f"{protocol}/{port}"
                why = Phrase(_ADMITS[direction], group=group_id, traffic=traffic, peer=source)
                return Judgement(True, why, group_id, rule)
    names = ", ".join(groups) or Phrase("no security group")
    return Judgement(False, Phrase(_DENIES[direction], groups=names, traffic=f"{protocol}/{port}", peer=peer))


_ADMITS = {
    "ingress": "{group} admits {traffic} from {peer}",
    "egress": "{group} admits {traffic} to {peer}",
}
_DENIES = {
    "ingress": "no ingress rule of {groups} admits {traffic} from {peer}",
    "egress": "no egress rule of {groups} admits {traffic} to {peer}",
}
_WAY = {"ingress": "from", "egress": "to"}
