"""Small networks for the tests of `pltui.reachability`: a provider and a consumer with one CIDR, and additions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pltui.reachability.hops import Path, Trace
from pltui.reachability.load_balancer import Listener, LoadBalancer, Node, Target, TargetGroup
from pltui.reachability.trace import trace
from pltui.reachability.world import (
    AclEntry,
    Alias,
    Endpoint,
    EndpointInterface,
    HostedZone,
    Instance,
    NetworkAcl,
    NetworkModel,
    Peering,
    Record,
    ResourceConfiguration,
    ResourceGateway,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Service,
    Subnet,
    Vpc,
)

ZONES = ("az1", "az2", "az3")
CIDR = IPv4Network("10.0.0.0/16")
EVERYTHING = IPv4Network("0.0.0.0/0")
ANYTHING = (Rule("-1", None, None, EVERYTHING),)
OPEN = SecurityGroup("open", ANYTHING, ANYTHING)
GROUP = "tg"
SERVICE = "com.amazonaws.vpce.eu-west-1.vpce-svc-1"
NAME = "provider-nlb.example.local"
ENTRY = IPv4Address("10.0.0.20")
REGIONAL = "vpce-abcd.vpce-svc-1.eu-west-1.vpce.amazonaws.com"
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"


def address(zone: str, host: int) -> IPv4Address:
    return IPv4Address(f"10.0.{ZONES.index(zone)}.{host}")


def lab(
    *,
    servers: tuple[str, ...] = ZONES,
    enabled: tuple[str, ...] = ZONES,
    cross_zone: bool = False,
    by_group: bool | None = None,
    draining: frozenset[int] = frozenset(),
    endpoint_zone: str = "az1",
    more_endpoint_zones: tuple[str, ...] = (),
) -> NetworkModel:
    """A provider with a server in each of `servers` (zones) and a consumer, both 10.0.0.0/16.

    The nodes are 10.0.<zone>.10, the endpoint's interfaces 10.0.<zone>.20, the client 10.0.0.100, server n
    10.0.<zone>.<100+n>; all groups let all pass.
    """
    subnets = {
        f"{vpc}-{zone}": Subnet(f"{vpc}-{zone}", vpc, zone, zone, IPv4Network(f"10.0.{number}.0/24"))
        for vpc in ("provider", "consumer")
        for number, zone in enumerate(ZONES)
    }
    machines = [
        Instance(f"i-{n}", "", "provider", f"provider-{zone}", address(zone, 100 + n), "running", ("open",))
        for n, zone in enumerate(servers)
    ]
    machines.append(Instance("client", "", "consumer", "consumer-az1", IPv4Address("10.0.0.100"), "running", ("open",)))
    nodes = tuple(Node(zone, zone, f"provider-{zone}", address(zone, 10)) for zone in enabled)
    balancer = LoadBalancer(
        "nlb", "nlb", "nlb.elb", "provider", "active", cross_zone, nodes, (Listener(80, "TCP", GROUP),)
    )
    targets = tuple(Target(f"i-{n}", 80, n in draining) for n in range(len(servers)))
    interfaces = tuple(
        EndpointInterface(f"eni-{zone}", f"consumer-{zone}", zone, zone, address(zone, 20), ("open",))
        for zone in (endpoint_zone, *more_endpoint_zones)
    )
    names = (REGIONAL, *(REGIONAL.replace("abcd", f"abcd-{each.zone_name}") for each in interfaces))
    record = Record(NAME, "A", 60, Alias(REGIONAL))
    return NetworkModel(
        vpcs={each: Vpc(each, "r", (CIDR,), owner=ACCOUNT) for each in ("provider", "consumer")},
        subnets=subnets,
        instances={each.id: each for each in machines},
        security_groups={"open": OPEN, "closed": SecurityGroup("closed")},
        load_balancers={"nlb": balancer},
        target_groups={GROUP: TargetGroup(GROUP, GROUP, "provider", by_group, targets)},
        services={SERVICE: Service("vpce-svc-1", SERVICE, ("nlb",), ACCOUNT)},
        endpoints={"vpce": Endpoint("vpce", "consumer", SERVICE, "available", interfaces, names, owner=ACCOUNT)},
        zones=(HostedZone("zone", "example.local", frozenset({"consumer"}), (record,)),),
    )


def healthy(world: NetworkModel, *but: int) -> dict[tuple[str, str, int], str]:
    return {
        (group.arn, target.id, target.port): "unhealthy" if n in but else "healthy"
        for group in world.target_groups.values()
        for n, target in enumerate(group.targets)
    }


def ask(
    world: NetworkModel,
    destination: str | IPv4Address = ENTRY,
    port: int = 80,
    *,
    client: str = "client",
    health: Mapping[tuple[str, str, int], str] | None = None,
) -> Trace:
    return trace(world, healthy(world) if health is None else health, world.instances[client], destination, port)


def only(found: Trace) -> Path:
    """The one path that connections take."""
    (path,) = (each for each in found.paths if each.chance)
    return path


def but(world: NetworkModel, table: str, key: str, **changes: Any) -> NetworkModel:
    """`world` with one thing of one of its tables changed."""
    things = getattr(world, table)
    tables: dict[str, Any] = {table: {**things, key: replace(things[key], **changes)}}
    return replace(world, **tables)


def plus(world: NetworkModel, table: str, *things: Any) -> NetworkModel:
    """`world` with more in one of its tables."""
    tables: dict[str, Any] = {table: {**getattr(world, table), **{thing.id: thing for thing in things}}}
    return replace(world, **tables)


def group(id_: str, *ingress: Rule, egress: Iterable[Rule] = ANYTHING) -> SecurityGroup:
    return SecurityGroup(id_, ingress, tuple(egress))


def tcp(port: int, source: str) -> Rule:
    if source.startswith(("sg-", "open")):
        return Rule("tcp", port, port, group=source)
    return Rule("tcp", port, port, IPv4Network(source))


def entry(
    number: int, way: str, ports: tuple[int, int] | None = None, cidr: str = "0.0.0.0/0", *, allow: bool = True
) -> AclEntry:
    """`way` is "in" or "out"."""
    low, high = ports or (None, None)
    return AclEntry(number, allow, way == "out", "6" if ports else "-1", IPv4Network(cidr), low, high)


def acl(id_: str, vpc: str, subnets: Iterable[str], *entries: AclEntry) -> NetworkAcl:
    return NetworkAcl(id_, vpc, frozenset(subnets), entries)


def peered(*, routes: bool = True, region: str = "r") -> NetworkModel:
    """The lab, and a third VPC with another CIDR that is peered with the provider's; its machine is `peer`."""
    world = lab()
    other = IPv4Network("10.1.0.0/16")
    pcx = Peering("pcx-1", "peer", "provider", "active")
    there = (Route(other, "local"), *((Route(CIDR, "pcx-1"),) if routes else ()))
    back = (Route(CIDR, "local"), *((Route(other, "pcx-1"),) if routes else ()))
    world = plus(world, "vpcs", Vpc("peer", region, (other,), owner=ACCOUNT))
    world = plus(world, "subnets", Subnet("peer-az1", "peer", "az1", "az1", IPv4Network("10.1.0.0/24")))
    machine = Instance("peer", "", "peer", "peer-az1", IPv4Address("10.1.0.100"), "running", ("open",))
    world = plus(world, "instances", machine)
    world = plus(world, "peerings", pcx)
    return plus(
        world,
        "route_tables",
        RouteTable("rtb-peer", "peer", True, frozenset(), there),
        RouteTable("rtb-provider", "provider", True, frozenset(), back),
    )


def resource(target: str = "10.0.0.100") -> NetworkModel:
    """The consumer's endpoint is of type Resource, and leads through VPC Lattice to server 0 of the provider."""
    world = lab()
    interface = EndpointInterface("eni-rgw", "provider-az1", "az1", "az1", IPv4Address("10.0.0.30"), ("open",))
    world = replace(
        but(world, "endpoints", "vpce", service="", resource="rcfg"),
        resource_gateways={"rgw-1": ResourceGateway("rgw-1", "provider", "ACTIVE", (interface,), ("open",))},
        resource_configurations={
            "rcfg": ResourceConfiguration("rcfg", "rcfg-1", "rgw-1", "ACTIVE", ((80, 80),), target)
        },
    )
    return but(world, "instances", "i-0", groups=("open",))
