"""Network ACLs: numbered and stateless; the first entry that matches decides (VPC user guide, "Network ACLs")."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TypeAlias

from pltui.i18n import Phrase
from pltui.reachability.world import AclEntry, NetworkAcl

# Ephemeral ports, to which answers are sent (VPC user guide, "Custom network ACLs"): Amazon Linux uses the first range;
# load balancers, NAT gateways and (believed) VPC Lattice's gateways the second.
LINUX_PORTS = (32768, 60999)
AWS_PORTS = (1024, 65535)

Ports: TypeAlias = tuple[int, int]  # both included

_TCP = frozenset({"6", "tcp", "-1"})


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision of an ACL on a packet, with the rule and the reason."""

    admitted: bool
    rule: str  # "rule 100", or "rule *" for the last one, which cannot be removed
    why: str


def rule_on(acl: NetworkAcl, network: IPv4Network, ports: Ports, *, egress: bool) -> Ruling:
    """The decision of `acl` on TCP from (or with `egress` to) all addresses of `network` and all of `ports`.

    All of them must be admitted: an ACL that admits answers to some ports only breaks some connections, and a path that
    works only sometimes is not open.
    """
    left: list[Ports] = [ports]
    last = None
    for entry in acl.entries:
        if entry.egress is not egress or entry.protocol not in _TCP:
            continue
        kept = [rest for each in left for rest in _without(each, entry)]
        if kept == left:
            continue
        if entry.allow and network.subnet_of(entry.cidr):
            left, last = kept, entry
        elif not entry.allow and network.overlaps(entry.cidr):
            return _ruling(acl, entry, network, ports, egress)
        if not left:
            return _ruling(acl, last, network, ports, egress)
    return _ruling(acl, None, network, ports, egress)


def _without(ports: Ports, entry: AclEntry) -> list[Ports]:
    """The parts of `ports` that the entry does not cover."""
    low, high = ports
    first = entry.from_port if entry.from_port is not None and entry.protocol != "-1" else 0
    last = entry.to_port if entry.to_port is not None and entry.protocol != "-1" else 65535
    if last < low or first > high:
        return [ports]
    return [(start, end) for start, end in ((low, first - 1), (last + 1, high)) if start <= end]


def _ruling(acl: NetworkAcl, entry: AclEntry | None, network: IPv4Network, ports: Ports, egress: bool) -> Ruling:
    admitted = entry is not None and entry.allow
    number = entry.number if entry else "*"
    rule = Phrase("rule {number} outbound", number=number) if egress else Phrase("rule {number} inbound", number=number)
    low, high = ports
    which = str(low) if low == high else f"{low}-{high}"
    peer = network.network_address if network.prefixlen == network.max_prefixlen else network
    why = Phrase(_SAYINGS[admitted, egress], rule=rule, acl=acl.id, port=which, peer=peer)
    return Ruling(admitted, rule, why)


_SAYINGS = {  # (admitted, egress) -> sentence
    (True, True): "{rule} of {acl} allows tcp/{port} to {peer}",
    (True, False): "{rule} of {acl} allows tcp/{port} from {peer}",
    (False, True): "{rule} of {acl} denies tcp/{port} to {peer}",
    (False, False): "{rule} of {acl} denies tcp/{port} from {peer}",
}
