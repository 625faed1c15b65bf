"""A VPC and its network: subnets, gateways, route tables, security groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pltui.engine.model import Desired, Ref
from pltui.spec.cidr import subnet_cidr
from pltui.spec.model import Vpc
from pltui.topology import naming
from pltui.topology.region import Zone
from pltui.topology.shapes import named_resource, part

ANYWHERE = "0.0.0.0/0"
ALL_OUT = frozenset({f"all to {ANYWHERE}"})


def network(side: str, vpc: Vpc, zones: Sequence[Zone]) -> Iterator[Desired]:
    """Yield the network of one side. `zones`: those of the subnets 1, 2, ... of each tier."""
    at, gateway = f"{side}/vpc", f"{side}/internet-gateway"
    # Private names need both flags (Route 53 developer guide, private zones).
    yield named_resource(at, "vpc", f"{side}-vpc", cidr=vpc.cidr, dns_support=True, dns_hostnames=True)
    for tier in ("private", "public"):
        for n, zone in enumerate(zones, 1):
            cidr = subnet_cidr(vpc.cidr, "private" if tier == "private" else "public", n)
            yield named_resource(
                f"{side}/{tier}-subnet-{n}",
                "subnet",
                f"{side}-{tier}-{n}",
                vpc=Ref(at),
                cidr=cidr,
                zone=zone.name,
                map_public_ip=False,
            )
    yield named_resource(gateway, "internet_gateway", f"{side}-igw")
    yield part(naming.gateway_attachment(gateway), "internet_gateway_attachment", gateway=Ref(gateway), vpc=Ref(at))
    yield from _ways_out(side, vpc, len(zones))


def _ways_out(side: str, vpc: Vpc, zones: int) -> Iterator[Desired]:
    """Yield the routes to the internet.

    Public subnets use an internet gateway, private ones a NAT gateway: a shared one, or their zone's own.
    """
    at, gateway = f"{side}/vpc", f"{side}/internet-gateway"
    attached = naming.gateway_attachment(gateway)
    nats = {"none": 0, "single": 1, "per_zone": zones}[vpc.nat]
    for n in range(1, nats + 1):
        address, nat = f"{side}/elastic-ip-{n}", f"{side}/nat-gateway-{n}"
        yield named_resource(address, "elastic_ip", f"{side}-nat-{n}")
        yield named_resource(
            nat,
            "nat_gateway",
            f"{side}-nat-{n}",
            after=(attached,),
            subnet=Ref(f"{side}/public-subnet-{n}"),
            allocation=Ref(address),
        )
    public = f"{side}/public-route-table"
    yield named_resource(public, "route_table", f"{side}-public", vpc=Ref(at), main=False)
    yield _route_resource(public, Ref(gateway), after=attached)
    for n in range(1, max(nats, 1) + 1):
        private = f"{side}/private-route-table-{n}"
        yield named_resource(private, "route_table", f"{side}-private-{n}", vpc=Ref(at), main=False)
        if nats:
            yield _route_resource(private, Ref(f"{side}/nat-gateway-{n}"), after=f"{side}/nat-gateway-{n}")
    for n in range(1, zones + 1):
        yield _association_resource(f"{side}/public-subnet-{n}", public)
        yield _association_resource(f"{side}/private-subnet-{n}", _private_table(side, vpc, n))


def way_out(side: str, vpc: Vpc, subnets: Iterable[int]) -> tuple[str, ...]:
    """Return the addresses of all that private subnets need to reach the internet; empty without a NAT gateway.

    A NAT gateway becomes available even in a public subnet without a route, but then leads nowhere.
    """
    if vpc.nat == "none":
        return ()
    subnets = tuple(subnets)
    tables = dict.fromkeys(_private_table(side, vpc, subnet) for subnet in subnets)
    gateways = dict.fromkeys(subnet if vpc.nat == "per_zone" else 1 for subnet in subnets)
    routes = (naming.route(table, ANYWHERE) for table in (f"{side}/public-route-table", *tables))
    private = (naming.route_table_association(f"{side}/private-subnet-{subnet}") for subnet in subnets)
    return (*routes, *private, *(naming.route_table_association(f"{side}/public-subnet-{n}") for n in gateways))


def _private_table(side: str, vpc: Vpc, subnet: int) -> str:
    return f"{side}/private-route-table-{subnet if vpc.nat == 'per_zone' else 1}"


def _route_resource(table: str, target: Ref, after: str) -> Desired:
    at = naming.route(table, ANYWHERE)
    return part(at, "route", after=(after,), works_with=(after,), table=Ref(table), destination=ANYWHERE, target=target)


def _association_resource(subnet: str, table: str) -> Desired:
    return part(naming.route_table_association(subnet), "route_table_association", subnet=Ref(subnet), table=Ref(table))


def security_group(address: str, name: str, description: str, vpc: str, ingress: frozenset[str]) -> Desired:
    """Return a security group that allows `ingress` and all egress."""
    return named_resource(
        address,
        "security_group",
        name,
        group_name=name,
        description=description,
        vpc=Ref(vpc),
        ingress=ingress,
        egress=ALL_OUT,
    )


def private_cidrs(vpc: Vpc) -> list[str]:
    """Return the blocks of the private subnets 1, 2, ..."""
    return [subnet_cidr(vpc.cidr, "private", n) for n in range(1, vpc.zone_count + 1)]
