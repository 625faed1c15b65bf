"""The network of a spec as `pltui.reachability` models it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network

from pltui import topology
from pltui.explain.explanation import Explained, Explanation
from pltui.reachability.load_balancer import Health, Listener, LoadBalancer, Node, Target, TargetGroup
from pltui.reachability.trace import trace
from pltui.reachability.world import (
    Alias,
    Endpoint,
    EndpointInterface,
    Fault,
    HostedZone,
    Instance,
    NetworkModel,
    Record,
    Rule,
    SecurityGroup,
    Service,
    Subnet,
    Vpc,
)
from pltui.spec.model import Spec
from pltui.spec.model import Vpc as WantedVpc

ZONES = (
    topology.Zone("ap-northeast-1a", "apne1-az4"),
    topology.Zone("ap-northeast-1c", "apne1-az1"),
    topology.Zone("ap-northeast-1d", "apne1-az2"),
    topology.Zone("ap-northeast-1e", "apne1-az5"),
    topology.Zone("ap-northeast-1f", "apne1-az6"),
    topology.Zone("ap-northeast-1g", "apne1-az7"),
)
EVERYTHING = (Rule("-1", None, None, IPv4Network("0.0.0.0/0")),)
SERVICE = "com.amazonaws.vpce.ap-northeast-1.vpce-svc-1"
GROUP = "arn:targets"
Zones = Mapping[str, tuple[topology.Zone, ...]]


@dataclass(frozen=True)
class Network:
    """`ids`: what exists, address -> id. Servers are numbered from 1. `zones` by side, where they are not the usual."""

    spec: Spec
    ids: Mapping[str, str]
    cross_zone: bool
    stopped: frozenset[int] = frozenset()
    sick: frozenset[int] = frozenset()
    closed: frozenset[str] = frozenset()  # consumers whose endpoint's security group admits nobody
    state: str = "available"  # of endpoints
    faults: tuple[Fault, ...] = ()
    zones: Zones = field(default_factory=dict)

    def explained(self) -> Explained:
        world, health = self.world, self.health
        found = [self._explanation(name, world, health) for name in self.spec.consumers]
        zones = {zone.id: zone.name for zone in ZONES}
        names = {found: self._name(address) for address, found in self.ids.items()}
        return Explained(self.spec.name, found, names, zones, world=world, health=health)

    @staticmethod
    def _name(address: str) -> str:
        return address.partition("/")[2] if address.startswith("provider/server-") else address

    def _explanation(self, name: str, world: NetworkModel, health: Health) -> Explanation:
        client = world.instances.get(self.ids.get(f"{name}/client", ""))
        destination = self.spec.consumers[name].dns.name
        if client is None:
            return Explanation(name, destination, 80, (f"{name}/client",))
        found = trace(world, health, client, destination, 80)
        numbers = {known: address.rpartition("-")[2] for address, known in self.ids.items()}
        shares = sorted((numbers[subnet], share) for subnet, share in found.answer_shares().items())
        return Explanation(name, destination, 80, trace=found, predicted=dict(shares))

    @property
    def health(self) -> Health:
        down = self.stopped | self.sick
        numbers = range(1, self.spec.provider.servers.count + 1)
        return {
            (GROUP, self.ids[f"provider/server-{n}"], 80): "unhealthy" if n in down else "healthy"
            for n in numbers
            if f"provider/server-{n}" in self.ids
        }

    @property
    def world(self) -> NetworkModel:
        sides = {"provider": self.spec.provider.vpc} | {n: c.vpc for n, c in self.spec.consumers.items()}
        return NetworkModel(
            vpcs={f"{side}/vpc": Vpc(f"{side}/vpc", "r", (IPv4Network(vpc.cidr),)) for side, vpc in sides.items()},
            subnets={each.id: each for side, vpc in sides.items() for each in self._subnets(side, vpc)},
            instances={each.id: each for each in self._machines()},
            security_groups={"open": SecurityGroup("open", EVERYTHING, EVERYTHING), "closed": SecurityGroup("closed")},
            load_balancers={each.arn: each for each in self._balancers()},
            target_groups={GROUP: self._targets()},
            services={SERVICE: Service("vpce-svc-1", SERVICE, (self.ids.get(topology.LOAD_BALANCER, ""),))},
            endpoints={each.id: each for each in self._endpoints()},
            zones=tuple(self._names()),
            faults=self.faults,
        )

    def zone(self, side: str, number: int) -> topology.Zone:
        return self.zones.get(side, ZONES)[number - 1]

    def subnet(self, side: str, number: int) -> str:
        return self.ids.get(f"{side}/private-subnet-{number}", f"{side}-{number}")

    @staticmethod
    def address(number: int, host: int) -> IPv4Address:
        return IPv4Address(f"10.0.{128 + number}.{host}")

    def _subnets(self, side: str, vpc: WantedVpc) -> Iterator[Subnet]:
        for number in range(1, vpc.zone_count + 1):
            zone = self.zone(side, number)
            cidr = IPv4Network(f"10.0.{128 + number}.0/24")
            yield Subnet(self.subnet(side, number), f"{side}/vpc", zone.id, zone.name, cidr)

    def _machines(self) -> Iterator[Instance]:
        provider = self.spec.provider
        for number in range(1, provider.servers.count + 1):
            subnet = (number - 1) % provider.vpc.zone_count + 1
            state = "stopped" if number in self.stopped else "running"
            yield from self._machine(f"provider/server-{number}", "provider", subnet, 100 + number, state)
        for name, consumer in self.spec.consumers.items():
            yield from self._machine(f"{name}/client", name, consumer.client_subnets[0], 9, "running")

    def _machine(self, address: str, side: str, subnet: int, host: int, state: str) -> Iterator[Instance]:
        if address in self.ids:
            where = self.subnet(side, subnet)
            yield Instance(
                self.ids[address], "", f"{side}/vpc", where, self.address(subnet, host), state, ("open",)
            )  # fmt: skip

    def _balancers(self) -> Iterator[LoadBalancer]:
        if topology.LOAD_BALANCER not in self.ids:
            return
        places = ((n, self.zone("provider", n)) for n in self.spec.provider.load_balancer.subnets)
        nodes = tuple(Node(at.id, at.name, self.subnet("provider", n), self.address(n, 5)) for n, at in places)
        yield LoadBalancer(
            self.ids[topology.LOAD_BALANCER], "nlb", "nlb.elb", "provider/vpc", "active", self.cross_zone, nodes,
            (Listener(80, "TCP", GROUP),),
        )  # fmt: skip

    def _targets(self) -> TargetGroup:
        numbers = range(1, self.spec.provider.servers.count + 1)
        ids = [self.ids[f"provider/server-{n}"] for n in numbers if f"provider/server-{n}" in self.ids]
        return TargetGroup(GROUP, "targets", "provider/vpc", None, tuple(Target(id_, 80) for id_ in ids))

    def _endpoints(self) -> Iterator[Endpoint]:
        for name, consumer in self.spec.consumers.items():
            if f"{name}/endpoint" not in self.ids:
                continue
            group = ("closed",) if name in self.closed else ("open",)
            faces = tuple(
                EndpointInterface(
                    f"eni-{name}-{n}", self.subnet(name, n), self.zone(name, n).id, self.zone(name, n).name,
                    self.address(n, 7), group,
                )
                for n in consumer.endpoint.subnets
            )  # fmt: skip
            names = (f"{name}.vpce", *(f"{name}-{n}.vpce" for n in range(len(faces))))
            yield Endpoint(self.ids[f"{name}/endpoint"], f"{name}/vpc", SERVICE, self.state, faces, names)

    def _names(self) -> Iterator[HostedZone]:
        for name, consumer in self.spec.consumers.items():
            if f"{name}/endpoint" in self.ids:
                record = Record(consumer.dns.name, "A", 60, Alias(f"{name}.vpce"))
                yield HostedZone(f"zone-{name}", consumer.dns.zone, frozenset({f"{name}/vpc"}), (record,))


def but(network: Network, **changes: object) -> Network:
    return replace(network, **changes)  # type: ignore[arg-type]
