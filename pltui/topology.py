"""What a PrivateLink lab is made of: the only place that knows. `Spec` in, wanted resources out; pure."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pltui import naming
from pltui.engine.types import Ref, Want
from pltui.spec.cidr import subnet_cidr
from pltui.spec.model import Consumer, Provider, Spec, Vpc
from pltui.words import Phrase

LISTENER_PORT = 80
ANYWHERE = "0.0.0.0/0"
ALL_OUT = frozenset({f"all to {ANYWHERE}"})

LOAD_BALANCER = "provider/load-balancer"
SERVICE = "provider/endpoint-service"

# The managed policy the Systems Manager agent needs (Systems Manager user guide, "instance permissions").
SESSION_MANAGER = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
TRUST_EC2 = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True, slots=True)
class Zone:
    """An availability zone as an account sees it. Names differ between accounts, ids do not."""

    name: str  # ap-northeast-1a
    id: str  # apne1-az4


class ZoneError(ValueError):
    """The account and region do not offer the zones a VPC asks for."""


def choose_zones(vpc: Vpc, offered: Sequence[Zone]) -> list[Zone]:
    """The zones of a VPC's subnets 1, 2, ...; raises ZoneError."""
    offered = sorted(offered, key=lambda zone: zone.name)
    if isinstance(vpc.zones, int):
        if vpc.zones > len(offered):
            raise ZoneError(
                Phrase("{zones} zones are wanted, and the region offers {n}", zones=vpc.zones, n=len(offered))
            )
        return list(offered[: vpc.zones])
    known = {key: zone for zone in offered for key in (zone.name, zone.id)}
    missing = [zone for zone in vpc.zones if zone not in known]
    if missing:
        there = ", ".join(f"{zone.name} ({zone.id})" for zone in offered)
        raise ZoneError(Phrase("no zone {missing} here; there are {there}", missing=", ".join(missing), there=there))
    return [known[zone] for zone in vpc.zones]


def wants(spec: Spec, offered: Sequence[Zone], region: str) -> tuple[Want, ...]:
    """Every resource of the lab in `region`, parents before children; raises ZoneError."""
    return (
        *_network("provider", spec.provider.vpc, offered),
        *_servers(spec.provider),
        *_load_balancer(spec),
        *(want for consumer in spec.consumers.values() for want in _consumer(spec, consumer, offered, region)),
    )


def server_zones(spec: Spec, offered: Sequence[Zone]) -> dict[int, str]:
    """Index of each of the provider's private subnets -> name of its zone."""
    return {n: zone.name for n, zone in enumerate(choose_zones(spec.provider.vpc, offered), 1)}


# -- network ----------------------------------------------------------------------------------------------------------


def _network(side: str, vpc: Vpc, offered: Sequence[Zone]) -> Iterator[Want]:
    zones = choose_zones(vpc, offered)
    at, gateway = f"{side}/vpc", f"{side}/internet-gateway"
    # Private names need both flags (Route 53 developer guide, private zones).
    yield _named(at, "vpc", f"{side}-vpc", cidr=vpc.cidr, dns_support=True, dns_hostnames=True)
    for tier in ("private", "public"):
        for n, zone in enumerate(zones, 1):
            cidr = subnet_cidr(vpc.cidr, "private" if tier == "private" else "public", n)
            yield _named(
                f"{side}/{tier}-subnet-{n}",
                "subnet",
                f"{side}-{tier}-{n}",
                vpc=Ref(at),
                cidr=cidr,
                zone=zone.name,
                map_public_ip=False,
            )
    yield _named(gateway, "internet_gateway", f"{side}-igw")
    yield _part(naming.attachment(gateway), "internet_gateway_attachment", gateway=Ref(gateway), vpc=Ref(at))
    yield from _ways_out(side, vpc, len(zones))


def _ways_out(side: str, vpc: Vpc, zones: int) -> Iterator[Want]:
    """Public subnets leave by the internet gateway, private ones by a NAT gateway: one, or their zone's own."""
    at, gateway = f"{side}/vpc", f"{side}/internet-gateway"
    attached = naming.attachment(gateway)
    nats = {"none": 0, "single": 1, "per_zone": zones}[vpc.nat]
    for n in range(1, nats + 1):
        address, nat = f"{side}/elastic-ip-{n}", f"{side}/nat-gateway-{n}"
        yield _named(address, "elastic_ip", f"{side}-nat-{n}")
        yield _named(
            nat,
            "nat_gateway",
            f"{side}-nat-{n}",
            after=(attached,),
            subnet=Ref(f"{side}/public-subnet-{n}"),
            allocation=Ref(address),
        )
    public = f"{side}/public-route-table"
    yield _named(public, "route_table", f"{side}-public", vpc=Ref(at), main=False)
    yield _route(public, Ref(gateway), after=attached)
    for n in range(1, max(nats, 1) + 1):
        private = f"{side}/private-route-table-{n}"
        yield _named(private, "route_table", f"{side}-private-{n}", vpc=Ref(at), main=False)
        if nats:
            yield _route(private, Ref(f"{side}/nat-gateway-{n}"), after=f"{side}/nat-gateway-{n}")
    for n in range(1, zones + 1):
        yield _association(f"{side}/public-subnet-{n}", public)
        yield _association(f"{side}/private-subnet-{n}", f"{side}/private-route-table-{n if nats > 1 else 1}")


def _route(table: str, target: Ref, after: str) -> Want:
    at = naming.route(table, ANYWHERE)
    return _part(at, "route", after=(after,), table=Ref(table), destination=ANYWHERE, target=target)


def _association(subnet: str, table: str) -> Want:
    return _part(naming.association(subnet), "route_table_association", subnet=Ref(subnet), table=Ref(table))


def _group(address: str, name: str, description: str, vpc: str, ingress: frozenset[str]) -> Want:
    return _named(
        address,
        "security_group",
        name,
        group_name=name,
        description=description,
        vpc=Ref(vpc),
        ingress=ingress,
        egress=ALL_OUT,
    )


def _private_cidrs(vpc: Vpc) -> list[str]:
    return [subnet_cidr(vpc.cidr, "private", n) for n in range(1, vpc.zone_count + 1)]


# -- provider ---------------------------------------------------------------------------------------------------------


def _servers(provider: Provider) -> Iterator[Want]:
    servers, group = provider.servers, "provider/service-security-group"
    ports = {servers.port, provider.load_balancer.health_check.port}
    admitted = frozenset(f"tcp/{port} from {cidr}" for port in ports for cidr in _private_cidrs(provider.vpc))
    yield _group(
        group, "provider-service-sg", "Web servers: from the load balancer's subnets", "provider/vpc", admitted
    )
    for n in range(1, servers.count + 1):
        subnet = (n - 1) % provider.vpc.zone_count + 1
        script = _web_server(servers.greeting.format(subnet=subnet), servers.port)
        yield _instance(
            f"provider/server-{n}",
            f"provider-service-{n}",
            instance_type=servers.instance_type,
            subnet=f"provider/private-subnet-{subnet}",
            group=group,
            user_data=script,
        )


def _web_server(greeting: str, port: int) -> str:
    """Installing is tried until the way out is there: the machine may boot before its NAT gateway is available."""
    listen = f"sed -i 's/^Listen 80$/Listen {port}/' /etc/httpd/conf/httpd.conf\n" if port != LISTENER_PORT else ""
    return (
        "#!/bin/bash\n"
        "until dnf install -y httpd; do sleep 5; done\n"
        f"echo {shlex.quote(greeting)} > /var/www/html/index.html\n"
        f"{listen}"
        "systemctl enable --now httpd\n"
    )


def _load_balancer(spec: Spec) -> Iterator[Want]:
    provider = spec.provider
    balancer, group, check = provider.load_balancer, "provider/target-group", provider.load_balancer.health_check
    subnets = frozenset(Ref(f"provider/private-subnet-{n}") for n in balancer.subnets)
    yield Want(
        LOAD_BALANCER,
        "load_balancer",
        {
            "name": balancer.name,
            "type": "network",
            "scheme": "internal",
            "subnets": subnets,
            "cross_zone": balancer.cross_zone,
            "deletion_protection": False,
            "name_tag": balancer.name,
            "lab": spec.name,
        },
        balancer.name,
    )
    yield Want(
        group,
        "target_group",
        {
            "name": naming.unique(spec.name, "provider", 32),
            "protocol": "TCP",
            "port": provider.servers.port,
            "vpc": Ref("provider/vpc"),
            "target_type": "instance",
            "health_protocol": check.protocol,
            "health_port": str(check.port),
            "health_interval": check.interval,
            "healthy_threshold": check.healthy_threshold,
            "unhealthy_threshold": check.unhealthy_threshold,
            "cross_zone": "use_load_balancer_configuration",
            "stickiness": "false",
            "proxy_protocol": "false",
            "name_tag": "provider-target-group",
            "lab": spec.name,
        },
        "provider-target-group",
    )
    yield Want(
        naming.listener(LOAD_BALANCER),
        "listener",
        {
            "load_balancer": Ref(LOAD_BALANCER),
            "protocol": "TCP",
            "port": LISTENER_PORT,
            "target_group": Ref(group),
        },
        f"{balancer.name}-tcp-{LISTENER_PORT}",
    )
    yield from _registrations(provider, group)
    yield _named(
        SERVICE,
        "endpoint_service",
        "provider-endpoint-service",
        # Refused before the load balancer is active.
        after=(LOAD_BALANCER,),
        load_balancers=frozenset({Ref(LOAD_BALANCER)}),
        acceptance_required=provider.endpoint_service.acceptance_required,
    )


def _registrations(provider: Provider, group: str) -> Iterator[Want]:
    for n in range(1, provider.servers.count + 1):
        server = f"provider/server-{n}"
        subnet = (n - 1) % provider.vpc.zone_count + 1
        yield _part(
            naming.target(server),
            "target_registration",
            after=(server,),
            works_with=(LOAD_BALANCER, naming.listener(LOAD_BALANCER)),
            group=Ref(group),
            instance=Ref(server),
            port=provider.servers.port,
            served=subnet in provider.load_balancer.subnets,
        )


# -- consumers --------------------------------------------------------------------------------------------------------


def _consumer(spec: Spec, consumer: Consumer, offered: Sequence[Zone], region: str) -> Iterator[Want]:
    side = consumer.name
    vpc, groups = f"{side}/vpc", (f"{side}/endpoint-security-group", f"{side}/instance-security-group")
    yield from _network(side, consumer.vpc, offered)
    ingress = consumer.endpoint.ingress
    cidrs = _private_cidrs(consumer.vpc) if ingress == "private_subnets" else ingress
    admitted = frozenset(f"tcp/{LISTENER_PORT} from {cidr}" for cidr in cidrs)
    yield _group(groups[0], f"{side}-endpoint-sg", "Endpoint: who may ask the service", vpc, admitted)
    yield _named(
        f"{side}/endpoint",
        "endpoint",
        f"{side}-endpoint",
        after=(SERVICE,),
        vpc=Ref(vpc),
        service=Ref(SERVICE, "service_name"),
        subnets=frozenset(Ref(f"{side}/private-subnet-{n}") for n in consumer.endpoint.subnets),
        groups=frozenset({Ref(groups[0])}),
        private_dns=False,
        accepted=True,
    )
    yield from _dns(spec.name, consumer)
    yield from _client(spec.name, consumer, groups[1], region)


def _dns(lab: str, consumer: Consumer) -> Iterator[Want]:
    zone, endpoint = f"{consumer.name}/zone", f"{consumer.name}/endpoint"
    yield Want(
        zone,
        "hosted_zone",
        {
            "name": consumer.dns.zone.lower(),
            "vpcs": frozenset({Ref(f"{consumer.name}/vpc")}),
            "comment": naming.zone_comment(lab, zone),
        },
        consumer.dns.zone,
    )
    name = consumer.dns.name.lower()
    yield Want(
        naming.record(zone, name, "A"),
        "record",
        {
            "zone": Ref(zone),
            "name": name,
            "type": "A",
            "target": Ref(endpoint, "dns_name"),
            "target_zone": Ref(endpoint, "dns_zone"),
            "evaluate_health": False,  # an endpoint has none to evaluate
        },
        name,
    )


def _client(lab: str, consumer: Consumer, group: str, region: str) -> Iterator[Want]:
    """A machine nobody can reach but through Session Manager, which it calls itself."""
    side = consumer.name
    role, profile = f"{side}/role", f"{side}/instance-profile"
    # Kept apart from each other, as references are told by what they name, and from other regions', as IAM has none.
    parts = (f"{side}-client-{part}-{region}" for part in ("role", "profile"))
    role_name, profile_name = (naming.unique(lab, part, 64) for part in parts)
    path = naming.iam_path(lab, region)
    yield _group(group, f"{side}-instance-sg", "Client machine: nothing in", f"{side}/vpc", frozenset())
    trust = json.dumps(TRUST_EC2, sort_keys=True)
    yield Want(role, "role", {"name": role_name, "path": path, "trust": trust}, role_name)
    yield _part(naming.role_policy(role, SESSION_MANAGER), "role_policy", role=Ref(role), policy=SESSION_MANAGER)
    yield Want(profile, "instance_profile", {"name": profile_name, "path": path, "role": Ref(role)}, profile_name)
    yield _instance(
        f"{side}/client",
        f"{side}-instance",
        instance_type=consumer.client.instance_type,
        subnet=f"{side}/private-subnet-{consumer.client.subnet}",
        group=group,
        profile=Ref(profile),
    )


# -- shapes -----------------------------------------------------------------------------------------------------------


def _named(address: str, kind: str, name: str, after: tuple[str, ...] = (), **spec: object) -> Want:
    """What has a Name tag, which is a field like any other."""
    return Want(address, kind, {"name": name, **spec}, name, after)


def _part(
    address: str, kind: str, after: tuple[str, ...] = (), works_with: tuple[str, ...] = (), **spec: object
) -> Want:
    """What is part of something else, and has no name of its own."""
    return Want(address, kind, spec, address.partition("/")[2], after, works_with)


def _instance(
    address: str,
    name: str,
    *,
    instance_type: str,
    subnet: str,
    group: str,
    user_data: str = "",
    profile: Ref | str = "",
) -> Want:
    return _named(
        address,
        "instance",
        name,
        subnet=Ref(subnet),
        instance_type=instance_type,
        groups=frozenset({Ref(group)}),
        user_data=user_data,
        user_data_digest=hashlib.sha256(user_data.encode()).hexdigest()[:16],
        profile=profile,
        http_tokens="required",
        running=True,
    )
