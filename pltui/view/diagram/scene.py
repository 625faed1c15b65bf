"""Builds a scene from the spec, the snapshot and the paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pltui import topology
from pltui.spec.model import Consumer, Spec, Vpc
from pltui.text import clean
from pltui.topology import PROVIDER, Address, naming
from pltui.view.diagram.links import links
from pltui.view.diagram.model import Lane, Role, Scene, Side, Thing
from pltui.view.lab_snapshot import Condition, LabSnapshot, Row

if TYPE_CHECKING:
    from pltui import reachability
    from pltui.explain.explanation import Explained
    from pltui.reachability.load_balancer import LoadBalancer, Node
    from pltui.reachability.world import EndpointInterface

_HEALTHY = frozenset({"healthy", "unused"})
_NOTHING = Row("", "")


def scene(spec: Spec, world: LabSnapshot, explained: Explained | None = None) -> Scene:
    """Return the scene. `explained`: paths fresher than the snapshot's; without any, links follow from states alone."""
    found = _Finder(spec, world, up_to_date(world, explained or world.paths))
    lanes = tuple(found.lanes())
    things = {thing.key: found.mark_sick(thing) for thing in found.things(lanes)}
    bare = Scene(
        lab=clean(spec.name),
        provider=found.side(PROVIDER, spec.provider.vpc),
        consumers=tuple(found.side(each.name, each.vpc) for each in spec.consumers.values()),
        lanes=lanes,
        things=things,
        switch=found.switch,
    )
    return links(bare, found.explained)


@dataclass(frozen=True)
class _Finder:
    spec: Spec
    snapshot: LabSnapshot
    explained: Explained | None

    # -- places ---------------------------------------------------------------------------------------------------

    def row(self, address: str) -> Row:
        """Return the row at an address; an empty one if there is none."""
        return self.snapshot.rows.get(address, _NOTHING)

    @cached_property
    def network_model(self) -> reachability.world.NetworkModel | None:
        """The network model behind the paths."""
        return self.explained.world if self.explained else None

    @cached_property
    def _zone_ids(self) -> Mapping[str, str]:
        """Zone name -> zone id, for this account."""
        return {name: id_ for id_, name in self.explained.zones.items()} if self.explained else {}

    def zone(self, side: str, number: int) -> Lane:
        """Return the observed or desired zone of a VPC's private subnet with this number."""
        row = self.row(f"{side}/private-subnet-{number}")
        subnet = self.network_model.subnets.get(row.id) if self.network_model else None
        if subnet:
            return Lane(clean(subnet.zone_id), clean(subnet.zone_name))
        name = clean(row.desired.spec.get("zone", "")) if row.desired else ""
        return Lane(self._zone_ids.get(name, name) or f"zone {number}", name or f"zone {number}")

    def lanes(self) -> Iterator[Lane]:
        """Yield the provider's zones by the number of their subnet, then the zones of consumers only."""
        known = set[str]()
        for number in range(1, self.spec.provider.vpc.zone_count + 1):
            lane = self.zone(PROVIDER, number)
            if lane.key not in known:
                known.add(lane.key)
                yield Lane(lane.key, lane.name, number)
        for consumer in self.spec.consumers.values():
            for number in range(1, consumer.vpc.zone_count + 1):
                lane = self.zone(consumer.name, number)
                if lane.key not in known:
                    known.add(lane.key)
                    yield lane

    def side(self, name: str, vpc: Vpc) -> Side:
        """Return a VPC with the zones of its private subnets."""
        address = f"{name}/vpc"
        zones = (self.zone(name, number).key for number in range(1, vpc.zone_count + 1))
        condition = self.row(address).condition
        return Side(clean(name), clean(vpc.cidr), address, condition, tuple(dict.fromkeys(zones)))

    @property
    def switch(self) -> bool | None:
        """The cross-zone switch as last observed."""
        if self.row(topology.LOAD_BALANCER).condition is Condition.ABSENT:
            return None
        return _observed_switch(self.snapshot) if self.balancer is None else self.balancer.cross_zone

    @cached_property
    def balancer(self) -> LoadBalancer | None:
        """The load balancer of the network model, if known."""
        return (
            self.network_model.load_balancers.get(self.row(topology.LOAD_BALANCER).id) if self.network_model else None
        )

    # -- things ---------------------------------------------------------------------------------------------------

    def things(self, lanes: tuple[Lane, ...]) -> Iterator[Thing]:
        """Yield everything the diagram shows except VPCs and lanes."""
        keys = [lane.key for lane in lanes]
        for consumer in self.spec.consumers.values():
            yield self._find_name(consumer)
            yield self._find_client(consumer)
            yield from self._endpoint_things(consumer, keys)
        yield self._make_thing(Role.SERVICE, topology.SERVICE, "endpoint service")
        yield self._make_thing(Role.BALANCER, topology.LOAD_BALANCER, self.spec.provider.load_balancer.name)
        yield from self._node_things(keys)
        yield from (self._find_server(number) for number in range(1, self.spec.provider.servers.count + 1))

    def mark_sick(self, thing: Thing) -> Thing:
        """Return the thing marked as sick if a fault affects it or the subnet of its part."""
        address = thing.address
        if thing.role in (Role.NODE, Role.ENDPOINT):
            address = self._subnet_addresses.get((thing.owner, thing.lane), "")
        note = self.snapshot.broken.get(address)
        return replace(thing, sick=True, word=clean(note)) if note and thing.there and not thing.sick else thing

    @cached_property
    def _subnet_addresses(self) -> Mapping[tuple[str, str], str]:
        """(owner, zone's key) -> address of the private subnet there."""
        counts = {PROVIDER: self.spec.provider.vpc.zone_count}
        counts |= {each.name: each.vpc.zone_count for each in self.spec.consumers.values()}
        found = {}
        for owner, count in counts.items():
            for number in range(count, 0, -1):
                found[owner, self.zone(owner, number).key] = f"{owner}/private-subnet-{number}"
        return found

    def _make_thing(self, role: Role, address: str, label: str) -> Thing:
        row = self.row(address)
        return Thing(
            key=address, role=role, address=address, label=clean(label), condition=row.condition, word=row.word,
            id=row.id,
        )  # fmt: skip

    def _find_name(self, consumer: Consumer) -> Thing:
        """Return the DNS record; if unknown, the hosted zone that will contain it."""
        rows = [row for row in self.snapshot.rows.values() if row.kind in ("record", "hosted_zone")]
        own = {row.kind: row for row in rows if Address.parse(row.address).side == consumer.name}
        row = own.get("record") or own.get("hosted_zone", _NOTHING)
        return Thing(
            key=f"{consumer.name}/name", role=Role.NAME, address=row.address, label=clean(consumer.dns.name),
            condition=row.condition, word=row.word, owner=consumer.name, id=row.id,
        )  # fmt: skip

    def _find_client(self, consumer: Consumer) -> Thing:
        address = f"{consumer.name}/client"
        row = self.row(address)
        lane = self.zone(consumer.name, consumer.client_subnets[0]).key
        ip, lane, word, sick = self._find_machine(row, lane)
        return Thing(
            key=address, role=Role.CLIENT, address=address, label="client", condition=row.condition, word=word,
            owner=consumer.name, lane=lane, ip=ip, id=row.id, sick=sick,
        )  # fmt: skip

    def _find_machine(self, row: Row, lane: str) -> tuple[str, str, str, bool]:
        """Return (address, zone, state, True if stopped against the spec) of an instance, as far as known."""
        found = self.network_model.instances.get(row.id) if self.network_model and row.id else None
        if found is None or self.network_model is None:
            return "", lane, row.word, False
        there = self.network_model.zone_of(found) or lane
        if row.condition is not Condition.READY:
            return str(found.address), clean(there), row.word, False
        return str(found.address), clean(there), clean(found.state), not found.running

    def _endpoint_things(self, consumer: Consumer, lanes: list[str]) -> Iterator[Thing]:
        address = f"{consumer.name}/endpoint"
        row = self.row(address)
        found = self.network_model.endpoints.get(row.id) if self.network_model and row.id else None
        wanted = {self.zone(consumer.name, number).key for number in consumer.endpoint.subnets}
        there = {each.zone_id: each for each in found.interfaces} if found else {}
        word = clean(found.state) if found and row.condition is Condition.READY else row.word
        whole = Thing(
            key=address, role=Role.ENDPOINT, address=address, label="endpoint", condition=row.condition, word=word,
            owner=consumer.name, id=row.id,
        )  # fmt: skip
        for lane in (each for each in lanes if each in wanted | set(there)):
            yield _make_part(whole, lane, there.get(lane), known=bool(there))

    def _node_things(self, lanes: list[str]) -> Iterator[Thing]:
        row, found = self.row(topology.LOAD_BALANCER), self.balancer
        wanted = {self.zone(PROVIDER, number).key for number in self.spec.provider.load_balancer.subnets}
        there = {node.zone_id: node for node in found.nodes} if found else {}
        word = clean(found.state) if found and row.condition is Condition.READY else row.word
        whole = Thing(
            key="", role=Role.NODE, address=topology.LOAD_BALANCER, label="node", condition=row.condition, word=word,
            id=row.id,
        )  # fmt: skip
        for lane in (each for each in lanes if each in wanted | set(there)):
            yield _make_part(whole, lane, there.get(lane), known=bool(there))

    def _find_server(self, number: int) -> Thing:
        address = f"{PROVIDER}/server-{number}"
        row = self.row(address)
        subnet = (number - 1) % self.spec.provider.vpc.zone_count + 1
        ip, lane, word, sick = self._find_machine(row, self.zone(PROVIDER, subnet).key)
        health = self._target_health(row, address)
        if row.condition is Condition.READY and health and not sick:
            word, sick = health, health not in _HEALTHY
        return Thing(
            key=address, role=Role.SERVER, address=address, label=f"server-{number}", condition=row.condition,
            word=word, owner=PROVIDER, lane=lane, ip=ip, id=row.id, sick=sick, number=number,
        )  # fmt: skip

    def _target_health(self, row: Row, address: str) -> str:
        """Return the target health: from the paths, or as last observed by the engine."""
        if self.explained and row.id:
            for (_, target, _), state in self.explained.health.items():
                if target == row.id:
                    return clean(state)
        return self.row(naming.target(address)).word.partition(" ")[0]


def up_to_date(world: LabSnapshot, explained: Explained | None) -> Explained | None:
    """Return the paths recomputed with the switch as last observed: it is observed more often than the paths."""
    on, arn = _observed_switch(world), world.rows.get(topology.LOAD_BALANCER, _NOTHING).id
    balancer = explained.world.load_balancers.get(arn) if explained else None
    if explained is None or balancer is None or on in (None, balancer.cross_zone):
        return explained
    from pltui.reachability.trace import trace

    switched = {**explained.world.load_balancers, arn: replace(balancer, cross_zone=on)}
    observed = replace(explained.world, load_balancers=switched)
    consumers = [
        replace(
            each,
            trace=trace(observed, explained.health, observed.instances[each.trace.client], each.destination, each.port),
        )
        if each.trace
        else each
        for each in explained.consumers
    ]
    return replace(explained, world=observed, consumers=consumers)


def _observed_switch(world: LabSnapshot) -> bool | None:
    """Return the switch as last observed by the engine."""
    row = world.rows.get(topology.LOAD_BALANCER, _NOTHING)
    on = row.observed_spec.get("cross_zone")
    return on if isinstance(on, bool) and row.id else None


def _make_part(whole: Thing, lane: str, place: EndpointInterface | Node | None, *, known: bool) -> Thing:
    """Return the part of a resource in one zone. `known`: its actual zones were observed."""
    part = replace(whole, key=f"{whole.address}@{lane}", lane=lane)
    if known and place is None and whole.condition is Condition.READY:
        return replace(part, condition=Condition.ABSENT, word="missing", id="")
    return replace(part, ip=str(place.address or "") if place else "")
