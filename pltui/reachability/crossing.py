"""A packet from one network interface to another, and the answer to it: security groups, ACLs, routes, faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

from pltui.i18n import Phrase
from pltui.reachability.acls import Ports, rule_on
from pltui.reachability.codes import Code, Verdict
from pltui.reachability.hops import Hop
from pltui.reachability.interfaces import Interface
from pltui.reachability.routes import RouteResult, find_route
from pltui.reachability.security import Peer, describe_rule, judge
from pltui.reachability.world import Fault, NetworkModel

# The rule of a security group for packets that no rule admits.
IMPLICIT_DENY = "implicit deny"


def until_blocked(hops: Iterable[Hop | None]) -> tuple[Hop, ...]:
    """The hops up to the first one that blocks, without None."""
    gone: list[Hop] = []
    for hop in hops:
        if hop is not None:
            gone.append(hop)
            if hop.verdict is not Verdict.OPEN:
                break
    return tuple(gone)


def crossing_checks(
    world: NetworkModel, sender: Interface, receiver: Interface, taken: RouteResult, at: Hop | None, port: int
) -> Iterator[Hop | None]:
    """The checks of a packet from `sender` to `receiver`:`port` and of its answer, in order.

    Checks that do not apply are None. `at` is the hop on arrival. Security groups are stateful: the answer needs no
    rule. Network ACLs are not: it needs one in each subnet. They do not apply to traffic within one subnet.
    """
    sent, received = sender.peer, receiver.peer
    if not _same_region(world, sender.vpc, receiver.vpc):
        # Groups cannot be referenced over a peering connection between regions (VPC Peering guide).
        sent, received = replace(sent, groups=()), replace(received, groups=())
    apart = sender.subnet != receiver.subnet
    yield fault_hop(world, sender)
    yield leaving_hop(world, sender, received, port)
    yield _acl_hop(world, sender, received, port, sender.ports, sends=True) if apart else None
    yield from taken.hops
    yield fault_hop(world, receiver)
    yield at
    yield _acl_hop(world, receiver, sent, port, sender.ports, sends=False) if apart else None
    yield _route_back(world, sender, receiver)
    if receiver.groups is not None:
        yield group_decision(world, receiver.groups, "ingress", sent, port, receiver.zone_id)


def leaving_hop(world: NetworkModel, sender: Interface, to: Peer, port: int) -> Hop | None:
    """The decision of the sender's own security groups; None if it has none."""
    return None if sender.groups is None else group_decision(world, sender.groups, "egress", to, port, sender.zone_id)


def group_decision(
    world: NetworkModel,
    groups: tuple[str, ...],
    direction: Literal["ingress", "egress"],
    peer: Peer,
    port: int,
    zone_id: str,
    code: Code = Code.ENI_SG_RULES_MISMATCH,
) -> Hop:
    """The decision of security groups; the hop's id is the group that admits the packet, or else all of them."""
    found = judge(world.security_groups, groups, direction, peer, port)
    if found.group and found.rule:
        admitting = Hop(
            "security-group", found.group, zone_id, rule=describe_rule(found.rule, direction), why=found.why
        )
        if found.known:
            return admitting
        return admitting.stop(Code.PL_PREFIX_LIST_UNREAD, found.why, Verdict.NO_ROUTE)
    return Hop("security-group", ",".join(groups), zone_id).stop(code, found.why, rule=IMPLICIT_DENY)


def fault_hop(world: NetworkModel, side: Interface) -> Hop | None:
    """The fault that drops all packets of this interface; None without one."""
    for each in world.faults:
        if each.kind == "subnet" and each.subject == side.subnet:
            return _dropping_hop(each, Code.PL_FAULT_SUBNET, side)
        if each.kind == "zone" and each.subject == side.zone_id:
            return _dropping_hop(each, Code.PL_FAULT_ZONE, side)
    return None


def _dropping_hop(each: Fault, code: Code, side: Interface) -> Hop:
    why = Phrase("{id} drops all packets in {kind} {subject}", id=each.id, kind=each.kind, subject=each.subject)
    return Hop("fault", each.subject, side.zone_id).stop(code, why, rule=each.id)


def _acl_hop(world: NetworkModel, side: Interface, peer: Peer, port: int, answers: Ports, *, sends: bool) -> Hop | None:
    """The decision of the subnet's ACL on the packet and on the answer, each in its own direction."""
    acl = world.acl(side.subnet)
    if acl is None:
        return None
    there = rule_on(acl, peer.network, (port, port), egress=sends)
    back = rule_on(acl, peer.network, answers, egress=not sends)
    rules, reasons = Phrase.join_parts(", ", (there.rule, back.rule)), Phrase.join_parts("; ", (there.why, back.why))
    hop = Hop("acl", acl.id, side.zone_id, rule=rules, why=reasons)
    answer = Phrase("the answer: {why}", why=back.why)
    for ruling, why in ((there, there.why), (back, answer)):
        if not ruling.admitted:
            return hop.stop(Code.SUBNET_ACL_RESTRICTION, why, rule=ruling.rule)
    return hop


def _route_back(world: NetworkModel, sender: Interface, receiver: Interface) -> Hop | None:
    """The hop at which the answer is lost; None if it is not."""
    address = sender.address
    if address is None or sender.vpc == receiver.vpc:
        return None
    back = find_route(world, receiver.vpc, receiver.subnet, address)
    if back.vpc == sender.vpc:
        return None
    if back.vpc:
        table = world.route_table(receiver.subnet, receiver.vpc)
        why = Phrase("the answer to {address} stays in {vpc}", address=address, vpc=back.vpc)
        hop = Hop("route", table.id if table else receiver.vpc, receiver.zone_id, rule=f"{address} -> local")
        return hop.stop(Code.NO_ROUTE_TO_DESTINATION, why)
    lost = back.hops[-1]
    code = lost.code if lost.code and lost.verdict is not Verdict.NO_ROUTE else Code.NO_ROUTE_TO_DESTINATION
    return lost.stop(code, Phrase("the answer: {why}", why=lost.why))


def _same_region(world: NetworkModel, one: str, other: str) -> bool:
    if one == other:
        return True
    first, second = world.vpcs.get(one), world.vpcs.get(other)
    return first is not None and second is not None and first.region == second.region
